//! What services post: through the mapping of each preset, and with each kind of signature.

use std::path::Path;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leadhook::config::{self, Env, PRESETS};
use leadhook::domain::inbound_auth::twilio;
use leadhook::domain::mapping::Envelope;
use leadhook::domain::raw::Raw;
use leadhook::domain::source::{Auth, Source};
use leadhook::domain::time::Timestamp;
use leadhook::http::forms::form_fields;
use ring::hmac;

use crate::parsers::{becomes_a_lead, text};

const SECRET: &str = "new-signing-secret-1";
const URL: &str = "https://leads.example.com/in/twilio";

fn sources(tables: impl IntoIterator<Item = String>) -> Vec<Source> {
    let sources = (0..)
        .zip(tables)
        .map(|(n, table): (usize, String)| format!("[[source]]\nname = \"s{n}\"\n{table}\n"));
    let ground = "[ingest]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"127.0.0.1:0\"\n\
                  token = \"0123456789abcdef\"\n"
        .to_owned();
    let text = ground + &sources.collect::<String>();
    let config = config::parse(&text, "fuzz.toml", Path::new("."), &Env::default());
    config
        .unwrap_or_else(|problems| panic!("{problems}"))
        .sources
}

/// One source for each preset, in their order.
static MAPPED: LazyLock<Vec<Source>> = LazyLock::new(|| {
    sources(PRESETS.map(|(name, _)| format!("preset = \"{name}\"\nauth = \"none\"")))
});

/// The number of the preset, then what its service posts.
pub(crate) fn posts() -> Vec<Vec<u8>> {
    let post = |(number, (name, _)): (usize, &(&str, &str))| {
        let read = |ending| std::fs::read(format!("tests/mapping/samples/{name}.{ending}"));
        let post = read("json").or_else(|_| read("form")).expect("a sample");
        [&[number as u8][..], &post].concat()
    };
    PRESETS.iter().enumerate().map(post).collect()
}

pub(crate) fn mapped(bytes: &[u8]) -> bool {
    let Some((number, post)) = bytes.split_first() else {
        return false;
    };
    let source = &MAPPED[usize::from(*number) % PRESETS.len()];
    let form = || Raw::from_form(form_fields(post));
    let Some(raw) = Raw::from_json(post).ok().or_else(form) else {
        return false;
    };
    let mapping = source.mapping.as_ref().expect("a preset is a mapping");
    mapping.is_ping(&raw);
    let envelope = Envelope {
        header: &|name| Some(format!("{name} {}", text(post))),
        query: &form_fields(post),
    };
    let named = mapping.apply(raw, source.lead_type, &envelope);
    named.is_some_and(|named| becomes_a_lead(named.raw, source))
}

/// One source for each way to sign.
static SIGNED: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let ways = [
        "hmac = \"x-signature\", prefix = \"sha256=\"".to_owned(),
        "hmac = \"x-signature\", signed = \"{timestamp}.{body}\", elements = true".to_owned(),
        "hmac = \"x-signature\", algorithm = \"sha1\", encoding = \"base64\"".to_owned(),
        format!("twilio = \"{URL}\""),
        "facebook = true, verify_token = \"0123456789abcdef\"".to_owned(),
    ];
    sources(ways.map(|way| format!("auth = {{ {way}, secret = \"{SECRET}\" }}")))
});

/// A header, a line feed, and the body that it signs.
pub(crate) fn signed_posts() -> Vec<Vec<u8>> {
    let body = "From=%2B14158675309&To=%2B18005551212";
    let sign = |algorithm, text: &str| {
        let tag = hmac::sign(
            &hmac::Key::new(algorithm, SECRET.as_bytes()),
            text.as_bytes(),
        );
        tag.as_ref().to_vec()
    };
    let hex = |text: &str| -> String {
        let tag = sign(hmac::HMAC_SHA256, text);
        tag.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let sha1 = |text: &str| STANDARD.encode(sign(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, text));
    let headers = [
        format!("sha256={}", hex(body)),
        format!("t=0,v1={},v0=x", hex(&format!("0.{body}"))),
        sha1(body),
        sha1(&format!("{URL}From+14158675309To+18005551212")),
    ];
    headers
        .map(|header| format!("{header}\n{body}").into_bytes())
        .to_vec()
}

pub(crate) fn signed(bytes: &[u8]) -> bool {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (header, body) = bytes.split_at(end.unwrap_or(bytes.len()));
    let (header, body) = (text(header), body.get(1..).unwrap_or_default());
    let holds = |source: &Source| match &source.auth {
        Auth::Hmac(hmac, secrets) | Auth::Facebook { hmac, secrets, .. } => hmac
            .verify(secrets, |_| Some(&header), body, Timestamp(0))
            .is_ok(),
        Auth::Twilio(url, secrets) => {
            let form = form_fields(body);
            [Some(&form[..]), None].iter().any(|form| {
                let signed = twilio::Signed {
                    url,
                    query: Some(&header),
                    form: *form,
                    body,
                };
                let plain = twilio::Signed {
                    query: None,
                    ..signed
                };
                let verify = |signed| twilio::verify(secrets, Some(&header), signed).is_ok();
                verify(signed) || verify(plain)
            })
        }
        _ => false,
    };
    SIGNED.iter().filter(|source| holds(source)).count() > 0
}
