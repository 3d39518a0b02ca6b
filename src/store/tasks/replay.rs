//! Taking deliveries up again, and out: what a replay and a cancellation do to one lane.
//!
//! A replay puts a delivery that has ended back into its lane, at its old place, with a fresh budget of
//! attempts; its event, and so its `webhook-id`, is the same. What of its lane waits already waits behind
//! it where it is newer. A lead as it is now goes out as an event of its own.

use std::time::Duration;

use redb::ReadableTable;

use crate::domain::delivery::{By, State};
use crate::domain::event::Event;
use crate::domain::lead::Lead;
use crate::domain::webhook::Trigger;
use crate::store::StoreError;
use crate::store::delivery_record::Delivery;
use crate::store::event_record;
use crate::store::leads::{Context, newest};
use crate::store::queue::{DeliveryId, enqueue, find, finish, take_off, wait};
use crate::store::read;
use crate::store::search;
use crate::store::tables::{Tables, lane};

/// Sends a delivery again if `wanted` says so; one that waits is tried at once. Tells whether that was
/// done.
pub(crate) fn replay(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    id: DeliveryId,
    wanted: impl Fn(&Delivery) -> bool,
) -> Result<bool, StoreError> {
    if let Some(place) = find(tables, id)? {
        if !wanted(&place.delivery) {
            return Ok(false);
        }
        take_off(tables, id, &place.delivery)?;
        wait(tables, id, &place, afresh(place.delivery, context))?;
    } else {
        let ended = tables.finished.get(id.key())?;
        let ended = ended.map(|record| read::delivery(id, record.value()));
        match ended.transpose()?.filter(wanted) {
            Some(ended) => put_back(tables, context, id, ended)?,
            None => return Ok(false),
        }
    }
    context.rung.push(id.webhook);
    Ok(true)
}

/// The same delivery with all attempts before it.
fn afresh(delivery: Delivery, context: &Context<'_>) -> Delivery {
    Delivery {
        state: State::Pending,
        tries: 0,
        at: context.now,
        wait: Duration::ZERO,
        cancelled_by: None,
        ..delivery
    }
}

fn put_back(
    tables: &mut Tables<'_>,
    context: &Context<'_>,
    id: DeliveryId,
    ended: Delivery,
) -> Result<(), StoreError> {
    let head = match tables.pending.range(lane(id.webhook, id.lead))?.next() {
        None => None,
        Some(row) => {
            let (key, record) = row?;
            Some((key.value().2, read::delivery(id, record.value())?))
        }
    };
    let waiting = afresh(ended, context);
    tables.finished.remove(id.key())?;
    tables
        .pending
        .insert(id.key(), waiting.encode().as_slice())?;
    match head {
        Some((revision, _)) if revision < id.revision => return Ok(()),
        Some((revision, head)) => take_off(tables, DeliveryId { revision, ..id }, &head)?,
        None => {}
    }
    let due = (id.webhook, waiting.at.0, id.lead, id.revision);
    tables.due.insert(due, ())?;
    Ok(())
}

/// Takes a delivery that waits out of its lane if `wanted` says so. Tells whether that was done.
pub(crate) fn cancel(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    id: DeliveryId,
    by: By,
    wanted: impl Fn(&Delivery) -> bool,
) -> Result<bool, StoreError> {
    let Some(place) = find(tables, id)?.filter(|place| wanted(&place.delivery)) else {
        return Ok(false);
    };
    take_off(tables, id, &place.delivery)?;
    let ended = Delivery {
        state: State::Cancelled,
        at: context.now,
        wait: Duration::ZERO,
        cancelled_by: Some(by),
        ..place.delivery
    };
    finish(tables, id, &place, ended)?;
    context.rung.push(id.webhook);
    Ok(true)
}

/// Sends a lead as it is now to these webhooks, as a new `update` in which nothing changed. Tells
/// whether there is such a lead.
pub(crate) fn send_current(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    lead: u64,
    webhooks: &[u32],
) -> Result<bool, StoreError> {
    let Some(before) = newest(tables, lead)? else {
        return Ok(false);
    };
    let next = Lead {
        revision: before.lead.revision + 1,
        ..before.lead.clone()
    };
    let mut event = Event {
        id: context.dice.id("evt_"),
        phase: next.phase(Some(&before.lead)),
        lead: next,
        changes: Vec::new(),
        heard_by: before.heard_by,
        body: None,
        test: false,
    };
    for webhook in webhooks {
        if !event.heard_by.contains(webhook) {
            event.heard_by.push(*webhook);
        }
        enqueue(tables, *webhook, &event, Trigger::Update, context.now)?;
        context.rung.push(*webhook);
    }
    search::list(tables, Some(&before.lead), &event.lead)?;
    let key = (event.lead.id, event.lead.revision);
    let record = event_record::encode(&event);
    tables.events.insert(key, record.as_slice())?;
    context.fresh.put(event, record.len());
    Ok(true)
}
