//! The body of a post, as a tree of names and values.

use crate::domain::raw::{NAMES_MAX, Raw, without_mark};
use crate::http::forms::{ContentType, form_fields};
use crate::http::{Head, Request, Response};

/// Refuses what cannot be read here, before it is uploaded.
pub(super) fn check_type(head: &Head) -> Result<(), Response> {
    let readable = matches!(
        head.content_type(),
        ContentType::Json | ContentType::Form | ContentType::Text
    );
    if readable || head.header("content-type").is_none() {
        return Ok(());
    }
    let message = "send application/json or application/x-www-form-urlencoded";
    Err(Response::error(
        415,
        "unsupported_media_type",
        None,
        message,
    ))
}

/// Reads JSON or a form. What begins like a JSON object is read as JSON, whatever its type says:
/// pages send JSON as `text/plain` to spare the preflight, and `curl -d` calls everything a form.
pub(super) fn read(request: &Request) -> Result<Raw, Response> {
    let is_form = matches!(
        request.head.content_type(),
        ContentType::Form | ContentType::Other
    );
    if is_form && !looks_like_json(&request.body) {
        return Raw::from_form(form_fields(&request.body)).ok_or_else(too_many_names);
    }
    Raw::from_json(&request.body).map_err(|error| match error.too_many_names {
        true => too_many_names(),
        false => Response::error(400, "invalid_json", None, &error.to_string()),
    })
}

fn too_many_names() -> Response {
    let message = format!("the post has more than {NAMES_MAX} names in one place");
    Response::error(422, "too_many_fields", None, &message)
}

fn looks_like_json(body: &[u8]) -> bool {
    without_mark(body).trim_ascii_start().first() == Some(&b'{')
}
