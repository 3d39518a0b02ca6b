//! Backups to a schedule: made, counted, handed to the hook, and the old ones let go.
//!
//! A backup is due when the last good one is old enough, when the journal and the last one do not
//! make everything again, and when somebody asks. An old one only goes when a newer one is verified.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{Inner, Shelf, hook, lock};
use crate::domain::time::Timestamp;
use crate::store::{Backup, LastBackup, State, StoreError};

/// With more writes than this in a second, whoever copies rests
const WRITES_FEW: f64 = 500.0;
/// so many times as long as it worked: it shares disk and processor with them.
const REST_TIMES: u32 = 3;

/// How backups are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backups {
    /// Where they are.
    pub shelf: Shelf,
    /// How often; none: only when somebody asks.
    pub every: Option<Duration>,
    /// So many are kept.
    pub keep: usize,
    /// Takes each off the machine.
    pub run: Option<String>,
    /// So long it may take.
    pub run_timeout: Duration,
}

/// How it is with backups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackupHealth {
    /// The newest that counts.
    pub last: Option<LastBackup>,
    /// Where the newest one of this process is.
    pub path: Option<PathBuf>,
    /// Whether one is being made, or was asked for.
    pub is_running: bool,
    /// Rows that are copied, and all.
    pub rows: (u64, u64),
    /// When the last try failed and why, until one succeeds.
    pub problem: Option<(Timestamp, String)>,
    /// Why the command for it failed, until it succeeds.
    pub hook_problem: Option<String>,
    /// Whether the last good one is older than two intervals.
    pub is_overdue: bool,
}

/// After so long a backup that failed is tried again.
const RETRY: Duration = Duration::from_secs(600);

impl Inner {
    /// How it is with backups; none where none are made.
    pub(super) fn health(&self) -> Option<BackupHealth> {
        let backups = self.plan.backups.as_ref()?;
        let mut health = lock(&self.health).clone();
        // A store that is not open tells nothing; then what it told last counts.
        if let Ok(last) = self.store.last_backup() {
            health.last = last;
        }
        let now = self.clock.now();
        let late = |every: Duration| match health.last {
            Some(last) => last.at.after(every * 2) < now,
            None => health.problem.is_some(),
        };
        health.is_overdue = backups.every.is_some_and(late);
        Some(health)
    }

    /// Makes a backup if one is due. Gives the time until the next one.
    pub(super) fn see_to_backups(&self) -> Duration {
        let Some(backups) = &self.plan.backups else {
            return Duration::MAX;
        };
        let asked = std::mem::take(&mut lock(&self.asked).backup);
        match self.wait(backups) {
            wait if !asked && !wait.is_zero() => wait,
            _ => {
                self.make_and_tell(backups);
                self.wait(backups)
            }
        }
    }

    /// Tells who asked for a backup that the store cannot make one now.
    pub(super) fn refuse_backup(&self) {
        if std::mem::take(&mut lock(&self.asked).backup) {
            let mut health = lock(&self.health);
            health.is_running = false;
            health.problem = Some((self.clock.now(), self.store.state().sentence()));
        }
    }

    /// How long until a backup is due.
    fn wait(&self, backups: &Backups) -> Duration {
        let now = self.clock.now();
        let failed = lock(&self.health).problem.as_ref().map(|(at, _)| *at);
        if let Some(at) = failed.filter(|at| *at <= now) {
            return now.until(at.after(RETRY));
        }
        let Some(every) = backups.every else {
            return Duration::MAX;
        };
        match self.store.last_backup() {
            Ok(Some(last)) if last.with_journal != Some(false) && last.at <= now => {
                now.until(last.at.after(every))
            }
            // None yet, or one that the journal does not go on from, or a clock that jumped back.
            Ok(_) => Duration::ZERO,
            Err(_) => RETRY,
        }
    }

    fn make_and_tell(&self, backups: &Backups) {
        lock(&self.health).is_running = true;
        let made = self.make(backups);
        // Who asked meanwhile gets one that was begun later.
        let is_asked = lock(&self.asked).backup;
        let mut health = lock(&self.health);
        health.is_running = is_asked;
        match made {
            Ok(backup) => {
                health.problem = None;
                health.path = Some(backup.path.clone());
                drop(health);
                let (path, files) = (backup.path.display().to_string(), backup.files);
                let values: [(&str, &dyn Display); 3] =
                    [("path", &path), ("bytes", &backup.bytes), ("files", &files)];
                self.log.info("backup made and verified", &values);
                self.hand_over(backups, &backup);
            }
            // It is made again after the next start.
            Err(StoreError::Unavailable(State::Stopping)) => {}
            Err(error) => {
                health.problem = Some((self.clock.now(), error.to_string()));
                drop(health);
                self.log.error("no backup", &[("reason", &error)]);
            }
        }
    }

    fn make(&self, backups: &Backups) -> Result<Backup, StoreError> {
        let (shelf, now) = (&backups.shelf, self.clock.now());
        let before = shelf.begin()?;
        let mut breath = Breath::begin(self);
        let mut progress = |copied, all| {
            lock(&self.health).rows = (copied, all);
            breath.rest();
            match self.is_stopping() {
                true => Err(StoreError::Unavailable(State::Stopping)),
                false => Ok(()),
            }
        };
        let place = shelf.place(now);
        let left = self.plan.space_left;
        let backup = self
            .store
            .back_up(&place, before.as_deref(), left, &mut progress)?;
        self.store.count_backup(&backup, now)?;
        if let Err(error) = shelf.keep(backups.keep, &place) {
            self.log
                .warn("old backups cannot be removed", &[("reason", &error)]);
        }
        Ok(backup)
    }

    /// Has the owner's command take it off the machine.
    fn hand_over(&self, backups: &Backups, backup: &Backup) {
        let Some(command) = &backups.run else { return };
        let stops = || self.is_stopping();
        let ran = hook::run(command, &backup.path, backups.run_timeout, stops);
        match &ran {
            Ok(()) => self.log.info("backup handed to backup.run", &[]),
            Err(why) => self.log.error("backup.run failed", &[("reason", why)]),
        }
        lock(&self.health).hook_problem = ran.err();
    }
}

/// Lets the copy rest where leads come in faster than both can go on at once.
struct Breath<'a> {
    inner: &'a Inner,
    since: Instant,
    writes: u64,
}

impl Breath<'_> {
    fn begin(inner: &Inner) -> Breath<'_> {
        Breath {
            inner,
            since: Instant::now(),
            writes: inner.store.commits().requests.total(),
        }
    }

    fn rest(&mut self) {
        let now = Breath::begin(self.inner);
        let worked = now.since - self.since;
        if (now.writes - self.writes) as f64 > WRITES_FEW * worked.as_secs_f64() {
            self.inner.pause(worked * REST_TIMES);
        }
        *self = Breath::begin(self.inner);
    }
}
