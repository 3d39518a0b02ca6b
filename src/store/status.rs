//! The state the store is in, for everybody who must act on it: ingest, the crews, health.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What the store can do at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The database is being opened; percent of a repair, if there is one.
    Opening(u8),
    /// Everything.
    Ready,
    /// The disk is nearly full: no new leads, but deliveries go on, since they free space.
    LowSpace,
    /// The disk is so full that not even results could be recorded: nothing goes.
    VeryLowSpace,
    /// A write or read failed; it is being opened again.
    Failed(String),
    /// The database is damaged, missing or replaced: a person must act. Says how.
    Damaged(String),
    /// It is closing.
    Stopping,
}

impl State {
    /// Whether new leads are taken.
    pub fn takes_leads(&self) -> bool {
        *self == State::Ready
    }

    /// Whether deliveries are sent: only what can also be recorded.
    pub fn sends(&self) -> bool {
        matches!(self, State::Ready | State::LowSpace)
    }

    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            State::Opening(_) => "opening",
            State::Ready => "ready",
            State::LowSpace | State::VeryLowSpace => "insufficient_storage",
            State::Failed(_) => "store_failed",
            State::Damaged(_) => "store_damaged",
            State::Stopping => "stopping",
        }
    }

    /// When a client that was refused may try again, in seconds.
    pub fn retry_after_s(&self) -> u32 {
        match self {
            State::Opening(_) => 2,
            State::LowSpace | State::VeryLowSpace | State::Damaged(_) => 60,
            State::Ready | State::Failed(_) | State::Stopping => 10,
        }
    }

    /// One sentence for people, without personal data.
    pub fn sentence(&self) -> String {
        match self {
            State::Opening(percent) => {
                format!("the database is being opened ({percent} % checked)")
            }
            State::Ready => "the store takes leads".to_owned(),
            State::LowSpace => {
                "the disk is nearly full; no leads are taken until there is space".to_owned()
            }
            State::VeryLowSpace => {
                "the disk is full; nothing is taken or sent until there is space".to_owned()
            }
            State::Failed(reason) => {
                format!("the database failed and is being opened again: {reason}")
            }
            State::Damaged(reason) => reason.clone(),
            State::Stopping => "the daemon is stopping".to_owned(),
        }
    }
}

/// The state, shared; and the writer's pulse.
#[derive(Debug)]
pub(crate) struct Status {
    state: Mutex<State>,
    began: Instant,
    /// Milliseconds after `began` at which the writer took up its present work, plus one; 0: idle.
    busy_since_ms: AtomicU64,
}

impl Status {
    pub(crate) fn new() -> Status {
        Status {
            state: Mutex::new(State::Opening(0)),
            began: Instant::now(),
            busy_since_ms: AtomicU64::new(0),
        }
    }

    pub(crate) fn state(&self) -> State {
        lock(&self.state).clone()
    }

    /// Sets the state and tells whether it is another one. One that is stopping comes to no other.
    pub(crate) fn set(&self, state: State) -> bool {
        let mut present = lock(&self.state);
        let changed = *present != State::Stopping && *present != state;
        if changed {
            *present = state;
        }
        changed
    }

    pub(crate) fn set_busy(&self, busy: bool) {
        let now = self.now_ms() + 1;
        self.busy_since_ms
            .store(if busy { now } else { 0 }, Ordering::Relaxed);
    }

    /// How long the writer has been at its present group of writes.
    pub(crate) fn busy_for(&self) -> Duration {
        match self.busy_since_ms.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            since => Duration::from_millis((self.now_ms() + 1).saturating_sub(since)),
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX - 1)
    }
}

/// A lock whose holder panicked is taken all the same: what it guards is a plain value.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
