//! What goes when a lead goes: its events, deliveries, attempts, names and places in lists, in one
//! transaction. Retention lets old leads go so, and a person who is to be forgotten.

use redb::ReadableTable;

use super::StoreError;
use super::delivery_record::Delivery;
use super::event_record;
use super::retention::files_of;
use super::search;
use super::tables::{DeliveryKey, Rows, Tables, events_of, external_key, lane};
use super::webhooks::Enrolled;
use crate::domain::event::Event;
use crate::domain::lead::Lead;

/// The numbers of all webhooks that there ever were.
pub(super) fn webhooks(tables: &Tables<'_>) -> Result<Vec<u32>, StoreError> {
    let mut numbers = Vec::new();
    for row in tables.webhooks.iter()? {
        let (name, record) = row?;
        let record = Enrolled::decode(name.value(), record.value());
        let record = record.map_err(|damage| StoreError::unreadable("a webhook", damage))?;
        numbers.push(record.number);
    }
    Ok(numbers)
}

/// The newest event of a lead. One that cannot be read is left to a person.
pub(super) fn newest(tables: &Tables<'_>, lead: u64) -> Result<Option<Event>, StoreError> {
    let row = tables.events.range(events_of(lead))?.next_back();
    let Some((key, record)) = row.transpose()? else {
        return Ok(None);
    };
    Ok(event_record::decode(key.value(), record.value()).ok())
}

/// Removes everything of a lead, whatever waits. Gives the names of its kept files. The index of
/// contacts, and what is in memory, are the caller's.
pub(super) fn remove(
    tables: &mut Tables<'_>,
    webhooks: &[u32],
    lead: &Lead,
) -> Result<Vec<String>, StoreError> {
    for webhook in webhooks {
        for (key, at) in deliveries(&tables.pending, *webhook, lead.id)? {
            remove_attempts(tables, key)?;
            tables.pending.remove(key)?;
            tables.due.remove((key.0, at, key.1, key.2))?;
        }
        for (key, _) in deliveries(&tables.finished, *webhook, lead.id)? {
            remove_attempts(tables, key)?;
            tables.finished.remove(key)?;
        }
    }
    let rows = tables.events.range(events_of(lead.id))?;
    let keys: Vec<(u64, u32)> = rows
        .map(|row| row.map(|(key, _)| key.value()))
        .collect::<Result<_, _>>()?;
    for key in keys {
        tables.events.remove(key)?;
    }
    if let Some(external_id) = &lead.external_id {
        let key = external_key(&lead.source, external_id);
        let named = tables.external.get(key.as_str())?.map(|row| row.value());
        if named == Some(lead.id) {
            tables.external.remove(key.as_str())?;
        }
    }
    search::unlist(tables, lead)?;
    let files = files_of(&*tables.files, lead.id)?;
    for file in &files {
        tables.files.remove(file.key)?;
    }
    Ok(files.into_iter().map(|file| file.name).collect())
}

/// The deliveries of a lane, each with its time; that of one that cannot be read is none that is due.
fn deliveries(
    table: &Rows<'_, DeliveryKey, &'static [u8]>,
    webhook: u32,
    lead: u64,
) -> Result<Vec<(DeliveryKey, u64)>, StoreError> {
    let mut found = Vec::new();
    for row in table.range(lane(webhook, lead))? {
        let (key, record) = row?;
        let at = Delivery::decode(record.value()).map_or(u64::MAX, |delivery| delivery.at.0);
        found.push((key.value(), at));
    }
    Ok(found)
}

/// Removes the attempts of a delivery; tells whether there were any.
pub(super) fn remove_attempts(
    tables: &mut Tables<'_>,
    (webhook, lead, revision): DeliveryKey,
) -> Result<bool, StoreError> {
    let key = |number| (webhook, lead, revision, number);
    let rows = tables.attempts.range(key(0)..=key(u32::MAX))?;
    let numbers: Vec<u32> = rows
        .map(|row| row.map(|(key, _)| key.value().3))
        .collect::<Result<_, _>>()?;
    for number in &numbers {
        tables.attempts.remove(key(*number))?;
    }
    Ok(!numbers.is_empty())
}
