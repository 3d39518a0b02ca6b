//! What browsers want to know besides the answer itself: whether a page may post and read, and
//! whether a person or a program waits for the answer.

use crate::domain::form::Form;
use crate::domain::source::Source;
use crate::http::{Head, Response};

/// Who waits for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// A program: JSON.
    Program,
    /// A person in front of a browser: a page.
    Person,
}

impl Manner {
    /// A form that a browser sends by itself asks for HTML; scripts and services ask for anything,
    /// or for JSON.
    pub(super) fn of(source: &Source, head: &Head) -> Manner {
        let accept = head
            .header("accept")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let wants_page = accept.contains("text/html") && !accept.contains("application/json");
        let by_script = head.header("x-requested-with").is_some();
        match wants_page && !by_script && source.is_public_form() {
            true => Manner::Person,
            false => Manner::Program,
        }
    }
}

/// The page's origin, as the browser says.
pub(super) fn origin(head: &Head) -> Option<&str> {
    head.header("origin")
}

const PREFLIGHT_KEPT_S: &str = "600";

/// Answers the question that a browser asks before a script may post; none where no script of
/// another site may.
pub(super) fn preflight(form: &Form, head: &Head) -> Option<Response> {
    if head.method() != "OPTIONS" || form.origins.is_empty() {
        return None;
    }
    let answer = Response::empty(204);
    let listed = origin(head).is_some_and(|origin| form.listed(origin).is_some());
    let answer = match listed {
        false => answer,
        true => answer
            .header("access-control-allow-methods", "POST")
            .header(
                "access-control-allow-headers",
                "content-type, idempotency-key, x-requested-with",
            )
            .header("access-control-max-age", PREFLIGHT_KEPT_S),
    };
    Some(dressed(form, head, answer))
}

/// Lets pages of listed origins read an answer, be it a refusal. No cookies come along: leadhook
/// has none.
pub(super) fn dressed(form: &Form, head: &Head, answer: Response) -> Response {
    if form.origins.is_empty() {
        return answer;
    }
    let answer = answer.header("vary", "Origin");
    match origin(head).and_then(|origin| form.listed(origin)) {
        None => answer,
        Some(origin) => answer
            .header("access-control-allow-origin", origin.as_str())
            .header("access-control-expose-headers", "retry-after"),
    }
}

/// Refuses a post from a page of a site that is not listed, where some are. Our own pages may: the
/// visitor sends again from there.
pub(super) fn check_origin(form: &Form, head: &Head) -> Result<(), Response> {
    let Some(origin) = origin(head).filter(|_| !form.origins.is_empty()) else {
        return Ok(());
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    let ours = host.is_some() && host == head.header("host");
    // A proxy in front may put its own name into `Host`; pages cannot put anything in here.
    let ours = ours || head.header("sec-fetch-site") == Some("same-origin");
    if ours || form.listed(origin).is_some() {
        return Ok(());
    }
    let message =
        "forms on pages of this site may not post here; the source's origins name those that may";
    Err(Response::error(403, "origin_not_allowed", None, message))
}
