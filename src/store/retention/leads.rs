//! Old leads: gone as a whole, with their events, deliveries, attempts and names.

use super::{BITE, LOOKED_AT, newest, remove, waits, webhooks};
use crate::domain::field::Field;
use crate::domain::time::Timestamp;
use crate::store::search;
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
                    files.extend(remove(tables, &webhooks, &newest.lead)?);
                    context.contacts.forget(lead);
                    context.fresh.forget(lead);
                    count += 1;
                }
            }
            Ok((count, files))
        })
    }
}
