//! The texts of a post: what counts as one, and how it is kept.

use crate::domain::field::Field;
use crate::domain::phone::{self, Country};
use crate::domain::raw::Raw;
use crate::domain::value::Value;

/// What stands between the texts of a list: the reference's own lists have a bare comma.
pub(in crate::domain) fn separator(field: Option<Field>) -> &'static str {
    match field {
        Some(Field::SpottedKeywords | Field::LeadAnalysis) => ",",
        _ => ", ",
    }
}

/// The text of a value that is one, or of a list of such with `separator` between them.
pub(in crate::domain) fn scalar(raw: &Raw, separator: &str) -> Option<String> {
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
                    .filter_map(|value| scalar(value, separator))
                    .filter(|text| !text.is_empty())
            };
            flat.then(|| texts().collect::<Vec<_>>().join(separator))
        }
        Raw::Map(_) => None,
    }
}

/// Without white space around it, and without control characters that no person types.
pub(in crate::domain) fn clean(text: &str) -> String {
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

/// A value that is no map, as a text.
pub(in crate::domain) fn printed(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.as_str().to_owned(),
        Value::Flag(flag) => flag.to_string(),
        Value::Map(_) => String::new(),
    }
}

/// E-mail addresses in lower case, codes of countries in capitals, telephone numbers as E.164 writes
/// them, where they surely are ones.
pub fn normalised(field: Field, value: Value, typed_in: Option<Country>) -> Value {
    let Value::Text(text) = value else {
        return value;
    };
    Value::Text(match field {
        Field::EmailAddress | Field::ContactEmailAddress => text.to_lowercase(),
        field if PHONES.contains(&field) => phone::e164(&text, typed_in).unwrap_or(text),
        Field::Country => Country::find(&text).map_or(text, |country| country.name.to_owned()),
        _ => text,
    })
}

/// The fields that hold a telephone number.
pub(super) const PHONES: [Field; 5] = [
    Field::PhoneNumber,
    Field::ContactPhoneNumber,
    Field::CallerNumber,
    Field::TrackingNumber,
    Field::DestinationNumber,
];
