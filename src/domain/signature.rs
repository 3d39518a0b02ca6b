//! Signatures of Standard Webhooks 1.0.0: what is signed, with which key, and how it is written.
//!
//! Signed is `{webhook-id}.{webhook-timestamp}.{body}`. A symmetric key (`whsec_…`) gives a `v1`
//! signature (HMAC-SHA256), a pair (`whsk_…`) a `v1a` one (ed25519). With several keys, as during a
//! rotation, the header lists one signature of each.

mod diagnosis;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::time::Timestamp;
pub use diagnosis::{Headers, examine};

/// The fewest and the most bytes of a symmetric key ("Signature scheme" of the specification).
const HMAC_KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
const ED25519_SEED_BYTES: usize = 32;
const ED25519_PUBLIC_BYTES: usize = 32;

/// A key that signs; `Debug` shows only its version.
pub struct SigningKey {
    kind: Kind,
    /// As it was written, so that a key can be copied and compared.
    text: String,
}

enum Kind {
    Hmac(hmac::Key),
    Ed25519(Box<Ed25519KeyPair>),
}

/// Why a text is no key. Says nothing of the text itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// Neither `whsec_` nor `whsk_` in front.
    Prefix,
    /// What follows is not base64.
    Base64,
    /// A symmetric key of this many bytes; 24 to 64 are allowed.
    HmacBytes(usize),
    /// An ed25519 key is 64 bytes: the seed, then the public key that belongs to it.
    Pair,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyError::Prefix => write!(
                f,
                "a signing secret begins with whsec_ (HMAC) or whsk_ (ed25519); `leadhook init` makes one"
            ),
            KeyError::Base64 => write!(f, "what follows the prefix is not valid base64"),
            KeyError::HmacBytes(n) => {
                write!(f, "the key has {n} bytes; a whsec_ secret has 24 to 64")
            }
            KeyError::Pair => write!(
                f,
                "a whsk_ secret is a 32-byte seed followed by the 32-byte public key that belongs to it"
            ),
        }
    }
}

impl SigningKey {
    /// Reads `whsec_…` or `whsk_…`; white space around it is passed over.
    pub fn parse(text: &str) -> Result<SigningKey, KeyError> {
        let text = text.trim();
        let decode = |base64: &str| STANDARD.decode(base64).map_err(|_| KeyError::Base64);
        let kind = if let Some(base64) = text.strip_prefix("whsec_") {
            let key = decode(base64)?;
            if !HMAC_KEY_BYTES.contains(&key.len()) {
                return Err(KeyError::HmacBytes(key.len()));
            }
            Kind::Hmac(hmac::Key::new(hmac::HMAC_SHA256, &key))
        } else if let Some(base64) = text.strip_prefix("whsk_") {
            let pair = decode(base64)?;
            if pair.len() != ED25519_SEED_BYTES + ED25519_PUBLIC_BYTES {
                return Err(KeyError::Pair);
            }
            let (seed, public) = pair.split_at(ED25519_SEED_BYTES);
            let pair = Ed25519KeyPair::from_seed_and_public_key(seed, public)
                .map_err(|_| KeyError::Pair)?;
            Kind::Ed25519(Box::new(pair))
        } else {
            return Err(KeyError::Prefix);
        };
        Ok(SigningKey {
            kind,
            text: text.to_owned(),
        })
    }

    /// The public half (`whpk_…`) of an ed25519 pair, for the receiver.
    pub fn public_key(&self) -> Option<String> {
        match &self.kind {
            Kind::Hmac(_) => None,
            Kind::Ed25519(pair) => Some(format!("whpk_{}", STANDARD.encode(pair.public_key()))),
        }
    }

    fn version(&self) -> &'static str {
        match self.kind {
            Kind::Hmac(_) => "v1",
            Kind::Ed25519(_) => "v1a",
        }
    }

    fn sign(&self, content: &[u8]) -> String {
        let signature = match &self.kind {
            Kind::Hmac(key) => STANDARD.encode(hmac::sign(key, content)),
            Kind::Ed25519(pair) => STANDARD.encode(pair.sign(content)),
        };
        format!("{},{signature}", self.version())
    }

    fn verifies(&self, content: &[u8], signature: &[u8]) -> bool {
        match &self.kind {
            Kind::Hmac(key) => hmac::verify(key, content, signature).is_ok(),
            Kind::Ed25519(pair) => UnparsedPublicKey::new(&ED25519, pair.public_key())
                .verify(content, signature)
                .is_ok(),
        }
    }
}

impl Clone for SigningKey {
    fn clone(&self) -> SigningKey {
        let kind = match &self.kind {
            Kind::Hmac(key) => Kind::Hmac(key.clone()),
            Kind::Ed25519(_) => match SigningKey::parse(&self.text) {
                Ok(key) => return key,
                Err(_) => unreachable!("the text was read once before"),
            },
        };
        SigningKey {
            kind,
            text: self.text.clone(),
        }
    }
}

impl PartialEq for SigningKey {
    fn eq(&self, other: &SigningKey) -> bool {
        self.text == other.text
    }
}

impl Eq for SigningKey {}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} ***)", self.version())
    }
}

/// The value of `webhook-signature`: one signature by each key, separated by spaces.
///
/// `id` must not contain a `.`, since a dot ends it in the signed content.
pub fn sign(keys: &[SigningKey], id: &str, at: Timestamp, body: &[u8]) -> String {
    let content = signed_content(id, at.unix_seconds(), body);
    let signatures: Vec<String> = keys.iter().map(|key| key.sign(&content)).collect();
    signatures.join(" ")
}

/// How far a receiver lets `webhook-timestamp` be from its own clock, in seconds, either way.
pub const TOLERANCE_S: u64 = 300;

/// Why a signature does not hold, in words that lead to the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// One of the three headers is missing or unreadable.
    Header(&'static str),
    /// The timestamp is this many seconds from the receiver's clock.
    Clock(u64),
    /// No signature of the list belongs to this body and key.
    Signature,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::Header(name) => write!(f, "the header {name} is missing or unreadable"),
            Mismatch::Clock(seconds) => write!(
                f,
                "webhook-timestamp is {seconds} s from this clock; {TOLERANCE_S} s are tolerated"
            ),
            Mismatch::Signature => write!(
                f,
                "no signature fits this body and secret: another secret, or a body that was changed on the way"
            ),
        }
    }
}

/// The most signatures in one header that are looked at; during a rotation there are two.
const SIGNATURES_MAX: usize = 16;

/// Checks the three headers of a received webhook against any of `keys`, as a receiver would.
pub fn verify(
    keys: &[SigningKey],
    id: Option<&str>,
    timestamp: Option<&str>,
    signatures: Option<&str>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Mismatch> {
    let id = id.ok_or(Mismatch::Header("webhook-id"))?;
    let seconds: u64 = timestamp
        .and_then(|t| t.parse().ok())
        .ok_or(Mismatch::Header("webhook-timestamp"))?;
    let signatures = signatures.ok_or(Mismatch::Header("webhook-signature"))?;
    let distance = now.unix_seconds().abs_diff(seconds);
    if distance > TOLERANCE_S {
        return Err(Mismatch::Clock(distance));
    }
    let content = signed_content(id, seconds, body);
    let holds = signatures
        .split(' ')
        .take(SIGNATURES_MAX)
        .filter_map(|item| item.split_once(','))
        .filter_map(|(version, base64)| Some((version, STANDARD.decode(base64).ok()?)))
        .any(|(version, bytes)| {
            keys.iter()
                .any(|key| key.version() == version && key.verifies(&content, &bytes))
        });
    if holds {
        Ok(())
    } else {
        Err(Mismatch::Signature)
    }
}

fn signed_content(id: &str, seconds: u64, body: &[u8]) -> Vec<u8> {
    let mut content = format!("{id}.{seconds}.").into_bytes();
    content.extend_from_slice(body);
    content
}
