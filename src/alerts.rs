//! Alerts: the owner hears of trouble by a second way, before it costs a lead.
//!
//! One thread looks at the facts whenever a bell rings or the next thing is due, holds them against the
//! book of incidents (`domain::incident`), and sends what there is to tell to every channel: e-mail, and
//! webhooks that are for alerts only. The book is kept in the store after each message, so a restart
//! repeats none. A channel that fails is logged, shown in health and tried again; it is never told of
//! through itself. The same thread asks the heartbeat's address and writes the digest.

mod channels;
mod digest;
mod facts;
mod heartbeat;

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::delivery::Crews;
use crate::domain::incident::{Alert, Book, Incident, Message, News, Review, compose};
use crate::domain::time::Timestamp;
use crate::domain::watch::Watch;
use crate::log::Log;
use crate::outbound::Lookups;
use crate::store::Store;
use crate::system::{Clock, Dice};
use crate::upkeep::Upkeep;
use channels::Channel;
pub use channels::ChannelHealth;
use heartbeat::Heart;

/// No sleep is longer, so that a clock that jumped ahead is noticed.
const SLEEP_MAX: Duration = Duration::from_secs(60);
/// When nobody takes a message, the waits until it is sent again; the last one goes on.
const WAITS: [Duration; 5] = [
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
    Duration::from_secs(1800),
    Duration::from_secs(3600),
];
/// At the end of the program so long is waited for a message under way.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// What alerts need of the program.
#[derive(Clone)]
pub struct Tools {
    /// Where the book is, and how the database does.
    pub store: Arc<Store>,
    /// How the webhooks do.
    pub crews: Arc<Crews>,
    /// How old the last backup is.
    pub upkeep: Arc<Upkeep>,
    /// The time of day.
    pub clock: Clock,
    /// Names messages.
    pub dice: Dice,
    /// Hears of what could not be told.
    pub log: Log,
    /// Looks names up.
    pub lookups: Lookups,
}

/// The one who tells.
pub struct Alerts {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    tools: Tools,
    gear: Mutex<Arc<Gear>>,
    state: Mutex<State>,
    wake: Condvar,
}

/// What the settings make; exchanged as a whole when the config changes.
struct Gear {
    watch: Watch,
    /// Sources, and after how long their silence is told.
    silences: Vec<(String, Duration)>,
    channels: Vec<Channel>,
    heart: Option<Heart>,
}

#[derive(Default)]
struct State {
    rung: bool,
    stopping: bool,
    /// What is not in order, for health.
    open: Vec<Alert>,
}

/// How alerts do, for health.
#[derive(Clone, Debug, Default)]
pub struct AlertsHealth {
    /// Each channel.
    pub channels: Vec<ChannelHealth>,
    /// What is not in order.
    pub open: Vec<Alert>,
}

impl Alerts {
    /// Begins to watch; an error says which setting does not work.
    pub fn start(
        tools: Tools,
        watch: &Watch,
        silences: Vec<(String, Duration)>,
    ) -> Result<Alerts, String> {
        let gear = Gear::new(watch, silences, &tools.lookups)?;
        let shared = Arc::new(Shared {
            tools,
            gear: Mutex::new(Arc::new(gear)),
            state: Mutex::default(),
            wake: Condvar::new(),
        });
        let running = shared.clone();
        let thread = std::thread::Builder::new()
            .name("alerts".to_owned())
            .spawn(move || running.run())
            .map_err(|error| format!("no thread for alerts: {error}"))?;
        Ok(Alerts {
            shared,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Goes over to other settings, or keeps those from before and says why.
    pub fn set(&self, watch: &Watch, silences: Vec<(String, Duration)>) -> Result<(), String> {
        let gear = Gear::new(watch, silences, &self.shared.tools.lookups)?;
        *lock(&self.shared.gear) = Arc::new(gear);
        self.ring();
        Ok(())
    }

    /// Something may have changed, or the clock has jumped.
    pub fn ring(&self) {
        lock(&self.shared.state).rung = true;
        self.shared.wake.notify_all();
    }

    /// How alerts do.
    pub fn health(&self) -> AlertsHealth {
        let gear = lock(&self.shared.gear).clone();
        AlertsHealth {
            channels: gear.channels.iter().map(Channel::health).collect(),
            open: lock(&self.shared.state).open.clone(),
        }
    }

    /// Tells nothing more; a message under way is broken off.
    pub fn stop(&self) {
        lock(&self.shared.state).stopping = true;
        self.shared.wake.notify_all();
        let gear = lock(&self.shared.gear).clone();
        let Some(thread) = lock(&self.thread).take() else {
            return;
        };
        let until = Instant::now() + STOP_LIMIT;
        while !thread.is_finished() && Instant::now() < until {
            gear.channels.iter().for_each(Channel::shutdown);
            gear.heart.iter().for_each(Heart::shutdown);
            std::thread::park_timeout(Duration::from_millis(5));
        }
        if thread.is_finished() {
            let _ = thread.join();
        }
    }
}

impl Gear {
    fn new(
        watch: &Watch,
        silences: Vec<(String, Duration)>,
        lookups: &Lookups,
    ) -> Result<Gear, String> {
        Ok(Gear {
            channels: channels::of(watch, lookups)?,
            heart: watch
                .heartbeat
                .as_ref()
                .map(|heartbeat| Heart::new(heartbeat, lookups))
                .transpose()?,
            watch: watch.clone(),
            silences,
        })
    }
}

/// What the thread remembers from one look to the next.
#[derive(Default)]
struct Memory {
    /// None until the store could be read.
    book: Option<Book>,
    /// When a delivery of each webhook had last failed for good, as of the last look.
    given_up: HashMap<String, Timestamp>,
    /// Whether the book on disk is another one.
    unkept: bool,
    /// How often in a row nobody took a message, and when it is sent again.
    refused: usize,
    not_before: Option<Timestamp>,
}

impl Shared {
    fn run(&self) {
        let mut memory = Memory::default();
        while !lock(&self.state).stopping {
            let next = self.look(&mut memory);
            let now = self.tools.clock.now();
            let sleep = next.map_or(SLEEP_MAX, |next| now.until(next).min(SLEEP_MAX));
            let quiet = |state: &mut State| !state.rung && !state.stopping;
            let waited = self
                .wake
                .wait_timeout_while(lock(&self.state), sleep, quiet);
            waited.unwrap_or_else(PoisonError::into_inner).0.rung = false;
        }
    }

    /// One look at everything; tells when the next one is due.
    fn look(&self, memory: &mut Memory) -> Option<Timestamp> {
        let gear = lock(&self.gear).clone();
        let now = self.tools.clock.now();
        if memory.book.is_none() {
            match self.tools.store.book() {
                Ok(book) => memory.book = Some(book),
                // What cannot be read is begun anew; a store that is not open yet is waited for, but not
                // for long: that it does not open is to be told.
                Err(error) if self.tools.store.state().takes_leads() => {
                    self.log_unkept(&error);
                    memory.book = Some(Book::default());
                }
                Err(_) => {}
            }
        }
        let mut unopened = Book::default();
        let before = memory.book.clone();
        let book = memory.book.as_mut().unwrap_or(&mut unopened);
        let (findings, due) = self.findings(&gear, book, &mut memory.given_up, now);
        let mut review = book.review(&findings, &gear.watch.rules, now);
        review.sooner(due);
        lock(&self.state).open = open(book);
        let alerts = std::mem::take(&mut review.alerts);
        self.tell(&gear, memory, alerts, now, &mut review);
        // Before the store is open nothing is known, and nothing said.
        if let (Some(heart), Some(_)) = (&gear.heart, &memory.book) {
            let is_well = findings.is_empty() && self.tools.store.state().takes_leads();
            review.sooner(Some(heart.beat(is_well, now, &self.tools.log)));
        }
        review.sooner(self.digest(&gear, memory, now));
        memory.unkept |= memory.book != before;
        self.keep(memory);
        review.next
    }

    /// Sends what there is to tell, as far as the hour allows; what nobody takes is sent again later.
    fn tell(
        &self,
        gear: &Gear,
        memory: &mut Memory,
        alerts: Vec<Alert>,
        now: Timestamp,
        review: &mut Review,
    ) {
        let Some(book) = memory.book.as_mut() else {
            return;
        };
        if alerts.is_empty() || gear.channels.is_empty() {
            return;
        }
        if let Some(wait) = memory.not_before.filter(|wait| now < *wait) {
            return review.sooner(Some(wait));
        }
        let allowed = match book.allowance(&gear.watch.rules, now) {
            Ok(allowed) => allowed,
            Err(next) => return review.sooner(Some(next)),
        };
        for message in compose(alerts, allowed) {
            if !self.send(gear, &message, now) {
                let wait = WAITS[memory.refused.min(WAITS.len() - 1)];
                memory.refused += 1;
                memory.not_before = Some(now.after(wait));
                return review.sooner(memory.not_before);
            }
            memory.refused = 0;
            memory.not_before = None;
            book.told(&message.alerts, now);
            memory.unkept = true;
        }
        // What was told may have an end or a reminder to wait for.
        review.sooner(Some(now.after(SLEEP_MAX)));
    }

    /// Sends a message to every channel; tells whether anybody took it.
    fn send(&self, gear: &Gear, message: &Message, now: Timestamp) -> bool {
        let id = self.tools.dice.id("alert_");
        let mut taken = false;
        for channel in &gear.channels {
            taken |= channel.send(&id, message, now, &self.tools.log);
        }
        self.tools
            .log
            .warn("alert", &[("title", &message.title), ("told", &taken)]);
        taken
    }

    fn keep(&self, memory: &mut Memory) {
        let Some(book) = memory.book.as_ref().filter(|_| memory.unkept) else {
            return;
        };
        if !self.tools.store.state().sends() {
            return;
        }
        match self.tools.store.keep_book(book) {
            Ok(()) => memory.unkept = false,
            Err(error) => self.log_unkept(&error),
        }
    }

    fn log_unkept(&self, error: &dyn std::fmt::Display) {
        let message = "what was told of incidents is not on disk; a restart may repeat it";
        self.tools.log.warn(message, &[("error", error)]);
    }
}

/// What is not in order at the moment.
fn open(book: &Book) -> Vec<Alert> {
    let open = book
        .incidents
        .iter()
        .filter(|incident| incident.gone.is_none());
    open.map(as_open).collect()
}

fn as_open(incident: &Incident) -> Alert {
    Alert {
        news: News::Opened,
        finding: incident.finding.clone(),
        over: None,
    }
}

/// A lock whose holder panicked is taken all the same: what it guards is a plain value.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
