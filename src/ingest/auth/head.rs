//! The kinds of auth that the head of a request tells all about.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{any, refused};
use crate::domain::secret::Secret;
use crate::domain::source::Auth;
use crate::http::forms::form_fields;
use crate::http::{Head, Response};

/// Checks what `auth` asks for, as far as the head tells.
pub(in crate::ingest) fn check(auth: &Auth, head: &Head) -> Result<(), Response> {
    let (holds, scheme, wanted) = match auth {
        Auth::Bearer(secrets) => (
            credentials(head, "bearer").is_some_and(|token| any(secrets, token)),
            "Bearer",
            "Authorization: Bearer …".to_owned(),
        ),
        Auth::Basic(user, secrets) => (
            credentials(head, "basic").is_some_and(|offered| basic(user, secrets, offered)),
            "Basic realm=\"leadhook\", charset=\"UTF-8\"",
            "the password of Authorization: Basic …, beside the right user name".to_owned(),
        ),
        Auth::Header(name, secrets) => {
            let offered = head.headers(name).next();
            (
                offered.is_some_and(|offered| any(secrets, offered)),
                "Bearer",
                format!("the header {name}"),
            )
        }
        Auth::Query(name, secrets) => {
            let pairs = form_fields(head.query().unwrap_or_default().as_bytes());
            let offered = pairs.iter().find(|(known, _)| known == name);
            let holds = offered.is_some_and(|(_, offered)| any(secrets, offered.as_bytes()));
            (holds, "Bearer", format!("the parameter {name} in the URL"))
        }
        Auth::Open
        | Auth::Body(..)
        | Auth::Hmac(..)
        | Auth::Twilio(..)
        | Auth::StandardWebhooks(_)
        | Auth::Facebook { .. } => return Ok(()),
    };
    if holds {
        return Ok(());
    }
    let message = format!("this source wants its secret as {wanted}; it is missing or wrong");
    Err(refused(scheme, &message))
}

/// What follows this scheme in `Authorization`.
fn credentials<'a>(head: &'a Head, wanted: &str) -> Option<&'a [u8]> {
    let (scheme, credentials) = head.header("authorization")?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case(wanted)
        .then(|| credentials.trim().as_bytes())
}

/// `user:password` in base64 (RFC 7617). The name is compared like a secret: both or neither.
fn basic(user: &str, secrets: &[Secret], offered: &[u8]) -> bool {
    let Ok(pair) = STANDARD.decode(offered) else {
        return false;
    };
    let colon = pair.iter().position(|byte| *byte == b':');
    let (name, password) = pair.split_at(colon.unwrap_or(pair.len()));
    let password = password.strip_prefix(b":").unwrap_or_default();
    Secret::new(user).matches(name) & any(secrets, password)
}
