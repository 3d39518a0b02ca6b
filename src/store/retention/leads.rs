//! Old leads: gone as a whole, with their events, deliveries, attempts and names.

use redb::ReadableTable;

use super::{BITE, LOOKED_AT, remove_attempts, waits, webhooks};
use crate::domain::event::Event;
use crate::domain::field::Field;
use crate::domain::time::Timestamp;
use crate::store::event_record;
use crate::store::leads::Context;
use crate::store::search;
use crate::store::tables::{Tables, events_of, external_key, lane};
use crate::store::{Store, StoreError};

/// Which leads may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All that nothing changed since.
    All,
    /// Of those, the ones that are marked as spam.
    Spam,
}

/// Leads that may be old enough, and where to look on.
#[derive(Clone, Debug, Default)]
pub struct OldLeads {
    /// At most a bite of them, the longest unchanged first.
    pub leads: Vec<u64>,
    /// The last row that was looked at; none when there are no more.
    pub next: Option<(u64, u64)>,
}

impl Store {
    /// Leads that nothing changed since `before`, from the row behind `after` on.
    pub fn find_old_leads(
        &self,
        which: Which,
        before: Timestamp,
        after: (u64, u64),
    ) -> Result<OldLeads, StoreError> {
        self.view(|view| {
            let mut old = OldLeads::default();
            let mut looked_at = 0;
            for row in view.updated.range(after..(before.0, 0))? {
                let key = row?.0.value();
                if key == after {
                    continue;
                }
                if old.leads.len() == BITE || looked_at == LOOKED_AT {
                    return Ok(old);
                }
                looked_at += 1;
                old.next = Some(key);
                let summary = view.summaries.get(key.1)?;
                let is_spam = |record: &[u8]| search::is_spam(record).unwrap_or(false);
                let is_meant = match which {
                    Which::All => true,
                    Which::Spam => summary.is_some_and(|summary| is_spam(summary.value())),
                };
                if is_meant {
                    old.leads.push(key.1);
                }
            }
            old.next = None;
            Ok(old)
        })
    }

    /// Removes those of `leads` for which that still holds and of which nothing waits. Gives how many,
    /// and the names of the kept files that came with them.
    pub fn remove_old_leads(
        &self,
        which: Which,
        before: Timestamp,
        leads: Vec<u64>,
    ) -> Result<(u64, Vec<String>), StoreError> {
        self.have_done(move |tables, context| {
            let webhooks = webhooks(tables)?;
            let (mut count, mut files) = (0, Vec::new());
            for lead in leads {
                let Some(newest) = newest(tables, lead)? else {
                    continue;
                };
                let is_meant = which == Which::All || newest.lead.values.is_set(Field::Spam);
                if newest.lead.updated < before && is_meant && !waits(tables, &webhooks, lead)? {
                    files.extend(remove(tables, context, &webhooks, &newest)?);
                    count += 1;
                }
            }
            Ok((count, files))
        })
    }
}

/// The newest event of a lead. One that cannot be read is left to a person.
fn newest(tables: &Tables<'_>, lead: u64) -> Result<Option<Event>, StoreError> {
    let row = tables.events.range(events_of(lead))?.next_back();
    let Some((key, record)) = row.transpose()? else {
        return Ok(None);
    };
    Ok(event_record::decode(key.value(), record.value()).ok())
}

/// Removes everything of a lead. Gives the names of its kept files.
fn remove(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    webhooks: &[u32],
    newest: &Event,
) -> Result<Vec<String>, StoreError> {
    let lead = &newest.lead;
    for webhook in webhooks {
        let rows = tables.finished.range(lane(*webhook, lead.id))?;
        let keys: Vec<(u32, u64, u32)> = rows
            .map(|row| row.map(|(key, _)| key.value()))
            .collect::<Result<_, _>>()?;
        for key in keys {
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
        let named = tables.external.get(key.as_slice())?.map(|row| row.value());
        if named == Some(lead.id) {
            tables.external.remove(key.as_slice())?;
        }
    }
    search::unlist(tables, lead)?;
    context.contacts.forget(lead.id);
    context.fresh.forget(lead.id);
    let rows = tables.files.range((lead.id, "")..(lead.id + 1, ""))?;
    let names: Vec<String> = rows
        .map(|row| row.map(|(key, _)| key.value().1.to_owned()))
        .collect::<Result<_, _>>()?;
    for name in &names {
        tables.files.remove((lead.id, name.as_str()))?;
    }
    Ok(names)
}
