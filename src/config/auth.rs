//! Who may post: the value of `auth`, a table that says one kind and names its secrets; or, where a
//! source leaves it out, the kind that its preset knows, with the secret that stands beside it.

mod hmac;

use std::net::SocketAddr;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::env::Env;
use super::presets::Preset;
use super::reader::Reader;
use super::secrets::Secrets;
use super::section::{Section, quoted};
use crate::domain::signature::SigningKey;
use crate::domain::source::Auth;
use crate::domain::url::Url;
use hmac::{facebook_hmac, hmac};

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

const AUTH_HINT: &str = concat!(
    r#"a public form: auth = "none"; "#,
    r#"a system that can send a token: auth = { bearer_file = "token" }, "#,
    r#"{ header = "x-api-key", secret_file = "token" } or { query = "token", secret_file = "token" }; "#,
    r#"`leadhook example-config` shows the kinds for services that sign"#
);

/// What a source's auth depends on besides its own keys.
pub(super) struct Asked<'a> {
    /// The name of the source.
    pub(super) name: &'a str,
    /// The service that posts, where the source names it.
    pub(super) preset: Option<&'a Preset>,
    /// Where it posts to.
    pub(super) listen: SocketAddr,
    /// What that is called from outside, as services know it.
    pub(super) public_url: Option<&'a str>,
}

/// Reads who may post to a source.
pub(super) fn auth(source: &Section<'_>, asked: &Asked<'_>) -> Auth {
    let secret = source.secrets("secret");
    source.refuse_published(&secret, asked.listen);
    let Some(value) = source.value("auth") else {
        return match asked.preset {
            Some(preset) => of_preset(source, preset, secret, asked),
            None if secret.said => {
                let what = "without a preset, auth must say where the secret is sent";
                let hint =
                    r#"put it into auth = { query = "token", secret_file = … }, or name a preset"#;
                refuse_secret(source, &secret, what, hint);
                Auth::Open
            }
            None => {
                source.missing("auth", AUTH_HINT);
                Auth::Open
            }
        };
    };
    if secret.said {
        let hint = "move it into auth, or take auth out and leave it to the preset";
        let what = "where there is an auth, its secret stands in it";
        refuse_secret(source, &secret, what, hint);
    }
    let at = value.span().start;
    if let DeValue::Table(table) = value.get_ref() {
        return source.inner("auth", at, table, |table| said(table, asked.listen));
    }
    let word = source.as_written("auth", value, "\"none\" or a table", AUTH_HINT);
    if word.is_some_and(|word| word.value != "none") {
        let what = "this does not say who may post";
        source.refuse(at, "auth", what, AUTH_HINT);
    }
    Auth::Open
}

fn refuse_secret(source: &Section<'_>, secret: &Secrets, what: &str, hint: &str) {
    let (at, key) = match secret.given.first() {
        Some(given) => (given.at, given.key.as_str()),
        None => (source.at, "secret"),
    };
    source.refuse(at, key, what, hint);
}

/// The auth that the preset's service can do best, with the secret of the source.
fn of_preset(source: &Section<'_>, preset: &Preset, secret: Secrets, asked: &Asked<'_>) -> Auth {
    if !secret.said {
        let hint = format!(
            "secret_file = \"{}-secret\", a file with the secret that {} was told; or auth = \"none\", and anybody may post",
            asked.name, preset.title
        );
        source.missing("secret", hint);
        return Auth::Open;
    }
    match preset.auth {
        "\"bearer\"" => return Auth::Bearer(source.tokens(&secret)),
        "\"twilio\"" => {
            if asked.public_url.is_none() {
                let what =
                    "Twilio signs the address that it posts to, and nothing says what that is";
                let hint = "[ingest] public_url = \"https://leads.example.com\"";
                refuse_secret(source, &secret, what, hint);
            }
            let url = asked.public_url.unwrap_or_default();
            return Auth::Twilio(format!("{url}/in/{}", asked.name), source.tokens(&secret));
        }
        _ => {}
    }
    let text = format!("auth = {}", preset.auth);
    let env = Env::default();
    let reader = Reader::new(&text, &preset.title, Path::new(""), &env);
    let (document, _) = DeTable::parse_recoverable(&text);
    let held = Held {
        secret,
        ..Held::default()
    };
    let auth = reader.read(document.get_ref(), |root| {
        root.section("auth", |table| of_kind(table, source, &held))
    });
    debug_assert!(reader.finish().problems.is_empty(), "{}", preset.title);
    auth
}

/// The secrets that a kind of auth may need.
#[derive(Default)]
struct Held {
    bearer: Secrets,
    secret: Secrets,
    verify_token: Secrets,
}

/// The kind that the table `auth` says, with the secrets in it.
fn said(table: &Section<'_>, listen: SocketAddr) -> Auth {
    let held = Held {
        bearer: table.secrets("bearer"),
        secret: table.secrets("secret"),
        verify_token: table.secrets("verify_token"),
    };
    for secrets in [&held.bearer, &held.secret, &held.verify_token] {
        table.refuse_published(secrets, listen);
    }
    of_kind(table, table, &held)
}

/// The kind that `table` says, with the secrets `held`, which stand in `keeper`. All keys are asked
/// for, whichever of them are there.
fn of_kind(table: &Section<'_>, keeper: &Section<'_>, held: &Held) -> Auth {
    let one = match the_one(table, held.bearer.said) {
        Ok("bearer") if held.secret.said => {
            Err("bearer holds the secret itself; secret belongs to the other kinds".to_owned())
        }
        Ok(one) if one != "facebook" && held.verify_token.said => {
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
    let tokens = || keeper.tokens(present(keeper, "secret", &held.secret));
    match one {
        "bearer" => Auth::Bearer(keeper.tokens(&held.bearer)),
        "header" => Auth::Header(header_name(table, "header", "x-api-key"), tokens()),
        "query" => Auth::Query(parameter(table, "query", is_query_name, "token"), tokens()),
        "basic" => Auth::Basic(user(table), tokens()),
        "body" => Auth::Body(path(table), tokens()),
        "twilio" => Auth::Twilio(twilio_url(table), tokens()),
        "standard_webhooks" => {
            must_be_true(table, one);
            Auth::StandardWebhooks(signing_keys(keeper, &held.secret))
        }
        "facebook" => {
            must_be_true(table, one);
            Auth::Facebook {
                hmac: facebook_hmac(),
                secrets: tokens(),
                verify_tokens: keeper.tokens(present(keeper, "verify_token", &held.verify_token)),
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
        [] => Err("this does not say who may post".to_owned()),
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
        let what = "this does not say who may post";
        table.refuse(value.span().start, key, what, hint);
    }
}

pub(super) fn header_name(table: &Section<'_>, key: &str, example: &str) -> String {
    parameter(table, key, is_header_name, example).to_ascii_lowercase()
}

pub(super) fn parameter(
    table: &Section<'_>,
    key: &str,
    fits: fn(&str) -> bool,
    example: &str,
) -> String {
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
pub(super) fn is_header_name(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    text.bytes().all(allowed)
}

/// What stands in a query without being encoded.
pub(super) fn is_query_name(text: &str) -> bool {
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

fn twilio_url(table: &Section<'_>) -> String {
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
