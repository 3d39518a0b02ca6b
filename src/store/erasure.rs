//! Erasing: a lead goes at once and without a trace, because the person wants to be forgotten.
//!
//! First the lead itself goes, with all that waits for delivery, in bites. That it is gone is on
//! record from then on (its number and two times, nothing of the person), so that what follows is
//! done also after a crash: the words of its segment and the keys of its posts go, and a list of what
//! was erased is written beside the backups. Whoever restores one of those finds the lead in it, and
//! in that list.

mod finish;
mod list;
mod person;
mod restored;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use redb::ReadableTable;

use super::codec::{Damage, Decoder, Encoder};
use super::contacts::Contacts;
use super::delivery_record::Delivery;
use super::event_record;
use super::removal::{newest, remove, webhooks};
use super::retention::files_of;
use super::tables::{Tables, View, events_of, lane};
use super::{Store, StoreError};
use crate::domain::contact::contacts_of;
use crate::domain::delivery::State;
use crate::domain::event::Event;
use crate::domain::field::Field;
use crate::domain::time::Timestamp;

pub use finish::Bite;
pub use list::write_list;
pub(super) use restored::erase_again;

/// So many leads go in one transaction.
pub const ERASED_AT_ONCE: usize = 64;

/// That a lead was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The lead.
    pub lead: u64,
    /// The number of its database.
    pub database: u64,
    /// When it was created: with its number, that tells it from every lead of another database.
    pub created: Timestamp,
    /// When it was erased.
    pub at: Timestamp,
    /// Whether nothing is left to be done.
    pub(super) is_finished: bool,
}

/// What there is of some leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// Leads that are there.
    pub leads: Vec<u64>,
    /// Leads that cannot be read: they are left as they are.
    pub unreadable: Vec<u64>,
    /// Their events.
    pub events: u64,
    /// Their deliveries that have ended.
    pub deliveries: u64,
    /// Those that wait.
    pub waiting: u64,
    /// Attempts of all of these.
    pub attempts: u64,
    /// The names of the files that came with them.
    pub files: Vec<String>,
    /// The numbers of the webhooks that have, or may have, received one of them.
    pub received: BTreeMap<u32, Received>,
    /// By which the person is known again in any text: contacts and whole names, in lower case.
    pub known_by: BTreeSet<String>,
}

/// Whether a webhook has received a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Received {
    /// An attempt was made and not answered well, or what came of it is not kept any more.
    Perhaps,
    /// It has.
    Yes,
}

impl Traces {
    /// Adds what there is of other leads.
    pub fn add(&mut self, other: Traces) {
        self.leads.extend(other.leads);
        self.unreadable.extend(other.unreadable);
        self.events += other.events;
        self.deliveries += other.deliveries;
        self.waiting += other.waiting;
        self.attempts += other.attempts;
        self.files.extend(other.files);
        self.known_by.extend(other.known_by);
        for (webhook, received) in other.received {
            self.hear(webhook, received);
        }
    }

    /// A webhook has received one of them, or may have.
    pub fn hear(&mut self, webhook: u32, received: Received) {
        let known = self.received.entry(webhook).or_insert(received);
        *known = received.max(*known);
    }
}

impl Store {
    /// What there is of these leads.
    pub fn traces(&self, leads: &[u64]) -> Result<Traces, StoreError> {
        let webhooks: Vec<u32> = self.webhooks().iter().map(|known| known.number).collect();
        self.view(|view| {
            let mut traces = Traces::default();
            for lead in leads {
                look_at(view, &webhooks, *lead, &mut traces)?;
            }
            Ok(traces)
        })
    }

    /// Removes these leads for good, and keeps on record that it did. Gives those that are gone now
    /// and the names of their files. What else there is of them, [`Store::finish_erasures`] removes.
    pub fn erase(&self, leads: Vec<u64>) -> Result<(Vec<u64>, Vec<String>), StoreError> {
        let erased = self.have_done(move |tables, context| {
            let now = context.now;
            let done = erase(tables, context.contacts, &leads, now)?;
            for lead in &done.0 {
                context.fresh.forget(*lead);
            }
            Ok(done)
        })?;
        self.withdraw();
        Ok(erased)
    }
}

impl Store {
    /// Goes up whenever something is withdrawn that may wait for delivery: what was taken before, and is
    /// not under way yet, is not to be sent as it was taken.
    pub fn withdrawals(&self) -> u64 {
        self.shared.withdrawals.load(Ordering::Acquire)
    }

    fn withdraw(&self) {
        self.shared.withdrawals.fetch_add(1, Ordering::AcqRel);
        self.shared.ring_all();
    }
}

fn look_at(
    view: &View,
    webhooks: &[u32],
    lead: u64,
    traces: &mut Traces,
) -> Result<(), StoreError> {
    let mut newest: Option<Result<Event, Damage>> = None;
    for row in view.events.range(events_of(lead))? {
        let (key, record) = row?;
        traces.events += 1;
        let event = event_record::decode(key.value(), record.value());
        if let Ok(event) = &event {
            let known = contacts_of(event).map(|contact| contact.value.into_owned());
            traces.known_by.extend(known);
            let name = event.lead.values.text(Field::ContactName);
            // A first name alone is many people's.
            let whole = name.filter(|name| name.trim().contains(' '));
            traces.known_by.extend(whole.map(str::to_lowercase));
        }
        newest = Some(event);
    }
    let newest = match newest {
        None => return Ok(()),
        Some(Err(_)) => {
            traces.unreadable.push(lead);
            return Ok(());
        }
        Some(Ok(event)) => event,
    };
    traces.leads.push(lead);
    for webhook in webhooks {
        let mut is_known = false;
        for (table, is_pending) in [(&view.pending, true), (&view.finished, false)] {
            for row in table.range(lane(*webhook, lead))? {
                let (key, record) = row?;
                is_known = true;
                let (_, _, revision) = key.value();
                let attempt = |number| (*webhook, lead, revision, number);
                let attempts = view.attempts.range(attempt(0)..=attempt(u32::MAX))?;
                traces.attempts += attempts.count() as u64;
                match is_pending {
                    true => traces.waiting += 1,
                    false => traces.deliveries += 1,
                }
                match Delivery::decode(record.value()) {
                    Ok(delivery) if delivery.state == State::Delivered => {
                        traces.hear(*webhook, Received::Yes);
                    }
                    Ok(delivery) if delivery.attempts == 0 => {}
                    _ => traces.hear(*webhook, Received::Perhaps),
                }
            }
        }
        if !is_known && newest.heard_by.contains(webhook) {
            traces.hear(*webhook, Received::Perhaps);
        }
    }
    let files = files_of(&view.files, lead)?;
    traces.files.extend(files.into_iter().map(|file| file.name));
    Ok(())
}

/// Removes leads, and notes that.
fn erase(
    tables: &mut Tables<'_>,
    contacts: &mut Contacts,
    leads: &[u64],
    now: Timestamp,
) -> Result<(Vec<u64>, Vec<String>), StoreError> {
    let webhooks = webhooks(tables)?;
    let database = tables.meta.get(super::tables::meta::DATABASE)?;
    let database = database.map_or(0, |number| number.value());
    let (mut gone, mut files) = (Vec::new(), Vec::new());
    let mut digests = Vec::new();
    for lead in leads {
        let Some(newest) = newest(tables, *lead)? else {
            continue;
        };
        for row in tables.events.range(events_of(*lead))? {
            let (key, record) = row?;
            if let Ok(event) = event_record::decode(key.value(), record.value()) {
                digests
                    .extend(contacts_of(&event).map(|contact| (contacts.digest(&contact), *lead)));
            }
        }
        files.extend(remove(tables, &webhooks, &newest.lead)?);
        let erasure = Erasure {
            lead: *lead,
            database,
            created: newest.lead.created,
            at: now,
            is_finished: false,
        };
        note(tables, &erasure)?;
        gone.push(*lead);
    }
    contacts.erase(tables, &gone, digests)?;
    Ok((gone, files))
}

/// Keeps an erasure on record.
fn note(tables: &mut Tables<'_>, erasure: &Erasure) -> Result<(), StoreError> {
    tables
        .erased
        .insert(erasure.lead, encode(erasure).as_slice())?;
    Ok(())
}

const VERSION: u8 = 1;

fn encode(erasure: &Erasure) -> Vec<u8> {
    let mut to = Encoder::new(VERSION);
    to.fixed(erasure.database);
    to.number(erasure.created.0);
    to.number(erasure.at.0);
    to.byte(u8::from(erasure.is_finished));
    to.seal()
}

pub(super) fn decode(lead: u64, record: &[u8]) -> Result<Erasure, Damage> {
    let mut from = Decoder::open(record, VERSION)?;
    Ok(Erasure {
        lead,
        database: from.fixed()?,
        created: Timestamp(from.number()?),
        at: Timestamp(from.number()?),
        is_finished: from.byte()? == 1,
    })
}
