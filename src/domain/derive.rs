//! What is derived: values of a lead that nobody said.
//!
//! It happens at two places. [`of_post`] looks at one post and its visitor, before the writer; what it
//! finds stands in for what was not posted. [`complete`] looks at the whole lead, inside the write
//! transaction, with what only the store knows; every way into a lead ends there: a post, an update,
//! a person's edit. A derived value may be derived anew. What the source or a person said, also that
//! a field is to be empty, is never touched.

pub(super) mod attribution;
mod click_id;
pub(super) mod device;
mod page;
mod referrer;

use std::collections::HashMap;
use std::time::Duration;

use super::field::Field;
use super::form::Origin;
use super::intake::{Submission, Told, Visitor};
use super::judgement::Judgement;
use super::lead::Lead;
use super::lead_type::LeadType;
use super::phone::Country;
use super::source::Source;
use super::value::Value;

/// How the leads of one source are derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivation {
    /// Which of a visitor's ways to the site counts.
    pub touch: Touch,
    /// Where telephone numbers are typed that do not say their country.
    pub country: Option<Country>,
    /// Within this time, the same of the same person is a duplicate.
    pub duplicate_window: Duration,
}

impl Default for Derivation {
    fn default() -> Derivation {
        Derivation {
            touch: Touch::First,
            country: None,
            duplicate_window: Duration::from_secs(24 * 3600),
        }
    }
}

/// Which of a visitor's ways to the site counts, where both are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Touch {
    /// The one on which he came first: the page of arrival, and who sent him there.
    #[default]
    First,
    /// The one on which he came to the page of the form, if that tells anything.
    Last,
}

/// The same for all sources, by their names.
#[derive(Debug, Default)]
pub struct Derivations {
    of_sources: HashMap<String, Derivation>,
    default: Derivation,
    /// What comes last, of the whole lead.
    pub judgement: Judgement,
}

impl Derivations {
    /// Those of these sources.
    pub fn new(
        of_sources: impl IntoIterator<Item = (String, Derivation)>,
        judgement: Judgement,
    ) -> Derivations {
        Derivations {
            of_sources: of_sources.into_iter().collect(),
            default: Derivation::default(),
            judgement,
        }
    }

    /// How the leads of `source` are derived; a source that is gone leaves everything to the defaults.
    pub fn of(&self, source: &str) -> &Derivation {
        self.of_sources.get(source).unwrap_or(&self.default)
    }
}

/// What only the store knows of a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Whether the profile has an earlier lead of the same person; none where that stays as it was.
    pub is_repeat: Option<bool>,
    /// How far apart this lead is from one of the same person that says the same, if there is one;
    /// none where it stays as it was whether this one is its duplicate.
    pub same_before: Option<Option<Duration>>,
}

impl Known {
    /// A first lead.
    pub fn nothing() -> Known {
        Known {
            is_repeat: Some(false),
            same_before: Some(None),
        }
    }

    /// A lead of which all that is known already.
    pub fn unchanged() -> Known {
        Known {
            is_repeat: None,
            same_before: None,
        }
    }
}

/// What is known of a visit besides the fields.
struct Visit<'a> {
    touch: Touch,
    /// Who sent the visitor when he first came.
    referrer: Option<&'a str>,
    /// Who sent the visitor to the page of the form.
    page_referrer: Option<&'a str>,
    /// The sites of the owner that the config names.
    own: &'a [Origin],
    /// Whether a visitor of a page posts by himself, so that what is not told was not there.
    is_seen: bool,
}

/// Adds what one post tells, and its visitor, where he posts by himself.
pub(super) fn of_post(
    submission: &mut Submission,
    told: &Told,
    visitor: Option<&Visitor>,
    source: &Source,
) {
    let is_page = !matches!(
        submission.lead_type,
        LeadType::PhoneCall | LeadType::TextMessage
    );
    let visit = Visit {
        touch: source.derivation.touch,
        referrer: told.referrer.as_deref(),
        page_referrer: told.page_referrer.as_deref(),
        own: &source.form.origins,
        is_seen: is_page && (visitor.is_some() || told.referrer.is_some()),
    };
    click_id::find(submission, visit.touch.pages());
    attribution::find(submission, &visit);
    let own = visitor.and_then(|visitor| visitor.user_agent.as_deref());
    if let Some(user_agent) = told.user_agent.as_deref().or(own) {
        device::find(submission, user_agent);
    }
}

impl Touch {
    /// The pages of a visit, the one that counts first.
    fn pages(self) -> [Field; 2] {
        match self {
            Touch::First => [Field::LandingUrl, Field::LeadUrl],
            Touch::Last => [Field::LeadUrl, Field::LandingUrl],
        }
    }
}

/// Derives what is left, of the lead as it will be stored.
pub fn complete(lead: &mut Lead, known: &Known, derivation: &Derivation) {
    if let Some(is_repeat) = known.is_repeat {
        let status = if is_repeat { "Repeat" } else { "Unique" };
        lead.derive(Field::LeadStatus, Some(Value::Text(status.to_owned())));
    }
    if let Some(same) = known.same_before {
        let window = derivation.duplicate_window;
        let is_duplicate = same.is_some_and(|apart| apart < window);
        lead.derive(Field::Duplicate, Some(Value::Flag(is_duplicate)));
    }
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

    /// Empties those of these fields whose value was derived.
    pub(super) fn forget_derived(&mut self, fields: &[Field]) {
        for field in fields {
            if self.derived.contains(field) {
                self.derive(*field, None);
            }
        }
    }

    /// Whether the source or a person said what the field holds, if only that it is to be empty.
    pub(super) fn is_said(&self, field: Field) -> bool {
        let has_value = self.values.find(field).is_some();
        let is_overridden = self.overridden.iter().any(|(known, _)| *known == field);
        is_overridden || (has_value && !self.derived.contains(&field))
    }
}
