//! What a post does to the store: decided and done inside the write transaction, so that two equal
//! posts at the same moment cannot both be new.

use std::sync::Arc;
use std::time::Duration;

use redb::ReadableTable;

use super::StoreError;
use super::codec::Damage;
use super::contacts::{Card, Contacts};
use super::event_record;
use super::fresh::Fresh;
use super::idempotency::{self, IdempotencyKey};
use super::notice::Notice;
use super::queue;
use super::retention::keep_files;
use super::search;
use super::tables::{Tables, events_of, external_key};
use super::webhooks::{Registry, Subscription};
use crate::domain::decision::{self, Owner};
use crate::domain::derive::{self, Derivations, Known};
use crate::domain::edit;
use crate::domain::event::Event;
use crate::domain::health::Why;
use crate::domain::intake::{Refusal, Submission};
use crate::domain::judgement::{Echoes, Heard, Signal};
use crate::domain::lead::Lead;
use crate::domain::raw::Raw;
use crate::domain::time::Timestamp;
use crate::domain::unmapped::Lack;
use crate::system::Dice;

/// A submission on its way into the store.
#[derive(Clone, Debug)]
pub struct Post {
    /// The name of the source.
    pub source: Arc<str>,
    /// Whose leads the source's are.
    pub owner: Arc<Owner>,
    /// What was posted.
    pub submission: Submission,
    /// The names of its files that are kept.
    pub files: Vec<String>,
    /// The client's `Idempotency-Key`, if it sent one.
    pub key: Option<IdempotencyKey>,
}

/// What became of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The lead it made or belongs to.
    pub lead_id: u64,
    /// What it did to the lead.
    pub result: PostResult,
    /// Whether this is the answer to an earlier post with the same key, given again.
    pub repeated: bool,
    /// How many webhooks will hear of it.
    pub deliveries: u32,
}

/// What a post did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostResult {
    /// A new lead.
    Created,
    /// The next revision of a lead.
    Updated,
    /// Nothing that the lead did not say already.
    Unchanged,
}

impl PostResult {
    /// The word in the answer.
    pub fn name(self) -> &'static str {
        match self {
            PostResult::Created => "created",
            PostResult::Updated => "updated",
            PostResult::Unchanged => "unchanged",
        }
    }
}

/// Why a post cannot be taken as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The key came before, with another body.
    KeyReused,
    /// It lacks what its source wants of a new lead.
    Lacks(Lack),
}

/// What a write needs to know besides the tables.
pub(crate) struct Context<'a> {
    /// One transaction, one timestamp.
    pub(crate) now: Timestamp,
    /// How leads are derived.
    pub(crate) derivations: &'a Derivations,
    /// What was written lately.
    pub(crate) echoes: &'a mut Echoes,
    /// The webhooks of the moment.
    pub(crate) subscriptions: &'a [Subscription],
    /// Which leads have a contact.
    pub(crate) contacts: &'a mut Contacts,
    /// The id of the next lead; written back once for the whole group.
    pub(crate) next_lead: &'a mut u64,
    /// Names events and spreads retries.
    pub(crate) dice: &'a Dice,
    /// Remembers what is likely to be sent at once.
    pub(crate) fresh: &'a Fresh,
    /// How all webhooks do.
    pub(crate) webhooks: &'a mut Registry,
    /// The webhooks that now have something due.
    pub(crate) rung: &'a mut Vec<u32>,
    /// What may be worth an alert.
    pub(crate) notices: &'a mut Vec<Notice>,
}

impl Context<'_> {
    /// Pauses a webhook, or lets it go on; tells whether that changed anything. None when there is
    /// no such webhook.
    pub(crate) fn hold(&mut self, name: &str, paused: bool) -> Option<bool> {
        let number = self.webhooks.number(name)?;
        let now = self.now;
        let mut changed = false;
        let change = self.webhooks.change(number, now, |health| {
            changed = match paused {
                true => health.hold_up(Why::Paused, now),
                false => health.go_on(now),
            };
        });
        self.notices.extend(change.map(Notice::Health));
        self.rung.push(number);
        Some(changed)
    }
}

/// Takes a post in. A rejection has changed nothing.
pub(crate) fn submit(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    mut post: Post,
) -> Result<Result<Receipt, Rejection>, StoreError> {
    if let Some(key) = post.key
        && let Some(answered) = idempotency::find_answer(tables, key)?
    {
        return Ok(answered);
    }
    let key = post.key;
    let files = std::mem::take(&mut post.files);
    let receipt = match earlier(tables, &post)? {
        None => match create(tables, context, post)? {
            Ok(receipt) => receipt,
            Err(lack) => return Ok(Err(Rejection::Lacks(lack))),
        },
        Some(before) => {
            let next = decision::update(&before.lead, &post.submission);
            let Submission { signals, body, .. } = post.submission;
            change(tables, context, before, next, Some(signals), body)?
        }
    };
    keep_files(tables, receipt.lead_id, &files)?;
    if let Some(key) = key {
        idempotency::keep_answer(tables, context.now, key, receipt)?;
    }
    Ok(Ok(receipt))
}

/// The newest event of the lead that the post's external id names.
fn earlier(tables: &Tables<'_>, post: &Post) -> Result<Option<Event>, StoreError> {
    let Some(external_id) = &post.submission.external_id else {
        return Ok(None);
    };
    let Some(lead) = find_external(tables, &post.source, external_id)? else {
        return Ok(None);
    };
    let found = newest(tables, lead)?;
    let named = |event: &Event| {
        event.lead.external_id == post.submission.external_id && *event.lead.source == *post.source
    };
    match found.as_ref().is_none_or(named) {
        true => Ok(found),
        false => Err(StoreError::unreadable("an external id", Damage::Place)),
    }
}

/// The lead that the external id of a source names.
pub(super) fn find_external(
    tables: &Tables<'_>,
    source: &str,
    external_id: &str,
) -> Result<Option<u64>, StoreError> {
    let key = external_key(source, external_id);
    let named = tables.external.get(key.as_str())?;
    Ok(named.map(|lead| lead.value()))
}

/// The newest event of a lead.
pub(crate) fn newest(tables: &Tables<'_>, lead: u64) -> Result<Option<Event>, StoreError> {
    let Some(row) = tables.events.range(events_of(lead))?.next_back() else {
        return Ok(None);
    };
    let (key, record) = row?;
    let event = event_record::decode(key.value(), record.value());
    event
        .map(Some)
        .map_err(|damage| StoreError::unreadable(&format!("lead {lead}"), damage))
}

fn create(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    post: Post,
) -> Result<Result<Receipt, Lack>, StoreError> {
    let mut submission = match decision::admit(post.submission) {
        Ok(submission) => submission,
        Err(lack) => return Ok(Err(lack)),
    };
    let lead_id = *context.next_lead;
    *context.next_lead += 1;
    let body = submission.body.take();
    let signals = std::mem::take(&mut submission.signals);
    let mut lead = decision::create(submission, lead_id, &post.source, &post.owner, context.now);
    let card = complete(tables, context, None, &mut lead)?;
    judge(context, &mut lead, Some(signals));
    let deliveries = begin(tables, context, lead, card, body)?;
    Ok(Ok(Receipt {
        lead_id,
        result: PostResult::Created,
        repeated: false,
        deliveries,
    }))
}

/// Stores a new lead; tells how many webhooks will hear of it.
pub(super) fn begin(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    lead: Lead,
    card: Card,
    body: Option<Vec<u8>>,
) -> Result<u32, StoreError> {
    let lead_id = lead.id;
    if let Some(external_id) = &lead.external_id {
        let key = external_key(&lead.source, external_id);
        tables.external.insert(key.as_str(), lead_id)?;
    }
    let event = Event {
        id: context.dice.id("evt_"),
        phase: lead.phase(None),
        lead,
        changes: Vec::new(),
        heard_by: Vec::new(),
        body,
        test: false,
    };
    let deliveries = announce(tables, context, None, event)?;
    context.contacts.note(lead_id, card);
    Ok(deliveries)
}

/// Where every way into a lead ends, before it is stored: what is derived with what only the store
/// knows. Whether a lead is a repeat is looked up when it is new and when its contacts change,
/// whether it is a duplicate only when it is new. Gives what the index of contacts is to note.
pub(super) fn complete(
    tables: &Tables<'_>,
    context: &Context<'_>,
    before: Option<&Lead>,
    lead: &mut Lead,
) -> Result<Card, StoreError> {
    let card = context.contacts.card(lead);
    let was = before.map(|before| context.contacts.card(before));
    let mut known = Known::unchanged();
    if was.is_none_or(|was| !was.is_of_same(&card)) {
        let look = |id| match newest(tables, id) {
            Ok(found) => Ok(found.map(|event| context.contacts.card(&event.lead))),
            // What became unreadable of one lead must not keep others out.
            Err(error) if error.is_one_record() => Ok(None),
            Err(error) => Err(error),
        };
        let earlier = context
            .contacts
            .earlier(&*tables.contacts, lead.id, &card, look)?;
        known.is_repeat = Some(earlier.any);
        if before.is_none() {
            known.same_before = Some(earlier.same_ms.map(Duration::from_millis));
        }
    }
    derive::complete(lead, &known, context.derivations.of(&lead.source));
    Ok(card)
}

/// The last step: what the owner's settings make of a lead. `signals` are those of a post; an edit
/// has none.
fn judge(context: &mut Context<'_>, lead: &mut Lead, signals: Option<Vec<Signal>>) {
    let heard = signals.map(|signals| Heard {
        signals,
        lately: Some((&mut *context.echoes, context.now)),
    });
    context.derivations.judgement.apply(lead, heard);
}

/// Makes `next` the next revision of a lead, if it differs.
fn change(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    before: Event,
    mut next: Lead,
    signals: Option<Vec<Signal>>,
    body: Option<Vec<u8>>,
) -> Result<Receipt, StoreError> {
    let lead_id = before.lead.id;
    let card = complete(tables, context, Some(&before.lead), &mut next)?;
    judge(context, &mut next, signals);
    let Some((lead, changes)) = decision::revise(&before.lead, next, context.now) else {
        let result = PostResult::Unchanged;
        return Ok(Receipt {
            lead_id,
            result,
            repeated: false,
            deliveries: 0,
        });
    };
    let event = Event {
        id: context.dice.id("evt_"),
        phase: lead.phase(Some(&before.lead)),
        lead,
        changes,
        heard_by: before.heard_by,
        body,
        test: false,
    };
    let deliveries = announce(tables, context, Some(&before.lead), event)?;
    context.contacts.note(lead_id, card);
    Ok(Receipt {
        lead_id,
        result: PostResult::Updated,
        repeated: false,
        deliveries,
    })
}

/// Applies a person's edit. None when there is no such lead; the edit may also be refused.
pub(crate) fn edit(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    lead_id: u64,
    raw: Raw,
) -> Result<Option<Result<Receipt, Refusal>>, StoreError> {
    let Some(before) = newest(tables, lead_id)? else {
        return Ok(None);
    };
    let derivation = context.derivations.of(&before.lead.source);
    let edits = match edit::read(raw, before.lead.lead_type, derivation.country) {
        Ok(edits) => edits,
        Err(refusal) => return Ok(Some(Err(refusal))),
    };
    let next = edit::apply(&before.lead, &edits);
    change(tables, context, before, next, None, None).map(|receipt| Some(Ok(receipt)))
}

/// Stores an event and puts it into the lane of every webhook that wants it.
fn announce(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    before: Option<&Lead>,
    mut event: Event,
) -> Result<u32, StoreError> {
    let mut deliveries = 0;
    for subscription in context.subscriptions {
        let Some(trigger) = subscription.trigger(&event) else {
            continue;
        };
        if !event.heard_by.contains(&subscription.number) {
            event.heard_by.push(subscription.number);
        }
        queue::enqueue(tables, subscription.number, &event, trigger, context.now)?;
        context.rung.push(subscription.number);
        deliveries += 1;
    }
    search::list(tables, before, &event.lead)?;
    let key = (event.lead.id, event.lead.revision);
    let record = event_record::encode(&event);
    tables.events.insert(key, record.as_slice())?;
    if deliveries > 0 {
        context.fresh.put(event, record.len());
    }
    Ok(deliveries)
}
