//! JSON with templates for its strings. It is read as JSON first and filled in afterwards, so that
//! no value can break it.

use super::{Occasion, Said, Scope, Template, TemplateError, Without};
use crate::domain::raw::Raw;

/// A value of JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`, a number, `true` or `false`, as it is written.
    Bare(String),
    /// A string; one that is a placeholder alone becomes a value of the placeholder's type.
    Text(Template),
    /// An array.
    List(Vec<Json>),
    /// An object, in the order in which it is written.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Makes it of what was read. An error comes with the string that it is in; its place is counted
    /// from the beginning of that.
    pub fn of(raw: &Raw, scope: &Scope) -> Result<Json, Box<(String, TemplateError)>> {
        Ok(match raw {
            Raw::Null => Json::Bare("null".to_owned()),
            Raw::Number(digits) => Json::Bare(digits.clone()),
            Raw::Flag(flag) => Json::Bare(flag.to_string()),
            Raw::Text(text) => Json::Text(
                Template::parse(text, scope).map_err(|error| Box::new((text.clone(), error)))?,
            ),
            Raw::List(items) => {
                let items = items.iter().map(|item| Json::of(item, scope));
                Json::List(items.collect::<Result<_, _>>()?)
            }
            Raw::Map(members) => {
                let mut filled = Vec::with_capacity(members.len());
                for (name, raw) in members {
                    filled.push((name.clone(), Json::of(raw, scope)?));
                }
                Json::Object(filled)
            }
        })
    }

    /// Whether there are leads of which nothing at all would be left.
    pub fn may_vanish(&self) -> bool {
        let leaves =
            |json: &Json, at_least| matches!(json, Json::Text(text) if text.without() >= at_least);
        match self {
            Json::Bare(_) => false,
            Json::Text(_) => leaves(self, Without::Left),
            Json::List(items) => items.iter().any(|item| leaves(item, Without::LeftWithAll)),
            Json::Object(members) => members
                .iter()
                .any(|(_, member)| leaves(member, Without::LeftWithAll)),
        }
    }

    /// Adds it to `out`, filled in. Where it is to be left out, what was added is to be dropped.
    pub fn fill(&self, occasion: &Occasion<'_>, out: &mut Vec<u8>) -> Without {
        match self {
            Json::Bare(text) => out.extend_from_slice(text.as_bytes()),
            Json::Text(template) => return text(template, occasion, out),
            Json::List(items) => {
                out.push(b'[');
                for item in items {
                    if !part(None, item, occasion, out) {
                        return Without::Left;
                    }
                }
                out.push(b']');
            }
            Json::Object(members) => {
                out.push(b'{');
                for (name, member) in members {
                    if !part(Some(name), member, occasion, out) {
                        return Without::Left;
                    }
                }
                out.push(b'}');
            }
        }
        Without::Stays
    }
}

/// Adds an item or a member with its comma, or leaves it out. Tells whether what is around it stays.
fn part(name: Option<&str>, json: &Json, occasion: &Occasion<'_>, out: &mut Vec<u8>) -> bool {
    let before = out.len();
    if !matches!(out.last(), Some(b'[' | b'{')) {
        out.push(b',');
    }
    if let Some(name) = name {
        string(name, out);
        out.push(b':');
    }
    let filled = json.fill(occasion, out);
    if filled != Without::Stays {
        out.truncate(before);
    }
    filled != Without::LeftWithAll
}

fn text(template: &Template, occasion: &Occasion<'_>, out: &mut Vec<u8>) -> Without {
    let Some(hole) = template.only_hole() else {
        let mut text = String::new();
        let filled = template.fill(occasion, &mut text, |part, out| out.push_str(part));
        string(&text, out);
        return filled;
    };
    match hole.said(occasion) {
        Said::Nothing if hole.without != Without::Stays => return hole.without,
        Said::Nothing => out.extend_from_slice(hole.slot.empty_json().as_bytes()),
        Said::Text(text) => string(&text, out),
        Said::Bare(text) => out.extend_from_slice(text.as_bytes()),
        Said::Json(json) => out.extend_from_slice(json),
        Said::List(words) => {
            out.push(b'[');
            for (n, word) in words.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                string(word, out);
            }
            out.push(b']');
        }
        Said::Map(entries) => {
            out.push(b'{');
            for (n, (label, text)) in entries.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                string(label, out);
                out.push(b':');
                string(text, out);
            }
            out.push(b'}');
        }
    }
    Without::Stays
}

fn string(text: &str, out: &mut Vec<u8>) {
    // Writing a string into memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}
