//! The request that a webhook's receiver wants: method, address, headers and body, each filled in
//! from the event at the moment of the attempt.
//!
//! Nothing that a lead says can break out of its place: what goes into the address is
//! percent-encoded and never part of the host, and a header value has one line of ASCII, whatever
//! came.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::body::Body;
use super::mail::one_line;
use super::secret::Secret;
use super::template::{Occasion, Template, Without, percent_encode};

/// How a request is made.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The verb.
    pub method: Method,
    /// Path and query, where they are not the same for every lead.
    pub target: Option<Template>,
    /// Headers and their texts.
    pub headers: Vec<(String, Template)>,
    /// Headers whose values are secret.
    pub secrets: Vec<(String, Secret)>,
    /// What is sent.
    pub body: Body,
}

/// The verbs that send something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// `POST`
    #[default]
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
}

impl Method {
    /// All of them.
    pub const ALL: [Method; 3] = [Method::Post, Method::Put, Method::Patch];

    /// As it is written in a request and in the config.
    pub fn name(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        }
    }

    /// Reads what [`Method::name`] writes.
    pub fn parse(text: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.name() == text)
    }
}

/// A request for one event.
pub struct Rendered<'a> {
    /// Path and query, where they are this event's own.
    pub target: Option<String>,
    /// Headers; what they hold may be secret or personal.
    pub headers: Vec<(String, String)>,
    /// The bytes of the body.
    pub body: Cow<'a, [u8]>,
}

/// Longer texts are cut: many receivers refuse a request whose head has more than 8 KB.
const HEADER_CHARS_MAX: usize = 1000;
const TARGET_PART_CHARS_MAX: usize = 1000;

impl Request {
    /// Makes the request, or says why that cannot be.
    pub fn render<'a>(&self, occasion: &Occasion<'a>) -> Result<Rendered<'a>, String> {
        let filled = |(name, template): &(String, Template)| {
            let value = header_value(&template.text(occasion)?);
            Some((name.clone(), value))
        };
        let mut headers: Vec<_> = self.headers.iter().filter_map(filled).collect();
        for (name, secret) in &self.secrets {
            let value = String::from_utf8_lossy(secret.reveal()).into_owned();
            headers.push((name.clone(), value));
        }
        Ok(Rendered {
            target: self.target.as_ref().map(|target| fill(target, occasion)),
            headers,
            body: self.body.render(occasion)?,
        })
    }
}

/// Shows no text and no value: an address and a header may be a secret.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let secrets: Vec<&str> = self.secrets.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("has_target", &self.target.is_some())
            .field("headers", &headers)
            .field("secrets", &secrets)
            .field("content_type", &self.body.content_type())
            .finish()
    }
}

fn fill(target: &Template, occasion: &Occasion<'_>) -> String {
    let mut text = String::new();
    let filled = target.fill(occasion, &mut text, |part, out| match part.trim() {
        // Even encoded, these would lead to another place.
        "." | ".." => out.push('_'),
        part => {
            let short: String = part.chars().take(TARGET_PART_CHARS_MAX).collect();
            percent_encode(&short, out);
        }
    });
    debug_assert_eq!(
        filled,
        Without::Stays,
        "the config lets no address be left out"
    );
    text
}

/// A text as the value of a header: one line, at most 1000 characters, and where it has letters
/// beyond ASCII, encoded as e-mail does it (RFC 2047), since a header has no encoding of its own.
fn header_value(text: &str) -> String {
    let line = one_line(text, usize::MAX);
    let line: String = line.chars().take(HEADER_CHARS_MAX).collect();
    if line.is_ascii() {
        return line;
    }
    // An encoded word has at most 75 characters (section 2): 12 around the base64 of 45 bytes.
    const WORD_BYTES_MAX: usize = 45;
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in line.chars() {
        if word.len() + c.len_utf8() > WORD_BYTES_MAX {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    let encoded = words
        .iter()
        .map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word)));
    encoded.collect::<Vec<_>>().join(" ")
}

/// Headers that belong to the connection or say where the body ends: they are set where that is
/// known.
const RESERVED: [&str; 9] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Whether a header of this name, in lower case, belongs to the connection.
pub fn is_reserved(header: &str) -> bool {
    RESERVED.contains(&header)
}
