//! The queue: lanes, what is due, and what an attempt does to both.
//!
//! All deliveries of one lead to one webhook are a lane, in order of revision. Only the head of a
//! lane is due. Enqueueing adds to `due` only where the lane was empty; a retry moves the head's
//! due time; when the head is finished, the next becomes due in the same commit.

use std::sync::Arc;
use std::time::Duration;

use redb::ReadableTable;

use super::StoreError;
use super::delivery_record::{Delivery, encode_attempt};
use super::leads::Context;
use super::tables::{DeliveryKey, Tables, lane};
use super::webhooks;
use crate::domain::delivery::{Attempt, Next, Outcome, State, decide};
use crate::domain::event::Event;
use crate::domain::retry::Schedule;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Trigger;

/// Which delivery: one event to one webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId {
    /// The webhook's number.
    pub webhook: u32,
    /// The lead; with the webhook it names the lane.
    pub lead: u64,
    /// The revision of the lead, and so the event.
    pub revision: u32,
}

impl DeliveryId {
    fn key(self) -> DeliveryKey {
        (self.webhook, self.lead, self.revision)
    }
}

/// What came of an attempt, on its way into the store.
#[derive(Clone, Debug)]
pub struct Report {
    /// Of which delivery.
    pub delivery: DeliveryId,
    /// The webhook's name, in case it is to stop.
    pub webhook: Arc<str>,
    /// Its waits.
    pub schedule: Arc<Schedule>,
    /// When the attempt began.
    pub started: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// What the receiver said.
    pub outcome: Outcome,
}

/// What a report did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The number of the attempt.
    pub attempt: u32,
    /// What comes next for the delivery.
    pub next: Next,
    /// Whether the webhook was stopped by it.
    pub stopped_webhook: bool,
}

/// Puts an event into a webhook's lane.
pub(crate) fn enqueue(
    tables: &mut Tables<'_>,
    webhook: u32,
    event: &Event,
    trigger: Trigger,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = DeliveryId {
        webhook,
        lead: event.lead.id,
        revision: event.lead.revision,
    };
    // A new lead has no lane yet; that saves the look.
    let is_head = id.revision == 1
        || tables
            .pending
            .range(lane(webhook, id.lead))?
            .next()
            .is_none();
    let delivery = Delivery {
        state: State::Pending,
        trigger,
        attempts: 0,
        tries: 0,
        at: now,
    };
    tables
        .pending
        .insert(id.key(), delivery.encode().as_slice())?;
    if is_head {
        tables
            .due
            .insert((webhook, now.0, id.lead, id.revision), ())?;
    }
    Ok(())
}

/// Records an attempt and does what follows from it. None when the delivery does not wait any more:
/// somebody cancelled it while it was under way.
pub(crate) fn record(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    report: Report,
) -> Result<Option<Recorded>, StoreError> {
    let id = report.delivery;
    // All reading comes before the first change, so that an unreadable record changes nothing.
    let Some(before) = find_pending(tables, id)? else {
        return Ok(None);
    };
    let successor = successor(tables, id)?;
    let number = before.attempts + 1;
    let tries = before.tries + 1;
    // Only a wait is drawn by lot, and dice cost a system call.
    let dice = if report.outcome.is_success() {
        0
    } else {
        context.dice.number()
    };
    let decision = decide(&report.outcome, tries, &report.schedule, context.now, dice);
    let attempt = Attempt {
        number,
        started: report.started,
        duration: report.duration,
        outcome: report.outcome,
    };
    let key = (id.webhook, id.lead, id.revision, number);
    tables
        .attempts
        .insert(key, encode_attempt(&attempt).as_slice())?;
    tables
        .due
        .remove((id.webhook, before.at.0, id.lead, id.revision))?;
    let after = Delivery {
        attempts: number,
        tries,
        ..before
    };
    let end = |state| Delivery {
        state,
        at: context.now,
        ..after
    };
    match decision.next {
        Next::Retry(at) => wait(tables, id, Delivery { at, ..after })?,
        // It waits for a person to resume the webhook, not for its turn: the try does not count.
        Next::Wait => wait(
            tables,
            id,
            Delivery {
                tries: before.tries,
                ..after
            },
        )?,
        Next::Delivered => finish(tables, id, end(State::Delivered), successor)?,
        Next::Failed => finish(tables, id, end(State::Failed), successor)?,
        Next::Cancelled => finish(tables, id, end(State::Cancelled), successor)?,
    }
    if decision.stop_webhook {
        webhooks::set_stopped(tables, &report.webhook, Some(context.now))?;
    }
    context.rung.push(id.webhook);
    Ok(Some(Recorded {
        attempt: number,
        next: decision.next,
        stopped_webhook: decision.stop_webhook,
    }))
}

fn find_pending(tables: &Tables<'_>, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
    let record = tables.pending.get(id.key())?;
    record
        .map(|record| decode(id.lead, record.value()))
        .transpose()
}

fn decode(lead: u64, record: &[u8]) -> Result<Delivery, StoreError> {
    Delivery::decode(record)
        .map_err(|damage| StoreError::unreadable(&format!("a delivery of lead {lead}"), damage))
}

/// Leaves the head where it is, due at `delivery.at`.
fn wait(tables: &mut Tables<'_>, id: DeliveryId, delivery: Delivery) -> Result<(), StoreError> {
    tables
        .pending
        .insert(id.key(), delivery.encode().as_slice())?;
    tables
        .due
        .insert((id.webhook, delivery.at.0, id.lead, id.revision), ())?;
    Ok(())
}

/// The delivery behind the head of a lane: its revision, and since when it waits.
fn successor(
    tables: &Tables<'_>,
    head: DeliveryId,
) -> Result<Option<(u32, Timestamp)>, StoreError> {
    let rest = (head.webhook, head.lead, head.revision + 1)..=(head.webhook, head.lead, u32::MAX);
    let Some(row) = tables.pending.range(rest)?.next() else {
        return Ok(None);
    };
    let (key, record) = row?;
    let next = decode(head.lead, record.value())?;
    Ok(Some((key.value().2, next.at)))
}

/// Takes the head out of its lane; its successor becomes due.
fn finish(
    tables: &mut Tables<'_>,
    id: DeliveryId,
    ended: Delivery,
    successor: Option<(u32, Timestamp)>,
) -> Result<(), StoreError> {
    tables.pending.remove(id.key())?;
    tables
        .finished
        .insert(id.key(), ended.encode().as_slice())?;
    if let Some((revision, due)) = successor {
        tables
            .due
            .insert((id.webhook, due.0, id.lead, revision), ())?;
    }
    Ok(())
}
