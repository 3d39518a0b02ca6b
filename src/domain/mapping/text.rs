//! What a part of a post says as text.

use crate::domain::raw::Raw;

/// Texts without white space around them, numbers and flags as they are printed, lists with `, `
/// and objects with a space between their texts. None where there is nothing to say.
pub(super) fn text_of(raw: &Raw) -> Option<String> {
    let joined = |texts: Vec<String>, separator| (!texts.is_empty()).then(|| texts.join(separator));
    match raw {
        Raw::Null => None,
        Raw::Text(text) => Some(text.trim())
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
        Raw::Number(digits) => Some(digits.clone()),
        Raw::Flag(flag) => Some(flag.to_string()),
        Raw::List(items) => joined(items.iter().filter_map(text_of).collect(), ", "),
        Raw::Map(entries) => {
            let texts = entries.iter().filter_map(|(_, raw)| text_of(raw));
            joined(texts.collect(), " ")
        }
    }
}
