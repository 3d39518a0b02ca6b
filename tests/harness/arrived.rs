//! A letter as it arrived at a mail server of the tests, and what is in it.

#![allow(dead_code, unreachable_pub)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A letter as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Arrived {
    /// The number of the connection, from 1.
    pub connection: usize,
    /// Whether TLS was spoken.
    pub encrypted: bool,
    /// Who signed in: user and password.
    pub login: Option<(String, String)>,
    /// The envelope.
    pub from: String,
    /// The envelope.
    pub to: Vec<String>,
    /// The message, as it was before dots were doubled.
    pub message: String,
}

impl Arrived {
    /// A header with its folded lines put together.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.message.split("\r\n\r\n").next()?.replace("\r\n ", " ");
        let mut lines = head.lines();
        let prefix = format!("{name}: ");
        lines.find_map(|line| line.strip_prefix(&prefix).map(str::to_owned))
    }

    /// The part of this type, decoded.
    pub fn part(&self, kind: &str) -> String {
        let marker = format!("Content-Type: {kind}");
        let at = self.message.find(&marker).expect("the part");
        let (head, rest) = self.message[at..].split_once("\r\n\r\n").expect("a body");
        let body = rest.split("\r\n--").next().expect("an end");
        if head.contains("base64") {
            let text: String = body.split_whitespace().collect();
            let bytes = STANDARD.decode(text).expect("base64");
            return String::from_utf8(bytes).expect("UTF-8");
        }
        match head.contains("quoted-printable") {
            true => unquoted(body),
            false => body.to_owned(),
        }
        .replace("\r\n", "\n")
    }

    /// The subject, decoded.
    pub fn subject(&self) -> String {
        let raw = self.header("Subject").expect("a subject");
        let mut subject = String::new();
        let mut was_encoded = false;
        for word in raw.split(' ').filter(|word| !word.is_empty()) {
            let encoded = word
                .strip_prefix("=?utf-8?b?")
                .and_then(|word| word.strip_suffix("?="));
            if !(subject.is_empty() || was_encoded && encoded.is_some()) {
                subject.push(' ');
            }
            match encoded {
                Some(text) => {
                    let bytes = STANDARD.decode(text).expect("base64");
                    subject.push_str(std::str::from_utf8(&bytes).expect("UTF-8"));
                }
                None => subject.push_str(word),
            }
            was_encoded = encoded.is_some();
        }
        subject
    }
}

fn unquoted(text: &str) -> String {
    let joined = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first == b'=' {
            let hex = std::str::from_utf8(&tail[..2]).expect("two digits");
            bytes.push(u8::from_str_radix(hex, 16).expect("hex digits"));
            rest = &tail[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}
