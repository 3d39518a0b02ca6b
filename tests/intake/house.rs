//! Posts without a daemon: the pure way from a body to a lead, and on to its updates.

use leadhook::domain::decision::{self, Owner};
use leadhook::domain::derive::{self, Derivation, Known};
use leadhook::domain::event::Event;
use leadhook::domain::intake::{self, Refusal, Submission, Visitor};
use leadhook::domain::lead::{Change, Lead};
use leadhook::domain::lead_type::LeadType;
use leadhook::domain::raw::Raw;
use leadhook::domain::secret::Secret;
use leadhook::domain::source::{Account, Auth, Profile, Source};
use leadhook::domain::time::Timestamp;
use leadhook::domain::webhook::Trigger;
use leadhook::http::forms::form_fields;
use serde_json::Value;

/// 2026-02-01T14:09:01Z
const NOW: Timestamp = Timestamp(1_769_954_941_000);

/// A source whose leads are of this type unless they say otherwise; a service, not a public form.
pub(crate) fn source(lead_type: LeadType) -> Source {
    let secret = Secret::new("test-source-token-0123");
    Source::new("system", lead_type, profile(), Auth::Bearer(vec![secret]))
}

/// A form on a page, where anybody may post.
pub(crate) fn public_form() -> Source {
    Source {
        auth: Auth::Open,
        ..source(LeadType::WebForm)
    }
}

fn profile() -> Profile {
    Profile {
        id: 2,
        name: "My Profile".into(),
    }
}

/// What a JSON body means for `source`.
pub(crate) fn read(source: &Source, json: &str) -> Result<Submission, Refusal> {
    read_of(source, json, &Visitor::default())
}

/// The same for one of these visitors.
pub(crate) fn read_of(
    source: &Source,
    json: &str,
    visitor: &Visitor,
) -> Result<Submission, Refusal> {
    let raw = Raw::from_json(json.as_bytes()).unwrap_or_else(|error| panic!("{error:?}: {json}"));
    intake::read(raw, source, visitor)
}

/// The payload of a new web form with this JSON body.
pub(crate) fn lead(json: &str) -> Value {
    lead_of(LeadType::WebForm, json)
}

/// The payload of a new lead of this type.
pub(crate) fn lead_of(lead_type: LeadType, json: &str) -> Value {
    History::begin(&source(lead_type), json).payload()
}

/// The payload of a new web form with this urlencoded body.
pub(crate) fn form(body: impl AsRef<[u8]>) -> Value {
    let raw = Raw::from_form(form_fields(body.as_ref())).expect("not too many names");
    let submission = intake::read(raw, &source(LeadType::WebForm), &Visitor::default());
    History::of(&submission.expect("a submission")).payload()
}

/// `additional_fields` of a new web form with this JSON body, byte for byte.
pub(crate) fn labels(json: &str) -> String {
    let payload = History::begin(&source(LeadType::WebForm), json).bytes();
    let (_, rest) = payload
        .split_once(r#","additional_fields":"#)
        .expect("the field");
    let (labels, _) = rest.split_once(r#","lead_source":"#).expect("the next one");
    labels.to_owned()
}

/// The code with which a JSON body is refused.
pub(crate) fn refused(json: &str) -> &'static str {
    let refusal = read(&source(LeadType::WebForm), json);
    refusal.expect_err("a refusal").code
}

fn complete(lead: &mut Lead) {
    derive::complete(lead, &Known::nothing(), &Derivation::default());
}

/// A lead and what became of it.
pub(crate) struct History {
    lead: Lead,
    changes: Vec<Change>,
}

impl History {
    /// A new lead of `source`.
    pub(crate) fn begin(source: &Source, json: &str) -> History {
        let submission = read(source, json);
        History::of(&submission.unwrap_or_else(|refusal| panic!("{refusal:?}: {json}")))
    }

    pub(crate) fn of(submission: &Submission) -> History {
        let account = Account {
            id: 1,
            name: "My Business".into(),
        };
        let owner = Owner {
            account,
            profile: profile(),
        };
        let mut lead = decision::create(submission.clone(), 1, "system", &owner, NOW);
        complete(&mut lead);
        History {
            lead,
            changes: Vec::new(),
        }
    }

    /// Takes a later post of `source` and gives the names of the fields that it changed.
    pub(crate) fn hear(&mut self, source: &Source, json: &str) -> Vec<&'static str> {
        let submission = read(source, json);
        self.take(&submission.unwrap_or_else(|refusal| panic!("{refusal:?}: {json}")))
    }

    pub(crate) fn take(&mut self, submission: &Submission) -> Vec<&'static str> {
        let mut next = decision::update(&self.lead, submission);
        complete(&mut next);
        match decision::revise(&self.lead, next, NOW) {
            None => Vec::new(),
            Some((lead, changes)) => {
                self.lead = lead;
                self.changes = changes;
                self.changes.iter().map(|c| c.field.name()).collect()
            }
        }
    }

    /// Sets a field as a person would, who knows better than the source.
    pub(crate) fn edit(&mut self, change: impl FnOnce(&mut Lead)) {
        change(&mut self.lead);
    }

    /// The lead as a receiver gets it now.
    pub(crate) fn payload(&self) -> Value {
        serde_json::from_str(&self.bytes()).expect("JSON")
    }

    fn bytes(&self) -> String {
        let event = Event {
            id: "evt_1".into(),
            lead: self.lead.clone(),
            changes: self.changes.clone(),
            phase: None,
            heard_by: Vec::new(),
            body: None,
            test: false,
        };
        String::from_utf8(event.payload(Trigger::Update)).expect("UTF-8")
    }
}
