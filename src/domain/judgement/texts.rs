//! Which texts of a lead people wrote or spoke.

use crate::domain::field::Field;
use crate::domain::lead::Lead;
use crate::domain::lead_type::LeadType;
use crate::domain::names::meaning;

const WRITTEN: [Field; 4] = [
    Field::EmailSubject,
    Field::Message,
    Field::EmailMessage,
    Field::Notes,
];
const SPOKEN: [Field; 2] = [Field::CallTranscription, Field::VoicemailTranscription];
const LABELLED: [Field; 2] = [Field::AdditionalFields, Field::FieldMappings];

/// A text of the sender, and how sure it is that he typed it.
pub(super) struct Text<'l> {
    pub(super) text: &'l str,
    /// What he wants to say, by the name of its field.
    pub(super) is_message: bool,
}

impl Text<'_> {
    /// Whether it is more than a choice, an id or the address of a page, as forms send them along.
    pub(super) fn is_prose(&self) -> bool {
        let has_spaces = self.text.contains([' ', '\n', '\u{3000}', '。', '、']);
        self.is_message || has_spaces
    }
}

/// What the sender wrote: the lead's own texts, and what a form has under other labels. What a person
/// has edited since is not the sender's.
pub(super) fn written(lead: &Lead) -> impl Iterator<Item = Text<'_>> {
    let own = WRITTEN.iter().filter(|field| !is_edited(lead, **field));
    let own = own.filter_map(|field| lead.values.text(*field));
    let own = own.map(|text| Text {
        text,
        is_message: true,
    });
    let maps = LABELLED.iter().filter(|map| !is_edited(lead, **map));
    let labelled = maps.flat_map(|map| lead.values.map(*map));
    own.chain(labelled.map(|(label, text)| Text {
        text: text.trim(),
        is_message: means_message(label),
    }))
}

/// What else is there to read: what was spoken, and what a person wrote.
pub(super) fn others(lead: &Lead) -> impl Iterator<Item = &str> + Clone {
    let edited = WRITTEN.iter().filter(|field| is_edited(lead, **field));
    let own = edited
        .chain(&SPOKEN)
        .filter_map(|field| lead.values.text(*field));
    let maps = LABELLED.iter().filter(|map| is_edited(lead, **map));
    let labelled = maps.flat_map(|map| lead.values.map(*map));
    own.chain(labelled.map(|(_, text)| text.as_str()))
}

/// Web forms have no field for a message; a label may mean one all the same.
fn means_message(label: &str) -> bool {
    let field = meaning(label, LeadType::Chat).and_then(|meaning| meaning.field());
    field == Some(Field::Message)
}

fn is_edited(lead: &Lead, field: Field) -> bool {
    lead.overridden.iter().any(|(known, _)| *known == field)
}
