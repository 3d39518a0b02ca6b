//! Intake: what was posted becomes a submission, in which every value has found its field.
//!
//! Nothing posted is lost: what has no field of its own, or does not fit the field it names, goes
//! to `additional_fields` under the label it came with. Only a post that is empty, or larger than
//! its limits, is refused.

mod draft;
mod text;

use std::net::IpAddr;

use super::field::Field;
use super::lead_type::LeadType;
use super::names::{Meaning, meaning};
use super::raw::Raw;
use super::source::{Auth, Source};
use super::time::Timestamp;
use super::value::Value;
use draft::Draft;
pub(super) use text::{clean, normalised, scalar, separator};

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
    /// The body as it was posted, where the source keeps it.
    pub body: Option<Vec<u8>>,
}

/// What the connection says of a visitor who posts by himself.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The visitor's address.
    pub address: Option<IpAddr>,
    /// The page that the form is on (`Referer`).
    pub page: Option<String>,
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
    let Raw::Map(entries) = raw else {
        let message = "the body is not an object of names and values".to_owned();
        return Err(Refusal {
            code: "not_an_object",
            field: None,
            message,
        });
    };
    let named_type = entries.iter().find_map(|(name, raw)| match raw {
        Raw::Text(text) if meaning(name, source.lead_type) == Some(Meaning::LeadType) => {
            LeadType::parse(text)
        }
        _ => None,
    });
    let mut draft = Draft::new(named_type.unwrap_or(source.lead_type));
    for (name, raw) in entries {
        draft.take(name, raw)?;
    }
    // Behind other sources is a service, whose address and page are not the visitor's.
    let visitor = matches!(source.auth, Auth::Open).then_some(visitor);
    draft.finish(named_type.is_some(), visitor)
}
