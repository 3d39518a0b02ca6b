//! Whose turn it is: how a thread of a crew comes by its next delivery, and how long it sleeps.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{Crew, State};
use crate::domain::health::Why;
use crate::domain::pace::{Turn, Wait};
use crate::domain::time::Timestamp;
use crate::store::{Due, Job, StoreError};

/// So many deliveries are read from the store at once at most.
pub(super) const BATCH_MAX: usize = 64;
/// One in so many is what became due last, where more is due than is taken.
const NEWEST_ONE_IN: usize = 4;
/// What is taken at once should be sent in less than this, and in more than a quarter of it.
const BATCH_TIME: Duration = Duration::from_secs(1);
/// So many may be under way, or answered and not yet committed, before no more are taken.
const HELD_MAX: usize = 1024;
/// No sleep is longer, so that a clock that jumped ahead is noticed.
const SLEEP_MAX: Duration = Duration::from_secs(60);
/// A thread that finds nothing to do for so long ends, unless it is the last.
const LINGER: Duration = Duration::from_secs(10);

/// What may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// All that is due.
    All,
    /// Now and then one.
    Probe,
    /// Nothing.
    Nothing,
}

impl Crew {
    /// One more thread. Where the system has none to give, those that are there must do; with none
    /// at all, the next bell tries again.
    pub(super) fn add_thread(self: &Arc<Crew>, state: &mut State) {
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
            let mode = self.mode(&mut state);
            let turn = self.turn(&mut state, mode);
            if turn == Turn::Now {
                if let Some(job) = state.ready.pop_front() {
                    self.begin(&mut state, &job, mode);
                    return Some(job);
                }
                if self.may_look(&state, mode) {
                    state = self.look(state, mode);
                    idle_since = Instant::now();
                    continue;
                }
            }
            // One that sleeps is enough; those that are busy see to nothing.
            let spare = state.asleep > 0;
            if spare && idle_since.elapsed() >= LINGER {
                state.threads -= 1;
                return None;
            }
            let due = self.sleep(&state, mode, turn);
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

    /// Notes that this one is under way from now on, and sees to it that somebody looks after the
    /// rest.
    fn begin(self: &Arc<Crew>, state: &mut State, job: &Job, mode: Mode) {
        let limits = self.gear().limits;
        let now = self.tools.clock.now();
        state.pace.begin(&limits, now);
        state.under_way.insert(job.id.lead, (Instant::now(), now));
        if self.turn(state, mode) != Turn::AfterAnother(None) && wants_help(state) {
            self.call_help(state);
        }
    }

    /// What may be sent at the moment. What was taken for another reason is given back.
    fn mode(&self, state: &mut State) -> Mode {
        let withdrawals = self.tools.store.withdrawals();
        if withdrawals != std::mem::replace(&mut state.withdrawals, withdrawals) {
            state.give_back();
        }
        let hold = self.stored_health().hold;
        let mode = match hold.map(|hold| hold.why) {
            // The receiver may want nothing more, or a result could not be recorded.
            _ if state.stops > 0 || !self.tools.store.state().sends() => Mode::Nothing,
            None => Mode::All,
            Some(Why::Suspended) => Mode::Probe,
            Some(Why::Paused | Why::Stopped) => Mode::Nothing,
        };
        let probing = mode == Mode::Probe;
        if mode == Mode::Nothing || probing != state.probing {
            state.give_back();
        }
        if probing
            && !state.probing
            && let Some(hold) = hold
        {
            state.probe = Wait::begin(hold.since, self.gear().schedule.probe_every);
        }
        if mode != Mode::Nothing {
            state.probing = probing;
        }
        mode
    }

    /// Whether another request may begin. What was taken and has to wait for its time is given back.
    fn turn(&self, state: &mut State, mode: Mode) -> Turn {
        let now = self.tools.clock.now();
        let limits = self.gear().limits;
        let began = state.under_way.values().map(|(_, began)| *began);
        let is_busy = began.len() > 0 || state.recording > 0;
        let turn = match (mode, state.pace.turn(&limits, began, now)) {
            (Mode::Nothing, _) => Turn::AfterAnother(None),
            // One after the other, each with what the one before has left.
            (Mode::Probe, _) if is_busy => Turn::AfterAnother(None),
            (Mode::Probe, Turn::Now) if state.ready.is_empty() => match state.probe.left(now) {
                Duration::ZERO => Turn::Now,
                left => Turn::In(left),
            },
            (_, turn) => turn,
        };
        if matches!(turn, Turn::In(_)) {
            state.give_back();
        }
        turn
    }

    /// Wakes a thread, or starts one where there are fewer than may be under way.
    pub(super) fn call_help(self: &Arc<Crew>, state: &mut State) {
        if state.called {
            return;
        }
        if state.asleep > 0 {
            state.called = true;
            self.wake.notify_one();
        } else if state.threads < self.gear().limits.in_flight {
            self.add_thread(state);
        }
    }

    fn may_look(&self, state: &State, mode: Mode) -> bool {
        let due = || {
            state
                .next
                .is_some_and(|next| next <= self.tools.clock.now())
        };
        state.looking.is_none()
            && state.held.len() < HELD_MAX
            && (mode == Mode::Probe || state.rung || due())
            && Instant::now() >= state.not_before
    }

    /// Until something becomes due and may be sent. What is due already and may not be taken yet
    /// waits for the bell, which rings when the store is well again, when results are committed, and
    /// when the webhook goes on.
    fn sleep(&self, state: &State, mode: Mode, turn: Turn) -> Duration {
        let delay = state.not_before.saturating_duration_since(Instant::now());
        if !delay.is_zero() {
            return delay;
        }
        let now = self.tools.clock.now();
        match (turn, state.next) {
            (Turn::In(wait) | Turn::AfterAnother(Some(wait)), _) => wait.min(SLEEP_MAX),
            (Turn::Now, Some(next)) if mode == Mode::All && next > now => {
                now.until(next).min(SLEEP_MAX)
            }
            _ => SLEEP_MAX,
        }
    }

    /// Takes what is due from the store, without the lock: the others go on meanwhile.
    fn look<'a>(&'a self, mut state: MutexGuard<'a, State>, mode: Mode) -> MutexGuard<'a, State> {
        state.rung = false;
        state.looking = Some(Instant::now());
        let now = self.tools.clock.now();
        let (limit, newest) = self.measure(&mut state, now);
        let behind = state.probed_with;
        // Before the read begins: what is let go of later was committed later.
        let held = state.held.clone();
        drop(state);
        let store = &self.tools.store;
        let due = match mode {
            Mode::Probe => store.probe(self.number, behind, &held).map(|job| Due {
                jobs: job.into_iter().collect(),
                ..Due::default()
            }),
            _ => store.due(self.number, now, &held, limit, newest),
        };
        let mut state = self.lock();
        state.looking = None;
        if mode == Mode::Probe {
            state.probe = Wait::begin(now, self.gear().schedule.probe_every);
            if let Ok(Due { jobs, .. }) = &due
                && let Some(job) = jobs.first()
            {
                state.probed_with = Some((job.due, job.id.lead));
            }
        }
        match due {
            Ok(due) => self.take(&mut state, due),
            // The store looks into it, and rings when it is well again.
            Err(_) => state.next = Some(now.after(LINGER)),
        }
        state
    }

    fn take(&self, state: &mut State, due: Due) {
        for (lead, error) in &due.unreadable {
            self.log_unreadable(*lead, error);
            // Held for good: it would only be found again.
            state.held.insert(*lead);
        }
        state.sooner |= due.next.is_some() && (state.next.is_none() || due.next < state.next);
        state.next = due.next;
        state.held.extend(due.jobs.iter().map(|job| job.id.lead));
        state.ready.extend(due.jobs);
    }

    /// How many to take from the store at once, and how many of them from among the newest.
    fn measure(&self, state: &mut State, now: Timestamp) -> (usize, usize) {
        let limits = self.gear().limits;
        let took = state.taken.elapsed();
        state.taken = Instant::now();
        state.batch = match took {
            took if took > BATCH_TIME => (state.batch / 2).max(limits.in_flight.min(BATCH_MAX)),
            took if took < BATCH_TIME / 4 => (state.batch * 2).min(BATCH_MAX),
            _ => state.batch,
        };
        let room = state.pace.room(&limits, now).unwrap_or(state.batch);
        let limit = room.clamp(1, state.batch);
        state.newest_next = !state.newest_next;
        let newest = match limit < NEWEST_ONE_IN {
            true => usize::from(state.newest_next),
            false => limit / NEWEST_ONE_IN,
        };
        (limit, newest)
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

/// Whether somebody else has to see to something while this thread is busy: what is ready, what the
/// bell tells of, or what becomes due.
fn wants_help(state: &State) -> bool {
    let unwatched = state.next.is_some() && (state.sooner || state.asleep == 0);
    !state.ready.is_empty() || state.rung || unwatched
}
