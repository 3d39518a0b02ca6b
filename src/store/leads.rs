//! What a post does to the store: decided and done inside the write transaction, so that two equal
//! posts at the same moment cannot both be new.

use std::sync::Arc;
use std::time::Duration;

use redb::ReadableTable;
use ring::digest::{SHA256, digest};

use super::StoreError;
use super::codec::{Damage, Decoder, Encoder};
use super::event_record;
use super::queue;
use super::tables::{Tables, events_of, external_key, meta};
use super::webhooks::Subscription;
use crate::domain::decision::{self, Owner};
use crate::domain::event::Event;
use crate::domain::intake::Submission;
use crate::domain::time::Timestamp;
use crate::system::Dice;

/// A submission on its way into the store.
#[derive(Clone, Debug)]
pub struct Post {
    /// The name of the source.
    pub source: Arc<str>,
    /// Whose leads the source's are.
    pub owner: Arc<Owner>,
    /// What was posted.
    pub submission: Submission,
    /// The client's `Idempotency-Key`, if it sent one.
    pub key: Option<IdempotencyKey>,
}

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

/// How long a key is kept.
pub const IDEMPOTENCY_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// Old keys go in bites of this many with each new one.
const EXPIRED_PER_KEY: usize = 4;

/// What became of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The lead it made or belongs to.
    pub lead_id: u64,
    /// What it did to the lead.
    pub result: PostResult,
    /// Whether this is the answer to an earlier post with the same key, given again.
    pub repeated: bool,
    /// How many webhooks will hear of it.
    pub deliveries: u32,
}

/// What a post did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostResult {
    /// A new lead.
    Created,
    /// The next revision of a lead.
    Updated,
    /// Nothing that the lead did not say already.
    Unchanged,
}

impl PostResult {
    /// The word in the answer.
    pub fn name(self) -> &'static str {
        match self {
            PostResult::Created => "created",
            PostResult::Updated => "updated",
            PostResult::Unchanged => "unchanged",
        }
    }
}

/// Why a post cannot be taken as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The key came before, with another body.
    KeyReused,
}

/// What a write needs to know besides the tables.
pub(crate) struct Context<'a> {
    /// One transaction, one timestamp.
    pub(crate) now: Timestamp,
    /// The webhooks of the moment.
    pub(crate) subscriptions: &'a [Subscription],
    /// The id of the next lead; written back once for the whole group.
    pub(crate) next_lead: &'a mut u64,
    /// Names events and spreads retries.
    pub(crate) dice: &'a Dice,
    /// The webhooks that now have something due.
    pub(crate) rung: &'a mut Vec<u32>,
}

/// Takes a post in. A rejection has changed nothing.
pub(crate) fn submit(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    post: Post,
) -> Result<Result<Receipt, Rejection>, StoreError> {
    if let Some(key) = post.key
        && let Some(answered) = find_answer(tables, key)?
    {
        return Ok(answered);
    }
    let receipt = match earlier(tables, &post)? {
        None => create(tables, context, &post)?,
        Some(event) => update(tables, context, event, &post)?,
    };
    if let Some(key) = post.key {
        keep_answer(tables, context.now, key, receipt)?;
    }
    Ok(Ok(receipt))
}

/// The newest event of the lead that the post's external id names.
fn earlier(tables: &Tables<'_>, post: &Post) -> Result<Option<Event>, StoreError> {
    let Some(external_id) = &post.submission.external_id else {
        return Ok(None);
    };
    let key = external_key(&post.source, external_id);
    let Some(lead) = tables
        .external
        .get(key.as_slice())?
        .map(|lead| lead.value())
    else {
        return Ok(None);
    };
    let Some(newest) = tables.events.range(events_of(lead))?.next_back() else {
        return Ok(None);
    };
    let (_, record) = newest?;
    let event = event_record::decode(record.value());
    event
        .map(Some)
        .map_err(|damage| StoreError::unreadable(&format!("lead {lead}"), damage))
}

fn create(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    post: &Post,
) -> Result<Receipt, StoreError> {
    let lead_id = *context.next_lead;
    *context.next_lead += 1;
    let lead = decision::create(
        &post.submission,
        lead_id,
        &post.source,
        &post.owner,
        context.now,
    );
    if let Some(external_id) = &lead.external_id {
        let key = external_key(&post.source, external_id);
        tables.external.insert(key.as_slice(), lead_id)?;
    }
    let event = Event {
        id: context.dice.id("evt_"),
        phase: lead.phase(None),
        lead,
        changes: Vec::new(),
        heard_by: Vec::new(),
        body: post.submission.body.clone(),
    };
    let deliveries = announce(tables, context, event)?;
    Ok(Receipt {
        lead_id,
        result: PostResult::Created,
        repeated: false,
        deliveries,
    })
}

fn update(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    before: Event,
    post: &Post,
) -> Result<Receipt, StoreError> {
    let lead_id = before.lead.id;
    let Some((lead, changes)) = decision::update(&before.lead, &post.submission, context.now)
    else {
        let result = PostResult::Unchanged;
        return Ok(Receipt {
            lead_id,
            result,
            repeated: false,
            deliveries: 0,
        });
    };
    let event = Event {
        id: context.dice.id("evt_"),
        phase: lead.phase(Some(&before.lead)),
        lead,
        changes,
        heard_by: before.heard_by,
        body: post.submission.body.clone(),
    };
    let deliveries = announce(tables, context, event)?;
    Ok(Receipt {
        lead_id,
        result: PostResult::Updated,
        repeated: false,
        deliveries,
    })
}

/// Stores an event and puts it into the lane of every webhook that wants it.
fn announce(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    mut event: Event,
) -> Result<u32, StoreError> {
    let mut deliveries = 0;
    for subscription in context.subscriptions {
        let Some(trigger) = subscription.trigger(&event) else {
            continue;
        };
        if !event.heard_by.contains(&subscription.number) {
            event.heard_by.push(subscription.number);
        }
        queue::enqueue(tables, subscription.number, &event, trigger, context.now)?;
        context.rung.push(subscription.number);
        deliveries += 1;
    }
    let key = (event.lead.id, event.lead.revision);
    tables
        .events
        .insert(key, event_record::encode(&event).as_slice())?;
    Ok(deliveries)
}

/// Writes the counter of leads back.
pub(crate) fn keep_next_lead(tables: &mut Tables<'_>, next_lead: u64) -> Result<(), StoreError> {
    tables.meta.insert(meta::NEXT_LEAD, next_lead)?;
    Ok(())
}

const ANSWER_VERSION: u8 = 1;
const RESULTS: [PostResult; 3] = [
    PostResult::Created,
    PostResult::Updated,
    PostResult::Unchanged,
];

fn find_answer(
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

fn keep_answer(
    tables: &mut Tables<'_>,
    now: Timestamp,
    key: IdempotencyKey,
    receipt: Receipt,
) -> Result<(), StoreError> {
    let mut to = Encoder::new(ANSWER_VERSION);
    to.bytes(&key.body.to_be_bytes());
    to.number(receipt.lead_id);
    to.byte(
        RESULTS
            .iter()
            .position(|result| *result == receipt.result)
            .unwrap_or_default() as u8,
    );
    tables.idempotency.insert(key.key, to.seal().as_slice())?;
    tables.idempotency_times.insert((now.0, key.key), ())?;
    let kept_ms = u64::try_from(IDEMPOTENCY_KEPT.as_millis()).unwrap_or(u64::MAX);
    let Some(oldest_kept) = now.0.checked_sub(kept_ms) else {
        return Ok(());
    };
    let expired = tables
        .idempotency_times
        .range(..(oldest_kept, 0))?
        .take(EXPIRED_PER_KEY);
    let expired: Vec<(u64, u128)> = expired
        .map(|row| row.map(|(key, _)| key.value()))
        .collect::<Result<_, _>>()?;
    for (time, key) in expired {
        tables.idempotency_times.remove((time, key))?;
        tables.idempotency.remove(key)?;
    }
    Ok(())
}

pub(crate) fn decode_answer(record: &[u8]) -> Result<(u128, Receipt), Damage> {
    let (version, mut from) = Decoder::open(record)?;
    if version != ANSWER_VERSION {
        return Err(Damage::Version(version));
    }
    let body = from.bytes()?.try_into().map_err(|_| Damage::Content)?;
    let lead_id = from.number()?;
    let result = *RESULTS
        .get(usize::from(from.byte()?))
        .ok_or(Damage::Content)?;
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
