//! The kinds of auth that sign the body.

use super::refused;
use crate::domain::inbound_auth::{Algorithm, Encoding, Hmac, twilio};
use crate::domain::secret::Secret;
use crate::domain::signature;
use crate::domain::source::Auth;
use crate::domain::time::Timestamp;
use crate::http::forms::{ContentType, form_fields};
use crate::http::{Head, Request, Response};

/// What a scheme is called that no standard knows.
const SCHEME: &str = "Signature";

/// Checks the signature that `auth` asks for.
pub(in crate::ingest) fn check(
    auth: &Auth,
    request: &Request,
    now: Timestamp,
) -> Result<(), Response> {
    match auth {
        Auth::Hmac(hmac, secrets) | Auth::Facebook { hmac, secrets, .. } => {
            check_hmac(hmac, secrets, request, now)
        }
        Auth::Twilio(url, secrets) => check_twilio(url, secrets, request),
        Auth::StandardWebhooks(keys) => {
            let header = |name| request.head.header(name);
            let (id, time) = (header("webhook-id"), header("webhook-timestamp"));
            let signatures = header("webhook-signature");
            signature::verify(keys, id, time, signatures, &request.body, now).map_err(|why| {
                let message = format!("this source wants a signature of Standard Webhooks; {why}");
                refused(SCHEME, &message)
            })
        }
        Auth::Open
        | Auth::Bearer(_)
        | Auth::Header(..)
        | Auth::Query(..)
        | Auth::Basic(..)
        | Auth::Body(..) => Ok(()),
    }
}

fn check_hmac(
    hmac: &Hmac,
    secrets: &[Secret],
    request: &Request,
    now: Timestamp,
) -> Result<(), Response> {
    let header = |name: &str| request.head.header(name);
    let checked = hmac.verify(secrets, header, &request.body, now);
    checked.map_err(|why| {
        let message = format!("this source wants {}; {why}", described(hmac));
        refused(SCHEME, &message)
    })
}

/// `the HMAC-SHA256 of "{body}" in hex as the header x-signature`
fn described(hmac: &Hmac) -> String {
    let algorithm = match hmac.algorithm {
        Algorithm::Sha256 => "HMAC-SHA256",
        Algorithm::Sha1 => "HMAC-SHA1",
    };
    let encoding = match hmac.encoding {
        Encoding::Hex => "hex",
        Encoding::Base64 => "base64",
    };
    let behind = match (hmac.elements, hmac.prefix.as_str()) {
        (true, _) => ", as v1 beside the time t,".to_owned(),
        (false, "") => String::new(),
        (false, prefix) => format!(" behind {prefix}"),
    };
    let (signed, header) = (&hmac.signed, &hmac.header);
    format!("the {algorithm} of \"{signed}\" in {encoding}{behind} in the header {header}")
}

fn check_twilio(url: &str, secrets: &[Secret], request: &Request) -> Result<(), Response> {
    let head = &request.head;
    // The body of a GET is not read, so nobody needs to have signed it.
    let body: &[u8] = match head.method() {
        "GET" => &[],
        _ => &request.body,
    };
    let is_form = head.content_type() == ContentType::Form;
    let form = is_form.then(|| form_fields(body));
    let signed = twilio::Signed {
        url,
        query: head.query(),
        form: form.as_deref(),
        body,
    };
    twilio::verify(secrets, head.header(twilio::HEADER), signed).map_err(|why| {
        let message = format!(
            "this source wants Twilio's signature of the address {}, with the auth token of the account; {why}",
            shown(url, head)
        );
        refused(SCHEME, &message)
    })
}

/// The address that must have been signed, without the values of its query.
fn shown(url: &str, head: &Head) -> String {
    match head.query() {
        Some(_) => format!("{url}?…"),
        None => url.to_owned(),
    }
}
