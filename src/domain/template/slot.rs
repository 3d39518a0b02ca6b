//! What a placeholder can name, and what an event says there.

use std::borrow::Cow;

use super::{Occasion, TemplateError};
use crate::domain::field::{Field, Kind};
use crate::domain::lead::empty_json;
use crate::domain::letter;
use crate::domain::readable;
use crate::domain::value::{Number, Value};

/// A part of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// A field of the lead; the first of these that has a value.
    Fields(&'static [Field]),
    /// The text under a label of a map.
    Label(Field, String),
    /// All else.
    Of(Part),
}

/// What an event says besides the fields of the lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `lead_id`
    LeadId,
    /// `trigger`
    Trigger,
    /// `event_id`, which is also `webhook-id`
    EventId,
    /// `lead_type`
    LeadType,
    /// `source`, by its name
    Source,
    /// `date_created`
    DateCreated,
    /// `last_updated`
    LastUpdated,
    /// `changed_fields`: names
    ChangedFields,
    /// `changes`: lines for people
    Changes,
    /// `headline`: one line for people
    Headline,
    /// `lines`: what the lead says, for people
    Lines,
    /// `payload`: the flat payload
    Payload,
}

const PARTS: [(&str, Part); 12] = [
    ("lead_id", Part::LeadId),
    ("trigger", Part::Trigger),
    ("event_id", Part::EventId),
    ("lead_type", Part::LeadType),
    ("source", Part::Source),
    ("date_created", Part::DateCreated),
    ("last_updated", Part::LastUpdated),
    ("changed_fields", Part::ChangedFields),
    ("changes", Part::Changes),
    ("headline", Part::Headline),
    ("lines", Part::Lines),
    ("payload", Part::Payload),
];

/// Names that stand for the first of several fields that has a value: what a lead says of the
/// person may be in either, by its type and its source.
const SHORT: [(&str, &[Field]); 5] = [
    (
        "name",
        &[Field::ContactName, Field::CallerName, Field::SenderName],
    ),
    ("email", &[Field::ContactEmailAddress, Field::EmailAddress]),
    (
        "phone",
        &[
            Field::ContactPhoneNumber,
            Field::PhoneNumber,
            Field::CallerNumber,
        ],
    ),
    ("company", &[Field::ContactCompanyName]),
    (
        "message",
        &[Field::Message, Field::EmailMessage, Field::Notes],
    ),
];

/// What an event says at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// The lead says nothing there.
    Nothing,
    /// A text.
    Text(Cow<'a, str>),
    /// A number or a flag, as JSON writes it.
    Bare(Cow<'a, str>),
    /// Labels and texts.
    Map(&'a [(String, String)]),
    /// Words.
    List(Vec<&'static str>),
    /// An object of JSON as it is.
    Json(&'a [u8]),
}

impl Said<'_> {
    /// As text: a map as lines, a list with commas.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Said::Nothing => Cow::Borrowed(""),
            Said::Text(text) | Said::Bare(text) => Cow::Borrowed(text),
            Said::Map(entries) => {
                let lines = entries
                    .iter()
                    .map(|(label, text)| format!("{label}: {text}"));
                Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
            }
            Said::List(words) => Cow::Owned(words.join(", ")),
            Said::Json(json) => String::from_utf8_lossy(json),
        }
    }
}

impl Slot {
    /// Reads a name, and a label where it is a map's.
    pub(super) fn parse(at: usize, name: &str, label: Option<&str>) -> Result<Slot, TemplateError> {
        let field = Field::from_name(name);
        if let Some(label) = label {
            return match field.filter(|field| field.kind() == Kind::Map) {
                Some(map) => Ok(Slot::Label(map, label.trim().to_owned())),
                None if Slot::parse(at, name, None).is_ok() => Err(without_labels(at, name)),
                None => Err(unknown(at, name, MAPS.map(str::to_owned).to_vec())),
            };
        }
        if let Some((_, fields)) = SHORT.iter().find(|(known, _)| *known == name) {
            return Ok(Slot::Fields(fields));
        }
        if let Some((_, part)) = PARTS.iter().find(|(known, _)| *known == name) {
            return Ok(Slot::Of(*part));
        }
        let place = field.and_then(|field| Field::ALL.iter().position(|known| *known == field));
        match place {
            Some(place) => Ok(Slot::Fields(&Field::ALL[place..=place])),
            None => Err(unknown(at, name, names())),
        }
    }

    /// What the event says there.
    pub(super) fn said<'a>(&self, occasion: &Occasion<'a>) -> Said<'a> {
        let values = &occasion.event.lead.values;
        match self {
            Slot::Label(map, label) => {
                let mut entries = values.map(*map).iter();
                let found = entries.find(|(known, _)| known == label);
                found.map_or(Said::Nothing, |(_, text)| text_or_nothing(text))
            }
            Slot::Fields(fields) => {
                let value = fields.iter().find_map(|field| values.find(*field));
                match value {
                    None if fields[0].kind() == Kind::Flag => Said::Bare("false".into()),
                    None => Said::Nothing,
                    Some(Value::Text(text)) => text_or_nothing(text),
                    Some(Value::Number(number)) => Said::Bare(number.as_str().into()),
                    Some(Value::Flag(flag)) => {
                        Said::Bare(if *flag { "true" } else { "false" }.into())
                    }
                    Some(Value::Map(entries)) => Said::Map(entries),
                }
            }
            Slot::Of(part) => part.said(occasion),
        }
    }

    /// A text of the config in place of what the lead says: a number where a number belongs.
    pub(super) fn typed(&self, text: String) -> Said<'static> {
        let is_number = match self {
            Slot::Fields(fields) => fields[0].kind() == Kind::Number,
            Slot::Label(..) | Slot::Of(_) => false,
        };
        match Number::parse(&text) {
            Some(number) if is_number => Said::Bare(number.as_str().to_owned().into()),
            _ => Said::Text(text.into()),
        }
    }

    /// What stands for nothing in JSON.
    pub(super) fn empty_json(&self) -> &'static str {
        match self {
            Slot::Fields(fields) => empty_json(fields[0].kind()),
            Slot::Of(Part::ChangedFields) => "[]",
            Slot::Label(..) | Slot::Of(_) => "null",
        }
    }
}

impl Part {
    fn said<'a>(self, occasion: &Occasion<'a>) -> Said<'a> {
        let event = occasion.event;
        let lead = &event.lead;
        match (self, occasion.alert) {
            (Part::LeadId, Some(_)) => return Said::Nothing,
            (Part::LeadType, Some(_)) => return Said::Text("Alert".into()),
            (Part::Headline, Some(alert)) => return Said::Text(alert.title.as_str().into()),
            (Part::Lines, Some(alert)) => return Said::Text(alert.text.as_str().into()),
            _ => {}
        }
        match self {
            Part::LeadId => Said::Bare(lead.id.to_string().into()),
            Part::Trigger => Said::Text(occasion.trigger.name().into()),
            Part::EventId => Said::Text(event.id.as_str().into()),
            Part::LeadType => Said::Text(lead.lead_type.label().into()),
            Part::Source => Said::Text(lead.source.as_str().into()),
            Part::DateCreated => Said::Text(lead.created.to_string().into()),
            Part::LastUpdated => Said::Text(lead.updated.to_string().into()),
            Part::ChangedFields => match occasion.changes() {
                [] => Said::Nothing,
                changes => Said::List(changes.iter().map(|change| change.field.name()).collect()),
            },
            Part::Changes => owned(readable::changes(lead, occasion.changes())),
            Part::Headline => owned(letter::subject(event, occasion.trigger)),
            Part::Lines => owned(readable::lines(lead)),
            Part::Payload => Said::Json(occasion.payload),
        }
    }
}

fn text_or_nothing(text: &str) -> Said<'_> {
    match text {
        "" => Said::Nothing,
        text => Said::Text(text.into()),
    }
}

fn owned<'a>(text: String) -> Said<'a> {
    match text.is_empty() {
        true => Said::Nothing,
        false => Said::Text(text.into()),
    }
}

const MAPS: [&str; 4] = [
    "additional_fields",
    "field_mappings",
    "lead_analysis",
    "spam_reasons",
];

fn without_labels(at: usize, name: &str) -> TemplateError {
    let what = format!("the field {name:?} has no labels");
    let hint = format!("{{{name}}}; labels are in {}", MAPS.join(", "));
    TemplateError::new(at, what, hint)
}

fn unknown(at: usize, name: &str, known: Vec<String>) -> TemplateError {
    let hint = "the name of a field, or of a part such as lead_id, headline or lines";
    TemplateError {
        unknown: Some((name.to_owned(), known)),
        ..TemplateError::new(at, format!("a lead has no field {name:?}"), hint)
    }
}

/// Everything that a placeholder can name without a label.
fn names() -> Vec<String> {
    let fields = Field::ALL.iter().map(|field| field.name());
    let parts = PARTS.iter().map(|(name, _)| *name);
    let short = SHORT.iter().map(|(name, _)| *name);
    let names = fields.chain(parts).chain(short);
    names.map(str::to_owned).collect()
}
