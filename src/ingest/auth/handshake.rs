//! Facebook's handshake: before it posts anything, it asks by GET whether the address is the owner's,
//! shows the token that the owner told it, and wants its challenge back.

use super::{any, refused};
use crate::domain::source::Auth;
use crate::http::forms::form_fields;
use crate::http::{Head, Response};

/// Theirs are short numbers.
const CHALLENGE_BYTES_MAX: usize = 256;

/// Whether a request asks for the handshake, and the source knows one.
pub(in crate::ingest) fn is_handshake(auth: &Auth, head: &Head) -> bool {
    matches!(auth, Auth::Facebook { .. }) && head.method() == "GET"
}

/// Answers it.
pub(in crate::ingest) fn answer(auth: &Auth, head: &Head) -> Response {
    let Auth::Facebook { verify_tokens, .. } = auth else {
        return Response::error(
            405,
            "method_not_allowed",
            None,
            "leads are posted: use POST",
        );
    };
    let pairs = form_fields(head.query().unwrap_or_default().as_bytes());
    let value = |name: &str| {
        let mut pairs = pairs.iter();
        pairs.find(|(known, _)| known == name).map(|(_, v)| v)
    };
    let token = value("hub.verify_token");
    if !token.is_some_and(|token| any(verify_tokens, token.as_bytes())) {
        let message = "the handshake wants the verify_token of this source as hub.verify_token; it is missing or wrong";
        return refused("Bearer", message);
    }
    let subscribes = value("hub.mode").is_some_and(|mode| mode == "subscribe");
    match value("hub.challenge").filter(|text| subscribes && text.len() <= CHALLENGE_BYTES_MAX) {
        Some(challenge) => Response::text(200, challenge.clone())
            .header("x-content-type-options", "nosniff")
            .header("cache-control", "no-store"),
        None => {
            let message = "the handshake is hub.mode=subscribe with a hub.challenge";
            Response::error(400, "bad_handshake", None, message)
        }
    }
}
