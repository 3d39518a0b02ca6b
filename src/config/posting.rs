//! The keys of a source about files, GET and its answers.

use super::section::Section;
use crate::domain::posting::{Answer, Files, Posting};
use crate::domain::source::Auth;

/// Reads them; `auth` is what the source says of who may post.
pub(super) fn posting(section: &Section<'_>, auth: &Auth) -> Posting {
    let default = Posting::default();
    let files = [
        ("drop", Files::Drop),
        ("keep", Files::Keep),
        ("refuse", Files::Refuse),
    ];
    let answers = [
        ("json", Answer::Json),
        ("empty", Answer::Empty),
        ("twiml", Answer::Twiml),
    ];
    let allow_get = section.flag("allow_get", default.allow_get);
    if allow_get
        && auth.signs_body_alone()
        && let Some(value) = section.value("allow_get")
    {
        let what = "the signature that auth asks for is one of the body, and a GET has none";
        let hint = r#"leave it out, or know the source by a token: { query = "token", … }"#;
        section.refuse(value.span().start, "allow_get", what, hint);
    }
    Posting {
        files: section.choice("files", &files, default.files),
        files_bytes_max: section.size(
            "files_bytes_max",
            1 << 10..=64 << 20,
            default.files_bytes_max,
        ),
        allow_get,
        answer: section.choice("answer", &answers, default.answer),
    }
}
