//! Revisions that newer ones have replaced: the first ones of a lead go, the newest never does.

use redb::ReadableTable;

use super::{BITE, webhooks};
use crate::domain::time::Timestamp;
use crate::store::event_record;
use crate::store::tables::{EventKey, Tables};
use crate::store::{Store, StoreError};

/// Each is a whole event.
const LOOKED_AT: usize = 500;

/// Events that a newer one has replaced for long enough, and where to look on.
#[derive(Clone, Debug, Default)]
pub struct Superseded {
    /// At most a bite of them; of each lead without a gap, the first one first.
    pub events: Vec<EventKey>,
    /// The last row that was looked at; none when there are no more.
    pub next: Option<EventKey>,
}

impl Store {
    /// Events that were replaced before `before`, from behind `after` on.
    pub fn find_superseded(
        &self,
        before: Timestamp,
        after: EventKey,
    ) -> Result<Superseded, StoreError> {
        self.view(|view| {
            let mut found = Superseded::default();
            let mut previous: Option<EventKey> = None;
            let mut looked_at = 0;
            // The row itself once more: it may be replaced by the next.
            for row in view.events.range(after..)? {
                let (key, record) = row?;
                let key = key.value();
                if let Some(replaced) = previous.filter(|replaced| replaced.0 == key.0)
                    && let Ok(event) = event_record::decode(key, record.value())
                    && event.lead.updated < before
                {
                    found.events.push(replaced);
                }
                found.next = Some(key);
                previous = Some(key);
                looked_at += 1;
                if found.events.len() == BITE || looked_at == LOOKED_AT {
                    return Ok(found);
                }
            }
            found.next = None;
            Ok(found)
        })
    }

    /// Removes those of which there is no delivery, and none before one that stays.
    pub fn remove_superseded(&self, events: Vec<EventKey>) -> Result<u64, StoreError> {
        self.have_done(move |tables, _| {
            let webhooks = webhooks(tables)?;
            let mut count = 0;
            for key in events {
                let lead = (key.0, 0)..=(key.0, u32::MAX);
                let mut rows = tables.events.range(lead)?;
                let first = rows.next().transpose()?.map(|(first, _)| first.value());
                let is_last = rows.next().is_none();
                drop(rows);
                if first != Some(key) || is_last || has_delivery(tables, &webhooks, key)? {
                    continue;
                }
                tables.events.remove(key)?;
                count += 1;
            }
            Ok(count)
        })
    }
}

fn has_delivery(
    tables: &Tables<'_>,
    webhooks: &[u32],
    (lead, revision): EventKey,
) -> Result<bool, StoreError> {
    for webhook in webhooks {
        let key = (*webhook, lead, revision);
        if tables.pending.get(key)?.is_some() || tables.finished.get(key)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
