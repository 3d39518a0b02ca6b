//! Delivery: the crews that take what is due, send it, and record what came of it.
//!
//! Every webhook has a crew of its own: its own due index, its own few threads. A dead or slow
//! receiver can hold up nothing but itself; that is the structure, not a rule. Threads sleep until
//! the next due time or the bell of the store.
//!
//! Before a request nothing is written. What was in flight at a crash, or answered and not yet
//! committed, is sent again, with the same `webhook-id`; that is the whole window.

mod attempt;
mod crew;
mod feed;
mod knock;
mod meter;
mod tasks;
mod trial;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::health::Health;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Filter, Webhook};
use crate::log::Log;
use crate::outbound::Lookups;
use crate::store::{Counted, Plan, Store, StoreError, Task};
use crate::system::{Clock, Dice};
use attempt::Gear;
use crew::Crew;
pub use feed::{Feed, Made, Part, Place};
pub use knock::{Knock, knock, knock_at_mail};
pub use meter::{Meter, SUCCESS};
use tasks::Tasks;
pub use trial::{Sample, Trial, try_out};

/// The crews of all webhooks.
pub struct Crews {
    tools: Tools,
    crews: Mutex<HashMap<String, Arc<Crew>>>,
    feed: Arc<Feed>,
    tasks: Arc<Tasks>,
}

/// What every crew needs.
#[derive(Clone)]
pub struct Tools {
    /// Where the deliveries are.
    pub store: Arc<Store>,
    /// Looks names up for all of them.
    pub lookups: Lookups,
    /// The time of day.
    pub clock: Clock,
    /// Names samples.
    pub dice: Dice,
    /// Hears of every attempt.
    pub log: Log,
    /// Called when a webhook begins or ceases to fail, or a delivery fails for good: be brief.
    pub on_change: OnChange,
}

/// Hears that something is worth a look at [`Crews::health`].
pub type OnChange = Arc<dyn Fn() + Send + Sync>;

/// How a crew is, for health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrewHealth {
    /// The webhook.
    pub name: String,
    /// Its number in the store.
    pub number: u32,
    /// Requests under way.
    pub in_flight: usize,
    /// Whether something is under way or due for far longer than it can take.
    pub stuck: bool,
    /// How its receiver does.
    pub health: Health,
    /// What is known of it since the start.
    pub since_start: SinceStart,
}

/// What is known of a webhook since the start of the program, and not stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SinceStart {
    /// When a delivery last failed for good.
    pub given_up: Option<Timestamp>,
    /// Since when, and by how many seconds, the receiver's clock is too far ahead of ours.
    pub clock_off: Option<(Timestamp, i64)>,
}

impl Crews {
    /// No crews yet; [`Crews::set`] makes them.
    pub fn new(tools: Tools) -> Crews {
        Crews {
            feed: Arc::new(Feed::new(tools.clock.now())),
            tools,
            crews: Mutex::default(),
            tasks: Arc::default(),
        }
    }

    /// Makes these the webhooks: from one commit on, events go to them and no others. What already
    /// waits for a webhook goes by its new settings; what waits for one that is gone stays.
    /// Nothing is sent before `not_before`.
    pub fn set(&self, webhooks: &[Webhook], not_before: Instant) -> Result<(), SetError> {
        let mut gears = Vec::with_capacity(webhooks.len());
        for webhook in webhooks {
            let gear = Gear::new(webhook, &self.tools.lookups)
                .map_err(|reason| SetError::Webhook(webhook.name.clone(), reason))?;
            gears.push(gear);
        }
        let enrolled = self.tools.store.subscribe(wanted(webhooks));
        let enrolled = enrolled.map_err(SetError::Store)?;
        let mut crews = self.lock();
        let mut before = std::mem::take(&mut *crews);
        for ((webhook, gear), enrolled) in webhooks.iter().zip(gears).zip(enrolled) {
            let crew = match before.remove(&webhook.name) {
                Some(crew) => {
                    crew.go_on(gear);
                    crew
                }
                None => {
                    let (tools, feed) = (self.tools.clone(), self.feed.clone());
                    Crew::start(tools, feed, enrolled, gear, not_before)
                }
            };
            crews.insert(webhook.name.clone(), crew);
        }
        // One that is gone stays until the end: it may have an attempt under way, and come back.
        for (name, crew) in before {
            if !crew.is_dismissed() {
                self.note_removal(&name, crew.number());
            }
            crew.dismiss();
            crews.insert(name, crew);
        }
        self.tasks.start(&self.tools);
        self.tasks.ring();
        Ok(())
    }

    /// Says what becomes of what waits for a webhook that the config has no longer.
    fn note_removal(&self, name: &str, number: u32) {
        let store = &self.tools.store;
        let expires = store.webhook(number).and_then(|known| known.expires());
        if let (Ok(1..), Some(expires)) = (store.waiting(number, 1), expires) {
            self.tools.log.warn(
                "a webhook is not in the config any more; what waits for it is kept, and goes out when it is added again",
                &[("webhook", &name), ("cancelled_at", &expires)],
            );
        }
    }

    /// Counts what a plan means, and begins to do it. What is sent again meets its receiver as one that
    /// comes back: slowly at first.
    pub fn begin_task(&self, plan: Plan) -> Result<(Counted, Task), StoreError> {
        let counted = self.tools.store.count_meant(&plan)?;
        let task = self.tools.store.begin_task(plan, counted.deliveries)?;
        if plan.kind.sends() {
            let crews = self.lock();
            let is_meant =
                |crew: &&Arc<Crew>| plan.which.webhook.is_none_or(|n| n == crew.number());
            let crews = crews.values().filter(is_meant);
            crews.for_each(|crew| crew.start_slowly());
        }
        self.tasks.ring();
        Ok((counted, task))
    }

    /// How each crew is, by name.
    pub fn health(&self) -> Vec<CrewHealth> {
        let crews = self.lock();
        let crews = crews.values().filter(|crew| !crew.is_dismissed());
        let mut health: Vec<CrewHealth> = crews.map(|crew| crew.health()).collect();
        health.sort_by(|a, b| a.name.cmp(&b.name));
        health
    }

    /// The webhook of a crew that is at something for `patience` longer than that can take.
    pub fn stuck(&self, patience: Duration) -> Option<String> {
        let crews = self.lock();
        crews.values().find_map(|crew| crew.stuck(patience))
    }

    /// What the crew of each webhook of the config has sent since the start, by name.
    pub fn meters(&self) -> BTreeMap<String, Arc<Meter>> {
        let crews = self.lock();
        let crews = crews.iter().filter(|(_, crew)| !crew.is_dismissed());
        crews
            .map(|(name, crew)| (name.clone(), crew.meter().clone()))
            .collect()
    }

    /// The newest attempts of all of them.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// Lets a webhook go on, whatever holds it up, and meets its receiver as one that comes back.
    /// Tells whether anything held it up; none when the config has no such webhook.
    pub fn resume(&self, name: &str) -> Result<Option<bool>, StoreError> {
        let Some(crew) = self.crew(name) else {
            return Ok(None);
        };
        crew.start_slowly();
        self.tools.store.resume(name)
    }

    /// Sends nothing more to a webhook until it is resumed; what is under way still ends. Tells
    /// whether that changed anything; none when the config has no such webhook.
    pub fn pause(&self, name: &str) -> Result<Option<bool>, StoreError> {
        match self.crew(name) {
            None => Ok(None),
            Some(_) => self.tools.store.pause(name),
        }
    }

    /// The numbers of the webhooks to which something of one of these leads may be under way.
    pub fn holding(&self, leads: &[u64]) -> Vec<u32> {
        let crews = self.lock();
        let holding = crews.values().filter(|crew| crew.holds(leads));
        holding.map(|crew| crew.number()).collect()
    }

    /// Sends a sample to a webhook; nothing is stored. An error says what is wrong with its settings.
    pub fn try_out(&self, webhook: &Webhook, sample: &Sample) -> Result<Trial, String> {
        let Tools {
            lookups,
            clock,
            dice,
            ..
        } = &self.tools;
        try_out(webhook, sample, lookups, clock, dice)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Crew>>> {
        self.crews.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn crew(&self, name: &str) -> Option<Arc<Crew>> {
        let crews = self.lock();
        let crew = crews.get(name).filter(|crew| !crew.is_dismissed());
        crew.cloned()
    }

    /// Looks at the clock again now.
    pub fn ring(&self) {
        let crews = self.lock();
        crews.values().for_each(|crew| crew.ring());
        self.tasks.ring();
    }

    /// Takes up nothing new, lets running attempts go on for at most `grace`, then breaks them
    /// off; those count for nothing and are made again after the next start. Returns how many.
    pub fn stop(&self, grace: Duration) -> usize {
        self.tasks.stop();
        let crews = std::mem::take(&mut *self.lock());
        let until = Instant::now() + grace;
        crews.values().for_each(|crew| crew.dismiss());
        crews.values().map(|crew| crew.finish(until)).sum()
    }
}

/// What the store has to know of webhooks: their names, and which events they want.
pub fn wanted(webhooks: &[Webhook]) -> Vec<(String, Filter)> {
    let named = webhooks.iter();
    named
        .map(|webhook| (webhook.name.clone(), webhook.filter.clone()))
        .collect()
}

/// Why webhooks could not be set; those from before go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetError {
    /// The settings of this webhook do not work.
    Webhook(String, String),
    /// The store could not note them.
    Store(StoreError),
}

impl std::fmt::Display for SetError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SetError::Webhook(name, reason) => write!(f, "webhook {name}: {reason}"),
            SetError::Store(error) => write!(f, "cannot note the webhooks: {error}"),
        }
    }
}
