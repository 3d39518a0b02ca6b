//! A call of an endpoint: its values, its query, its body; each wrong one is told by its name.

use std::cell::Cell;

use super::{Endpoint, Kind, Parameter};
use crate::domain::mapping::nested;
use crate::domain::raw::Raw;
use crate::domain::time::Timestamp;
use crate::http::forms::{ContentType, form_fields};
use crate::http::{Bytes, Head, Response};

/// A call that fits its endpoint.
pub(in crate::admin) struct Call {
    /// The values in the path.
    pub(super) values: Vec<String>,
    query: Vec<(String, String)>,
    content_type: ContentType,
    body: Bytes,
    /// `Idempotency-Key`.
    pub(super) key: Option<String>,
    /// What came of it; its endpoint says so where that is not one deed.
    pub(super) done: Cell<Done>,
}

/// What a call that went well has changed.
#[derive(Clone, Copy, Debug)]
pub(in crate::admin) enum Done {
    /// What its path says.
    Deed,
    /// It made so many leads.
    Leads(u64),
    /// It only tried, or all was as it should be already.
    Nothing,
}

impl Call {
    /// Reads a request to `endpoint`; what is not in its table is refused, not passed over.
    pub(in crate::admin) fn read(
        endpoint: &Endpoint,
        values: Vec<String>,
        head: &Head,
        body: Bytes,
    ) -> Result<Call, Response> {
        let query = form_fields(head.query().unwrap_or_default().as_bytes());
        for (name, text) in &query {
            let mut known = endpoint.parameters.iter();
            let Some(parameter) = known.find(|known| known.name == name) else {
                let known: Vec<&str> = endpoint.parameters.iter().map(|p| p.name).collect();
                let message = format!(
                    "there is no such parameter; there are: {}",
                    known.join(", ")
                );
                return Err(wrong(name, &message));
            };
            if let Some(message) = misfit(&parameter.kind, text) {
                return Err(wrong(name, &message));
            }
        }
        Ok(Call {
            values,
            query,
            content_type: head.content_type(),
            body,
            key: head.header("idempotency-key").map(str::to_owned),
            done: Cell::new(Done::Deed),
        })
    }

    /// The text of a parameter; one without a text counts as absent.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let mut found = self.query.iter().filter(|(known, _)| known == name);
        let text = found.next()?.1.trim();
        (!text.is_empty()).then_some(text)
    }

    /// The number of a parameter.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }

    /// The name in the path.
    pub(super) fn name(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    /// The number in the path; none where it is none.
    pub(super) fn id(&self) -> Option<u64> {
        self.values.first()?.parse().ok()
    }

    /// The body, be it JSON or a form.
    pub(super) fn body(&self) -> Result<Raw, Response> {
        // What curl sends by itself is called a form, also where it is JSON.
        let is_object = self.body.trim_ascii_start().first() == Some(&b'{');
        if self.content_type == ContentType::Form && !is_object {
            let raw = Raw::from_form(form_fields(&self.body));
            let message = "the form has too many names";
            return raw
                .map(nested)
                .ok_or_else(|| Response::error(400, "too_many_fields", None, message));
        }
        Raw::from_json(&self.body)
            .map_err(|error| Response::error(400, "invalid_json", None, &error.to_string()))
    }

    /// The members of the body as texts, each one of `known`; without a body there are none.
    pub(super) fn members(&self, known: &[&[Parameter]]) -> Result<Members, Response> {
        if self.body.is_empty() {
            return Ok(Members(Vec::new()));
        }
        let Raw::Map(members) = self.body()? else {
            let message = "the body is an object";
            return Err(Response::error(400, "invalid_json", None, message));
        };
        let mut said = Vec::new();
        for (name, raw) in members {
            let mut parameters = known.iter().copied().flatten();
            let Some(parameter) = parameters.find(|parameter| parameter.name == name) else {
                return Err(wrong(&name, "there is no such member"));
            };
            let text = match raw {
                Raw::Null => continue,
                Raw::Text(text) | Raw::Number(text) => text,
                Raw::Flag(flag) => flag.to_string(),
                Raw::List(_) | Raw::Map(_) => return Err(wrong(&name, "this is a single value")),
            };
            if let Some(message) = misfit(&parameter.kind, &text) {
                return Err(wrong(&name, &message));
            }
            said.push((name, text.trim().to_owned()));
        }
        Ok(Members(said))
    }

    /// The bytes of the body.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.body
    }
}

/// The members of a body, each a text that fits.
pub(super) struct Members(Vec<(String, String)>);

impl Members {
    /// The text of one; one without a text counts as absent.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let mut members = self.0.iter();
        let (_, text) = members.find(|(known, text)| known == name && !text.is_empty())?;
        Some(text)
    }

    /// Whether it is said to be so.
    pub(super) fn has(&self, name: &str) -> bool {
        self.text(name).and_then(flag) == Some(true)
    }
}

pub(super) fn wrong(name: &str, message: &str) -> Response {
    let shown: String = name.chars().take(64).collect();
    Response::error(400, "invalid_parameter", Some(&shown), message)
}

/// Says that what was given for a cursor is none.
pub(super) fn no_cursor() -> Response {
    let message = "this is no cursor; take next_cursor of an earlier page as it is";
    wrong("cursor", message)
}

/// What is wrong with the text of a parameter.
pub(super) fn misfit(kind: &Kind, text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let fits = match kind {
        Kind::Text | Kind::Leads(_) => true,
        Kind::Word(words) => {
            let same = |word: &&str| word.eq_ignore_ascii_case(&text.replace(' ', "_"));
            words.iter().any(same)
        }
        Kind::Number(first, last) => text
            .parse()
            .is_ok_and(|number: u64| (*first..=*last).contains(&number)),
        Kind::Flag => flag(text).is_some(),
        Kind::Time => Timestamp::parse(text).is_some(),
    };
    (!fits).then(|| match kind {
        Kind::Text | Kind::Leads(_) => String::new(),
        Kind::Word(words) => format!("this is one of: {}", words.join(", ")),
        Kind::Number(first, last) => format!("this is a number from {first} to {last}"),
        Kind::Flag => "this is true or false".to_owned(),
        Kind::Time => "this is a UTC date: 2026-02-01 or 2026-02-01T14:09:01Z".to_owned(),
    })
}

/// What stands for true and false.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// A part of a path without its percent signs.
pub(super) fn unescaped(part: &str) -> String {
    let bytes = part.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = part.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}
