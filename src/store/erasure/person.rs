//! Which leads are a person's: those that have one of his contacts, or had it in a revision that is
//! still kept.

use crate::domain::contact::{Contact, contacts_of};
use crate::domain::event::Event;
use crate::store::contacts::Reading;
use crate::store::event_record;
use crate::store::tables::{View, events_of};
use crate::store::{Store, StoreError};

impl Store {
    /// The leads that have or had one of these contacts, the oldest first.
    pub fn leads_of_person(&self, ways: &[Contact<'_>]) -> Result<Vec<u64>, StoreError> {
        self.view(|view| {
            let index = Reading::of(view)?;
            let mut leads = Vec::new();
            for way in ways {
                leads.extend(index.leads_of(way)?);
            }
            leads.sort_unstable();
            leads.dedup();
            let mut meant = Vec::with_capacity(leads.len());
            for lead in leads {
                if has_or_had(view, lead, ways)? {
                    meant.push(lead);
                }
            }
            Ok(meant)
        })
    }

    /// All revisions of a lead that are kept, the first one first.
    pub fn revisions(&self, lead: u64) -> Result<Vec<Event>, StoreError> {
        self.view(|view| {
            let rows = view.events.range(events_of(lead))?;
            rows.map(|row| {
                let (key, record) = row?;
                crate::store::read::decode(key.value(), record.value())
            })
            .collect()
        })
    }
}

/// The index knows digests, and leads that have changed since: only the events tell.
fn has_or_had(view: &View, lead: u64, ways: &[Contact<'_>]) -> Result<bool, StoreError> {
    for row in view.events.range(events_of(lead))? {
        let (key, record) = row?;
        if let Ok(event) = event_record::decode(key.value(), record.value())
            && contacts_of(&event).any(|contact| ways.contains(&contact))
        {
            return Ok(true);
        }
    }
    Ok(false)
}
