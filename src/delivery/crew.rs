//! A crew: the threads of one webhook, and what they share.
//!
//! A crew has one thread as long as it exists, and more while several deliveries are due, up to its
//! `in_flight`. A delivery is held from when it is taken until its result is committed, so that no
//! two threads send it; held is the lead, since a lane has one delivery under way at most.

mod turn;
mod work;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::attempt::Gear;
use super::{CrewHealth, Feed, Meter, SinceStart, Tools};
use crate::domain::delivery::Outcome;
use crate::domain::health::{Condition, Health, Why};
use crate::domain::pace::{Pace, Wait};
use crate::domain::time::Timestamp;
use crate::store::{Enrolled, Job};

/// Beyond its deadline by so much, an attempt is stuck.
const STUCK_AFTER: Duration = Duration::from_secs(30);

pub(super) struct Crew {
    tools: Tools,
    number: u32,
    gear: RwLock<Arc<Gear>>,
    meter: Arc<Meter>,
    feed: Arc<Feed>,
    state: Mutex<State>,
    wake: Condvar,
}

struct State {
    /// Taken from the store and not yet taken by a thread.
    ready: VecDeque<Job>,
    /// [`crate::store::Store::withdrawals`] as of the last look.
    withdrawals: u64,
    /// The leads whose delivery is in `ready`, under way, or not yet committed.
    held: HashSet<u64>,
    /// The leads whose request is under way, and since when.
    under_way: HashMap<u64, (Instant, Timestamp)>,
    /// The bell rang since the last look.
    rung: bool,
    /// When something becomes due, as of the last look.
    next: Option<Timestamp>,
    /// That is sooner than those who sleep know.
    sooner: bool,
    /// A thread was called and has not come yet; it will call the next one if there is need.
    called: bool,
    /// A thread is looking into the store, since then.
    looking: Option<Instant>,
    threads: usize,
    /// How many of them sleep.
    asleep: usize,
    /// Nothing is sent before.
    not_before: Instant,
    /// Outcomes on their way into the store.
    recording: usize,
    /// Those of them by which the receiver wants nothing more.
    stops: usize,
    pace: Pace,
    /// How many are taken from the store at once; as many as are sent within a second or so, so
    /// that what comes meanwhile does not wait long.
    batch: usize,
    taken: Instant,
    /// Whether the newest one of what is due comes next, where only one at a time may be sent.
    newest_next: bool,
    /// Whether the webhook is suspended, and what is taken is a probe.
    probing: bool,
    /// Until the next probe.
    probe: Wait,
    /// What was probed with last.
    probed_with: Option<(Timestamp, u64)>,
    /// How many probes in a row were rejected for what they were.
    passed_over: usize,
    dismissed: bool,
    /// Running attempts are being broken off; their outcomes count for nothing.
    broken_off: bool,
    since_start: SinceStart,
}

/// So many probes are passed over, one straight after the other, that the receiver rejects for what
/// they are.
const PASSED_OVER_MAX: usize = 8;

impl State {
    fn is_stuck(&self, gear: &Gear, patience: Duration) -> bool {
        let mut attempts = self.under_way.values();
        attempts.any(|(since, _)| since.elapsed() > gear.timeout + patience)
            || self.looking.is_some_and(|since| since.elapsed() > patience)
    }

    /// Lets go of what was taken and is not under way.
    fn give_back(&mut self) {
        for job in self.ready.drain(..) {
            self.held.remove(&job.id.lead);
            self.rung = true;
        }
    }

    /// What came of a probe.
    fn probed(&mut self, outcome: &Outcome) {
        if outcome.is_success() {
            self.pace.start_slowly();
        } else if outcome.is_rejection() && self.passed_over < PASSED_OVER_MAX {
            self.passed_over += 1;
            self.probe = Wait::default();
            return;
        }
        self.passed_over = 0;
    }
}

impl Crew {
    pub(super) fn start(
        tools: Tools,
        feed: Arc<Feed>,
        enrolled: Enrolled,
        gear: Gear,
        not_before: Instant,
    ) -> Arc<Crew> {
        let crew = Arc::new(Crew {
            number: enrolled.number,
            gear: RwLock::new(Arc::new(gear)),
            meter: Arc::default(),
            feed,
            wake: Condvar::new(),
            state: Mutex::new(State {
                ready: VecDeque::new(),
                withdrawals: 0,
                held: HashSet::new(),
                under_way: HashMap::new(),
                rung: true,
                next: None,
                sooner: false,
                called: false,
                looking: None,
                threads: 0,
                asleep: 0,
                not_before,
                recording: 0,
                stops: 0,
                pace: Pace::default(),
                batch: turn::BATCH_MAX,
                taken: Instant::now(),
                newest_next: false,
                // The first probe after a start does not wait.
                probing: is_suspended(&enrolled.health),
                probe: Wait::default(),
                probed_with: None,
                passed_over: 0,
                dismissed: false,
                broken_off: false,
                since_start: SinceStart::default(),
            }),
            tools,
        });
        if enrolled.health.condition() != Condition::Healthy {
            crew.start_slowly();
        }
        crew.hang_bell();
        crew.add_thread(&mut crew.lock());
        crew
    }

    /// Goes on with other settings; also where it was dismissed. What was under way then still is:
    /// a new crew would send it a second time.
    pub(super) fn go_on(self: &Arc<Crew>, gear: Gear) {
        *self.gear.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(gear);
        let mut state = self.lock();
        if std::mem::take(&mut state.dismissed) {
            drop(state);
            self.hang_bell();
            self.ring();
        }
    }

    fn hang_bell(self: &Arc<Crew>) {
        let bell = Arc::downgrade(self);
        let ring = move || {
            if let Some(crew) = bell.upgrade() {
                crew.ring();
            }
        };
        self.tools.store.set_bell(self.number, Some(Arc::new(ring)));
    }

    fn gear(&self) -> Arc<Gear> {
        self.gear
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Something may have become due.
    pub(super) fn ring(self: &Arc<Crew>) {
        let mut state = self.lock();
        state.rung = true;
        // Whoever looks at the moment sees to it.
        if state.looking.is_none() {
            self.call_help(&mut state);
        }
    }

    /// Meets the receiver as one that comes back.
    pub(super) fn start_slowly(&self) {
        self.lock().pace.start_slowly();
    }

    /// Takes up nothing more.
    pub(super) fn dismiss(&self) {
        self.tools.store.set_bell(self.number, None);
        self.lock().dismissed = true;
        self.wake.notify_all();
    }

    /// Whether it takes up nothing more.
    pub(super) fn is_dismissed(&self) -> bool {
        self.lock().dismissed
    }

    /// Waits until all threads have ended; breaks off what is still under way at `until`. Returns
    /// how many attempts that were.
    pub(super) fn finish(&self, until: Instant) -> usize {
        const BREAK_OFF: Duration = Duration::from_secs(2);
        let working = |state: &mut State| state.threads > 0;
        let wait = |state, limit| {
            let woken = self.wake.wait_timeout_while(state, limit, working);
            woken.unwrap_or_else(PoisonError::into_inner).0
        };
        let mut state = wait(self.lock(), until.saturating_duration_since(Instant::now()));
        let broken_off = state.under_way.len();
        if state.threads > 0 {
            state.broken_off = true;
            drop(state);
            self.gear().shutdown();
            drop(wait(self.lock(), BREAK_OFF));
        }
        broken_off
    }

    /// Whether something of one of these leads may be under way, or its result not yet committed.
    pub(super) fn holds(&self, leads: &[u64]) -> bool {
        let state = self.lock();
        leads.iter().any(|lead| state.held.contains(lead))
    }

    /// What it has sent since the start.
    pub(super) fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    pub(super) fn health(&self) -> CrewHealth {
        let gear = self.gear();
        let state = self.lock();
        CrewHealth {
            name: gear.name.to_string(),
            number: self.number,
            in_flight: state.under_way.len(),
            stuck: state.is_stuck(&gear, STUCK_AFTER),
            health: self.stored_health(),
            since_start: state.since_start,
        }
    }

    /// Its webhook, where an attempt or a look into the store takes so much longer than it can.
    pub(super) fn stuck(&self, patience: Duration) -> Option<String> {
        let gear = self.gear();
        let stuck = self.lock().is_stuck(&gear, patience);
        stuck.then(|| gear.name.to_string())
    }

    /// As of the last commit.
    fn stored_health(&self) -> Health {
        let enrolled = self.tools.store.webhook(self.number);
        enrolled.map_or_else(Health::default, |enrolled| enrolled.health.clone())
    }

    /// The number of its webhook.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_suspended(health: &Health) -> bool {
    health.hold.is_some_and(|hold| hold.why == Why::Suspended)
}
