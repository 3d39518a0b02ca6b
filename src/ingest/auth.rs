//! Whether a post may come in: the source's secret, compared in constant time, before the body.

use crate::domain::secret::Secret;
use crate::domain::source::Auth;
use crate::http::forms::form_fields;
use crate::http::{Head, Response};

/// Checks what `auth` asks for.
pub(super) fn check(auth: &Auth, head: &Head) -> Result<(), Response> {
    let (holds, wanted) = match auth {
        Auth::Open => return Ok(()),
        Auth::Bearer(secrets) => {
            let offered = head.header("authorization").and_then(bearer);
            (
                offered.is_some_and(|offered| any(secrets, offered)),
                "Authorization: Bearer …".to_owned(),
            )
        }
        Auth::Header(name, secrets) => {
            let offered = head.headers(name).next();
            (
                offered.is_some_and(|offered| any(secrets, offered)),
                format!("the header {name}"),
            )
        }
        Auth::Query(name, secrets) => {
            let pairs = form_fields(head.query().unwrap_or_default().as_bytes());
            let offered = pairs.iter().find(|(known, _)| known == name);
            let holds = offered.is_some_and(|(_, offered)| any(secrets, offered.as_bytes()));
            (holds, format!("the parameter {name} in the URL"))
        }
    };
    if holds {
        return Ok(());
    }
    let message = format!("this source wants its secret as {wanted}; it is missing or wrong");
    let refusal = Response::error(401, "unauthorized", None, &message);
    Err(refusal.header("www-authenticate", "Bearer"))
}

fn bearer(value: &str) -> Option<&[u8]> {
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().as_bytes())
}

/// Looks at every secret, so that the time does not tell which one it was.
fn any(secrets: &[Secret], offered: &[u8]) -> bool {
    secrets
        .iter()
        .fold(false, |found, secret| secret.matches(offered) | found)
}
