//! Intake: what was posted becomes a submission, in which every value has found its field.
//!
//! Nothing posted is lost: what has no field of its own, or does not fit the field it names, goes
//! to `additional_fields` under the label it came with. Only a post that is empty, or larger than
//! its limits, is refused.

use std::net::IpAddr;

use super::field::{Field, Kind};
use super::lead_type::LeadType;
use super::names::{Meaning, meaning};
use super::raw::Raw;
use super::source::{Auth, Source};
use super::time::Timestamp;
use super::value::Value;

/// One post, normalised, not yet decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The type that the post names, or else its source.
    pub lead_type: LeadType,
    /// Whether the post itself named the type.
    pub names_type: bool,
    /// What the source calls the lead.
    pub external_id: Option<String>,
    /// When the lead happened, where the post says so.
    pub created: Option<Timestamp>,
    /// Each field that was posted, once; none where it was posted empty. Maps hold only the labels
    /// that were posted.
    pub fields: Vec<(Field, Option<Value>)>,
    /// The body as it was posted, where the source keeps it.
    pub body: Option<Vec<u8>>,
}

/// What the connection says of a visitor who posts by himself.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The visitor's address.
    pub address: Option<IpAddr>,
    /// The page that the form is on (`Referer`).
    pub page: Option<String>,
}

/// Why a post is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable, for programs.
    pub code: &'static str,
    /// The field at fault.
    pub field: Option<String>,
    /// One sentence for people.
    pub message: String,
}

/// The most names in one post.
pub const NAMES_MAX: usize = 500;
/// The most bytes of one name, with the names around it.
pub const NAME_BYTES_MAX: usize = 512;
/// The most bytes of one value.
pub const VALUE_BYTES_MAX: usize = 64 * 1024;
/// The most bytes of an `external_id`.
pub const EXTERNAL_ID_BYTES_MAX: usize = 256;

/// Finds the field of everything that was posted to `source`.
pub fn read(raw: Raw, source: &Source, visitor: &Visitor) -> Result<Submission, Refusal> {
    let Raw::Map(entries) = raw else {
        let message = "the body is not an object of names and values".to_owned();
        return Err(Refusal {
            code: "not_an_object",
            field: None,
            message,
        });
    };
    let named_type = entries.iter().find_map(|(name, raw)| match raw {
        Raw::Text(text) if meaning(name, source.lead_type) == Some(Meaning::LeadType) => {
            LeadType::parse(text)
        }
        _ => None,
    });
    let mut draft = Draft::new(named_type.unwrap_or(source.lead_type));
    for (name, raw) in entries {
        draft.take(name, raw)?;
    }
    draft.join_names();
    if draft.is_empty() {
        let message = "no field has a value; post at least one, such as \"email\"".to_owned();
        return Err(Refusal {
            code: "empty_submission",
            field: None,
            message,
        });
    }
    if matches!(source.auth, Auth::Open) {
        draft.add_visitor(visitor);
    }
    draft.spread();
    Ok(Submission {
        lead_type: draft.lead_type,
        names_type: named_type.is_some(),
        external_id: draft.external_id,
        created: draft.created,
        fields: draft
            .fields
            .into_iter()
            .map(|(field, value, _)| (field, value))
            .collect(),
        body: None,
    })
}

/// How surely a value belongs to its field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    Alias,
    Exact,
}

struct Draft {
    lead_type: LeadType,
    external_id: Option<String>,
    created: Option<Timestamp>,
    first_name: Option<(String, String)>,
    last_name: Option<(String, String)>,
    /// Field, value, and for a field that a single name claimed: how, and that name.
    fields: Vec<(Field, Option<Value>, Option<(Claim, String)>)>,
    names: usize,
}

impl Draft {
    fn new(lead_type: LeadType) -> Draft {
        Draft {
            lead_type,
            external_id: None,
            created: None,
            first_name: None,
            last_name: None,
            fields: Vec::new(),
            names: 0,
        }
    }

    fn take(&mut self, name: String, raw: Raw) -> Result<(), Refusal> {
        match meaning(&name, self.lead_type) {
            Some(Meaning::Exact(field) | Meaning::Alias(field)) if field.kind() == Kind::Map => {
                match raw {
                    Raw::Map(entries) => {
                        for (label, raw) in entries {
                            self.leaves(field, label, raw)?;
                        }
                        Ok(())
                    }
                    Raw::Null => Ok(()),
                    raw => self.leaves(Field::AdditionalFields, name, raw),
                }
            }
            Some(meaning) => match scalar(&raw) {
                Some(text) => {
                    let text = self.checked(&name, text)?;
                    self.place(meaning, name, text)
                }
                None => self.leaves(Field::AdditionalFields, name, raw),
            },
            None => self.leaves(Field::AdditionalFields, name, raw),
        }
    }

    /// Puts `text` where its name belongs, or among the additional fields if it does not fit there.
    fn place(&mut self, meaning: Meaning, name: String, text: String) -> Result<(), Refusal> {
        let fits = match meaning {
            Meaning::Exact(field) => return self.claim(field, Claim::Exact, name, text),
            Meaning::Alias(field) => return self.claim(field, Claim::Alias, name, text),
            Meaning::FirstName => set_once(&mut self.first_name, (name.clone(), text.clone())),
            Meaning::LastName => set_once(&mut self.last_name, (name.clone(), text.clone())),
            Meaning::LeadType => LeadType::parse(&text).is_some(),
            Meaning::DateCreated => match Timestamp::parse(&text) {
                Some(time) => set_once(&mut self.created, time),
                None => false,
            },
            Meaning::ExternalId => {
                if text.len() > EXTERNAL_ID_BYTES_MAX {
                    return Err(too_long(&name, EXTERNAL_ID_BYTES_MAX));
                }
                text.is_empty() || set_once(&mut self.external_id, text.clone())
            }
        };
        if !fits {
            self.add_label(Field::AdditionalFields, name, text);
        }
        Ok(())
    }

    fn claim(
        &mut self,
        field: Field,
        claim: Claim,
        name: String,
        text: String,
    ) -> Result<(), Refusal> {
        let value = match text.is_empty() {
            true => None,
            false => match Value::parse(field, &text) {
                Some(value) => Some(normalised(field, value)),
                None => {
                    self.add_label(Field::AdditionalFields, name, text);
                    return Ok(());
                }
            },
        };
        let Some(at) = self.fields.iter().position(|(known, ..)| *known == field) else {
            self.fields.push((field, value, Some((claim, name))));
            return Ok(());
        };
        let (_, present, holder) = &mut self.fields[at];
        let stronger = holder.as_ref().is_some_and(|(held, _)| claim > *held);
        let (loser, loser_name) = match value.is_some() && (stronger || present.is_none()) {
            true => {
                let loser = std::mem::replace(present, value);
                (loser, holder.replace((claim, name)).map(|(_, name)| name))
            }
            false => (value, Some(name)),
        };
        if loser == self.fields[at].1 {
            return Ok(());
        }
        if let (Some(loser), Some(name)) = (loser, loser_name) {
            self.add_label(Field::AdditionalFields, name, printed(&loser));
        }
        Ok(())
    }

    /// Adds every text in `raw` to the map `field`, each under the path that leads to it.
    fn leaves(&mut self, field: Field, label: String, raw: Raw) -> Result<(), Refusal> {
        if let Some(text) = scalar(&raw) {
            let text = self.checked(&label, text)?;
            self.add_label(field, label, text);
            return Ok(());
        }
        match raw {
            Raw::Map(entries) => {
                for (name, raw) in entries {
                    self.leaves(field, format!("{label}.{name}"), raw)?;
                }
            }
            Raw::List(values) => {
                for (n, raw) in values.into_iter().enumerate() {
                    self.leaves(field, format!("{label}[{n}]"), raw)?;
                }
            }
            Raw::Null | Raw::Text(_) | Raw::Number(_) | Raw::Flag(_) => {}
        }
        Ok(())
    }

    fn checked(&mut self, name: &str, text: String) -> Result<String, Refusal> {
        self.names += 1;
        if self.names > NAMES_MAX {
            let message = format!("the post has more than {NAMES_MAX} values");
            return Err(Refusal {
                code: "too_many_fields",
                field: None,
                message,
            });
        }
        if name.len() > NAME_BYTES_MAX {
            let message = format!("a field's name has more than {NAME_BYTES_MAX} bytes");
            return Err(Refusal {
                code: "name_too_long",
                field: None,
                message,
            });
        }
        if text.len() > VALUE_BYTES_MAX {
            return Err(too_long(name, VALUE_BYTES_MAX));
        }
        Ok(clean(&text))
    }

    /// Sets a label of a map; a label that is there already with another text gets a number.
    fn add_label(&mut self, field: Field, label: String, text: String) {
        let label = clean(&label);
        let at = match self.fields.iter().position(|(known, ..)| *known == field) {
            Some(at) => at,
            None => {
                self.fields
                    .push((field, Some(Value::Map(Vec::new())), None));
                self.fields.len() - 1
            }
        };
        let Some(Value::Map(entries)) = &mut self.fields[at].1 else {
            return;
        };
        if entries
            .iter()
            .any(|entry| entry.0 == label && entry.1 == text)
        {
            return;
        }
        let taken = |label: &str| entries.iter().any(|(known, _)| known == label);
        let free = match taken(&label) {
            false => label,
            true => (2..)
                .map(|n| format!("{label} ({n})"))
                .find(|l| !taken(l))
                .unwrap_or(label),
        };
        entries.push((free, text));
    }

    fn join_names(&mut self) {
        let parts = [self.first_name.take(), self.last_name.take()];
        let texts: Vec<&str> = parts
            .iter()
            .flatten()
            .map(|(_, text)| text.as_str())
            .filter(|t| !t.is_empty())
            .collect();
        if self
            .fields
            .iter()
            .any(|(field, value, _)| *field == Field::ContactName && value.is_some())
        {
            for (name, text) in parts
                .into_iter()
                .flatten()
                .filter(|(_, text)| !text.is_empty())
            {
                self.add_label(Field::AdditionalFields, name, text);
            }
        } else if !texts.is_empty() {
            let name = texts.join(" ");
            self.set_default(Field::ContactName, Value::Text(name));
        }
    }

    fn is_empty(&self) -> bool {
        !self.fields.iter().any(|(_, value, _)| match value {
            Some(Value::Map(entries)) => entries.iter().any(|(_, text)| !text.is_empty()),
            value => value.is_some(),
        })
    }

    fn add_visitor(&mut self, visitor: &Visitor) {
        if let Some(address) = visitor.address {
            self.set_default(Field::IpAddress, Value::Text(address.to_string()));
        }
        if let Some(page) = &visitor.page {
            self.set_default(Field::LeadUrl, Value::Text(clean(page)));
        }
    }

    /// One captured value can answer for several fields: an e-mail address is also the contact's.
    fn spread(&mut self) {
        const PAIRS: [(Field, Field); 7] = [
            (Field::CallerNumber, Field::PhoneNumber),
            (Field::CallerName, Field::ContactName),
            (Field::SenderName, Field::ContactName),
            (Field::EmailAddress, Field::ContactEmailAddress),
            (Field::ContactEmailAddress, Field::EmailAddress),
            (Field::PhoneNumber, Field::ContactPhoneNumber),
            (Field::ContactPhoneNumber, Field::PhoneNumber),
        ];
        for (from, to) in PAIRS {
            let found = self.fields.iter().find(|(field, ..)| *field == from);
            if let Some(value) = found.and_then(|(_, value, _)| value.clone()) {
                self.set_default(to, normalised(to, value));
            }
        }
    }

    fn set_default(&mut self, field: Field, value: Value) {
        match self.fields.iter_mut().find(|(known, ..)| *known == field) {
            Some((_, present @ None, _)) => *present = Some(value),
            Some(_) => {}
            None => self.fields.push((field, Some(value), None)),
        }
    }
}

fn set_once<T>(place: &mut Option<T>, value: T) -> bool {
    let free = place.is_none();
    if free {
        *place = Some(value);
    }
    free
}

fn too_long(name: &str, bytes_max: usize) -> Refusal {
    let message = format!("the value has more than {bytes_max} bytes");
    Refusal {
        code: "value_too_long",
        field: Some(clean(name)),
        message,
    }
}

/// The text of a value that is one, or of a list of such.
fn scalar(raw: &Raw) -> Option<String> {
    match raw {
        Raw::Null => Some(String::new()),
        Raw::Text(text) => Some(text.clone()),
        Raw::Number(digits) => Some(digits.clone()),
        Raw::Flag(flag) => Some(flag.to_string()),
        Raw::List(values) => {
            let flat = values
                .iter()
                .all(|value| !matches!(value, Raw::List(_) | Raw::Map(_)));
            let texts = || {
                values
                    .iter()
                    .filter_map(scalar)
                    .filter(|text| !text.is_empty())
            };
            flat.then(|| texts().collect::<Vec<_>>().join(", "))
        }
        Raw::Map(_) => None,
    }
}

/// Without white space around it, and without control characters that no person types.
fn clean(text: &str) -> String {
    let kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    match text.chars().all(|c| kept(&c)) {
        true => text.trim().to_owned(),
        false => text
            .chars()
            .map(|c| if kept(&c) { c } else { '\u{fffd}' })
            .collect::<String>()
            .trim()
            .to_owned(),
    }
}

fn printed(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.as_str().to_owned(),
        Value::Flag(flag) => flag.to_string(),
        Value::Map(_) => String::new(),
    }
}

/// E-mail addresses in lower case; international phone numbers as E.164 writes them.
fn normalised(field: Field, value: Value) -> Value {
    let Value::Text(text) = value else {
        return value;
    };
    Value::Text(match field {
        Field::EmailAddress | Field::ContactEmailAddress => text.to_lowercase(),
        Field::PhoneNumber | Field::ContactPhoneNumber | Field::CallerNumber => {
            international(&text).unwrap_or(text)
        }
        _ => text,
    })
}

fn international(text: &str) -> Option<String> {
    let digits = text.strip_prefix('+')?;
    let punctuation = |c: char| matches!(c, ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}');
    let plain: String = digits.chars().filter(|c| !punctuation(*c)).collect();
    let valid = (7..=15).contains(&plain.len()) && plain.bytes().all(|b| b.is_ascii_digit());
    valid.then(|| format!("+{plain}"))
}
