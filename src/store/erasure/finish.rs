//! What is left of erased leads elsewhere: words in the index, keys of posts, bodies of refused posts.

use std::collections::{BTreeSet, HashSet};

use redb::ReadableTable;

use super::{Erasure, decode, note};
use crate::store::idempotency::{decode_answer, from_time_key, time_key};
use crate::store::search::segment_of;
use crate::store::{Store, StoreError};

/// So many rows go in one transaction.
const ROWS: usize = 512;

/// Something small that the writer is asked for.
pub type Bite<'a> = dyn FnMut() -> Result<(), StoreError> + 'a;

impl Store {
    /// Erasures of which something is left to be done.
    pub fn unfinished_erasures(&self) -> Result<Vec<Erasure>, StoreError> {
        self.view(|view| {
            let mut unfinished = Vec::new();
            for row in view.erased.iter()? {
                let (lead, record) = row?;
                // One that cannot be read is found by `verify`.
                if let Ok(erasure) = decode(lead.value(), record.value())
                    && !erasure.is_finished
                {
                    unfinished.push(erasure);
                }
            }
            Ok(unfinished)
        })
    }

    /// Removes what is left of erased leads; `pace` is asked between bites, each of which it does.
    pub fn finish_erasures(
        &self,
        erasures: &[Erasure],
        pace: &dyn Fn(&mut Bite<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let leads: HashSet<u64> = erasures.iter().map(|erasure| erasure.lead).collect();
        let keys = self.keys_of(&leads)?;
        for bite in keys.chunks(ROWS) {
            pace(&mut || {
                let bite = bite.to_vec();
                self.have_done(move |tables, _| {
                    for (time, key) in &bite {
                        tables.idempotency_times.remove(time_key(*time, *key))?;
                        tables.idempotency.remove(*key)?;
                    }
                    Ok(())
                })
            })?;
        }
        let segments: BTreeSet<u64> = leads.iter().map(|lead| segment_of(*lead)).collect();
        for segment in segments {
            pace(&mut || self.shared.renew_segment(segment))?;
        }
        for bite in erasures.chunks(ROWS) {
            pace(&mut || {
                let bite = bite.to_vec();
                self.have_done(move |tables, _| {
                    for erasure in bite {
                        let is_finished = true;
                        note(
                            tables,
                            &Erasure {
                                is_finished,
                                ..erasure
                            },
                        )?;
                    }
                    Ok(())
                })
            })?;
        }
        Ok(())
    }

    /// The idempotency keys whose answer names one of these leads, each with its time.
    fn keys_of(&self, leads: &HashSet<u64>) -> Result<Vec<(u64, u128)>, StoreError> {
        self.view(|view| {
            let mut keys = HashSet::new();
            for row in view.idempotency.iter()? {
                let (key, record) = row?;
                let answer = decode_answer(record.value());
                if answer.is_ok_and(|(_, receipt)| leads.contains(&receipt.lead_id)) {
                    keys.insert(key.value());
                }
            }
            let mut found = Vec::with_capacity(keys.len());
            if keys.is_empty() {
                return Ok(found);
            }
            for row in view.idempotency_times.iter()? {
                let (time, key) = from_time_key(row?.0.value());
                if keys.contains(&key) {
                    found.push((time, key));
                }
            }
            Ok(found)
        })
    }
}
