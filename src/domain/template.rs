//! Templates: texts of the config with placeholders for what a lead says.
//!
//! | written | means |
//! | --- | --- |
//! | `{city}` | what the lead says there, or nothing |
//! | `{field_mappings.Size}`, `{additional_fields."How many?"}` | the text under a label |
//! | `{values.to}` | what the webhook's own `values` say: known when the config is read |
//! | `{city?}` | without it, the member, field or header that this is the text of is left out |
//! | `{city??}` | without it, what is around that member is left out: the object, the item of a list |
//! | `{city\|default:unknown}` | this text where there is none |
//! | `{message\|truncate:500\|slack}` | filters, from left to right |
//! | `{{`, `}}` | a brace |

mod filter;
mod hole;
mod json;
mod slot;

use jiff::tz::TimeZone;

use super::event::Event;
use super::incident::Message;
use super::lead::Change;
use super::webhook::Trigger;
pub(super) use filter::percent_encode;
pub use filter::percent_encoded;
use hole::{Bound, Hole};
pub use json::Json;
use slot::Said;

/// A text with placeholders, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Hole(Hole),
}

/// What becomes of the text around a placeholder that has nothing to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Without {
    /// It stays, with nothing in that place.
    #[default]
    Stays,
    /// The member, field or header whose text it is, is left out.
    Left,
    /// What is around that member is left out.
    LeftWithAll,
}

/// What a template can name that is not in the lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The webhook's own `values`.
    pub values: Vec<(String, String)>,
    /// For the filter `local`.
    pub time_zone: TimeZone,
}

/// An event, as one webhook hears it.
#[derive(Clone, Copy)]
pub struct Occasion<'a> {
    /// The event.
    pub event: &'a Event,
    /// As what it is heard.
    pub trigger: Trigger,
    /// The flat payload.
    pub payload: &'a [u8],
    /// What is told in place of a lead, where the event is only its [`Message::event`].
    pub alert: Option<&'a Message>,
}

impl<'a> Occasion<'a> {
    /// What the event changed, as this webhook hears it: of a `new`, nothing.
    fn changes(&self) -> &'a [Change] {
        match self.trigger {
            Trigger::New => &[],
            Trigger::Update => &self.event.changes,
        }
    }
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// The byte of the text at which it shows, from 0.
    pub at: usize,
    /// What is wrong there.
    pub what: String,
    /// What to write.
    pub hint: String,
    /// A name that is not known, and those that are.
    pub unknown: Option<(String, Vec<String>)>,
}

impl TemplateError {
    fn new(at: usize, what: impl Into<String>, hint: impl Into<String>) -> TemplateError {
        TemplateError {
            at,
            what: what.into(),
            hint: hint.into(),
            unknown: None,
        }
    }
}

impl Template {
    /// Reads a text.
    pub fn parse(text: &str, scope: &Scope) -> Result<Template, TemplateError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        while let Some(found) = text[at..].find(['{', '}']) {
            literal.push_str(&text[at..at + found]);
            at += found;
            let brace = &text[at..=at];
            if text[at + 1..].starts_with(brace) {
                literal.push_str(brace);
                at += 2;
                continue;
            }
            if brace == "}" {
                literal.push('}');
                at += 1;
                continue;
            }
            let (bound, end) = hole::read(text, at, scope)?;
            match bound {
                Bound::Literal(value) => literal.push_str(&value),
                Bound::Hole(hole) => {
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal)));
                    }
                    parts.push(Part::Hole(hole));
                }
            }
            at = end;
        }
        literal.push_str(&text[at..]);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Template(parts))
    }

    /// The text, if it has no placeholder.
    pub fn as_literal(&self) -> Option<String> {
        let literal = |part: &Part| match part {
            Part::Literal(text) => Some(text.clone()),
            Part::Hole(_) => None,
        };
        self.0.iter().map(literal).collect()
    }

    /// Adds a text at the end.
    pub fn push(&mut self, text: &str) {
        self.0.push(Part::Literal(text.to_owned()));
    }

    /// What stands before the path of an address, and the rest; none where a placeholder comes
    /// before that.
    pub fn split_address(&self) -> Option<(String, Template)> {
        let [Part::Literal(first), rest @ ..] = self.0.as_slice() else {
            return None;
        };
        let host = first.find("://")? + "://".len();
        let end = host + first[host..].find(['/', '?'])?;
        let slash = if first[end..].starts_with('?') {
            "/"
        } else {
            ""
        };
        let target = Part::Literal(format!("{slash}{}", &first[end..]));
        let target = std::iter::once(target).chain(rest.iter().cloned());
        Some((first[..end].to_owned(), Template(target.collect())))
    }

    /// The text with `filling` in each placeholder's stead.
    pub fn filled_with(&self, filling: &str) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Literal(text) => text.as_str(),
            Part::Hole(_) => filling,
        });
        parts.collect()
    }

    /// The most that it can leave out.
    pub fn without(&self) -> Without {
        let holes = self.0.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Hole(hole) => Some(hole.without),
        });
        holes.max().unwrap_or_default()
    }

    /// Whether the text is one placeholder and nothing else.
    fn only_hole(&self) -> Option<&Hole> {
        match self.0.as_slice() {
            [Part::Hole(hole)] => Some(hole),
            _ => None,
        }
    }

    /// Adds the text to `out`, each filled-in part as `escape` writes it. Where a part that must be
    /// there is missing, says what is left out; what was added then is to be dropped.
    pub fn fill(
        &self,
        occasion: &Occasion<'_>,
        out: &mut String,
        escape: impl Fn(&str, &mut String),
    ) -> Without {
        let mut without = Without::Stays;
        for part in &self.0 {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Hole(hole) => {
                    let said = hole.said(occasion);
                    if matches!(said, Said::Nothing) {
                        without = without.max(hole.without);
                    }
                    escape(&said.text(), out);
                }
            }
        }
        without
    }

    /// The text, as it is; none where a part that must be there is missing.
    pub fn text(&self, occasion: &Occasion<'_>) -> Option<String> {
        let mut text = String::new();
        let filled = self.fill(occasion, &mut text, |part, out| out.push_str(part));
        (filled == Without::Stays).then_some(text)
    }
}
