//! What a submission means: a new lead, a change of one, or nothing new.

use std::borrow::Cow;

use super::derive::{attribution, device};
use super::field::Field;
use super::intake::{StandIn, Submission};
use super::judgement::{Code, Signal};
use super::lead::{COMPLETED, Change, IN_PROGRESS, Lead, Values, changes};
use super::lead_type::LeadType;
use super::source::{Account, Profile};
use super::time::Timestamp;
use super::unmapped::{Lack, Unmapped};
use super::value::{Number, Value};

/// Whose leads a source's are.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The account.
    pub account: Account,
    /// The profile of the source.
    pub profile: Profile,
}

/// What a submission that names no earlier lead is taken in as; else what it lacks, where the source
/// refuses that. A call or chat that has just begun may still say who it is.
pub fn admit(submission: Submission) -> Result<Submission, Lack> {
    let is_open = submission.lead_type.has_phases() && says_in_progress(&submission);
    match (submission.lack, submission.unmapped) {
        (None, _) => Ok(submission),
        (Some(Lack::Contact), _) if is_open || says_spam(&submission) => Ok(submission),
        (Some(lack), Unmapped::Store) => Ok(submission.unmapped(lack)),
        (Some(lack), Unmapped::Refuse) => Err(lack),
    }
}

/// So many labels each map of a lead takes from later posts,
pub const LABELS_MAX: usize = 500;
/// and so many bytes of labels and texts.
pub const LABELS_BYTES_MAX: usize = 1 << 20;

/// About so many fields a lead has from its owner and from what is derived of it as a whole.
const FIELDS_OF_OURS: usize = 10;

/// Makes a new lead of `submission`; [`derive::complete`](super::derive::complete) is still to come,
/// as after every change.
pub fn create(
    submission: Submission,
    id: u64,
    source: &str,
    owner: &Owner,
    now: Timestamp,
) -> Lead {
    let running = says_in_progress(&submission);
    let n_fields = submission.fields.len() + submission.stand_ins.len() + FIELDS_OF_OURS;
    let mut values = Values::with_room(n_fields);
    for (field, value) in submission.fields {
        values.set(field, without_empty_labels(value));
    }
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    values.set(Field::Account, text(&owner.account.name));
    values.set(
        Field::AccountId,
        Some(Value::Number(Number::from_u64(owner.account.id))),
    );
    values.set(Field::Profile, text(&owner.profile.name));
    values.set(
        Field::ProfileId,
        Some(Value::Number(Number::from_u64(owner.profile.id))),
    );
    set_state(
        &mut values,
        submission.lead_type,
        if running { IN_PROGRESS } else { COMPLETED },
    );
    let mut lead = Lead {
        id,
        revision: 1,
        lead_type: submission.lead_type,
        created: submission.created.unwrap_or(now),
        updated: now,
        source: source.to_owned(),
        external_id: submission.external_id,
        values,
        overridden: Vec::new(),
        derived: Vec::new(),
    };
    for stand_in in submission.stand_ins {
        lead.stand_in(stand_in);
    }
    lead
}

/// Applies a later submission of the same source to its lead: the lead as it is now.
///
/// Only what differs from the source's previous post changes the lead, so that a person's edit
/// stays. A call or chat that is over does not start to run again: callbacks arrive out of order.
pub fn update(lead: &Lead, submission: &Submission) -> Lead {
    // What was too little for a new lead of its type is still that.
    let submission = match (lead.lead_type, submission.lack) {
        (LeadType::Other, Some(lack)) => Cow::Owned(submission.unmapped(lack)),
        (lead_type, _) => submission.read_as(lead_type),
    };
    let mut next = lead.clone();
    if submission.names_type {
        next.lead_type = submission.lead_type;
    }
    for (field, posted) in &submission.fields {
        if !is_state(*field) {
            next.hear(*field, posted.as_ref());
        }
    }
    if says_otherwise(&submission, lead) {
        next.forget_derived(&attribution::FIELDS);
    }
    let stand_ins = submission.stand_ins.iter();
    let fitting: Vec<&StandIn> = stand_ins
        .filter(|one| fits(one, &submission, &next))
        .collect();
    for stand_in in fitting {
        if lead.is_stood_in_for(stand_in) {
            next.hear(stand_in.field, Some(&stand_in.value));
        } else {
            next.stand_in(stand_in.clone());
        }
    }
    let mut fields = submission.fields.iter();
    let says_state = fields.any(|(field, _)| is_state(*field));
    if says_state || next.lead_type != lead.lead_type {
        let runs = !lead.is_completed() && (!says_state || says_in_progress(&submission));
        let state = if runs { IN_PROGRESS } else { COMPLETED };
        set_state(&mut next.values, next.lead_type, state);
    }
    next
}

/// Whether a post names another origin than was derived: then all that was derived of it goes.
fn says_otherwise(submission: &Submission, lead: &Lead) -> bool {
    let mut posted = submission.fields.iter();
    posted.any(|(field, value)| {
        attribution::DECISIVE.contains(field)
            && lead.derived.contains(field)
            && value.is_some()
            && lead.values.find(*field) != value.as_ref()
    })
}

/// Whether a stand-in goes together with what the lead says already: where several fields are
/// derived as one, those of one post are not mixed with those of another.
fn fits(stand_in: &StandIn, submission: &Submission, lead: &Lead) -> bool {
    let groups: [&[Field]; 2] = [&attribution::FIELDS, &device::FIELDS];
    let Some(group) = groups.iter().find(|group| group.contains(&stand_in.field)) else {
        return true;
    };
    let is_of_post = |field: &Field, value: &Value| {
        let posted = submission
            .fields
            .iter()
            .any(|(known, value)| known == field && value.is_some());
        let stands_in = |one: &StandIn| one.field == *field && one.value == *value;
        posted || submission.stand_ins.iter().any(stands_in)
    };
    let mut present = group
        .iter()
        .filter_map(|field| Some((field, lead.values.find(*field)?)));
    present.all(|(field, value)| is_of_post(field, value))
}

/// Makes `next` the revision after `lead`, with what it changes; none when it changes nothing.
pub fn revise(lead: &Lead, mut next: Lead, now: Timestamp) -> Option<(Lead, Vec<Change>)> {
    let changes = changes(lead, &next);
    if changes.is_empty() {
        return None;
    }
    next.revision += 1;
    next.updated = now;
    Some((next, changes))
}

impl Lead {
    /// What the source posted last for `field`: what the lead says, unless a person edited it.
    pub(super) fn said_by_source(&self, field: Field) -> Option<Value> {
        match self.overridden.iter().find(|(known, _)| *known == field) {
            Some((_, said)) => said.clone(),
            None => self.values.find(field).cloned(),
        }
    }

    /// Notes what the source posted last, where the lead says something else.
    pub(super) fn remember_said(&mut self, field: Field, said: Option<Value>) {
        self.overridden.retain(|(known, _)| *known != field);
        if said.as_ref() != self.values.find(field) {
            self.overridden.push((field, said));
        }
    }

    /// Fills a field that is empty and was not emptied by a person.
    fn stand_in(&mut self, stand_in: StandIn) {
        if self.values.find(stand_in.field).is_some() {
            return;
        }
        match stand_in.from {
            None => self.derive(stand_in.field, Some(stand_in.value)),
            Some(_) => self.hear(stand_in.field, Some(&stand_in.value)),
        }
    }

    /// Whether the field holds what it has from the same other field, and not a word of its own.
    fn is_stood_in_for(&self, by: &StandIn) -> bool {
        let own = self.values.find(by.field);
        by.from.is_some_and(|from| self.values.find(from) == own)
    }

    /// Takes over what a later post says differently from the one before it. Of a map, labels that
    /// are not posted stay; those for which there is no room are passed over.
    fn hear(&mut self, field: Field, posted: Option<&Value>) {
        let said = self.said_by_source(field);
        let (now_said, value) = match posted {
            Some(Value::Map(labels)) => {
                let mut now_said = entries(said.as_ref()).to_vec();
                let mut value = self.values.map(field).to_vec();
                for (label, text) in labels {
                    if text_of(&now_said, label) != text && has_room(&value, label, text) {
                        set_label(&mut value, label, text);
                        set_label(&mut now_said, label, text);
                    }
                }
                let map = |entries: Vec<_>| (!entries.is_empty()).then_some(Value::Map(entries));
                (map(now_said), map(value))
            }
            _ if said.as_ref() == posted => return,
            _ => (posted.cloned(), posted.cloned()),
        };
        self.derived.retain(|known| *known != field);
        self.values.set(field, value);
        self.remember_said(field, now_said);
    }
}

fn entries(value: Option<&Value>) -> &[(String, String)] {
    match value {
        Some(Value::Map(entries)) => entries,
        _ => &[],
    }
}

/// The text of a label; empty where there is none.
fn text_of<'a>(entries: &'a [(String, String)], label: &str) -> &'a str {
    entries
        .iter()
        .find(|(known, _)| known == label)
        .map_or("", |(_, text)| text)
}

/// Whether the field says if a call or chat still runs.
pub(super) fn is_state(field: Field) -> bool {
    matches!(
        field,
        Field::LeadState | Field::CallStatus | Field::ChatStatus
    )
}

/// Whether a post says that a call or chat is still running; its own status goes before `lead_state`.
fn says_in_progress(submission: &Submission) -> bool {
    let said = |field: Field| {
        let found = submission.fields.iter().find(|(known, _)| *known == field);
        found.and_then(|(_, value)| value.as_ref()?.as_text())
    };
    let own = said(Field::CallStatus).or(said(Field::ChatStatus));
    own.or(said(Field::LeadState)) == Some(IN_PROGRESS)
}

fn says_spam(submission: &Submission) -> bool {
    let mut fields = submission.fields.iter();
    let is_robot = |signal: &Signal| signal.code != Code::Captcha;
    fields.any(|(field, value)| *field == Field::Spam && *value == Some(Value::Flag(true)))
        || submission.signals.iter().any(is_robot)
}

/// `lead_state` and the type's own status always say the same.
pub(super) fn set_state(values: &mut Values, lead_type: LeadType, state: &str) {
    let state = || Some(Value::Text(state.to_owned()));
    values.set(Field::LeadState, state());
    match lead_type {
        LeadType::PhoneCall => values.set(Field::CallStatus, state()),
        LeadType::Chat => values.set(Field::ChatStatus, state()),
        _ => {}
    }
}

/// Sets a label of a map; an empty text takes it out.
pub(super) fn set_label(entries: &mut Vec<(String, String)>, label: &str, text: &str) {
    let at = entries.iter().position(|(known, _)| known == label);
    match (at, text.is_empty()) {
        (Some(at), true) => drop(entries.remove(at)),
        (Some(at), false) => text.clone_into(&mut entries[at].1),
        (None, true) => {}
        (None, false) => entries.push((label.to_owned(), text.to_owned())),
    }
}

/// Whether the map may take this text in place of what the label has. Later posts add to a lead, and
/// each is stored with all of it: without an end, anybody could let a lead of his grow for ever.
fn has_room(entries: &[(String, String)], label: &str, text: &str) -> bool {
    let before = text_of(entries, label);
    if text.len() <= before.len() {
        return true;
    }
    let bytes = |(label, text): &(String, String)| label.len() + text.len();
    let others = entries.iter().filter(|(known, _)| known != label);
    let (count, others) = others.fold((0, 0), |(count, sum), entry| {
        (count + 1, sum + bytes(entry))
    });
    count < LABELS_MAX && others + label.len() + text.len() <= LABELS_BYTES_MAX
}

fn without_empty_labels(value: Option<Value>) -> Option<Value> {
    match value {
        Some(Value::Map(mut entries)) => {
            entries.retain(|(_, text)| !text.is_empty());
            Some(Value::Map(entries))
        }
        value => value,
    }
}
