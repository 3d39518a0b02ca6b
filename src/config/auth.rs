//! The value of `auth`: how a source proves who it is.
//!
//! A table says one kind and names its secrets. The two may stand in different tables, as with a
//! preset, which knows the kind and cannot know the secret.

use std::net::SocketAddr;
use std::time::Duration;

use toml::de::DeValue;

use super::secrets::Secrets;
use super::section::{Section, quoted};
use crate::domain::inbound_auth::{Algorithm, Encoding, Hmac, SignedText};
use crate::domain::signature::SigningKey;
use crate::domain::source::Auth;
use crate::domain::url::Url;

/// The kinds, by the key that says which it is; `bearer` holds its secret itself.
const KINDS: [&str; 9] = [
    "bearer",
    "header",
    "query",
    "basic",
    "body",
    "hmac",
    "twilio",
    "standard_webhooks",
    "facebook",
];

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

const AUTH_HINT: &str = concat!(
    r#"a public form: auth = "none"; "#,
    r#"a system that can send a token: auth = { bearer_file = "token" }, "#,
    r#"{ header = "x-api-key", secret_file = "token" } or { query = "token", secret_file = "token" }; "#,
    r#"config.example.toml shows the kinds for services that sign"#
);

/// Reads `auth` of a source; `listen` is where it posts to.
pub(super) fn auth(source: &Section<'_>, listen: SocketAddr) -> Auth {
    let Some(value) = source.value("auth") else {
        source.missing("auth", AUTH_HINT);
        return Auth::Open;
    };
    let at = value.span().start;
    if let DeValue::Table(table) = value.get_ref() {
        return source.inner("auth", at, table, |inner| kind(inner, inner, listen));
    }
    let word = source.as_written("auth", value, "\"none\" or a table", AUTH_HINT);
    if word.is_some_and(|word| word.value != "none") {
        let what = "this says nothing of who may post";
        source.refuse(at, "auth", what, AUTH_HINT);
    }
    Auth::Open
}

/// The kind that `table` says, with the secrets that `keeper` holds: often the same table. All keys
/// are asked for, whichever of them are there.
pub(super) fn kind(table: &Section<'_>, keeper: &Section<'_>, listen: SocketAddr) -> Auth {
    let bearer = keeper.secrets("bearer");
    let secret = keeper.secrets("secret");
    let verify_token = keeper.secrets("verify_token");
    for secrets in [&bearer, &secret, &verify_token] {
        keeper.refuse_published(secrets, listen);
    }
    let one = match the_one(table, bearer.said) {
        Ok("bearer") if secret.said => {
            Err("bearer holds the secret itself; secret belongs to the other kinds".to_owned())
        }
        Ok(one) if one != "facebook" && verify_token.said => {
            Err("verify_token belongs to facebook".to_owned())
        }
        one => one,
    };
    let hmac = hmac(table);
    let one = match one {
        Ok(one) => one,
        Err(what) => {
            table.refuse_whole(&what, AUTH_HINT);
            return Auth::Open;
        }
    };
    let tokens = || keeper.tokens(present(keeper, "secret", &secret));
    match one {
        "bearer" => Auth::Bearer(keeper.tokens(&bearer)),
        "header" => Auth::Header(header_name(table, "header", "x-api-key"), tokens()),
        "query" => Auth::Query(parameter(table, "query", is_query_name, "token"), tokens()),
        "basic" => Auth::Basic(user(table), tokens()),
        "body" => Auth::Body(path(table), tokens()),
        "twilio" => Auth::Twilio(public_url(table), tokens()),
        "standard_webhooks" => {
            must_be_true(table, one);
            Auth::StandardWebhooks(signing_keys(keeper, &secret))
        }
        "facebook" => {
            must_be_true(table, one);
            Auth::Facebook {
                hmac: facebook_hmac(),
                secrets: tokens(),
                verify_tokens: keeper.tokens(present(keeper, "verify_token", &verify_token)),
            }
        }
        _ => hmac.map_or(Auth::Open, |hmac| Auth::Hmac(hmac, tokens())),
    }
}

/// The one kind that is there, or why it is not one.
fn the_one(table: &Section<'_>, has_bearer: bool) -> Result<&'static str, String> {
    let is_said = |key: &&str| table.value(key).is_some() || (*key == "bearer" && has_bearer);
    // All of them are asked for, so that all are known keys.
    let said: Vec<&'static str> = KINDS.into_iter().filter(is_said).collect();
    match said.as_slice() {
        [] => Err("this says nothing of who may post".to_owned()),
        [one] => Ok(*one),
        [..] => Err(format!("only one of {} is possible", listed(&KINDS))),
    }
}

/// `a, b and c`
fn listed(words: &[&str]) -> String {
    match words {
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
        [] => String::new(),
    }
}

/// `secrets`, which must be there.
fn present<'a>(section: &Section<'_>, key: &str, secrets: &'a Secrets) -> &'a Secrets {
    if !secrets.said {
        let hint = format!(r#"{key}_file = "token", a file that holds the token alone"#);
        section.missing(key, hint);
    }
    secrets
}

const SECOND: Duration = Duration::from_secs(1);
const TOLERANCE: Duration = Duration::from_secs(300);
const TOLERANCE_MAX: Duration = Duration::from_secs(86_400);

/// The keys of `hmac`. Where another kind is said, none of them may be there.
fn hmac(table: &Section<'_>) -> Option<Hmac> {
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
        let hint = r#"{body} once, {timestamp} if it is part of it: signed = "{timestamp}.{body}""#;
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
                let hint = "it needs a time: {timestamp} in signed";
                let what = "there is no time to tolerate anything of";
                table.refuse(value.span().start, "tolerance", what, hint);
            }
        }
        (true, true) => {}
    }
    signed
}

fn facebook_hmac() -> Hmac {
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

fn signing_keys(section: &Section<'_>, secrets: &Secrets) -> Vec<SigningKey> {
    let mut keys = Vec::new();
    for given in &present(section, "secret", secrets).given {
        match SigningKey::parse(&given.text) {
            Ok(key) => keys.push(key),
            Err(error) => {
                let hint = "copy it whole, as the service shows it: whsec_ and base64";
                section.refuse(given.at, &given.key, error.to_string(), hint);
            }
        }
    }
    keys
}

fn must_be_true(table: &Section<'_>, key: &str) {
    if let Some(value) = table.value(key)
        && !table.flag(key, true)
    {
        let hint = format!("{key} = true, or leave it out");
        let what = "this says nothing of who may post";
        table.refuse(value.span().start, key, what, hint);
    }
}

fn header_name(table: &Section<'_>, key: &str, example: &str) -> String {
    parameter(table, key, is_header_name, example).to_ascii_lowercase()
}

fn parameter(table: &Section<'_>, key: &str, fits: fn(&str) -> bool, example: &str) -> String {
    let Some(text) = table.text(key) else {
        return String::new();
    };
    if text.value.is_empty() || !fits(&text.value) {
        let kind = match key {
            "hmac" | "timestamp" => "header",
            kind => kind,
        };
        let hint = format!("letters, digits, - and _: {key} = \"{example}\"");
        table.refuse(text.at, key, format!("this is no name for a {kind}"), hint);
    }
    text.value
}

/// A token (RFC 9110 section 5.6.2).
fn is_header_name(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    text.bytes().all(allowed)
}

/// What stands in a query without being encoded.
fn is_query_name(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().all(allowed)
}

fn user(table: &Section<'_>) -> String {
    let text = table.title("basic");
    if let Some(text) = text.as_ref().filter(|text| text.value.contains(':')) {
        let what = "a user name has no colon: there the password begins";
        table.refuse(text.at, "basic", what, r#"basic = "crm""#);
    }
    text.map(|text| text.value).unwrap_or_default()
}

fn path(table: &Section<'_>) -> String {
    let Some(text) = table.text("body") else {
        return String::new();
    };
    if text.value.split('.').any(str::is_empty) || text.value.contains(char::is_control) {
        let hint = r#"names with dots between them: body = "google_key""#;
        let what = format!("{} is no path in a body", quoted(text.raw));
        table.refuse(text.at, "body", what, hint);
    }
    text.value
}

fn public_url(table: &Section<'_>) -> String {
    let Some(text) = table.text("twilio") else {
        return String::new();
    };
    let hint = "as Twilio was told it, without a query: https://leads.example.com/in/NAME";
    let what = match Url::parse(&text.value) {
        Err(error) => Some(error.to_string()),
        Ok(_) if text.value.contains('?') => Some("this address has a query".to_owned()),
        Ok(_) => None,
    };
    if let Some(what) = what {
        table.refuse(text.at, "twilio", what, hint);
    }
    text.value
}
