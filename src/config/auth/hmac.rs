//! The keys of `hmac`: how a service signs what it posts.

use std::time::Duration;

use super::header_name;
use crate::config::section::{Section, quoted};
use crate::domain::inbound_auth::{Algorithm, Encoding, Hmac, SignedText};

/// What belongs to `hmac` alone.
const HMAC_KEYS: [&str; 7] = [
    "algorithm",
    "encoding",
    "prefix",
    "signed",
    "timestamp",
    "elements",
    "tolerance",
];

const SECOND: Duration = Duration::from_secs(1);
const TOLERANCE: Duration = Duration::from_secs(300);
const TOLERANCE_MAX: Duration = Duration::from_secs(86_400);

/// The keys of `hmac`. Where another kind is said, none of them may be there.
pub(super) fn hmac(table: &Section<'_>) -> Option<Hmac> {
    if table.value("hmac").is_none() {
        for key in HMAC_KEYS {
            if let Some(value) = table.value(key) {
                let hint = r#"hmac = "x-signature", the header with the signature"#;
                table.refuse(value.span().start, key, "this belongs to hmac", hint);
            }
        }
        return None;
    }
    let algorithms = [("sha256", Algorithm::Sha256), ("sha1", Algorithm::Sha1)];
    let encodings = [("hex", Encoding::Hex), ("base64", Encoding::Base64)];
    let elements = table.flag("elements", false);
    let has_timestamp = table.value("timestamp").is_some();
    let tolerance = table.duration("tolerance", SECOND..=TOLERANCE_MAX, TOLERANCE);
    Some(Hmac {
        header: header_name(table, "hmac", "x-signature"),
        algorithm: table.choice("algorithm", &algorithms, Algorithm::Sha256),
        encoding: table.choice("encoding", &encodings, Encoding::Hex),
        prefix: table.text("prefix").map_or(String::new(), |t| t.value),
        signed: signed_text(table, elements, has_timestamp),
        elements,
        timestamp: has_timestamp.then(|| header_name(table, "timestamp", "x-timestamp")),
        tolerance_s: tolerance.as_secs(),
    })
}

/// What is signed. A time that is not part of it proves nothing, and without a time there is nothing
/// to tolerate.
fn signed_text(table: &Section<'_>, elements: bool, has_timestamp: bool) -> SignedText {
    let default = match elements {
        true => "{timestamp}.{body}",
        false => "{body}",
    };
    let written = table.text("signed");
    let template = written.as_ref().map_or(default, |text| text.value.as_str());
    let at = match &written {
        Some(text) => text.at,
        None => table
            .value("timestamp")
            .map_or(table.at, |value| value.span().start),
    };
    let Some(signed) = SignedText::parse(template) else {
        let what = format!("{} cannot be what is signed", quoted(template));
        let hint = r#"{body} once, {timestamp} if it is part of it, {x-some-header} for a header: signed = "{timestamp}.{body}""#;
        table.refuse(at, "signed", what, hint);
        return SignedText::parse(default).unwrap_or_else(|| unreachable!("it has its body"));
    };
    match (signed.has_timestamp(), elements || has_timestamp) {
        (true, false) => {
            let hint = r#"timestamp = "x-timestamp", its header; or elements = true for t=…,v1=…"#;
            let what = "where {timestamp} comes from is not said";
            table.refuse(at, "signed", what, hint);
        }
        (false, _) if has_timestamp => {
            let what = "a time that is not signed proves nothing";
            let hint = r#"write as the service does: signed = "{timestamp}.{body}""#;
            table.refuse(at, "signed", what, hint);
        }
        (false, _) => {
            if let Some(value) = table.value("tolerance") {
                let hint = "put {timestamp} into signed, or take tolerance out";
                let what = "no time is signed that this could apply to";
                table.refuse(value.span().start, "tolerance", what, hint);
            }
        }
        (true, true) => {}
    }
    signed
}

/// Facebook's.
pub(super) fn facebook_hmac() -> Hmac {
    Hmac {
        header: "x-hub-signature-256".to_owned(),
        algorithm: Algorithm::Sha256,
        encoding: Encoding::Hex,
        prefix: "sha256=".to_owned(),
        signed: SignedText::parse("{body}").unwrap_or_else(|| unreachable!("it has its body")),
        elements: false,
        timestamp: None,
        tolerance_s: TOLERANCE.as_secs(),
    }
}
