//! Checks the invariants over the whole database: what `lib.rs` promises, row by row.

use std::collections::HashSet;

use redb::{ReadableTable, ReadableTableMetadata};

use super::counters::Counters;
use super::delivery_record::{Delivery, decode_attempt};
use super::event_record;
use super::idempotency;
use super::search::{check_lists, newest_events};
use super::tables::{DeliveryKey, View, events_of, external_key, lane, meta};
use super::tokens::check_tokens;
use super::webhooks::Enrolled;
use super::{Store, StoreError, book_record, contacts, erasure, tallies, tasks};
use crate::domain::delivery::State;

/// No more problems than this are listed.
const PROBLEMS_MAX: usize = 100;

/// What was found wrong, each in one sentence.
#[derive(Debug, Default)]
struct Findings(Vec<String>);

impl Findings {
    fn add(&mut self, problem: impl FnOnce() -> String) {
        if self.0.len() < PROBLEMS_MAX {
            self.0.push(problem());
        }
    }

    fn expect(&mut self, holds: bool, problem: impl FnOnce() -> String) {
        if !holds {
            self.add(problem);
        }
    }
}

impl Store {
    /// Reads everything and lists what breaks an invariant, up to a hundred problems; none is good.
    /// Takes about a second for each 100,000 leads.
    pub fn verify(&self) -> Result<Vec<String>, StoreError> {
        self.view(problems)
    }
}

/// What breaks an invariant in this view.
pub(crate) fn problems(view: &View) -> Result<Vec<String>, StoreError> {
    let mut findings = Findings::default();
    check_events(view, &mut findings)?;
    check_pending(view, &mut findings)?;
    check_due(view, &mut findings)?;
    check_finished(view, &mut findings)?;
    check_attempts(view, &mut findings)?;
    check_names(view, &mut findings)?;
    check_idempotency(view, &mut findings)?;
    for row in view.tasks.iter()? {
        let (number, record) = row?;
        if let Err(damage) = tasks::decode(number.value(), record.value()) {
            findings.add(|| format!("task {}: {damage}", number.value()));
        }
    }
    for problem in tallies::problems(view)? {
        findings.add(|| problem);
    }
    for row in view.erased.iter()? {
        let (lead, record) = row?;
        if let Err(damage) = erasure::decode(lead.value(), record.value()) {
            findings.add(|| format!("that lead {} was erased: {damage}", lead.value()));
        }
    }
    check_tokens(view, &mut |problem| findings.add(|| problem))?;
    check_contacts(view, &mut findings)?;
    check_lists(view, &mut |problem| findings.add(|| problem))?;
    check_files(view, &mut findings)?;
    check_stored_bytes(view, &mut findings)?;
    Ok(findings.0)
}

/// Revisions of a lead count up without a gap, from 1 or behind those that retention let go; every
/// record can be read and belongs where it is.
fn check_events(view: &View, findings: &mut Findings) -> Result<(), StoreError> {
    let next_lead = view
        .meta
        .get(meta::NEXT_LEAD)?
        .map_or(1, |next| next.value());
    let mut before = (0, 0);
    for row in view.events.iter()? {
        let (key, record) = row?;
        let (lead, revision) = key.value();
        if let Err(damage) = event_record::decode((lead, revision), record.value()) {
            findings.add(|| format!("lead {lead}, revision {revision}: {damage}"));
        }
        let follows = before.0 != lead || revision == before.1 + 1;
        findings.expect(follows, || {
            format!("lead {lead}: revision {revision} does not follow")
        });
        findings.expect(lead < next_lead, || {
            format!("lead {lead} has an id that is still to be given")
        });
        before = (lead, revision);
    }
    Ok(())
}

/// A lane that is not empty has exactly one delivery in `due`: its first, at its time.
fn check_pending(view: &View, findings: &mut Findings) -> Result<(), StoreError> {
    let mut before = None;
    for row in view.pending.iter()? {
        let (key, record) = row?;
        let key @ (webhook, lead, revision) = key.value();
        let place = || format!("webhook {webhook}, lead {lead}, revision {revision}");
        let Some(delivery) = check_delivery(view, findings, key, record.value(), true)? else {
            continue;
        };
        let is_head = before != Some((webhook, lead));
        let is_due = view
            .due
            .get((webhook, delivery.at.0, lead, revision))?
            .is_some();
        findings.expect(is_head == is_due, || match is_head {
            true => format!("{}: the head of its lane is not due", place()),
            false => format!("{}: is due and not the head of its lane", place()),
        });
        before = Some((webhook, lead));
    }
    Ok(())
}

/// A delivery in `due` is the head of its lane, at its time; so no lane is in there twice.
fn check_due(view: &View, findings: &mut Findings) -> Result<(), StoreError> {
    for row in view.due.iter()? {
        let (webhook, time, lead, revision) = row?.0.value();
        let head = view
            .pending
            .range(lane(webhook, lead))?
            .next()
            .transpose()?;
        let is_head = head.is_some_and(|(key, record)| {
            let at = Delivery::decode(record.value()).map(|delivery| delivery.at.0);
            key.value().2 == revision && at.map_or(true, |at| at == time)
        });
        findings.expect(is_head, || {
            format!(
                "webhook {webhook}, lead {lead}, revision {revision}: is due and is not the head of its lane"
            )
        });
    }
    Ok(())
}

fn check_finished(view: &View, findings: &mut Findings) -> Result<(), StoreError> {
    for row in view.finished.iter()? {
        let (key, record) = row?;
        let key @ (webhook, lead, revision) = key.value();
        check_delivery(view, findings, key, record.value(), false)?;
        findings.expect(view.pending.get(key)?.is_none(), || {
            format!("webhook {webhook}, lead {lead}, revision {revision}: waits and has ended")
        });
    }
    Ok(())
}

/// The record can be read, fits its table, has its event, and has all its attempts.
fn check_delivery(
    view: &View,
    findings: &mut Findings,
    (webhook, lead, revision): DeliveryKey,
    record: &[u8],
    waits: bool,
) -> Result<Option<Delivery>, StoreError> {
    let place = || format!("webhook {webhook}, lead {lead}, revision {revision}");
    let delivery = match Delivery::decode(record) {
        Ok(delivery) => delivery,
        Err(damage) => {
            findings.add(|| format!("{}: {damage}", place()));
            return Ok(None);
        }
    };
    let state = delivery.state.name();
    findings.expect((delivery.state == State::Pending) == waits, || {
        format!("{}: is {state} and in the wrong table", place())
    });
    findings.expect(view.events.get((lead, revision))?.is_some(), || {
        format!("{}: its event is missing", place())
    });
    let key = |number| (webhook, lead, revision, number);
    // Retention may have let go of the first ones.
    let mut last = None;
    for row in view.attempts.range(key(0)..=key(u32::MAX))? {
        let number = row?.0.value().3;
        findings.expect(last.is_none_or(|last: u32| number == last + 1), || {
            format!("{}: the attempt before {number} is missing", place())
        });
        last = Some(number);
    }
    findings.expect(last.is_none_or(|last| last == delivery.attempts), || {
        format!("{}: counts {} attempts", place(), delivery.attempts)
    });
    Ok(Some(delivery))
}

fn check_attempts(view: &View, findings: &mut Findings) -> Result<(), StoreError> {
    for row in view.attempts.iter()? {
        let (key, record) = row?;
        let (webhook, lead, revision, number) = key.value();
        let place =
            || format!("webhook {webhook}, lead {lead}, revision {revision}, attempt {number}");
        if let Err(damage) = decode_attempt(number, record.value()) {
            findings.add(|| format!("{}: {damage}", place()));
        }
        let delivery = (webhook, lead, revision);
        let known = view.pending.get(delivery)?.is_some() || view.finished.get(delivery)?.is_some();
        findings.expect(known, || format!("{}: its delivery is missing", place()));
    }
    Ok(())
}

/// Every contact of a lead leads to it.
fn check_contacts(view: &View, findings: &mut Findings) -> Result<(), StoreError> {
    let next_lead = Counters::read(view)?.next_lead;
    let reading = contacts::Reading::of(view)?;
    for problem in reading.problems(next_lead)? {
        findings.add(|| problem);
    }
    let mut looked = Ok(());
    newest_events(view, 0..u64::MAX, |event| {
        match reading.missing(&event.lead) {
            Ok(missing) => findings.expect(missing == 0, || {
                let lead = event.lead.id;
                format!("lead {lead}: {missing} of its contacts do not lead to it")
            }),
            Err(error) => looked = Err(error),
        }
    })?;
    looked
}

/// Every external id leads to the lead that has it, every webhook has a number of its own.
fn check_names(view: &View, findings: &mut Findings) -> Result<(), StoreError> {
    for row in view.external.iter()? {
        let (name, lead) = row?;
        let lead = lead.value();
        let event = match view
            .events
            .range(events_of(lead))?
            .next_back()
            .transpose()?
        {
            Some((key, record)) => event_record::decode(key.value(), record.value()).ok(),
            None => None,
        };
        let has_it = event.is_some_and(|event| {
            let external_id = event.lead.external_id.unwrap_or_default();
            external_key(&event.lead.source, &external_id) == name.value()
        });
        findings.expect(has_it, || {
            format!("an external id names lead {lead}, which is missing or has another")
        });
    }
    for row in view.incidents.iter()? {
        let (name, record) = row?;
        if let Err(damage) = book_record::decode(record.value()) {
            findings.add(|| format!("the record of {}: {damage}", name.value()));
        }
        findings.expect(name.value() == book_record::KEY, || {
            format!("{} is no record of incidents", name.value())
        });
    }
    let mut numbers = HashSet::new();
    for row in view.webhooks.iter()? {
        let (name, record) = row?;
        match Enrolled::decode(name.value(), record.value()) {
            Err(damage) => findings.add(|| format!("webhook {}: {damage}", name.value())),
            Ok(webhook) => findings.expect(numbers.insert(webhook.number), || {
                format!("webhook {}: another one has its number", name.value())
            }),
        }
    }
    Ok(())
}

/// Every key has its time, and the answer it keeps can be read.
fn check_idempotency(view: &View, findings: &mut Findings) -> Result<(), StoreError> {
    for row in view.idempotency_times.iter()? {
        let (_, key) = idempotency::from_time_key(row?.0.value());
        let answer = view.idempotency.get(key)?;
        match answer.map(|record| idempotency::decode_answer(record.value())) {
            Some(Ok(_)) => {}
            Some(Err(damage)) => findings.add(|| format!("an idempotency key: {damage}")),
            None => findings.add(|| "an idempotency key is timed and missing".to_owned()),
        }
    }
    let (keys, times) = (view.idempotency.len()?, view.idempotency_times.len()?);
    findings.expect(keys == times, || {
        format!("{keys} idempotency keys have {times} times")
    });
    Ok(())
}

fn check_stored_bytes(view: &View, findings: &mut Findings) -> Result<(), StoreError> {
    let (counted, stored) = (Counters::read(view)?.stored_bytes, view.stored_bytes()?);
    findings.expect(counted == stored, || {
        format!("{stored} bytes are stored and {counted} were counted")
    });
    Ok(())
}

/// A kept file is that of a lead.
fn check_files(view: &View, findings: &mut Findings) -> Result<(), StoreError> {
    for row in view.files.iter()? {
        let lead = row?.0.value().0;
        let known = view.events.range(events_of(lead))?.next().is_some();
        findings.expect(known, || {
            format!("a kept file is of lead {lead}, which is missing")
        });
    }
    Ok(())
}
