//! Signatures that services put on what they post here: an HMAC in a header, over the bytes of the
//! body and often over the time with it.
//!
//! Checked are the bytes as they came, before anybody reads a meaning into them. How far one byte of
//! a signature is right never shows in the time that its refusal takes.

pub mod twilio;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use super::secret::Secret;
use super::time::Timestamp;

/// How a service signs its posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hmac {
    /// The header with the signature, in lower case.
    pub header: String,
    /// The hash.
    pub algorithm: Algorithm,
    /// How the signature is written.
    pub encoding: Encoding,
    /// What stands before it in the header: `sha256=`.
    pub prefix: String,
    /// What is signed.
    pub signed: SignedText,
    /// Whether the header lists elements: `t=…,v1=…`. Each `v1` is a signature.
    pub elements: bool,
    /// The header with the time, in lower case. With `elements` it is `t`.
    pub timestamp: Option<String>,
    /// How far the time may be from ours, either way, in seconds.
    pub tolerance_s: u64,
}

/// The hash of an HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC-SHA256.
    Sha256,
    /// HMAC-SHA1: as old services sign.
    Sha1,
}

/// How the bytes of a signature are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Two digits for each byte, in either case.
    Hex,
    /// Base64 with its padding.
    Base64,
}

/// The text that is signed: `{timestamp}.{body}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedText {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Body,
    Timestamp,
    Header(String),
}

/// Why a signature does not hold. Names what is wanted, never what came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A header, or an element of one, is missing.
    Missing(String),
    /// It is there, and not of its form.
    Unreadable(String),
    /// The time is so many seconds from ours; so many are tolerated.
    Clock(u64, u64),
    /// No signature belongs to these bytes and any of the secrets.
    Signature,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Missing(what) => write!(f, "{what} is missing"),
            Refused::Unreadable(what) => write!(f, "{what} is not of that form"),
            Refused::Clock(seconds, tolerance_s) => write!(
                f,
                "its time is {seconds} s from this clock; {tolerance_s} s are tolerated"
            ),
            Refused::Signature => f.write_str(
                "no signature fits: another secret, or a body that was changed on the way",
            ),
        }
    }
}

impl SignedText {
    /// Reads a template with `{body}`, once, `{timestamp}`, and headers by their names in lower case,
    /// which have a dash: `{x-request-id}`. None where it has other braces, or leaves the body out.
    pub fn parse(template: &str) -> Option<SignedText> {
        let mut pieces = Vec::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}')?;
            if !before.is_empty() {
                pieces.push(Piece::Literal(before.to_owned()));
            }
            pieces.push(match name {
                "body" => Piece::Body,
                "timestamp" => Piece::Timestamp,
                name if is_header_name(name) => Piece::Header(name.to_owned()),
                _ => return None,
            });
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        let n_bodies = pieces.iter().filter(|piece| **piece == Piece::Body).count();
        (n_bodies == 1 && !rest.contains('}')).then_some(SignedText { pieces })
    }

    /// Whether the time is part of it.
    pub fn has_timestamp(&self) -> bool {
        self.pieces.contains(&Piece::Timestamp)
    }

    /// What is signed, in its order.
    fn of<'t, 'h: 't>(
        &'t self,
        timestamp: &'t str,
        header: impl Fn(&str) -> Option<&'h str>,
        body: &'t [u8],
    ) -> Result<Vec<&'t [u8]>, Refused> {
        let pieces = self.pieces.iter().map(|piece| {
            Ok(match piece {
                Piece::Literal(text) => text.as_bytes(),
                Piece::Body => body,
                Piece::Timestamp => timestamp.as_bytes(),
                Piece::Header(name) => {
                    let value = header(name).ok_or_else(|| Refused::Missing(name.clone()))?;
                    value.as_bytes()
                }
            })
        });
        pieces.collect()
    }
}

impl fmt::Display for SignedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => f.write_str(text)?,
                Piece::Body => f.write_str("{body}")?,
                Piece::Timestamp => f.write_str("{timestamp}")?,
                Piece::Header(name) => write!(f, "{{{name}}}")?,
            }
        }
        Ok(())
    }
}

fn is_header_name(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    text.bytes().all(allowed) && text.contains('-')
}

/// The most signatures in one header that are looked at; during a rotation there are two.
const SIGNATURES_MAX: usize = 16;

impl Hmac {
    /// Checks the signature of `body` against each of `secrets`. `header` gives the value of a header
    /// by its name in lower case.
    pub fn verify<'a>(
        &self,
        secrets: &[Secret],
        header: impl Fn(&str) -> Option<&'a str>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), Refused> {
        let value = header(&self.header).ok_or_else(|| Refused::Missing(self.header.clone()))?;
        let timestamp = match (&self.timestamp, self.elements) {
            (Some(name), _) => header(name).ok_or_else(|| Refused::Missing(name.clone()))?,
            (None, true) => elements(value, "t").next().unwrap_or_default(),
            (None, false) => "",
        };
        if self.signed.has_timestamp() {
            self.check_clock(timestamp, now)?;
        }
        let offered = self.signatures(value)?;
        let signed = self.signed.of(timestamp, &header, body)?;
        let algorithm = match self.algorithm {
            Algorithm::Sha256 => hmac::HMAC_SHA256,
            Algorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        };
        let holds = secrets.iter().fold(false, |holds, secret| {
            let key = hmac::Key::new(algorithm, secret.reveal());
            let mut context = hmac::Context::with_key(&key);
            signed.iter().for_each(|piece| context.update(piece));
            let tag = Secret::new(context.sign().as_ref());
            offered
                .iter()
                .fold(holds, |holds, one| tag.matches(one) | holds)
        });
        if holds {
            Ok(())
        } else {
            Err(Refused::Signature)
        }
    }

    fn check_clock(&self, timestamp: &str, now: Timestamp) -> Result<(), Refused> {
        let place = || match &self.timestamp {
            Some(name) => name.clone(),
            None => format!("t in {}", self.header),
        };
        if timestamp.is_empty() {
            return Err(Refused::Missing(place()));
        }
        let time = time(timestamp).ok_or_else(|| Refused::Unreadable(place()))?;
        let distance_s = now.0.abs_diff(time.0) / 1000;
        if distance_s > self.tolerance_s {
            return Err(Refused::Clock(distance_s, self.tolerance_s));
        }
        Ok(())
    }

    /// The signatures that the header offers.
    fn signatures(&self, value: &str) -> Result<Vec<Vec<u8>>, Refused> {
        let decode = |text: &str| {
            let text = text.trim().strip_prefix(self.prefix.as_str())?;
            let bytes = match self.encoding {
                Encoding::Hex => from_hex(text.as_bytes()),
                Encoding::Base64 => STANDARD.decode(text).ok(),
            };
            bytes.filter(|bytes| !bytes.is_empty())
        };
        let offered: Vec<Vec<u8>> = match self.elements {
            true => elements(value, "v1")
                .take(SIGNATURES_MAX)
                .filter_map(decode)
                .collect(),
            false => decode(value).into_iter().collect(),
        };
        match offered.is_empty() {
            true => Err(Refused::Unreadable(self.header.clone())),
            false => Ok(offered),
        }
    }
}

/// The values of `name` in `name=value,…`.
fn elements<'a>(header: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    header
        .split(',')
        .filter_map(|element| element.trim().split_once('='))
        .filter(move |(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// From here on a plain number counts milliseconds: as seconds it would be in the year 5138.
const MILLISECONDS_FROM: u64 = 100_000_000_000;

/// Seconds or milliseconds since 1970, or an ISO 8601 date.
fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Timestamp::parse(text);
    }
    let number: u64 = text.parse().ok()?;
    Some(match number < MILLISECONDS_FROM {
        true => Timestamp(number * 1000),
        false => Timestamp(number),
    })
}

/// The bytes of a text of hexadecimal digits.
pub(super) fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
        _ => None,
    };
    text.chunks(2).map(byte).collect()
}
