//! Deliveries that have ended: they go with their attempts, or their attempts go alone.

use redb::ReadableTable;

use super::{BITE, LOOKED_AT, is_old, remove_attempts, webhooks};
use crate::domain::delivery::State;
use crate::domain::time::Timestamp;
use crate::store::delivery_record::Delivery;
use crate::store::tables::{DeliveryKey, Tables, lane};
use crate::store::{Store, StoreError};

/// Before when a delivery must have ended to go. None: it stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ages {
    /// A delivered or cancelled one, with its attempts. A failed one stays as long as its lead.
    pub deliveries: Option<Timestamp>,
    /// The attempts of any.
    pub attempts: Option<Timestamp>,
}

/// Deliveries that may be old enough, and where to look on.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    /// At most a bite of them.
    pub deliveries: Vec<DeliveryKey>,
    /// The last row that was looked at; none when there are no more.
    pub next: Option<DeliveryKey>,
}

impl Ages {
    fn lets_go(&self, delivery: &Delivery) -> bool {
        matches!(delivery.state, State::Delivered | State::Cancelled)
            && is_old(delivery.at, self.deliveries)
    }
}

impl Store {
    /// Deliveries that are old enough to go, or to lose their attempts, from behind `after` on.
    pub fn find_ended(&self, ages: Ages, after: DeliveryKey) -> Result<Ended, StoreError> {
        self.view(|view| {
            let mut ended = Ended::default();
            let mut looked_at = 0;
            for row in view.finished.range(after..)? {
                let (key, record) = row?;
                let key = key.value();
                if key == after {
                    continue;
                }
                if ended.deliveries.len() == BITE || looked_at == LOOKED_AT {
                    return Ok(ended);
                }
                looked_at += 1;
                ended.next = Some(key);
                let Ok(delivery) = Delivery::decode(record.value()) else {
                    continue;
                };
                let attempt = |number| (key.0, key.1, key.2, number);
                let mut attempts = view.attempts.range(attempt(0)..=attempt(u32::MAX))?;
                let loses = is_old(delivery.at, ages.attempts) && attempts.next().is_some();
                if loses || ages.lets_go(&delivery) {
                    ended.deliveries.push(key);
                }
            }
            ended.next = None;
            Ok(ended)
        })
    }

    /// Removes of these deliveries what is still old enough. Gives how many lost something.
    pub fn remove_ended(&self, ages: Ages, keys: Vec<DeliveryKey>) -> Result<u64, StoreError> {
        self.have_done(move |tables, _| {
            let mut count = 0;
            for key in keys {
                count += u64::from(remove(tables, ages, key)?);
            }
            Ok(count)
        })
    }

    /// Removes the deliveries of these leads that have ended well, with their attempts, however old.
    pub fn remove_ended_of(&self, leads: Vec<u64>) -> Result<u64, StoreError> {
        self.have_done(move |tables, _| {
            let now = Some(Timestamp(u64::MAX));
            let ages = Ages {
                deliveries: now,
                attempts: now,
            };
            let webhooks = webhooks(tables)?;
            let mut count = 0;
            for lead in leads {
                for webhook in &webhooks {
                    let rows = tables.finished.range(lane(*webhook, lead))?;
                    let keys: Vec<DeliveryKey> = rows
                        .map(|row| row.map(|(key, _)| key.value()))
                        .collect::<Result<_, _>>()?;
                    for key in keys {
                        count += u64::from(remove(tables, ages, key)?);
                    }
                }
            }
            Ok(count)
        })
    }
}

fn remove(tables: &mut Tables<'_>, ages: Ages, key: DeliveryKey) -> Result<bool, StoreError> {
    let record = tables.finished.get(key)?;
    let delivery = record.and_then(|record| Delivery::decode(record.value()).ok());
    let Some(delivery) = delivery else {
        return Ok(false);
    };
    let goes = ages.lets_go(&delivery);
    let mut lost = goes;
    if goes || is_old(delivery.at, ages.attempts) {
        lost |= remove_attempts(tables, key)?;
    }
    if goes {
        tables.finished.remove(key)?;
    }
    Ok(lost)
}
