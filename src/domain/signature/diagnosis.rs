//! Why a signature does not hold: looks for the mistakes that are made in the field.
//!
//! For people who try something out, never for strangers: what it finds out it says. It tries at most
//! some twenty signatures, and none of them for a body over [`BODY_BYTES_MAX`].

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::hmac;

use super::super::inbound_auth::from_hex;
use super::super::indent;
use super::super::raw::Raw;
use super::super::time::Timestamp;
use super::{Kind, Mismatch, SIGNATURES_MAX, SigningKey, TOLERANCE_S, signed_content, verify};

/// For a longer body only the usual reason is given.
const BODY_BYTES_MAX: usize = 1 << 20;

/// HMAC-SHA256 has so many; ed25519 has more.
const TAG_BYTES: usize = 32;

/// The three headers, as they came; none where one is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    /// `webhook-id`
    pub id: Option<&'a str>,
    /// `webhook-timestamp`
    pub timestamp: Option<&'a str>,
    /// `webhook-signature`
    pub signature: Option<&'a str>,
}

/// Checks as [`verify`] does; an error is a sentence that leads to the cause.
pub fn examine(
    keys: &[SigningKey],
    headers: Headers<'_>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), String> {
    let Headers {
        id,
        timestamp,
        signature,
    } = headers;
    match verify(keys, id, timestamp, signature, body, now) {
        Ok(()) => Ok(()),
        Err(Mismatch::Header(name)) => Err(header(name, headers)),
        Err(Mismatch::Clock(_)) => Err(clock(keys, headers, body, now)),
        Err(Mismatch::Signature) => Err(mistake(keys, headers, body)),
    }
}

fn header(name: &str, headers: Headers<'_>) -> String {
    let all_missing =
        headers.id.is_none() && headers.timestamp.is_none() && headers.signature.is_none();
    if all_missing {
        return "none of webhook-id, webhook-timestamp and webhook-signature is there: the sender does \
                not sign as Standard Webhooks says, or a proxy drops these headers"
            .to_owned();
    }
    match (name, headers.timestamp) {
        ("webhook-timestamp", Some(text)) => format!(
            "webhook-timestamp is {:?}; it has to be whole seconds since 1970",
            shortened(text)
        ),
        ("webhook-signature", None) => {
            "the header webhook-signature is missing: has the sender no \
                                        secret for this webhook?"
                .to_owned()
        }
        _ => format!("the header {name} is missing or unreadable"),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The beginning of the year 5138 in seconds; more is milliseconds.
const SECONDS_MAX: u64 = 100_000_000_000;

fn clock(keys: &[SigningKey], headers: Headers<'_>, body: &[u8], now: Timestamp) -> String {
    let sent: u64 = headers
        .timestamp
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    if sent > SECONDS_MAX {
        return "webhook-timestamp counts milliseconds; it has to be whole seconds".to_owned();
    }
    let ours = now.unix_seconds();
    let (off, way) = match sent > ours {
        true => (sent - ours, "ahead of"),
        false => (ours - sent, "behind"),
    };
    let then = Timestamp(sent.saturating_mul(1000));
    let Headers {
        id,
        timestamp,
        signature,
    } = headers;
    let rest = match verify(keys, id, timestamp, signature, body, then) {
        Ok(()) => {
            "The signature itself holds: the request is old, or one of the clocks is wrong".into()
        }
        Err(_) => format!("Moreover, {}", mistake(keys, headers, body)),
    };
    format!("webhook-timestamp is {off} s {way} this clock; {TOLERANCE_S} s are tolerated. {rest}")
}

fn mistake(keys: &[SigningKey], headers: Headers<'_>, body: &[u8]) -> String {
    let header = headers.signature.unwrap_or_default().trim();
    if let Some(words) = spelling(keys, header) {
        return words.to_owned();
    }
    let known = (body.len() <= BODY_BYTES_MAX)
        .then(|| made_wrongly(keys, headers, header, body))
        .flatten();
    known.unwrap_or(UNKNOWN).to_owned()
}

const UNKNOWN: &str = "no signature fits this body and secret: the secret is another one, or the body was \
                       changed on the way";

/// What is wrong with how the header is written.
fn spelling(keys: &[SigningKey], header: &str) -> Option<&'static str> {
    if header.is_empty() {
        return Some("webhook-signature is empty: has the sender no secret for this webhook?");
    }
    if header.starts_with("sha256=") || header.starts_with("sha1=") {
        return Some(
            "webhook-signature is in GitHub's form (sha256=…); Standard Webhooks writes v1,BASE64",
        );
    }
    if !header.contains(',') {
        return Some("webhook-signature has no version; Standard Webhooks writes v1,BASE64");
    }
    let items = || header.split(' ').take(SIGNATURES_MAX);
    if items().any(|item| item.matches(',').count() > 1) {
        return Some(
            "the signatures in webhook-signature are joined by commas; a space has to be between them",
        );
    }
    let of_ours = |item: &&str| {
        let version = item.split(',').next();
        keys.iter().any(|key| Some(key.version()) == version)
    };
    if !items().any(|item| of_ours(&item)) {
        return Some(
            "webhook-signature holds no signature of this kind of secret: v1 belongs to whsec_ (HMAC), v1a \
             to whsk_ (ed25519)",
        );
    }
    let is_base64 = |item: &str| {
        let text = item.split_once(',').map_or("", |(_, text)| text);
        STANDARD.decode(text).is_ok()
    };
    if items().any(is_base64) {
        return None;
    }
    let is_other = |item: &str| {
        let text = item.split_once(',').map_or("", |(_, text)| text);
        URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).is_ok()
            || STANDARD.decode(format!("{text}=")).is_ok()
    };
    Some(match items().any(is_other) {
        true => {
            "the signature is base64 of another kind: it wants + and / (not - and _), and = at its end"
        }
        false => "what follows the version in webhook-signature is not valid base64",
    })
}

/// The mistake with which one of the signatures could have been made.
fn made_wrongly(
    keys: &[SigningKey],
    headers: Headers<'_>,
    header: &str,
    body: &[u8],
) -> Option<&'static str> {
    let id = headers.id?;
    let seconds: u64 = headers.timestamp?.parse().ok()?;
    let signatures = signatures(header);
    let fits = |key: &SigningKey, content: &[u8]| {
        signatures.iter().any(|bytes| key.verifies(content, bytes))
    };
    let right = signed_content(id, seconds, body);
    for (words, other) in bodies(body) {
        let content = signed_content(id, seconds, &other);
        if keys.iter().any(|key| fits(key, &content)) {
            return Some(words);
        }
    }
    let without_id = [format!("{seconds}.").as_bytes(), body].concat();
    for key in keys {
        for (words, content) in [
            (
                "the signature leaves out the id: signed is ID.TIMESTAMP.BODY",
                &without_id[..],
            ),
            (
                "the signature is of the body alone: signed is ID.TIMESTAMP.BODY",
                body,
            ),
            (
                "the signature is written in hexadecimal; it has to be base64 of the bytes",
                &right,
            ),
        ] {
            if fits(key, content) {
                return Some(words);
            }
        }
        for (words, wrong) in misread(key) {
            let verifies = |bytes: &Vec<u8>| hmac::verify(&wrong, &right, bytes).is_ok();
            if signatures.iter().any(verifies) {
                return Some(words);
            }
        }
    }
    None
}

/// The bytes of each signature: those that base64 says, and those that hexadecimal would.
fn signatures(header: &str) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for item in header.split(' ').take(SIGNATURES_MAX) {
        let text = item.split_once(',').map_or(item, |(_, text)| text);
        all.extend(STANDARD.decode(text).ok());
        all.extend(hexadecimal(text.as_bytes()));
        // Base64 of the hexadecimal text, as when a digest is encoded once too often.
        let inner = STANDARD.decode(text).ok();
        all.extend(inner.and_then(|inner| hexadecimal(&inner)));
    }
    all
}

fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    from_hex(text).filter(|bytes| bytes.len() >= TAG_BYTES)
}

/// The key that comes of reading the secret wrongly.
fn misread(key: &SigningKey) -> Vec<(&'static str, hmac::Key)> {
    let Kind::Hmac(_) = key.kind else {
        return Vec::new();
    };
    let of = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, bytes);
    let bare = key.text.strip_prefix("whsec_").unwrap_or(&key.text);
    vec![
        (
            "the signature was made with the whole text whsec_… as the key: take the prefix off and decode \
             the rest from base64",
            of(key.text.as_bytes()),
        ),
        (
            "the signature was made with the text behind whsec_ as the key: it has to be decoded from \
             base64 first",
            of(bare.as_bytes()),
        ),
    ]
}

/// What the body may have been when it was signed.
fn bodies(body: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    const WRITTEN_AGAIN: &str = "the body was parsed and written again: the same JSON fits with other white \
                                 space. Check the bytes as they came";
    let mut bodies = vec![
        (
            "the body has a line end more than what was signed: an editor or `echo` adds one",
            body.trim_ascii_end().to_vec(),
        ),
        (
            "the body lacks the line end that was signed",
            [body, b"\n"].concat(),
        ),
        (
            "the body's line ends were changed from CR LF to LF, or the other way",
            with_other_line_ends(body),
        ),
        ("the body is empty in what was signed", Vec::new()),
    ];
    if let Ok(raw) = Raw::from_json(body) {
        let spaced = indent::of(&raw, indent::Style::Spaced);
        let escaped = ascii(&spaced);
        for text in [
            indent::of(&raw, indent::Style::Compact),
            indent::of(&raw, indent::Style::Lines),
            spaced,
            escaped,
        ] {
            bodies.push((WRITTEN_AGAIN, text.into_bytes()));
        }
    }
    bodies.retain(|(_, other)| other != body);
    bodies
}

fn with_other_line_ends(body: &[u8]) -> Vec<u8> {
    let mut other = Vec::with_capacity(body.len());
    let has_cr = body.windows(2).any(|two| two == b"\r\n");
    for byte in body {
        match byte {
            b'\r' if has_cr => {}
            b'\n' if !has_cr => other.extend_from_slice(b"\r\n"),
            byte => other.push(*byte),
        }
    }
    other
}

/// As Python and PHP write JSON: what is not ASCII by its code in hexadecimal.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}
