//! Click ids in the addresses of pages: who comes by an ad brings its id along in the address on
//! which he arrives.

use super::page::Page;
use crate::domain::field::Field;
use crate::domain::intake::{StandIn, Submission, clean};
use crate::domain::value::Value;

/// Parameters that are a field of the lead.
fn field(parameter: &str) -> Option<Field> {
    match parameter {
        "gclid" => Some(Field::Gclid),
        "msclkid" => Some(Field::Msclkid),
        _ => None,
    }
}

/// Finds those that were not posted by themselves; the page of arrival goes first.
pub(super) fn find(submission: &mut Submission) {
    for page in [Field::LandingUrl, Field::LeadUrl] {
        let Some(address) = submission.text(page) else {
            continue;
        };
        let found = Page::of(address).parameters();
        let found: Vec<StandIn> = found
            .filter_map(|(name, value)| {
                let field = field(&name)?;
                let value = Value::Text(clean(&value));
                let from = None;
                Some(StandIn { field, value, from })
            })
            .collect();
        for stand_in in found {
            submission.stand_in(stand_in);
        }
    }
}
