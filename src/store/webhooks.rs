//! What the store knows of webhooks: their numbers, which events they want, how their receivers do,
//! and which of them the config has no longer. A webhook is known by its name; its number stays with
//! the name for ever.
//!
//! The writer keeps all of it in memory and writes what is news once for each commit, so that a
//! receiver that fails costs no write for each attempt.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use redb::{ReadableTable, ReadableTableMetadata};

use super::codec::{Damage, Decoder, Encoder};
use super::tables::Tables;
use super::{Store, StoreError};
use crate::domain::event::Event;
use crate::domain::health::{Failing, Health, Hold, Why};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Filter, Trigger};

/// A webhook as the writer sees it.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    /// Its number in keys.
    pub(crate) number: u32,
    /// Which events it wants.
    pub(crate) filter: Filter,
}

impl Subscription {
    /// As what this webhook hears the event; none when it does not want it.
    ///
    /// The first that a webhook hears of a lead is a whole `new`, whichever revision that is,
    /// unless it takes only updates.
    pub(crate) fn trigger(&self, event: &Event) -> Option<Trigger> {
        let first = event.lead.revision == 1;
        let updates_only = self.filter.triggers == [Trigger::Update];
        let trigger = match event.heard_by.contains(&self.number) {
            true => Trigger::Update,
            false if updates_only && !first => Trigger::Update,
            false => Trigger::New,
        };
        self.filter.wants(event.facts(trigger)).then_some(trigger)
    }
}

/// What is stored of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// By which the config knows it.
    pub name: Arc<str>,
    /// Its number in keys; stays with the name for ever.
    pub number: u32,
    /// Since when the config has not had it any more.
    pub removed: Option<Timestamp>,
    /// How its receiver does.
    pub health: Health,
}

/// A webhook's health has changed to another condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthChange {
    /// The webhook.
    pub webhook: Arc<str>,
    /// How it was.
    pub before: Health,
    /// How it is.
    pub after: Health,
    /// When that was.
    pub at: Timestamp,
}

/// What waits for a webhook that the config has no longer is kept so long.
const REMOVED_KEPT: Duration = Duration::from_secs(30 * 86_400);

const VERSION: u8 = 2;
const WHYS: [Why; 3] = [Why::Paused, Why::Stopped, Why::Suspended];

impl Enrolled {
    /// When what waits for it is cancelled, since the config has it no longer.
    pub fn expires(&self) -> Option<Timestamp> {
        self.removed.map(|since| since.after(REMOVED_KEPT))
    }

    fn encode(&self) -> Vec<u8> {
        let mut to = Encoder::new(VERSION);
        to.number(self.number.into());
        to.option(self.removed, |to, since| to.number(since.0));
        to.option(self.health.hold, |to, hold| {
            to.place(&WHYS, &hold.why);
            to.number(hold.since.0);
        });
        to.option(self.health.went_on, |to, at| to.number(at.0));
        to.option(self.health.failing.as_ref(), |to, failing| {
            to.number(failing.since.0);
            to.number(failing.failures);
            to.text(&failing.last);
            to.number(failing.last_at.0);
        });
        to.seal()
    }

    pub(crate) fn decode(name: &str, record: &[u8]) -> Result<Enrolled, Damage> {
        let mut from = Decoder::open(record, VERSION)?;
        let number = from.number_u32()?;
        let time = |from: &mut Decoder<'_>| from.number().map(Timestamp);
        let removed = from.option(time)?;
        let hold = from.option(|from| {
            Ok(Hold {
                why: from.one_of(&WHYS)?,
                since: time(from)?,
            })
        })?;
        let went_on = from.option(time)?;
        let failing = from.option(|from| {
            Ok(Failing {
                since: time(from)?,
                failures: from.number()?,
                last: from.text()?.to_owned(),
                last_at: time(from)?,
            })
        })?;
        Ok(Enrolled {
            name: name.into(),
            number,
            removed,
            health: Health {
                failing,
                hold,
                went_on,
            },
        })
    }
}

impl Store {
    /// Sends nothing more to a webhook until somebody resumes it. Tells whether that changed
    /// anything; none when there is no such webhook.
    pub fn pause(&self, webhook: &str) -> Result<Option<bool>, StoreError> {
        self.hold(webhook, true)
    }

    /// Lets a webhook go on, whatever holds it up; what waits for it is due. Tells whether anything
    /// did hold it up; none when there is no such webhook.
    pub fn resume(&self, webhook: &str) -> Result<Option<bool>, StoreError> {
        self.hold(webhook, false)
    }

    fn hold(&self, webhook: &str, paused: bool) -> Result<Option<bool>, StoreError> {
        let webhook = webhook.to_owned();
        self.have_done(move |_, context| Ok(context.hold(&webhook, paused)))
    }

    /// All webhooks that ever were, in the order in which they came, as of the last commit.
    pub fn webhooks(&self) -> Vec<Arc<Enrolled>> {
        self.shared.webhooks.all()
    }

    /// One of them by its number.
    pub fn webhook(&self, number: u32) -> Option<Arc<Enrolled>> {
        self.shared.webhooks.find(number)
    }
}

/// What everybody may read of webhooks, as of the last commit.
#[derive(Debug, Default)]
pub(crate) struct Board(RwLock<BTreeMap<u32, Arc<Enrolled>>>);

impl Board {
    pub(crate) fn find(&self, number: u32) -> Option<Arc<Enrolled>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&number).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Enrolled>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.values().cloned().collect()
    }
}

/// The writer's memory of all webhooks.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    known: BTreeMap<u32, Known>,
    /// Names whose record cannot be read.
    damaged: Vec<(String, Damage)>,
    /// What the present group has touched.
    touched: BTreeSet<u32>,
}

#[derive(Debug)]
struct Known {
    enrolled: Enrolled,
    /// What is on disk; none where it was never written.
    stored: Option<Enrolled>,
}

impl Registry {
    /// All that the table has.
    pub(crate) fn load(tables: &Tables<'_>) -> Result<Registry, StoreError> {
        let mut registry = Registry::default();
        for row in tables.webhooks.iter()? {
            let (name, record) = row?;
            match Enrolled::decode(name.value(), record.value()) {
                Ok(enrolled) => {
                    let known = Known {
                        stored: Some(enrolled.clone()),
                        enrolled,
                    };
                    registry.touched.insert(known.enrolled.number);
                    registry.known.insert(known.enrolled.number, known);
                }
                Err(damage) => registry.damaged.push((name.value().to_owned(), damage)),
            }
        }
        Ok(registry)
    }

    /// The names of all webhooks that there ever were.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.known.values().map(|known| &*known.enrolled.name)
    }

    /// Makes these the webhooks of the config. A new name gets the next number; one that is not
    /// among them counts as removed from now on.
    pub(crate) fn enroll(
        &mut self,
        tables: &Tables<'_>,
        names: &[&str],
        now: Timestamp,
    ) -> Result<Vec<Enrolled>, StoreError> {
        let wanted = |(name, _): &&(String, Damage)| names.contains(&name.as_str());
        if let Some((name, damage)) = self.damaged.iter().find(wanted) {
            return Err(StoreError::unreadable(&format!("webhook {name}"), *damage));
        }
        let mut next = u32::try_from(tables.webhooks.len()?).unwrap_or(u32::MAX);
        for known in self.known.values_mut() {
            let enrolled = &mut known.enrolled;
            next = next.max(enrolled.number.saturating_add(1));
            enrolled.removed = match names.contains(&&*enrolled.name) {
                true => None,
                false => enrolled.removed.or(Some(now)),
            };
            self.touched.insert(enrolled.number);
        }
        names
            .iter()
            .map(|name| {
                let mut all = self.known.values();
                if let Some(known) = all.find(|known| &*known.enrolled.name == *name) {
                    return Ok(known.enrolled.clone());
                }
                let enrolled = Enrolled {
                    name: (*name).into(),
                    number: next,
                    removed: None,
                    health: Health::default(),
                };
                next += 1;
                let known = Known {
                    enrolled: enrolled.clone(),
                    stored: None,
                };
                self.known.insert(enrolled.number, known);
                self.touched.insert(enrolled.number);
                Ok(enrolled)
            })
            .collect()
    }

    /// The number of a webhook.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        let mut all = self.known.values();
        all.find(|known| &*known.enrolled.name == name)
            .map(|known| known.enrolled.number)
    }

    /// How a webhook is; one that nobody knows is well.
    pub(crate) fn health(&self, number: u32) -> Option<&Health> {
        self.known.get(&number).map(|known| &known.enrolled.health)
    }

    /// Changes the health of a webhook. Tells of a transition from one condition to another.
    pub(crate) fn change(
        &mut self,
        number: u32,
        now: Timestamp,
        change: impl FnOnce(&mut Health),
    ) -> Option<HealthChange> {
        let enrolled = &mut self.known.get_mut(&number)?.enrolled;
        let before = enrolled.health.clone();
        change(&mut enrolled.health);
        self.touched.insert(number);
        let after = &enrolled.health;
        (before.condition() != after.condition()).then(|| HealthChange {
            webhook: enrolled.name.clone(),
            before,
            after: after.clone(),
            at: now,
        })
    }

    /// Pauses every webhook that is not held up already.
    pub(crate) fn pause_all(&mut self, now: Timestamp) {
        for (number, known) in &mut self.known {
            if known.enrolled.health.hold.is_none() {
                known.enrolled.health.hold_up(Why::Paused, now);
                self.touched.insert(*number);
            }
        }
    }

    /// Writes what is news.
    pub(crate) fn keep(&mut self, tables: &mut Tables<'_>) -> Result<(), StoreError> {
        for number in &self.touched {
            let Some(known) = self.known.get_mut(number) else {
                continue;
            };
            let is_news = known.stored.as_ref().is_none_or(|stored| {
                stored.removed != known.enrolled.removed
                    || known.enrolled.health.is_news(&stored.health)
            });
            if is_news {
                let record = known.enrolled.encode();
                tables
                    .webhooks
                    .insert(&*known.enrolled.name, record.as_slice())?;
                known.stored = Some(known.enrolled.clone());
            }
        }
        Ok(())
    }

    /// Lets everybody read what the present group has touched: it is committed.
    pub(crate) fn publish(&mut self, board: &Board) {
        if self.touched.is_empty() {
            return;
        }
        let mut readable = board.0.write().unwrap_or_else(PoisonError::into_inner);
        for number in std::mem::take(&mut self.touched) {
            if let Some(known) = self.known.get(&number) {
                readable.insert(number, Arc::new(known.enrolled.clone()));
            }
        }
    }
}
