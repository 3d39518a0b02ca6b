//! Posts that do not say what they ought to: the source's mapping finds nothing in them, or they are
//! leads of a type that is of no use without a person to answer, and name none.
//!
//! A call, a form, a chat, a text message, an e-mail and an appointment want an answer, so each needs
//! a name, an e-mail address or a phone number; a recording tells who called, too. Events,
//! transactions and others stand for themselves. Most often a form was changed and its mapping was
//! not, so that nothing is thrown away unless the source says so: such a lead is kept as one of type
//! `Other`, with everything that was posted and the reason beside it.

use super::decision::is_state;
use super::field::Field;
use super::intake::{Submission, printed};
use super::lead_type::LeadType;
use super::value::Value;

/// What a source does with such posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmapped {
    /// They become leads of type `Other`.
    Store,
    /// They are refused.
    Refuse,
}

/// What a post lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Nothing is where the source's mapping looks.
    Mapping,
    /// Nobody can be reached.
    Contact,
}

/// The label among `additional_fields` that tells why a lead is of type `Other`.
pub const UNMAPPED_LABEL: &str = "Unmapped";

impl Lack {
    /// Stable, for programs.
    pub fn code(self) -> &'static str {
        match self {
            Lack::Mapping => "nothing_mapped",
            Lack::Contact => "no_contact",
        }
    }

    /// For people.
    pub fn sentence(self) -> &'static str {
        match self {
            Lack::Mapping => "nothing was posted where the source's mapping looks for it",
            Lack::Contact => "no name, e-mail address or phone number was posted",
        }
    }
}

impl LeadType {
    /// Whether a lead of this type is of no use without somebody to answer.
    pub fn needs_contact(self) -> bool {
        match self {
            LeadType::PhoneCall
            | LeadType::WebForm
            | LeadType::Chat
            | LeadType::TextMessage
            | LeadType::Email
            | LeadType::Appointment => true,
            LeadType::Transaction | LeadType::Event | LeadType::Other => false,
        }
    }
}

/// What leads to a person.
const CONTACT: [Field; 15] = [
    Field::ContactName,
    Field::ContactCompanyName,
    Field::ContactEmailAddress,
    Field::ContactPhoneNumber,
    Field::EmailAddress,
    Field::PhoneNumber,
    Field::CallerNumber,
    Field::CallerName,
    Field::SenderName,
    Field::Recording,
    Field::PlayRecording,
    Field::Voicemail,
    Field::PlayVoicemail,
    Field::CallTranscription,
    Field::VoicemailTranscription,
];

/// Whether somebody can be reached: a field says so, or any value is an e-mail address or a phone
/// number with its `+`, whatever the form calls it.
pub(super) fn has_contact(fields: &[(Field, Option<Value>)]) -> bool {
    let mut fields = fields.iter();
    fields.any(|(field, value)| match value {
        Some(Value::Map(labels)) => labels.iter().any(|(_, text)| is_contact(text)),
        Some(_) => CONTACT.contains(field),
        None => false,
    })
}

fn is_contact(text: &str) -> bool {
    let is_email = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !text.contains([' ', '/', '\n', ','])
    });
    let is_phone = text.strip_prefix('+').is_some_and(|number| {
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let others = |c: char| c.is_ascii_digit() || " -()./".contains(c);
        (7..=15).contains(&digits) && number.chars().all(others)
    });
    is_email || is_phone
}

impl Submission {
    /// The same post as a lead of type `Other`, which says why it is one.
    pub(super) fn unmapped(&self, lack: Lack) -> Submission {
        let mut other = self.read_as(LeadType::Other).into_owned();
        if other.lead_type != LeadType::Other {
            other.lead_type = LeadType::Other;
            other.give_up_fields();
        }
        other.names_type = false;
        other.set_label(UNMAPPED_LABEL, lack.sentence());
        other
    }

    /// Makes labels of those fields that a lead of this type has not. Whether a call runs, it has in
    /// `lead_state`.
    fn give_up_fields(&mut self) {
        let lead_type = self.lead_type;
        self.stand_ins.retain(|one| one.field.belongs_to(lead_type));
        let fields = std::mem::take(&mut self.fields).into_iter();
        let (kept, rest): (Vec<_>, Vec<_>) = fields.partition(|(f, _)| f.belongs_to(lead_type));
        self.fields = kept;
        for (field, value) in rest {
            if let Some(value) = value.filter(|_| !is_state(field)) {
                self.set_label(field.name(), &printed(&value));
            }
        }
    }
}
