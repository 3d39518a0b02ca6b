//! What can be read: leads, one delivery with its attempts, and counts. Every call sees the last commit,
//! and none holds a transaction longer than it runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::PoisonError;

use redb::{ReadableDatabase, ReadableTableMetadata};

use super::contacts::Reading;
use super::counters::Counters;
use super::delivery_record::{Delivery, decode_attempt};
use super::event_record;
use super::file::Location;
use super::inbox::Request;
use super::queue::DeliveryId;
use super::tables::{EventKey, View, events_of};
use super::{Shared, Store, StoreError};
use crate::domain::contact::{Contact, Kind, contacts};
use crate::domain::delivery::Attempt;
use crate::domain::event::Event;
use crate::domain::lead::Lead;
use crate::domain::time::Timestamp;

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Leads that are kept.
    pub leads: u64,
    /// Events that are kept.
    pub events: u64,
    /// Deliveries that wait.
    pub pending: u64,
    /// Deliveries that have ended and are kept.
    pub finished: u64,
    /// Bytes of all keys and values.
    pub stored_bytes: u64,
    /// Bytes of the database file.
    pub file_bytes: u64,
}

/// So many waiting deliveries are looked at to find the one that waits longest.
const OLDEST_LEADS_MAX: usize = 1000;

impl Store {
    /// The newest event of a lead, which is the lead as it is now.
    pub fn lead(&self, lead: u64) -> Result<Option<Event>, StoreError> {
        self.view(
            |view| match view.events.range(events_of(lead))?.next_back() {
                None => Ok(None),
                Some(row) => {
                    let (key, record) = row?;
                    decode(key.value(), record.value()).map(Some)
                }
            },
        )
    }

    /// Up to `limit` events, oldest lead first, from the one after `after` on.
    pub fn events_after(&self, after: (u64, u32), limit: usize) -> Result<Vec<Event>, StoreError> {
        self.view(|view| {
            let rows = view.events.range((after.0, after.1.saturating_add(1))..)?;
            rows.take(limit)
                .map(|row| {
                    row.map_err(StoreError::from)
                        .and_then(|(key, record)| decode(key.value(), record.value()))
                })
                .collect()
        })
    }

    /// A delivery, whether it waits or has ended.
    pub fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        let key = (id.webhook, id.lead, id.revision);
        self.view(|view| {
            let record = match view.pending.get(key)? {
                Some(record) => Some(record),
                None => view.finished.get(key)?,
            };
            record
                .map(|record| delivery(id, record.value()))
                .transpose()
        })
    }

    /// Up to `limit` attempts of a delivery, the first one first.
    pub fn attempts(&self, id: DeliveryId, limit: usize) -> Result<Vec<Attempt>, StoreError> {
        let key = |number| (id.webhook, id.lead, id.revision, number);
        self.view(|view| {
            let mut attempts = Vec::new();
            for row in view.attempts.range(key(0)..=key(u32::MAX))?.take(limit) {
                let (number, record) = row?;
                let attempt = decode_attempt(number.value().3, record.value());
                attempts.push(attempt.map_err(|damage| {
                    StoreError::unreadable(&format!("an attempt for lead {}", id.lead), damage)
                })?);
            }
            Ok(attempts)
        })
    }

    /// The leads whose newest revision has this contact, the newest first; none where the text is no
    /// such contact.
    pub fn leads_of(&self, kind: Kind, text: &str) -> Result<Vec<u64>, StoreError> {
        let Some(contact) = Contact::of(kind, text) else {
            return Ok(Vec::new());
        };
        let leads = self.view(|view| Reading::of(view)?.leads_of(&contact))?;
        let mut having = Vec::with_capacity(leads.len());
        for lead in leads {
            let event = self.lead(lead)?;
            if event.is_some_and(|event| contacts(&event.lead.values).contains(&contact)) {
                having.push(lead);
            }
        }
        Ok(having)
    }

    /// Up to `limit` other leads of the person of this one, by any of its contacts, the newest first.
    pub fn others_of(&self, lead: &Lead, limit: usize) -> Result<Vec<Event>, StoreError> {
        let sought = contacts(&lead.values);
        let mut numbers = self.view(|view| {
            let index = Reading::of(view)?;
            let mut numbers = Vec::new();
            for contact in &sought {
                numbers.extend(index.newest_of(contact, 2 * limit + 1)?);
            }
            Ok(numbers)
        })?;
        numbers.retain(|number| *number != lead.id);
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        numbers.dedup();
        let mut others = Vec::new();
        for number in numbers {
            // The index also knows whose contact it was once.
            let other = self.lead(number)?.filter(|event| {
                let theirs = contacts(&event.lead.values);
                theirs.iter().any(|contact| sought.contains(contact))
            });
            others.extend(other);
            if others.len() == limit {
                break;
            }
        }
        Ok(others)
    }

    /// How many deliveries wait for `webhook`, counted up to `limit`.
    pub fn waiting(&self, webhook: u32, limit: usize) -> Result<usize, StoreError> {
        self.view(|view| {
            Ok(view
                .pending
                .range((webhook, 0, 0)..=(webhook, u64::MAX, u32::MAX))?
                .take(limit)
                .count())
        })
    }

    /// Since when the delivery to `webhook` has been waiting that waits longest: since it was put into
    /// its lane, or first tried. Of more than so many, that of the oldest leads.
    pub fn waiting_since(&self, webhook: u32) -> Result<Option<Timestamp>, StoreError> {
        self.view(|view| {
            let mut oldest = None;
            let all = (webhook, 0, 0)..=(webhook, u64::MAX, u32::MAX);
            for row in view.pending.range(all)?.take(OLDEST_LEADS_MAX) {
                let (key, record) = row?;
                let (_, lead, revision) = key.value();
                // One that cannot be read is found by `verify`.
                let Ok(waiting) = Delivery::decode(record.value()) else {
                    continue;
                };
                let first = (webhook, lead, revision, waiting.first_try());
                let tried = match waiting.tries {
                    0 => None,
                    _ => view.attempts.get(first)?,
                };
                let attempt = tried.and_then(|record| decode_attempt(0, record.value()).ok());
                let since = attempt.map_or(waiting.at, |attempt| attempt.started);
                oldest = oldest.min(Some(since)).or(Some(since));
            }
            Ok(oldest)
        })
    }

    /// How much there is of everything.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let file_bytes = match &self.shared.options.location {
            Location::File(path) => file_bytes(path),
            Location::Custom(_) => 0,
        };
        self.view(|view| {
            Ok(Counts {
                leads: view.summaries.len()?,
                events: view.events.len()?,
                pending: view.pending.len()?,
                finished: view.finished.len()?,
                stored_bytes: Counters::read(view)?.stored_bytes,
                file_bytes,
            })
        })
    }

    /// Runs `read` on the last commit.
    pub(super) fn view<T>(
        &self,
        read: impl FnOnce(&View) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.shared.view(read)
    }
}

impl Shared {
    /// Runs `read` on the last commit. Unless only one record is at fault, an error makes the writer
    /// check the whole file.
    pub(super) fn view<T>(
        &self,
        read: impl FnOnce(&View) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let guard = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let Some(database) = guard.as_ref() else {
            return Err(StoreError::Unavailable(self.status.state()));
        };
        let result = caught(|| read(&View::open(&database.begin_read()?)?));
        if let Err(error @ (StoreError::Damaged(_) | StoreError::Failed(_))) = &result {
            let opening = self.opening();
            // A closed inbox means that the store is closing, which ends the matter.
            let _ = self.inbox.put(Request::Recheck(opening, error.clone()));
        }
        result
    }
}

/// A panic inside the database is an error like others.
pub(super) fn caught<T>(read: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(StoreError::Damaged(
            "the database broke off while reading".to_owned(),
        ))
    })
}

fn file_bytes(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

pub(super) fn decode(key: EventKey, record: &[u8]) -> Result<Event, StoreError> {
    event_record::decode(key, record)
        .map_err(|damage| StoreError::unreadable(&format!("lead {}", key.0), damage))
}

pub(super) fn delivery(id: DeliveryId, record: &[u8]) -> Result<Delivery, StoreError> {
    Delivery::decode(record).map_err(|damage| {
        StoreError::unreadable(&format!("a delivery of lead {}", id.lead), damage)
    })
}
