//! A post on its way to a submission: each value looks for its field.

use std::collections::BTreeSet;

use super::text::{PHONES, clean, normalised, printed, scalar, separator};
use super::{
    EXTERNAL_ID_BYTES_MAX, NAME_BYTES_MAX, Refusal, StandIn, Submission, Told, VALUE_BYTES_MAX,
    VALUES_MAX, Visitor,
};
use crate::domain::field::{Field, Kind};
use crate::domain::lead_type::LeadType;
use crate::domain::names::{Meaning, meaning};
use crate::domain::phone::{self, Country};
use crate::domain::raw::Raw;
use crate::domain::time::Timestamp;
use crate::domain::unmapped::Unmapped;
use crate::domain::value::Value;

/// How surely a value belongs to its field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    Alias,
    Exact,
}

/// A post whose values are finding their fields.
pub(super) struct Draft {
    lead_type: LeadType,
    /// Where telephone numbers are typed that do not say their country.
    country: Option<Country>,
    external_id: Option<String>,
    created: Option<Timestamp>,
    first_name: Option<(String, String)>,
    last_name: Option<(String, String)>,
    pub(super) told: Told,
    fields: Vec<Entry>,
    values: usize,
}

/// A field that was posted.
struct Entry {
    field: Field,
    value: Option<Value>,
    /// The name that claimed it, and how.
    holder: Option<(Claim, String)>,
}

impl Draft {
    pub(super) fn new(lead_type: LeadType, country: Option<Country>) -> Draft {
        Draft {
            lead_type,
            country,
            external_id: None,
            created: None,
            first_name: None,
            last_name: None,
            told: Told::default(),
            fields: Vec::new(),
            values: 0,
        }
    }

    /// Takes one posted name with what is under it.
    pub(super) fn take(&mut self, name: String, raw: Raw) -> Result<(), Refusal> {
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
            Some(meaning) => match scalar(&raw, separator(meaning.field())) {
                Some(text) => {
                    let text = self.checked(&name, text)?;
                    self.place(meaning, name, text)
                }
                None => self.leaves(Field::AdditionalFields, name, raw),
            },
            None => self.leaves(Field::AdditionalFields, name, raw),
        }
    }

    /// All that was posted, once it is all taken; `visitor` stands in for what a public form cannot
    /// say.
    pub(super) fn finish(mut self, visitor: Option<&Visitor>) -> Result<Submission, Refusal> {
        self.join_names();
        self.complete_phones();
        let has_value = |value: &Value| match value {
            Value::Map(entries) => entries.iter().any(|(_, text)| !text.is_empty()),
            _ => true,
        };
        let mut values = self.fields.iter().filter_map(|entry| entry.value.as_ref());
        if !values.any(has_value) {
            let message = "no field has a value; post at least one, such as \"email\"".to_owned();
            return Err(Refusal {
                code: "empty_submission",
                field: None,
                message,
            });
        }
        let stand_ins = self.stand_ins(visitor);
        let fields = self.fields.into_iter();
        Ok(Submission {
            lead_type: self.lead_type,
            names_type: false,
            external_id: self.external_id,
            created: self.created,
            fields: fields.map(|entry| (entry.field, entry.value)).collect(),
            stand_ins,
            posted: None,
            country: self.country,
            signals: Vec::new(),
            body: None,
            lack: None,
            unmapped: Unmapped::Store,
        })
    }

    /// Puts `text` where its name belongs, or among the additional fields if it does not fit there.
    fn place(&mut self, meaning: Meaning, name: String, text: String) -> Result<(), Refusal> {
        let fits = match meaning {
            Meaning::Exact(field) => {
                self.claim(field, Claim::Exact, name, text);
                return Ok(());
            }
            Meaning::Alias(field) => {
                self.claim(field, Claim::Alias, name, text);
                return Ok(());
            }
            Meaning::FirstName => set_once(&mut self.first_name, (name.clone(), text.clone())),
            Meaning::LastName => set_once(&mut self.last_name, (name.clone(), text.clone())),
            // They tell of the visit and have no field of their own: the label stays.
            Meaning::Referrer => tell(&mut self.told.referrer, &text),
            Meaning::PageReferrer => tell(&mut self.told.page_referrer, &text),
            Meaning::UserAgent => tell(&mut self.told.user_agent, &text),
            Meaning::LeadType => LeadType::parse(&text) == Some(self.lead_type),
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

    /// Gives a field its value. The field's own name goes before an alias, the first before later
    /// ones; who loses keeps its label among the additional fields.
    fn claim(&mut self, field: Field, claim: Claim, name: String, text: String) {
        let value = match text.is_empty() {
            true => None,
            false => match Value::parse(field, &text) {
                Some(value) => Some(normalised(field, value, None)),
                None => return self.add_label(Field::AdditionalFields, name, text),
            },
        };
        let entry = self.entry(field);
        let weaker = |holder: &(Claim, String)| holder.0 < claim;
        let wins = entry.value.is_none() || entry.holder.as_ref().is_some_and(weaker);
        let mut loser = (value, Some((claim, name)));
        if wins && (loser.0.is_some() || entry.holder.is_none()) {
            std::mem::swap(&mut entry.value, &mut loser.0);
            std::mem::swap(&mut entry.holder, &mut loser.1);
        }
        if let (Some(value), Some((_, name))) = &loser
            && entry.value != loser.0
        {
            self.add_label(Field::AdditionalFields, name.clone(), printed(value));
        }
    }

    /// The entry of `field`, made if there is none.
    fn entry(&mut self, field: Field) -> &mut Entry {
        let at = match self.fields.iter().position(|entry| entry.field == field) {
            Some(at) => at,
            None => {
                self.fields.push(Entry {
                    field,
                    value: None,
                    holder: None,
                });
                self.fields.len() - 1
            }
        };
        &mut self.fields[at]
    }

    fn value(&self, field: Field) -> Option<&Value> {
        self.fields
            .iter()
            .find(|entry| entry.field == field)?
            .value
            .as_ref()
    }

    /// Adds every text in `raw` to the map `field`, each under the path that leads to it.
    fn leaves(&mut self, field: Field, label: String, raw: Raw) -> Result<(), Refusal> {
        // At once: a long name before many parts would be copied for each of them.
        check_name(&label)?;
        if let Some(text) = scalar(&raw, separator(Some(field))) {
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
        self.values += 1;
        if self.values > VALUES_MAX {
            let message = format!("the post has more than {VALUES_MAX} values");
            return Err(Refusal {
                code: "too_many_fields",
                field: None,
                message,
            });
        }
        check_name(name)?;
        if text.len() > VALUE_BYTES_MAX {
            return Err(too_long(name, VALUE_BYTES_MAX));
        }
        Ok(clean(&text))
    }

    /// Sets a label of a map; a label that is there already with another text gets a number.
    fn add_label(&mut self, field: Field, label: String, text: String) {
        let label = clean(&label);
        let map = self
            .entry(field)
            .value
            .get_or_insert(Value::Map(Vec::new()));
        let Value::Map(entries) = map else { return };
        if entries
            .iter()
            .any(|(known, present)| *known == label && *present == text)
        {
            return;
        }
        let number = |known: &str| match known.strip_prefix(label.as_str())? {
            "" => Some(1),
            rest => rest.strip_prefix(" (")?.strip_suffix(')')?.parse().ok(),
        };
        let taken: BTreeSet<usize> = entries.iter().filter_map(|(l, _)| number(l)).collect();
        let free = match (1..).find(|n| !taken.contains(n)) {
            Some(n) if taken.contains(&1) => format!("{label} ({n})"),
            _ => label,
        };
        entries.push((free, text));
    }

    /// Numbers that do not say their country are of the one that the post names, or else of the
    /// source's. Which one that is was not typed, so what was typed stays beside it.
    fn complete_phones(&mut self) {
        let named = self.value(Field::Country).and_then(Value::as_text);
        let Some(country) = named.and_then(Country::find).or(self.country) else {
            return;
        };
        let mut typed = Vec::new();
        for entry in self
            .fields
            .iter_mut()
            .filter(|entry| PHONES.contains(&entry.field))
        {
            let Some(Value::Text(text)) = &mut entry.value else {
                continue;
            };
            let complete = phone::e164(text, Some(country)).filter(|complete| complete != text);
            if let (Some(complete), Some((_, name))) = (complete, &entry.holder) {
                typed.push((name.clone(), std::mem::replace(text, complete)));
            }
        }
        for (name, text) in typed {
            self.add_label(Field::AdditionalFields, name, text);
        }
    }

    /// A first and a last name are a name, unless the whole name was posted too.
    fn join_names(&mut self) {
        let parts = [self.first_name.take(), self.last_name.take()];
        let parts: Vec<(String, String)> = parts
            .into_iter()
            .flatten()
            .filter(|(_, text)| !text.is_empty())
            .collect();
        if self.value(Field::ContactName).is_some() {
            for (name, text) in parts {
                self.add_label(Field::AdditionalFields, name, text);
            }
        } else if !parts.is_empty() {
            let texts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
            self.set_default(Field::ContactName, Value::Text(texts.join(" ")));
        }
    }

    /// One captured value can answer for several fields: an e-mail address is also the contact's.
    fn stand_ins(&self, visitor: Option<&Visitor>) -> Vec<StandIn> {
        const PAIRS: [(Field, Field); 8] = [
            (Field::CallerNumber, Field::PhoneNumber),
            (Field::CallerName, Field::ContactName),
            (Field::SenderName, Field::ContactName),
            (Field::EmailAddress, Field::ContactEmailAddress),
            (Field::ContactEmailAddress, Field::EmailAddress),
            (Field::PhoneNumber, Field::ContactPhoneNumber),
            (Field::ContactPhoneNumber, Field::PhoneNumber),
            (Field::CallerNumber, Field::ContactPhoneNumber),
        ];
        let mut found: Vec<StandIn> = Vec::new();
        let mut stand_in = |field, value: Value, from| {
            if self.value(field).is_none() && found.iter().all(|one| one.field != field) {
                found.push(StandIn { field, value, from });
            }
        };
        for (from, to) in PAIRS {
            if let Some(value) = self.value(from) {
                stand_in(to, normalised(to, value.clone(), None), Some(from));
            }
        }
        if let Some(address) = visitor.and_then(|visitor| visitor.address) {
            stand_in(Field::IpAddress, Value::Text(address.to_string()), None);
        }
        if let Some(page) = visitor.and_then(|visitor| visitor.page.as_deref()) {
            stand_in(Field::LeadUrl, Value::Text(clean(page)), None);
        }
        found
    }

    fn set_default(&mut self, field: Field, value: Value) {
        self.entry(field).value.get_or_insert(value);
    }
}

fn tell(place: &mut Option<String>, text: &str) -> bool {
    if !text.is_empty() {
        place.get_or_insert_with(|| text.to_owned());
    }
    false
}

fn set_once<T>(place: &mut Option<T>, value: T) -> bool {
    let free = place.is_none();
    if free {
        *place = Some(value);
    }
    free
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.len() <= NAME_BYTES_MAX {
        return Ok(());
    }
    let message = format!("a field's name has more than {NAME_BYTES_MAX} bytes");
    Err(Refusal {
        code: "name_too_long",
        field: None,
        message,
    })
}

fn too_long(name: &str, bytes_max: usize) -> Refusal {
    let message = format!("the value has more than {bytes_max} bytes");
    Refusal {
        code: "value_too_long",
        field: Some(clean(name)),
        message,
    }
}
