//! The body of a post, or the query of a GET, as a tree of names and values.

use ring::digest::{Context, SHA256};

use super::auth::is_handshake;
use super::files::{NewFile, note};
use crate::domain::names::meaning;
use crate::domain::posting::Files;
use crate::domain::raw::{NAMES_MAX, Raw, without_mark};
use crate::domain::source::{Auth, Source};
use crate::http::forms::{ContentType, form_fields};
use crate::http::multipart::{self, MultipartError, Part};
use crate::http::{Head, Request, Response};
use crate::system::Dice;

/// What was posted.
pub(super) struct Posted {
    /// Names and values; of files, what is noted with the lead.
    pub(super) raw: Raw,
    /// The files that are to be kept.
    pub(super) files: Vec<NewFile>,
    /// The same for every post that says the same, however it is wrapped: a form that is sent again
    /// has another boundary.
    pub(super) fingerprint: Option<Vec<u8>>,
}

/// Refuses what is no post, and no GET where the source takes those.
pub(super) fn check_method(source: &Source, head: &Head) -> Result<(), Response> {
    let gets = source.posting.allow_get;
    match head.method() {
        "POST" => Ok(()),
        "GET" if gets || is_handshake(&source.auth, head) => Ok(()),
        _ => {
            let (allowed, message) = match gets {
                true => ("GET, POST", "leads come by POST or GET"),
                false => ("POST", "leads are posted: use POST"),
            };
            let refusal = Response::error(405, "method_not_allowed", None, message);
            Err(refusal.header("allow", allowed))
        }
    }
}

/// Refuses what cannot be read here, before it is uploaded.
pub(super) fn check_type(head: &Head) -> Result<(), Response> {
    let Some(value) = head.header("content-type") else {
        return Ok(());
    };
    if head.method() == "GET" || head.content_type() != ContentType::Other {
        return Ok(());
    }
    if value
        .trim_start()
        .to_ascii_lowercase()
        .starts_with("multipart/form-data")
    {
        let message = "multipart/form-data needs a boundary of 1 to 70 characters in Content-Type; \
                       leave the header to the library that writes the body";
        return Err(Response::error(400, "invalid_multipart", None, message));
    }
    let message = "send application/json, application/x-www-form-urlencoded or multipart/form-data";
    Err(Response::error(
        415,
        "unsupported_media_type",
        None,
        message,
    ))
}

/// Reads JSON or a form. What begins like a JSON object is read as JSON, whatever its type says:
/// pages send JSON as `text/plain` to spare the preflight, and `curl -d` calls everything a form.
pub(super) fn read(request: &Request, source: &Source, dice: &Dice) -> Result<Posted, Response> {
    if request.head.method() == "GET" {
        return from_query(&request.head, source);
    }
    let raw = match request.head.content_type() {
        ContentType::Multipart { boundary } => {
            let parts = multipart::parts(&request.body, &boundary).map_err(broken_form)?;
            return from_parts(parts, source, dice);
        }
        _ => from_text(request)?,
    };
    Ok(Posted {
        raw,
        files: Vec::new(),
        fingerprint: None,
    })
}

fn from_text(request: &Request) -> Result<Raw, Response> {
    match request.head.content_type() {
        ContentType::Form | ContentType::Other if !looks_like_json(&request.body) => {
            Raw::from_form(form_fields(&request.body)).ok_or_else(too_many_names)
        }
        _ => Raw::from_json(&request.body).map_err(|error| match error.too_many_names {
            true => too_many_names(),
            false => Response::error(400, "invalid_json", None, &error.to_string()),
        }),
    }
}

/// What a visitor typed into a form: all but files, which a page cannot give back.
pub(super) fn typed(request: &Request) -> Option<Raw> {
    let ContentType::Multipart { boundary } = request.head.content_type() else {
        return from_text(request).ok();
    };
    let parts = multipart::parts(&request.body, &boundary).ok()?;
    let typed = parts.into_iter().filter(|part| part.filename.is_none());
    let text = |part: Part| {
        (
            part.name,
            String::from_utf8_lossy(&part.content).into_owned(),
        )
    };
    Raw::from_form(typed.map(text))
}

/// The query as a form, without the secret that may be in it.
fn from_query(head: &Head, source: &Source) -> Result<Posted, Response> {
    let query = head.query().unwrap_or_default();
    let mut pairs = form_fields(query.as_bytes());
    if let Auth::Query(secret, _) = &source.auth {
        pairs.retain(|(name, _)| name != secret);
    }
    Ok(Posted {
        raw: Raw::from_form(pairs).ok_or_else(too_many_names)?,
        files: Vec::new(),
        fingerprint: Some(query.as_bytes().to_vec()),
    })
}

fn from_parts(parts: Vec<Part>, source: &Source, dice: &Dice) -> Result<Posted, Response> {
    let fingerprint = Some(fingerprint(&parts));
    let mut files = Vec::new();
    let mut pairs = Vec::new();
    for part in parts {
        let Some(filename) = part.filename.as_deref() else {
            let text = String::from_utf8_lossy(&part.content).into_owned();
            pairs.push((part.name, text));
            continue;
        };
        // A file input that was left alone.
        if filename.is_empty() && part.content.is_empty() {
            pairs.push((part.name, String::new()));
            continue;
        }
        let stored = match source.posting.files {
            Files::Refuse => return Err(file_refused(&part.name)),
            Files::Drop => None,
            Files::Keep => Some(dice.id("")),
        };
        let noted = note(filename, &part, stored.as_deref());
        if let Some(name) = stored {
            let content = part.content;
            files.push(NewFile { name, content });
        }
        // A file is no value of a field.
        let label = match meaning(&part.name, source.lead_type) {
            Some(_) => format!("{} (file)", part.name),
            None => part.name,
        };
        pairs.push((label, noted));
    }
    Ok(Posted {
        raw: Raw::from_form(pairs).ok_or_else(too_many_names)?,
        files,
        fingerprint,
    })
}

/// A digest of all that the parts say, each length before its bytes.
fn fingerprint(parts: &[Part]) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    let mut add = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    for part in parts {
        add(part.name.as_bytes());
        add(part.filename.as_deref().unwrap_or_default().as_bytes());
        add(part.content_type.as_deref().unwrap_or_default().as_bytes());
        add(&part.content);
    }
    context.finish().as_ref().to_vec()
}

fn file_refused(field: &str) -> Response {
    let message = "this source takes no files; send the form without them";
    Response::error(415, "file_refused", Some(field), message)
}

fn broken_form(error: MultipartError) -> Response {
    match error {
        MultipartError::TooManyParts => {
            Response::error(422, "too_many_fields", None, &error.to_string())
        }
        error => {
            let message = format!("the body is no multipart/form-data: {error}");
            Response::error(400, "invalid_multipart", None, &message)
        }
    }
}

fn too_many_names() -> Response {
    let message = format!("the post has more than {NAMES_MAX} names in one place");
    Response::error(422, "too_many_fields", None, &message)
}

fn looks_like_json(body: &[u8]) -> bool {
    without_mark(body).trim_ascii_start().first() == Some(&b'{')
}
