//! Taking over old leads as they were: with their dates, without judging them anew, and each once.

use std::sync::Arc;

use redb::ReadableTable;

use super::event_record;
use super::idempotency::{self, IdempotencyKey};
use super::leads::{Context, PostResult, Receipt, begin, complete, find_external};
use super::tables::{Tables, events_of};
use super::{Store, StoreError};
use crate::domain::decision::{self, Owner};
use crate::domain::field::Field;
use crate::domain::intake::Submission;
use crate::domain::lead::Lead;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// So many are taken over in one transaction.
const BITE: usize = 50;

/// Fields that the store gives a lead by itself, or the config.
const BESIDE: [Field; 6] = [
    Field::Account,
    Field::AccountId,
    Field::Profile,
    Field::LeadStatus,
    Field::Duplicate,
    Field::Quotable,
];

/// An old lead on its way into the store.
#[derive(Clone, Debug)]
pub struct Old {
    /// The name of the source that it came from.
    pub source: Arc<str>,
    /// Whose it is.
    pub owner: Arc<Owner>,
    /// What it says.
    pub submission: Submission,
    /// When it was last changed, where it says so.
    pub updated: Option<Timestamp>,
    /// By which it is known again, where it has neither an external id nor a date.
    pub key: IdempotencyKey,
}

/// What became of an old lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenOver {
    /// It is there now, under this number; none where it was only tried.
    New(Option<u64>),
    /// It was there already, under this number.
    Known(u64),
}

/// How old leads are taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakeOver {
    /// Nothing is stored.
    Try,
    /// Webhooks do not hear of them.
    Silently,
    /// Webhooks hear of them as of any other.
    Notify,
}

impl Store {
    /// Takes over leads, in bites. What was taken over before is left as it is now.
    pub fn take_over(&self, leads: Vec<Old>, how: TakeOver) -> Result<Vec<TakenOver>, StoreError> {
        let mut all = Vec::with_capacity(leads.len());
        let mut rest = leads;
        while !rest.is_empty() {
            let after = rest.split_off(rest.len().min(BITE));
            let bite = std::mem::replace(&mut rest, after);
            all.extend(self.have_done(move |tables, context| {
                bite.into_iter()
                    .map(|old| take_over(tables, context, old, how))
                    .collect::<Result<Vec<TakenOver>, StoreError>>()
            })?);
        }
        Ok(all)
    }
}

fn take_over(
    tables: &mut Tables<'_>,
    context: &mut Context<'_>,
    old: Old,
    how: TakeOver,
) -> Result<TakenOver, StoreError> {
    let external_id = old.submission.external_id.clone();
    let is_dated = old.submission.created.is_some();
    let Old {
        source,
        owner,
        submission,
        updated,
        key,
    } = old;
    let now = context.now;
    let mut lead = decision::create(submission, *context.next_lead, &source, &owner, now);
    let known = match (&external_id, is_dated) {
        (Some(external_id), _) => find_external(tables, &source, external_id)?,
        (None, true) => find_same(tables, &lead)?,
        (None, false) => match idempotency::find_answer(tables, key)? {
            Some(Ok(receipt)) => Some(receipt.lead_id),
            _ => None,
        },
    };
    if let Some(known) = known {
        return Ok(TakenOver::Known(known));
    }
    match how {
        TakeOver::Try => return Ok(TakenOver::New(None)),
        TakeOver::Silently => context.subscriptions = &[],
        TakeOver::Notify => {}
    }
    lead.updated = updated.unwrap_or(lead.created).max(lead.created);
    let card = complete(tables, context, None, &mut lead)?;
    // It is older than what it could repeat.
    if lead.derived.contains(&Field::Duplicate) {
        lead.derived.retain(|field| *field != Field::Duplicate);
        lead.values.set(Field::Duplicate, None);
    }
    let lead_id = lead.id;
    *context.next_lead += 1;
    let deliveries = begin(tables, context, lead, card, None)?;
    if external_id.is_none() && !is_dated {
        let receipt = Receipt {
            lead_id,
            result: PostResult::Created,
            repeated: false,
            deliveries,
        };
        idempotency::keep_answer(tables, now, key, receipt)?;
    }
    Ok(TakenOver::New(Some(lead_id)))
}

/// The lead that was created at the same moment and said the same, in any of its revisions.
fn find_same(tables: &Tables<'_>, lead: &Lead) -> Result<Option<u64>, StoreError> {
    // Files have whole seconds.
    let last = match lead.created.0 % 1000 {
        0 => lead.created.0 + 999,
        _ => lead.created.0,
    };
    let moment = (lead.created.0, 0)..=(last, u64::MAX);
    for row in tables.created.range(moment)? {
        let (_, found) = row?.0.value();
        for row in tables.events.range(events_of(found))? {
            let (key, record) = row?;
            let Ok(event) = event_record::decode(key.value(), record.value()) else {
                continue;
            };
            let known = &event.lead;
            let is_same = known.source == lead.source && known.lead_type == lead.lead_type;
            if is_same && content(known) == content(lead) {
                return Ok(Some(found));
            }
        }
    }
    Ok(None)
}

/// What tells a lead from others of the same moment; labels in any order, as files have them.
fn content(lead: &Lead) -> Vec<(Field, Value)> {
    let values = lead.values.iter();
    let content = values.filter(|(field, _)| !BESIDE.contains(field));
    content
        .map(|(field, value)| {
            let mut value = value.clone();
            if let Value::Map(labels) = &mut value {
                labels.sort();
            }
            (field, value)
        })
        .collect()
}
