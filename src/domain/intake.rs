//! Intake: what was posted becomes a submission, in which every value has found its field.
//!
//! Nothing posted is lost: what has no field of its own, or does not fit the field it names, goes
//! to `additional_fields` under the label it came with. Only a post that is empty, or larger than
//! its limits, is refused.

mod draft;
mod text;

use std::borrow::Cow;
use std::net::IpAddr;

use super::derive;
use super::field::Field;
use super::judgement::Signal;
use super::lead_type::LeadType;
use super::names::{Meaning, means};
use super::phone::Country;
use super::raw::Raw;
use super::source::Source;
use super::time::Timestamp;
use super::unmapped::{Lack, Unmapped, has_contact};
use super::value::Value;
use super::visitor_id;
use draft::Draft;
pub use text::normalised;
pub(super) use text::{clean, printed, scalar, separator};

/// One post, normalised, not yet decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The type that the post names, or else its source.
    pub lead_type: LeadType,
    /// Whether the post itself named the type.
    pub names_type: bool,
    /// What the source calls the lead.
    pub external_id: Option<String>,
    /// When the lead happened, where the post says so.
    pub created: Option<Timestamp>,
    /// Each field that was posted, once; none where it was posted empty. Maps hold only the labels
    /// that were posted.
    pub fields: Vec<(Field, Option<Value>)>,
    /// What stands in for fields that were not posted.
    pub stand_ins: Vec<StandIn>,
    /// The post itself, where it names a lead and no type: if that lead has another type than the
    /// source, its names mean something else.
    pub posted: Option<Vec<(String, Raw)>>,
    /// Where telephone numbers are typed that do not say their country.
    pub country: Option<Country>,
    /// What the post betrays of its sender that none of its fields shows.
    pub signals: Vec<Signal>,
    /// The body as it was posted, where the source keeps it.
    pub body: Option<Vec<u8>>,
    /// What it would lack as a new lead.
    pub lack: Option<Lack>,
    /// What the source does with a new lead that lacks something.
    pub unmapped: Unmapped,
}

/// A value for a field that was not posted. It never overwrites what somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// The field.
    pub field: Field,
    /// Its value, for as long as nobody says otherwise.
    pub value: Value,
    /// The posted field that it repeats; none where it comes from the connection or is derived.
    pub from: Option<Field>,
}

/// What the connection says of a visitor who posts by himself.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The visitor's address.
    pub address: Option<IpAddr>,
    /// The page that the form is on (`Referer`).
    pub page: Option<String>,
    /// The visitor's browser, as it calls itself (`User-Agent`).
    pub user_agent: Option<String>,
}

/// What a post tells of its visitor, besides the fields of the lead.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The page that sent him when he first came.
    pub referrer: Option<String>,
    /// The page that sent him to the one with the form.
    pub page_referrer: Option<String>,
    /// His browser, as it calls itself.
    pub user_agent: Option<String>,
}

/// Why a post is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable, for programs.
    pub code: &'static str,
    /// The field at fault.
    pub field: Option<String>,
    /// One sentence for people.
    pub message: String,
}

/// The most values in one post.
pub const VALUES_MAX: usize = 500;
/// The most bytes of one name, with the names around it.
pub const NAME_BYTES_MAX: usize = 512;
/// The most bytes of one value.
pub const VALUE_BYTES_MAX: usize = 64 * 1024;
/// The most bytes of an `external_id`.
pub const EXTERNAL_ID_BYTES_MAX: usize = 256;

/// Finds the field of everything that was posted to `source`.
pub fn read(raw: Raw, source: &Source, visitor: &Visitor) -> Result<Submission, Refusal> {
    let Raw::Map(mut entries) = raw else {
        let message = "the body is not an object of names and values".to_owned();
        return Err(Refusal {
            code: "not_an_object",
            field: None,
            message,
        });
    };
    visitor_id::name_user(&mut entries, &source.profile);
    let named_type = entries.iter().find_map(|(name, raw)| match raw {
        Raw::Text(text) if means(name, Meaning::LeadType) => LeadType::parse(text),
        _ => None,
    });
    let names_lead = entries
        .iter()
        .any(|(name, _)| means(name, Meaning::ExternalId));
    let posted = (names_lead && named_type.is_none()).then(|| entries.clone());
    let mut draft = Draft::new(
        named_type.unwrap_or(source.lead_type),
        source.derivation.country,
    );
    for (name, raw) in entries {
        draft.take(name, raw)?;
    }
    // Behind other sources is a service, whose address and page are not the visitor's.
    let visitor = source.is_public_form().then_some(visitor);
    let told = std::mem::take(&mut draft.told);
    let mut submission = draft.finish(visitor)?;
    derive::of_post(&mut submission, &told, visitor, source);
    submission.names_type = named_type.is_some();
    submission.posted = posted;
    submission.unmapped = source.unmapped;
    let is_enough = !submission.lead_type.needs_contact() || has_contact(&submission.fields);
    submission.lack = (!is_enough).then_some(Lack::Contact);
    Ok(submission)
}

impl Submission {
    /// The text of a field, as it was posted or as something stands in for it.
    pub(super) fn text(&self, field: Field) -> Option<&str> {
        let posted = self.fields.iter().find(|(known, _)| *known == field);
        let stand_in = || self.stand_ins.iter().find(|one| one.field == field);
        match posted {
            Some((_, value)) => value.as_ref()?.as_text(),
            None => stand_in()?.value.as_text(),
        }
    }

    /// The labels and texts of the additional fields.
    pub(super) fn labels(&self) -> &[(String, String)] {
        let mut fields = self.fields.iter();
        match fields.find(|(field, _)| *field == Field::AdditionalFields) {
            Some((_, Some(Value::Map(labels)))) => labels,
            _ => &[],
        }
    }

    /// Sets a label of the additional fields, whatever was posted under it.
    pub fn set_label(&mut self, label: &str, text: &str) {
        let known = self
            .fields
            .iter_mut()
            .find_map(|(field, value)| match value {
                Some(Value::Map(labels)) if *field == Field::AdditionalFields => Some(labels),
                _ => None,
            });
        let ours = (label.to_owned(), text.to_owned());
        match known {
            Some(labels) => {
                labels.retain(|(known, _)| known != label);
                labels.push(ours);
            }
            None => {
                self.fields
                    .retain(|(field, _)| *field != Field::AdditionalFields);
                let labels = Some(Value::Map(vec![ours]));
                self.fields.push((Field::AdditionalFields, labels));
            }
        }
    }

    /// Adds a value for a field that has none.
    pub(super) fn stand_in(&mut self, stand_in: StandIn) {
        if self.text(stand_in.field).is_none() {
            self.stand_ins.push(stand_in);
        }
    }

    /// The same post, read as one of a lead of this type. A type that the post names stays.
    pub fn read_as(&self, lead_type: LeadType) -> Cow<'_, Submission> {
        let Some(posted) = self.posted.as_ref().filter(|_| self.lead_type != lead_type) else {
            return Cow::Borrowed(self);
        };
        let mut draft = Draft::new(lead_type, self.country);
        let mut entries = posted.iter().cloned();
        // The limits do not depend on the type, so what was read once can be read again.
        let taken = entries.try_for_each(|(name, raw)| draft.take(name, raw));
        let Ok(read) = taken.and_then(|()| draft.finish(None)) else {
            return Cow::Borrowed(self);
        };
        let of_visitor = self.stand_ins.iter().filter(|one| one.from.is_none());
        let mut stand_ins = read.stand_ins;
        stand_ins.extend(of_visitor.cloned());
        Cow::Owned(Submission {
            stand_ins,
            signals: self.signals.clone(),
            body: self.body.clone(),
            lack: self.lack,
            unmapped: self.unmapped,
            ..read
        })
    }
}
