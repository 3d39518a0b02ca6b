//! Lists of leads: what is asked for, and what of a lead decides whether it is meant.

use super::contact::{Contact, contacts};
use super::derive::attribution;
use super::field::Field;
use super::lead::{Lead, Values};
use super::lead_type::LeadType;
use super::time::Timestamp;
use super::value::Value;

/// What lists filter and order by, so that a list need not read whole leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// `date_created`.
    pub created: Timestamp,
    /// `last_updated`.
    pub updated: Timestamp,
    /// The type.
    pub lead_type: LeadType,
    /// `profile_id`.
    pub profile: Option<u64>,
    /// The fingerprint of the name of the source.
    pub source: u64,
    /// `quotable`, as its place among the choices.
    pub quotable: u8,
    /// `lead_status` is `Repeat`.
    pub repeat: bool,
    /// `spam`.
    pub spam: bool,
    /// `duplicate`.
    pub duplicate: bool,
    /// `quote_value` has a value.
    pub quoted: bool,
    /// `sales_value` has a value.
    pub sold: bool,
    /// The fingerprints of [`ATTRIBUTION`]; 0 where there is none.
    pub attribution: [u64; ATTRIBUTION.len()],
}

/// The fields of attribution that lists filter by.
pub const ATTRIBUTION: [Field; 5] = attribution::FIELDS;

/// What `quotable` may say, in the order of [`Summary::quotable`].
pub const QUOTABLE: [&str; 4] = ["Not Set", "Yes", "No", "Pending"];

impl Summary {
    /// The summary of a lead.
    pub fn of(lead: &Lead) -> Summary {
        let values = &lead.values;
        let quotable = values.text(Field::Quotable).unwrap_or(QUOTABLE[0]);
        let place = QUOTABLE.iter().position(|choice| *choice == quotable);
        Summary {
            created: lead.created,
            updated: lead.updated,
            lead_type: lead.lead_type,
            profile: profile(values),
            source: fingerprint(&lead.source),
            quotable: place.unwrap_or_default() as u8,
            repeat: values.text(Field::LeadStatus) == Some("Repeat"),
            spam: values.is_set(Field::Spam),
            duplicate: values.is_set(Field::Duplicate),
            quoted: values.find(Field::QuoteValue).is_some(),
            sold: values.find(Field::SalesValue).is_some(),
            attribution: ATTRIBUTION.map(|field| values.text(field).map_or(0, fingerprint)),
        }
    }
}

fn profile(values: &Values) -> Option<u64> {
    let id = values.find(Field::ProfileId)?;
    match id {
        Value::Number(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

/// A number for a text, whatever its case (FNV-1a, 64 bits). Never 0.
pub fn fingerprint(text: &str) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let bytes = text.trim().bytes();
    let hash = bytes.fold(BASIS, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(PRIME)
    });
    hash.max(1)
}

/// Which leads a list shows, and in which order. What is none does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Of this type.
    pub lead_type: Option<LeadType>,
    /// `Repeat`, or `Unique`.
    pub repeat: Option<bool>,
    /// Created at this time or later.
    pub created_from: Option<Timestamp>,
    /// Created at this time or earlier.
    pub created_until: Option<Timestamp>,
    /// Updated at this time or later.
    pub updated_from: Option<Timestamp>,
    /// The place of `quotable` in [`QUOTABLE`].
    pub quotable: Option<u8>,
    /// `quote_value` has a value, or has none.
    pub quoted: Option<bool>,
    /// `sales_value` has a value, or has none.
    pub sold: Option<bool>,
    /// `spam`.
    pub spam: Option<bool>,
    /// `duplicate`.
    pub duplicate: Option<bool>,
    /// Fingerprints of [`ATTRIBUTION`].
    pub attribution: [Option<u64>; ATTRIBUTION.len()],
    /// `profile_id`.
    pub profile: Option<u64>,
    /// The fingerprint of the name of the source.
    pub source: Option<u64>,
    /// Has one of each of these, which are the ways of writing one contact; none are a contact that
    /// no lead can have.
    pub contacts: Vec<Vec<Contact<'static>>>,
    /// All of these must be beginnings of words of the lead.
    pub words: Vec<String>,
    /// By what the list is ordered.
    pub order: Order,
    /// The oldest first.
    pub ascending: bool,
}

/// By what a list is ordered; the id decides between equals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By creation.
    #[default]
    Created,
    /// By the last update.
    Updated,
}

impl Query {
    /// Whether the lead has the contacts that are asked for.
    pub fn has_contacts(&self, lead: &Lead) -> bool {
        let found = contacts(&lead.values);
        let is_found = |ways: &Vec<Contact<'_>>| ways.iter().any(|way| found.contains(way));
        self.contacts.iter().all(is_found)
    }

    /// Whether a lead of this summary is meant; its words and contacts are another matter.
    pub fn holds(&self, of: &Summary) -> bool {
        fn is<T: PartialEq>(wanted: Option<T>, found: T) -> bool {
            wanted.is_none_or(|wanted| wanted == found)
        }
        let mut attribution = self.attribution.iter().zip(of.attribution);
        is(self.lead_type, of.lead_type)
            && is(self.repeat, of.repeat)
            && self.created_from.is_none_or(|from| of.created >= from)
            && self.created_until.is_none_or(|until| of.created <= until)
            && self.updated_from.is_none_or(|from| of.updated >= from)
            && is(self.quotable, of.quotable)
            && is(self.quoted, of.quoted)
            && is(self.sold, of.sold)
            && is(self.spam, of.spam)
            && is(self.duplicate, of.duplicate)
            && self
                .profile
                .is_none_or(|profile| of.profile == Some(profile))
            && is(self.source, of.source)
            && attribution.all(|(wanted, found)| is(*wanted, found))
    }

    /// Whether only the time is asked for, which the order of the list itself tells.
    pub fn is_by_time_alone(&self) -> bool {
        let by_time = Query {
            created_from: self.created_from,
            created_until: self.created_until,
            updated_from: self.updated_from,
            order: self.order,
            ascending: self.ascending,
            ..Query::default()
        };
        let other_time = match self.order {
            Order::Created => self.updated_from.is_some(),
            Order::Updated => self.created_from.is_some() || self.created_until.is_some(),
        };
        *self == by_time && !other_time
    }

    /// What a lead is ordered by.
    pub fn order_of(&self, summary: &Summary) -> Timestamp {
        match self.order {
            Order::Created => summary.created,
            Order::Updated => summary.updated,
        }
    }
}
