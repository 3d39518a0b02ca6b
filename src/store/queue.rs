//! The queue: lanes, what is due, and what an attempt does to both.
//!
//! All deliveries of one lead to one webhook are a lane, in order of revision. Only the head of a
//! lane is due. Enqueueing adds to `due` only where the lane was empty; a retry moves the head's
//! due time; when the head is finished, the next becomes due in the same commit.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use redb::ReadableTable;

use super::StoreError;
use super::delivery_record::{Delivery, encode_attempt};
use super::leads::Context;
use super::notice::Notice;
use super::read;
use super::tables::{DeliveryKey, Tables, lane};
use crate::domain::delivery::{Attempt, By, Next, Outcome, State, decide};
use crate::domain::event::Event;
use crate::domain::health::Health;
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
    pub(crate) fn key(self) -> DeliveryKey {
        (self.webhook, self.lead, self.revision)
    }
}

/// What came of an attempt, on its way into the store.
#[derive(Clone, Debug)]
pub struct Report {
    /// Of which delivery.
    pub delivery: DeliveryId,
    /// The waits of its webhook.
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
        wait: Duration::ZERO,
        cancelled_by: None,
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
    let Some(place) = find(tables, id)? else {
        // Until now its crew has passed over what comes next of this lead.
        context.rung.push(id.webhook);
        return Ok(None);
    };
    let before = place.delivery;
    let number = before.attempts + 1;
    let tries = before.tries + 1;
    // Only a wait is drawn by lot, and dice cost a system call.
    let dice = match report.outcome.is_success() {
        true => 0,
        false => context.dice.number(),
    };
    let decision = decide(&report.outcome, tries, &report.schedule, context.now, dice);
    let attempt = Attempt {
        number,
        started: report.started,
        duration: report.duration,
        outcome: report.outcome,
    };
    note_attempt(tables, id, &before, &attempt)?;
    let held = context
        .webhooks
        .health(id.webhook)
        .is_some_and(|health| health.hold.is_some());
    let next = match decision.next {
        // A probe, or under way when the webhook was held up: it ages no more than what waits.
        Next::Retry(_) | Next::Failed if held => Next::Wait,
        next => next,
    };
    follow(tables, id, &place, next, context.now)?;
    if next == Next::Failed {
        context.notices.push(Notice::GivenUp(id));
    }
    note_health(context, id.webhook, &attempt.outcome, &report.schedule);
    context.rung.push(id.webhook);
    Ok(Some(Recorded {
        attempt: number,
        next,
    }))
}

/// Does with a delivery what comes after one more attempt.
fn follow(
    tables: &mut Tables<'_>,
    id: DeliveryId,
    place: &Place,
    next: Next,
    now: Timestamp,
) -> Result<(), StoreError> {
    let before = place.delivery;
    let (attempts, tries) = (before.attempts + 1, before.tries + 1);
    let end = |state| Delivery {
        state,
        cancelled_by: (state == State::Cancelled).then_some(By::Receiver),
        attempts,
        tries,
        at: now,
        wait: Duration::ZERO,
        ..before
    };
    match next {
        Next::Retry(at) => {
            let put_off = Delivery {
                attempts,
                tries,
                at,
                wait: now.until(at),
                ..before
            };
            wait(tables, id, place, put_off)
        }
        // It waits for the webhook to go on, not for its turn: the try does not count.
        Next::Wait => wait(tables, id, place, Delivery { attempts, ..before }),
        Next::Delivered => finish(tables, id, place, end(State::Delivered)),
        Next::Failed => finish(tables, id, place, end(State::Failed)),
        Next::Cancelled => finish(tables, id, place, end(State::Cancelled)),
    }
}

/// Keeps the attempt, and takes its delivery out of what is due.
fn note_attempt(
    tables: &mut Tables<'_>,
    id: DeliveryId,
    before: &Delivery,
    attempt: &Attempt,
) -> Result<(), StoreError> {
    let key = (id.webhook, id.lead, id.revision, attempt.number);
    let record = encode_attempt(attempt);
    tables.attempts.insert(key, record.as_slice())?;
    take_off(tables, id, before)
}

/// Takes a delivery out of what is due, if it is there.
pub(crate) fn take_off(
    tables: &mut Tables<'_>,
    id: DeliveryId,
    delivery: &Delivery,
) -> Result<(), StoreError> {
    let due = (id.webhook, delivery.at.0, id.lead, id.revision);
    tables.due.remove(due)?;
    Ok(())
}

/// What the attempt says of its webhook.
fn note_health(context: &mut Context<'_>, webhook: u32, outcome: &Outcome, schedule: &Schedule) {
    // The usual case costs no more than a look.
    let is_well = outcome.is_success() && !outcome.stops_webhook();
    if is_well && context.webhooks.health(webhook).is_none_or(Health::is_well) {
        return;
    }
    let now = context.now;
    let change = context.webhooks.change(webhook, now, |health| {
        health.attempted(outcome, now, schedule.suspend_after);
    });
    context.notices.extend(change.map(Notice::Health));
}

/// A delivery that waits, and what is around it in its lane.
pub(crate) struct Place {
    pub(crate) delivery: Delivery,
    /// Whether it is the first; a replay may have put another one before it while it was under way.
    pub(crate) is_head: bool,
    /// The one behind it: its revision, and since when it waits.
    successor: Option<(u32, Timestamp)>,
}

/// Where a delivery waits; none where it does not.
pub(crate) fn find(tables: &Tables<'_>, id: DeliveryId) -> Result<Option<Place>, StoreError> {
    let mut is_head = true;
    let mut rows = tables.pending.range(lane(id.webhook, id.lead))?;
    while let Some(row) = rows.next() {
        let (key, record) = row?;
        match key.value().2.cmp(&id.revision) {
            Ordering::Less => is_head = false,
            Ordering::Greater => break,
            Ordering::Equal => {
                let delivery = read::delivery(id, record.value())?;
                let successor = match rows.next() {
                    None => None,
                    Some(row) => {
                        let (key, record) = row?;
                        let at = read::delivery(id, record.value())?.at;
                        Some((key.value().2, at))
                    }
                };
                return Ok(Some(Place {
                    delivery,
                    is_head,
                    successor,
                }));
            }
        }
    }
    Ok(None)
}

/// Leaves a delivery where it is; as the head of its lane it is due at `delivery.at`.
pub(crate) fn wait(
    tables: &mut Tables<'_>,
    id: DeliveryId,
    place: &Place,
    delivery: Delivery,
) -> Result<(), StoreError> {
    tables
        .pending
        .insert(id.key(), delivery.encode().as_slice())?;
    if place.is_head {
        tables
            .due
            .insert((id.webhook, delivery.at.0, id.lead, id.revision), ())?;
    }
    Ok(())
}

/// Takes a delivery out of its lane; where it was the head, its successor becomes due.
pub(crate) fn finish(
    tables: &mut Tables<'_>,
    id: DeliveryId,
    place: &Place,
    ended: Delivery,
) -> Result<(), StoreError> {
    tables.pending.remove(id.key())?;
    tables
        .finished
        .insert(id.key(), ended.encode().as_slice())?;
    if let Some((revision, due)) = place.successor.filter(|_| place.is_head) {
        tables
            .due
            .insert((id.webhook, due.0, id.lead, revision), ())?;
    }
    Ok(())
}
