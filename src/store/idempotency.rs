//! Idempotency keys: the same key gets the same answer again, for seven days at least.

use std::time::Duration;

use redb::ReadableTable;
use ring::digest::{SHA256, digest};

use super::StoreError;
use super::codec::{Damage, Decoder, Encoder};
use super::leads::{PostResult, Receipt, Rejection};
use super::tables::Tables;
use crate::domain::time::Timestamp;

/// A client's promise that posts with this key are one and the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    key: u128,
    body: u128,
}

impl IdempotencyKey {
    /// `key` as the client sent it to `source`, with the body that came with it.
    pub fn new(source: &str, key: &[u8], body: &[u8]) -> IdempotencyKey {
        let named = [source.as_bytes(), &[0], key].concat();
        IdempotencyKey {
            key: short_digest(&named),
            body: short_digest(body),
        }
    }
}

/// The first 128 bits of SHA-256: what is stored of keys and bodies.
fn short_digest(bytes: &[u8]) -> u128 {
    let digest = digest(&SHA256, bytes);
    digest
        .as_ref()
        .iter()
        .take(16)
        .fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// How long a key is kept at least.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// Old keys go in bites of this many with each new one.
const EXPIRED_PER_KEY: usize = 4;

const ANSWER_VERSION: u8 = 1;
const RESULTS: [PostResult; 3] = [
    PostResult::Created,
    PostResult::Updated,
    PostResult::Unchanged,
];

/// The answer that was given to an earlier post with this key; a rejection where that had another
/// body.
pub(crate) fn find_answer(
    tables: &Tables<'_>,
    key: IdempotencyKey,
) -> Result<Option<Result<Receipt, Rejection>>, StoreError> {
    let Some(record) = tables.idempotency.get(key.key)? else {
        return Ok(None);
    };
    let (body, receipt) = decode_answer(record.value())
        .map_err(|damage| StoreError::unreadable("an idempotency key", damage))?;
    Ok(Some(if body == key.body {
        Ok(receipt)
    } else {
        Err(Rejection::KeyReused)
    }))
}

/// Keeps an answer, and lets go of some that are old enough.
pub(crate) fn keep_answer(
    tables: &mut Tables<'_>,
    now: Timestamp,
    key: IdempotencyKey,
    receipt: Receipt,
) -> Result<(), StoreError> {
    let mut to = Encoder::new(ANSWER_VERSION);
    to.bytes(&key.body.to_be_bytes());
    to.number(receipt.lead_id);
    to.place(&RESULTS, &receipt.result);
    tables.idempotency.insert(key.key, to.seal().as_slice())?;
    tables
        .idempotency_times
        .insert(time_key(now.0, key.key), [].as_slice())?;
    let kept_ms = u64::try_from(KEPT.as_millis()).unwrap_or(u64::MAX);
    let Some(oldest_kept) = now.0.checked_sub(kept_ms) else {
        return Ok(());
    };
    let expired = tables
        .idempotency_times
        .range(..time_key(oldest_kept, 0))?
        .take(EXPIRED_PER_KEY);
    let expired: Vec<(u64, u128)> = expired
        .map(|row| row.map(|(key, _)| from_time_key(key.value())))
        .collect::<Result<_, _>>()?;
    for (time, key) in expired {
        tables.idempotency_times.remove(time_key(time, key))?;
        tables.idempotency.remove(key)?;
    }
    Ok(())
}

/// Where `idempotency_times_1` has a key.
pub(crate) fn time_key(time: u64, key: u128) -> (u64, u64, u64) {
    (time, (key >> 64) as u64, key as u64)
}

/// The time and the key of such a row.
pub(crate) fn from_time_key((time, high, low): (u64, u64, u64)) -> (u64, u128) {
    (time, u128::from(high) << 64 | u128::from(low))
}

pub(crate) fn decode_answer(record: &[u8]) -> Result<(u128, Receipt), Damage> {
    let mut from = Decoder::open(record, ANSWER_VERSION)?;
    let body = from.bytes()?.try_into().map_err(|_| Damage::Content)?;
    let lead_id = from.number()?;
    let result = from.one_of(&RESULTS)?;
    Ok((
        u128::from_be_bytes(body),
        Receipt {
            lead_id,
            result,
            repeated: true,
            deliveries: 0,
        },
    ))
}
