//! A lead in a few lines, for people who read it in a chat or a text message.

use super::field::Field;
use super::lead::{Change, Lead};
use super::letter::labels::{GROUPS, label};
use super::letter::{shown, shown_change};
use super::value::Value;

/// What leads say that says nothing.
const USUAL: [(Field, &str); 5] = [
    (Field::LeadStatus, "Unique"),
    (Field::LeadState, "Completed"),
    (Field::Quotable, "Not Set"),
    (Field::LeadSource, "direct"),
    (Field::LeadMedium, "none"),
];

/// What a lead says, line by line: `Name: Ada Lovelace`. Ids, devices and the like are for programs,
/// and what two fields say alike is there once.
pub(super) fn lines(lead: &Lead) -> String {
    let mut entries: Vec<(String, String)> = Vec::new();
    for field in GROUPS.iter().flat_map(|(_, fields)| fields.iter()) {
        match lead.values.find(*field) {
            None => {}
            Some(Value::Map(labels)) => entries.extend(labels.iter().cloned()),
            value => {
                let text = shown(value);
                let is_known = entries.iter().any(|(_, known)| *known == text);
                if !is_known && !USUAL.contains(&(*field, text.as_str())) {
                    entries.push((label(*field), text));
                }
            }
        }
    }
    for flag in [Field::Duplicate, Field::Spam] {
        if lead.values.is_set(flag) {
            entries.push((label(flag), shown(lead.values.find(flag))));
        }
    }
    let lines = entries
        .iter()
        .map(|(label, text)| format!("{label}: {text}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// What changed, line by line: `Quotable: Pending → Yes`.
pub(super) fn changes(lead: &Lead, changes: &[Change]) -> String {
    let lines = changes.iter().map(|change| {
        let (label, text) = shown_change(lead, change);
        format!("{label}: {text}")
    });
    lines.collect::<Vec<_>>().join("\n")
}
