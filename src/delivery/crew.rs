//! A crew: the threads of one webhook, and what they share.
//!
//! A crew has one thread as long as it exists, and more while several deliveries are due, up to its
//! `in_flight`. A delivery is held from when it is taken until its result is committed, so that no
//! two threads send it; held is the lead, since a lane has one delivery under way at most.

mod work;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use super::attempt::Gear;
use super::{CrewHealth, Meter, SinceStart, Tools};
use crate::domain::time::Timestamp;
use crate::store::{Enrolled, Job, StoreError};

/// So many deliveries are read from the store at once.
const TAKEN_AT_ONCE: usize = 64;
/// So many may be under way, or answered and not yet committed, before no more are taken.
const HELD_MAX: usize = 1024;
/// No sleep is longer, so that a clock that jumped ahead is noticed.
const SLEEP_MAX: Duration = Duration::from_secs(60);
/// A thread that finds nothing to do for so long ends, unless it is the last.
const LINGER: Duration = Duration::from_secs(10);
/// Beyond its deadline by so much, an attempt is stuck.
const STUCK_AFTER: Duration = Duration::from_secs(30);

pub(super) struct Crew {
    tools: Tools,
    number: u32,
    gear: RwLock<Arc<Gear>>,
    meter: Arc<Meter>,
    state: Mutex<State>,
    wake: Condvar,
}

struct State {
    /// Taken from the store and not yet taken by a thread.
    ready: VecDeque<Job>,
    /// The leads whose delivery is in `ready`, under way, or not yet committed.
    held: HashSet<u64>,
    /// The leads whose request is under way, and since when.
    under_way: HashMap<u64, Instant>,
    /// The bell rang since the last look.
    rung: bool,
    /// When something becomes due, as of the last look.
    next: Option<Timestamp>,
    /// That is sooner than those who sleep know.
    sooner: bool,
    /// A thread was called and has not come yet; it will call the next one if there is need.
    called: bool,
    /// A thread is looking.
    looking: bool,
    threads: usize,
    /// How many of them sleep.
    asleep: usize,
    /// Nothing is sent before.
    not_before: Instant,
    stopped: Option<Timestamp>,
    dismissed: bool,
    /// Running attempts are being broken off; their outcomes count for nothing.
    broken_off: bool,
    failures_in_a_row: u64,
    last_failure: Option<String>,
    since_start: SinceStart,
}

impl State {
    /// Lets go of what was taken and is not under way.
    fn give_back(&mut self) {
        for job in self.ready.drain(..) {
            self.held.remove(&job.id.lead);
            self.rung = true;
        }
    }
}

impl Crew {
    pub(super) fn start(
        tools: Tools,
        enrolled: Enrolled,
        gear: Gear,
        not_before: Instant,
    ) -> Arc<Crew> {
        let crew = Arc::new(Crew {
            number: enrolled.number,
            gear: RwLock::new(Arc::new(gear)),
            meter: Arc::default(),
            wake: Condvar::new(),
            state: Mutex::new(State {
                ready: VecDeque::new(),
                held: HashSet::new(),
                under_way: HashMap::new(),
                rung: true,
                next: None,
                sooner: false,
                called: false,
                looking: false,
                threads: 0,
                asleep: 0,
                not_before,
                stopped: enrolled.stopped,
                dismissed: false,
                broken_off: false,
                failures_in_a_row: 0,
                last_failure: None,
                since_start: SinceStart::default(),
            }),
            tools,
        });
        crew.hang_bell();
        crew.add_thread(&mut crew.lock());
        crew
    }

    /// Goes on with other settings; also where it was dismissed. What was under way then still is:
    /// a new crew would send it a second time.
    pub(super) fn go_on(self: &Arc<Crew>, enrolled: Enrolled, gear: Gear) {
        *self.gear.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(gear);
        let mut state = self.lock();
        if std::mem::take(&mut state.dismissed) {
            state.stopped = enrolled.stopped;
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
        if !state.looking {
            self.call_help(&mut state);
        }
    }

    /// The receiver wants to be sent again.
    pub(super) fn resume(self: &Arc<Crew>) {
        self.lock().stopped = None;
        self.ring();
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

    /// What it has sent since the start.
    pub(super) fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    pub(super) fn health(&self) -> CrewHealth {
        let gear = self.gear();
        let state = self.lock();
        let stuck_after = gear.timeout + STUCK_AFTER;
        CrewHealth {
            name: gear.name.to_string(),
            number: self.number,
            in_flight: state.under_way.len(),
            stuck: state
                .under_way
                .values()
                .any(|since| since.elapsed() > stuck_after),
            stopped: state.stopped,
            failures_in_a_row: state.failures_in_a_row,
            last_failure: state.last_failure.clone(),
            since_start: state.since_start,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more thread. Where the system has none to give, those that are there must do; with none
    /// at all, the next bell tries again.
    fn add_thread(self: &Arc<Crew>, state: &mut State) {
        let crew = self.clone();
        let name = format!("crew-{}", self.gear().name);
        match thread::Builder::new().name(name).spawn(move || crew.work()) {
            Ok(_) => {
                state.threads += 1;
                state.called = true;
            }
            Err(error) => self.tools.log.error(
                "no thread could be started; deliveries wait",
                &[("webhook", &self.gear().name), ("error", &error)],
            ),
        }
    }

    fn work(self: Arc<Crew>) {
        self.lock().called = false;
        while let Some(job) = self.next_job() {
            self.deliver(job);
        }
        self.wake.notify_all();
    }

    /// Waits for the next delivery; none when this thread is not needed any more, and counts as
    /// ended.
    fn next_job(self: &Arc<Crew>) -> Option<Job> {
        let mut state = self.lock();
        let mut idle_since = Instant::now();
        loop {
            if state.dismissed {
                state.threads -= 1;
                return None;
            }
            if !self.may_send(&state) {
                state.give_back();
            }
            if let Some(job) = state.ready.pop_front() {
                if self.wants_help(&state) {
                    self.call_help(&mut state);
                }
                state.under_way.insert(job.id.lead, Instant::now());
                return Some(job);
            }
            if self.may_look(&state) {
                state = self.look(state);
                idle_since = Instant::now();
                continue;
            }
            // One that sleeps is enough; those that are busy see to nothing.
            let spare = state.asleep > 0;
            if spare && idle_since.elapsed() >= LINGER {
                state.threads -= 1;
                return None;
            }
            let due = self.sleep(&state);
            let sleep = match spare {
                true => due.min(LINGER.saturating_sub(idle_since.elapsed())),
                false => due,
            };
            state.sooner = false;
            state.asleep += 1;
            let woken = self.wake.wait_timeout(state, sleep);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
            state.asleep -= 1;
            state.called = false;
        }
    }

    /// Whether somebody else has to see to something while this thread is busy: what is ready, what
    /// the bell tells of, or what becomes due.
    fn wants_help(&self, state: &State) -> bool {
        let unwatched = state.next.is_some() && (state.sooner || state.asleep == 0);
        !state.ready.is_empty() || state.rung || unwatched
    }

    /// Wakes a thread, or starts one where there are fewer than may be under way.
    fn call_help(self: &Arc<Crew>, state: &mut State) {
        if state.called {
            return;
        }
        if state.asleep > 0 {
            state.called = true;
            self.wake.notify_one();
        } else if state.threads < self.gear().in_flight {
            self.add_thread(state);
        }
    }

    fn may_look(&self, state: &State) -> bool {
        let due = || {
            state
                .next
                .is_some_and(|next| next <= self.tools.clock.now())
        };
        !state.looking
            && state.held.len() < HELD_MAX
            && (state.rung || due())
            && Instant::now() >= state.not_before
            && self.may_send(state)
    }

    /// Whether the receiver wants anything, and results can be recorded.
    fn may_send(&self, state: &State) -> bool {
        state.stopped.is_none() && self.tools.store.state().sends()
    }

    /// Until something becomes due. What is due already and may not be taken yet waits for the bell,
    /// which rings when the store is well again and when results are committed.
    fn sleep(&self, state: &State) -> Duration {
        let delay = state.not_before.saturating_duration_since(Instant::now());
        if !delay.is_zero() {
            return delay;
        }
        let now = self.tools.clock.now();
        match state.next {
            Some(next) if next > now => now.until(next).min(SLEEP_MAX),
            _ => SLEEP_MAX,
        }
    }

    /// Takes what is due from the store, without the lock: the others go on meanwhile.
    fn look<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.rung = false;
        state.looking = true;
        // Before the read begins: what is let go of later was committed later.
        let held = state.held.clone();
        drop(state);
        let schedule = self.gear().schedule.clone();
        let longest_wait = |tries| schedule.longest_wait_after(tries);
        let now = self.tools.clock.now();
        let due = self
            .tools
            .store
            .due(self.number, now, &longest_wait, &held, TAKEN_AT_ONCE);
        let mut state = self.lock();
        state.looking = false;
        match due {
            Ok(due) => {
                for (lead, error) in &due.unreadable {
                    self.log_unreadable(*lead, error);
                    // Held for good: it would only be found again.
                    state.held.insert(*lead);
                }
                state.sooner |=
                    due.next.is_some() && (state.next.is_none() || due.next < state.next);
                state.next = due.next;
                state.held.extend(due.jobs.iter().map(|job| job.id.lead));
                state.ready.extend(due.jobs);
            }
            // The store looks into it, and rings when it is well again.
            Err(_) => state.next = Some(now.after(LINGER)),
        }
        state
    }

    fn log_unreadable(&self, lead: u64, error: &StoreError) {
        let values: [(&str, &dyn std::fmt::Display); 3] = [
            ("webhook", &self.gear().name),
            ("lead", &lead),
            ("error", error),
        ];
        self.tools
            .log
            .error("delivery cannot be read and stays where it is", &values);
    }
}
