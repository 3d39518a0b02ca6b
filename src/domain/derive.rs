//! What is derived: values of a lead that nobody said.
//!
//! It happens at two places. [`of_post`] looks at one post and its visitor, before the writer; what it
//! finds stands in for what was not posted. [`complete`] looks at the whole lead, inside the write
//! transaction, with what only the store knows; every way into a lead ends there: a post, an update,
//! a person's edit. A derived value may be derived anew. What the source or a person said, also that
//! a field is to be empty, is never touched.

mod click_id;
mod page;

use std::collections::HashMap;

use super::field::Field;
use super::intake::Submission;
use super::lead::Lead;
use super::value::Value;

/// How the leads of one source are derived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Derivation {}

/// The same for all sources, by their names.
#[derive(Debug, Default)]
pub struct Derivations {
    of_sources: HashMap<String, Derivation>,
    default: Derivation,
}

impl Derivations {
    /// Those of these sources.
    pub fn new(of_sources: impl IntoIterator<Item = (String, Derivation)>) -> Derivations {
        Derivations {
            of_sources: of_sources.into_iter().collect(),
            default: Derivation::default(),
        }
    }

    /// How the leads of `source` are derived; a source that is gone leaves everything to the defaults.
    pub fn of(&self, source: &str) -> &Derivation {
        self.of_sources.get(source).unwrap_or(&self.default)
    }
}

/// What only the store knows of a lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {}

/// Adds what one post and its visitor tell.
pub(super) fn of_post(submission: &mut Submission) {
    click_id::find(submission);
}

/// Derives what is left, of the lead as it will be stored.
pub fn complete(lead: &mut Lead, _known: &Known, _derivation: &Derivation) {
    lead.derive(Field::LeadStatus, Some(Value::Text("Unique".to_owned())));
    lead.derive(Field::Quotable, Some(Value::Text("Not Set".to_owned())));
}

impl Lead {
    /// Gives `field` a derived value, unless somebody has said what it holds.
    pub(super) fn derive(&mut self, field: Field, value: Option<Value>) {
        if self.is_said(field) {
            return;
        }
        self.values.set(field, value);
        self.derived.retain(|known| *known != field);
        if self.values.find(field).is_some() {
            self.derived.push(field);
        }
    }

    /// Whether the source or a person said what the field holds, if only that it is to be empty.
    fn is_said(&self, field: Field) -> bool {
        let has_value = self.values.find(field).is_some();
        let is_overridden = self.overridden.iter().any(|(known, _)| *known == field);
        is_overridden || (has_value && !self.derived.contains(&field))
    }
}
