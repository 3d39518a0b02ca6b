//! Whether a post may come in. What the head proves is checked before the body is read, all else on
//! the bytes as they came, before anybody reads a meaning into them; only a key inside the body waits
//! for its names. Secrets are compared in constant time, and every one of a source is looked at, so
//! that the time does not tell which one it was.

mod handshake;
mod head;
mod signature;

use crate::domain::raw::Raw;
use crate::domain::secret::Secret;
use crate::domain::source::Auth;
use crate::http::Response;

pub(super) use handshake::{answer as answer_handshake, is_handshake};
pub(super) use head::check as check_head;
pub(super) use signature::check as check_signature;

/// Checks the key in the body and takes it out: no lead shows it.
pub(super) fn take_key(auth: &Auth, raw: &mut Raw) -> Result<(), Response> {
    let Auth::Body(path, secrets) = auth else {
        return Ok(());
    };
    let holds = match raw.take(path) {
        Some(Raw::Text(key) | Raw::Number(key)) => any(secrets, key.as_bytes()),
        _ => false,
    };
    if holds {
        return Ok(());
    }
    let message =
        format!("this source wants its secret in the body, as {path}; it is missing or wrong");
    Err(refused("Bearer", &message))
}

/// A refusal that names what is wanted; `scheme` is what the standard asks for (RFC 9110 section
/// 11.6.1), and most services have none that it knows.
fn refused(scheme: &str, message: &str) -> Response {
    Response::error(401, "unauthorized", None, message).header("www-authenticate", scheme)
}

/// Looks at every secret.
fn any(secrets: &[Secret], offered: &[u8]) -> bool {
    secrets
        .iter()
        .fold(false, |found, secret| secret.matches(offered) | found)
}
