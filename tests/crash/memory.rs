//! The memory: what was asked of a store, what it acknowledged and when. It is held against what a
//! later store has on the same disk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use leadhook::domain::field::Field;
use leadhook::domain::time::Timestamp;
use leadhook::store::{DeliveryId, Post, Receipt, Store};

use crate::machine::{Machine, WEBHOOKS, wanted};

/// More than any test stores.
const EVENTS_MAX: usize = 100_000;

#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<Vec<Deed>>>);

/// Something that was asked of the store.
#[derive(Clone)]
struct Deed {
    what: What,
    /// The moment of the disk at which it was asked for.
    asked: usize,
    /// The moment at which it was acknowledged.
    acked: Option<usize>,
}

#[derive(Clone)]
pub(crate) enum What {
    /// A post whose text no other has; and the answer to it.
    Post(Box<Post>, String, Option<Receipt>),
    /// An attempt that began then; and the number it got.
    Attempt(DeliveryId, Timestamp, u32),
    /// The webhook was stopped, or goes on.
    Stopped(&'static str, bool),
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, Vec<Deed>> {
        self.0.lock().expect("the memory")
    }

    /// Remembers that this was asked for at `moment`; gives the number to acknowledge it by.
    pub(crate) fn ask(&self, what: What, moment: usize) -> usize {
        let mut deeds = self.lock();
        deeds.push(Deed {
            what,
            asked: moment,
            acked: None,
        });
        deeds.len() - 1
    }

    /// Remembers that it was acknowledged at `moment`.
    pub(crate) fn acknowledge(&self, number: usize, moment: usize) {
        self.lock()[number].acked = Some(moment);
    }

    /// Remembers the answer to a post.
    pub(crate) fn answered(&self, number: usize, receipt: Receipt) {
        if let What::Post(_, _, answer) = &mut self.lock()[number].what {
            *answer = Some(receipt);
        }
    }

    /// Remembers the number of an attempt.
    pub(crate) fn numbered(&self, number: usize, attempt: u32) {
        if let What::Attempt(_, _, of) = &mut self.lock()[number].what {
            *of = attempt;
        }
    }

    /// How much was acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        self.lock()
            .iter()
            .filter(|deed| deed.acked.is_some())
            .count()
    }

    /// Whether the machine has everything that was acknowledged before `moment`, nothing that was
    /// asked for later, and all of it whole.
    pub(crate) fn check(&self, machine: &Machine, moment: usize) -> Result<(), String> {
        machine.opened.clone().map_err(|error| error.to_string())?;
        check_order(&machine.store)?;
        let texts = texts(&machine.store)?;
        let deeds = self.lock().clone();
        for deed in &deeds {
            let acknowledged = deed.acked.is_some_and(|acked| acked <= moment);
            let late = deed.asked >= moment;
            match &deed.what {
                What::Post(_, text, receipt) => {
                    let found = texts.get(text).copied();
                    let told = receipt.map(|receipt| receipt.lead_id);
                    expect(!acknowledged || found == told, || {
                        format!("{text} was acknowledged as lead {told:?} and is in {found:?}")
                    })?;
                    expect(!late || found.is_none(), || {
                        format!("{text} comes too early")
                    })?;
                }
                What::Attempt(id, started, number) if acknowledged => {
                    check_attempt(&machine.store, *id, *started, *number)?;
                }
                What::Attempt(..) | What::Stopped(..) => {}
            }
        }
        check_stops(machine, &deeds, moment)
    }

    /// Whether the machine goes on from there: every post with a key gets the answer it had, or is
    /// stored now, and everything is delivered, each lead in order.
    pub(crate) fn go_on(&self, machine: &Machine, moment: usize) -> Result<(), String> {
        let deeds = self.lock().clone();
        let asked = deeds.iter().filter(|deed| deed.asked < moment);
        let keyed = asked.filter_map(|deed| match &deed.what {
            What::Post(post, text, receipt) if post.key.is_some() => {
                let told = deed.acked.filter(|acked| *acked <= moment).and(*receipt);
                Some((post.as_ref(), text, told))
            }
            _ => None,
        });
        let keyed: Vec<_> = keyed.collect();
        let posts = keyed.iter().map(|(post, _, _)| *post);
        for (again, (_, text, told)) in machine.submit(posts, |_| {}).into_iter().zip(&keyed) {
            let again = again.map_err(|error| format!("{text} again: {error}"))?;
            let again = again.map_err(|_| format!("{text} again: refused"))?;
            if let Some(told) = told {
                let same = (again.lead_id, again.result) == (told.lead_id, told.result);
                expect(same && again.repeated, || {
                    format!("{text} got {told:?} and now {again:?}")
                })?;
            }
        }
        // A post that is stored twice would be there twice.
        texts(&machine.store)?;
        crate::scenario::deliver_all(machine)?;
        check_order(&machine.store)
    }
}

fn expect(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// The invariants hold, and every event has a delivery for each webhook.
fn check_order(store: &Store) -> Result<(), String> {
    let problems = store.verify().map_err(|error| error.to_string())?;
    expect(problems.is_empty(), || problems.join("; "))?;
    let counts = store.counts().map_err(|error| error.to_string())?;
    let deliveries = counts.pending + counts.finished;
    expect(deliveries == counts.events * WEBHOOKS.len() as u64, || {
        format!("{deliveries} deliveries of {} events", counts.events)
    })
}

/// The text of every event, and of which lead it is.
pub(crate) fn texts(store: &Store) -> Result<HashMap<String, u64>, String> {
    let events = store.events_after((0, 0), EVENTS_MAX);
    let mut texts = HashMap::new();
    for event in events.map_err(|error| error.to_string())? {
        let text = event.lead.values.text(Field::Notes).unwrap_or_default();
        let before = texts.insert(text.to_owned(), event.lead.id);
        expect(before.is_none(), || format!("{text} is stored twice"))?;
    }
    Ok(texts)
}

fn check_attempt(
    store: &Store,
    id: DeliveryId,
    started: Timestamp,
    number: u32,
) -> Result<(), String> {
    let attempts = store.attempts(id, number as usize);
    let attempts = attempts.map_err(|error| error.to_string())?;
    let found = attempts.last().map(|last| (last.number, last.started));
    expect(found == Some((number, started)), || {
        format!("attempt {number} of {id:?} was recorded, the last is {found:?}")
    })
}

fn check_stops(machine: &Machine, deeds: &[Deed], moment: usize) -> Result<(), String> {
    let enrolled = machine.store.subscribe(wanted());
    let enrolled = enrolled.map_err(|error| error.to_string())?;
    for (name, enrolled) in WEBHOOKS.iter().zip(enrolled) {
        let mut known = Some(false);
        for deed in deeds.iter().filter(|deed| deed.asked < moment) {
            if let What::Stopped(webhook, stopped) = deed.what
                && webhook == *name
            {
                let acknowledged = deed.acked.is_some_and(|acked| acked <= moment);
                known = acknowledged.then_some(stopped);
            }
        }
        let found = enrolled.health.hold.is_some();
        expect(known.is_none_or(|known| known == found), || {
            format!("{name}: stopped is {found}, told was {known:?}")
        })?;
    }
    Ok(())
}
