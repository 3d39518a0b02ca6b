//! By what a person is known again: e-mail address, telephone number, visitor id; and what makes two
//! leads of one person the same.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::event::Event;
use super::field::Field;
use super::lead::{Changed, Lead, Values};
use super::lead_type::LeadType;
use super::phone::{self, Country};
use super::value::Value;

/// What a contact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// `user_id`.
    User,
}

/// Something by which a person is known again, in the form in which it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact<'a> {
    /// What it is.
    pub kind: Kind,
    /// In lower case; of a number, what is dialled.
    pub value: Cow<'a, str>,
}

/// Fewer digits are no number of a person, but "anonymous", 0 or the like.
const DIGITS_MIN: usize = 5;

const FIELDS: [(Kind, Field); 6] = [
    (Kind::Email, Field::EmailAddress),
    (Kind::Email, Field::ContactEmailAddress),
    (Kind::Phone, Field::PhoneNumber),
    (Kind::Phone, Field::ContactPhoneNumber),
    (Kind::Phone, Field::CallerNumber),
    (Kind::User, Field::UserId),
];

impl Contact<'_> {
    /// The contact that `text` is, if it is one.
    pub fn of(kind: Kind, text: &str) -> Option<Contact<'_>> {
        let text = text.trim();
        let value = match kind {
            Kind::Email if !text.contains('@') => return None,
            Kind::Email | Kind::User => lower(text),
            Kind::Phone => dialled(text)?,
        };
        (!value.is_empty()).then_some(Contact { kind, value })
    }
}

/// The contact that `text` is, in every way in which a lead may have it: a telephone number as it was
/// typed, and as it is dialled from anywhere if it was typed in one of these countries.
pub fn written(kind: Kind, text: &str, typed_in: &[Country]) -> Vec<Contact<'static>> {
    let mut ways: Vec<Contact<'static>> = Vec::new();
    let mut add = |text: &str| {
        let way = Contact::of(kind, text).map(|way| Contact {
            kind,
            value: Cow::Owned(way.value.into_owned()),
        });
        ways.extend(way.filter(|way| !ways.contains(way)));
    };
    add(text);
    if kind == Kind::Phone {
        let countries = typed_in.iter().map(|country| Some(*country));
        for country in countries.chain([None]) {
            phone::e164(text, country)
                .iter()
                .for_each(|whole| add(whole));
        }
    }
    ways
}

/// So many digits at the end of a number tell it from others, however it begins.
const DIGITS_TOLD: usize = 7;

/// Whether a posted body, be it JSON or a form, names one of these: contacts and names in lower case.
/// Rather once too often.
pub fn mentions(body: &[u8], known_by: &BTreeSet<String>) -> bool {
    let text = spelled_out(body).to_lowercase().replace('+', " ");
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let all_digits = digits(&text);
    known_by.iter().any(|known| {
        let number = digits(known);
        let is_number = number.len() >= DIGITS_TOLD && !known.contains('@');
        let end = &number[number.len().saturating_sub(DIGITS_TOLD)..];
        text.contains(&known.replace('+', " ")) || (is_number && all_digits.contains(end))
    })
}

/// A body with the characters themselves where a form writes `%C3%B6` and JSON `\u00f6` for them.
fn spelled_out(body: &[u8]) -> String {
    let mut plain = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((first, after)) = rest.split_first() {
        let code = |prefix: &[u8], digits: usize| {
            let written = rest.strip_prefix(prefix)?.get(..digits)?;
            u32::from_str_radix(std::str::from_utf8(written).ok()?, 16).ok()
        };
        let (byte, letter) = (code(b"%", 2), code(b"\\u", 4).and_then(char::from_u32));
        let written = match (byte, letter) {
            (Some(byte), _) => {
                plain.push(byte as u8);
                3
            }
            (None, Some(letter)) => {
                plain.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                6
            }
            (None, None) => {
                plain.push(*first);
                rest.len() - after.len()
            }
        };
        rest = &rest[written..];
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn lower(text: &str) -> Cow<'_, str> {
    match text.chars().any(char::is_uppercase) {
        true => Cow::Owned(text.to_lowercase()),
        false => Cow::Borrowed(text),
    }
}

fn dialled(text: &str) -> Option<Cow<'_, str>> {
    let is_dialled = |c: char| c == '+' || c.is_ascii_digit();
    if text.chars().filter(char::is_ascii_digit).count() < DIGITS_MIN {
        return None;
    }
    Some(match text.chars().all(is_dialled) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.chars().filter(|c| is_dialled(*c)).collect()),
    })
}

/// The contacts of a lead, each once.
pub fn contacts(values: &Values) -> Vec<Contact<'_>> {
    let mut found: Vec<Contact<'_>> = Vec::with_capacity(3);
    for (kind, field) in FIELDS {
        let contact = values.text(field).and_then(|text| Contact::of(kind, text));
        if let Some(contact) = contact.filter(|contact| !found.contains(contact)) {
            found.push(contact);
        }
    }
    found
}

/// The contacts that a lead has or had as its event tells: in its fields, and before its changes. One
/// may come more than once.
pub fn contacts_of(event: &Event) -> impl Iterator<Item = Contact<'_>> {
    let had = event.changes.iter().filter_map(|change| {
        let Changed::Field(field) = change.field else {
            return None;
        };
        let (kind, _) = FIELDS.iter().find(|(_, known)| *known == field)?;
        Contact::of(*kind, change.previous.as_ref()?.as_text()?)
    });
    contacts(&event.lead.values).into_iter().chain(had)
}

/// What the person says.
const CONTENT: [Field; 13] = [
    Field::FormName,
    Field::Message,
    Field::TransactionId,
    Field::EventCategory,
    Field::EventAction,
    Field::EventLabel,
    Field::EmailSubject,
    Field::EmailMessage,
    Field::AdditionalFields,
    Field::Notes,
    Field::QuoteValue,
    Field::SalesValue,
    Field::FieldMappings,
];

/// Labels that are not his words, and differ when he says the same again.
const BESIDE: [&str; 6] = [
    "consent_time",
    "referrer",
    "page_referrer",
    "user_agent",
    "Spam reasons",
    "Captcha",
];

/// All that a person says with a lead, in a fixed order; the same of two leads makes one the
/// duplicate of the other. None of calls: who calls twice has called twice.
pub fn content(lead: &Lead) -> Option<impl Iterator<Item = &str>> {
    if lead.lead_type == LeadType::PhoneCall {
        return None;
    }
    let values = CONTENT.iter().filter_map(|field| {
        let value = lead.values.find(*field)?;
        Some(std::iter::once(field.name()).chain(texts(value)))
    });
    Some(std::iter::once(lead.lead_type.label()).chain(values.flatten()))
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let (text, labels): (&str, &[(String, String)]) = match value {
        Value::Text(text) => (text, &[]),
        Value::Number(number) => (number.as_str(), &[]),
        Value::Map(labels) => ("", labels),
        Value::Flag(_) => ("", &[]),
    };
    let labels = labels
        .iter()
        .filter(|(label, _)| !BESIDE.contains(&label.as_str()));
    let both = labels.flat_map(|(label, text)| [label.as_str(), text.as_str()]);
    std::iter::once(text).chain(both)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who is forgotten was found only where he is written without a plus sign and beyond ASCII not
    /// at all: bodies that named him stayed.
    #[test]
    fn a_body_names_somebody_however_it_writes_his_letters() {
        let known = |text: &str| BTreeSet::from([text.to_owned()]);
        for (body, who) in [
            ("email=ada%2Btap%40example.com", "ada+tap@example.com"),
            ("email=ada+tap@example.com", "ada+tap@example.com"),
            (r#"{"a":"ada+tap\u0040example.com"}"#, "ada+tap@example.com"),
            ("name=J%C3%B6rg+B%c3%84r", "jörg bär"),
            (r#"{"name":"J\u00F6rg B\u00e4r"}"#, "jörg bär"),
            (r#"{"name":"Jörg Bär"}"#, "jörg bär"),
            ("phone=0171%2F123+45+67", "+491711234567"),
            ("100%&%zz=%C3", "100%&%zz"),
        ] {
            assert!(mentions(body.as_bytes(), &known(who)), "{body}");
        }
        assert!(!mentions(
            b"email=eva%40example.com",
            &known("ada@example.com")
        ));
    }
}
