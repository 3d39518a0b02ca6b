//! A person's edit of a lead. What the person changed stays, also when the source posts again: only
//! what a source says differently from before goes over it.

use super::decision::{is_state, set_label, set_state};
use super::field::{Field, Kind};
use super::intake::{Refusal, clean, normalised, scalar, separator};
use super::lead::{COMPLETED, IN_PROGRESS, Lead};
use super::lead_type::LeadType;
use super::phone::Country;
use super::raw::Raw;
use super::value::Value;

/// Fields and what they are to hold; none empties them.
pub type Edits = Vec<(Field, Option<Value>)>;

/// Reads an edit: an object of field names and values, `null` to empty one. Unlike a post it must
/// name fields that the lead has, with values that they can hold. Of a map, labels that are not named
/// stay as they are. `typed_in` is the country of telephone numbers that do not say theirs.
pub fn read(raw: Raw, lead_type: LeadType, typed_in: Option<Country>) -> Result<Edits, Refusal> {
    let Raw::Map(entries) = raw else {
        let message = "the body is not an object of names and values".to_owned();
        return Err(Refusal {
            code: "not_an_object",
            field: None,
            message,
        });
    };
    entries
        .into_iter()
        .map(|(name, raw)| read_one(name, raw, lead_type, typed_in))
        .collect()
}

fn read_one(
    name: String,
    raw: Raw,
    lead_type: LeadType,
    typed_in: Option<Country>,
) -> Result<(Field, Option<Value>), Refusal> {
    let refusal = |code, message: &str| Refusal {
        code,
        field: Some(clean(&name)),
        message: message.to_owned(),
    };
    let field = Field::from_name(&name).filter(|field| field.belongs_to(lead_type));
    let Some(field) = field else {
        return Err(refusal(
            "unknown_field",
            "a lead of this type has no such field",
        ));
    };
    if !field.can_be_said() {
        return Err(refusal(
            "read_only_field",
            "this field comes from the config, or says what leadhook found",
        ));
    }
    if raw == Raw::Null {
        return Ok((field, None));
    }
    let value = match (field.kind(), raw) {
        (Kind::Map, Raw::Map(entries)) => entries
            .into_iter()
            .map(|(label, raw)| match raw {
                Raw::Null => Some((clean(&label), String::new())),
                raw => Some((clean(&label), clean(&scalar(&raw, separator(Some(field)))?))),
            })
            .collect::<Option<Vec<_>>>()
            .map(Value::Map),
        (_, raw) => {
            scalar(&raw, separator(Some(field))).and_then(|text| Value::parse(field, &clean(&text)))
        }
    };
    match value {
        Some(value) => Ok((field, Some(normalised(field, value, typed_in)))),
        None => Err(refusal("invalid_value", &expected(field.kind()))),
    }
}

fn expected(kind: Kind) -> String {
    match kind {
        Kind::Text => "this field holds a text".to_owned(),
        Kind::Choice(choices) => format!("this field holds one of: {}", choices.join(", ")),
        Kind::Number => "this field holds a decimal number".to_owned(),
        Kind::Flag => "this field holds true or false".to_owned(),
        Kind::Map => "this field holds an object of labels and texts".to_owned(),
    }
}

/// What a field holds after an edit.
fn edited(lead: &Lead, field: Field, value: &Option<Value>) -> Option<Value> {
    let Some(Value::Map(labels)) = value else {
        return value.clone();
    };
    let mut entries = lead.values.map(field).to_vec();
    for (label, text) in labels {
        set_label(&mut entries, label, text);
    }
    Some(Value::Map(entries))
}

/// Applies an edit: the lead as it is now.
pub fn apply(lead: &Lead, edits: &Edits) -> Lead {
    let mut next = lead.clone();
    for (field, value) in edits {
        if is_state(*field) {
            let running = value.as_ref().and_then(Value::as_text) == Some(IN_PROGRESS);
            set_state(
                &mut next.values,
                next.lead_type,
                if running { IN_PROGRESS } else { COMPLETED },
            );
            continue;
        }
        let said = next.said_by_source(*field);
        next.derived.retain(|known| known != field);
        next.values.set(*field, edited(lead, *field, value));
        next.remember_said(*field, said);
    }
    next
}
