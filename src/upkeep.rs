//! Upkeep: backups, letting go of what is old, and erasing those who want to be forgotten.
//!
//! One thread of low priority does what the time of day asks for, and finishes what was broken off. It
//! sleeps until the next thing is due or somebody rings.

mod backups;
mod erasure;
mod hook;
mod retention;
mod shelf;

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::domain::jump::Pulse;
use crate::domain::retention::Retention;
use crate::domain::time::Timestamp;
use crate::log::Log;
use crate::store::Store;
use crate::system::{Clock, stand_back};

pub use backups::{BackupHealth, Backups};
pub use erasure::Remains;
pub use shelf::Shelf;

/// What upkeep is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// None: no backups are made.
    pub backups: Option<Backups>,
    /// How long things are kept.
    pub retention: Retention,
    /// Where the files that came with leads are, if they are on a disk.
    pub folder: Option<PathBuf>,
    /// A backup leaves so many bytes free on its disk.
    pub space_left: u64,
}

/// The thread and what it works with.
pub struct Upkeep {
    inner: Arc<Inner>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Inner {
    store: Arc<Store>,
    plan: Plan,
    clock: Clock,
    log: Log,
    asked: Mutex<Asked>,
    rung: Condvar,
    health: Mutex<BackupHealth>,
    /// By which retention notices that the clock was set.
    pulse: Mutex<Pulse>,
    /// Whoever erases has it.
    erasing: Mutex<()>,
    /// When all is looked through for what is old.
    retention_due: Mutex<Timestamp>,
}

/// What others want of the thread.
#[derive(Default)]
struct Asked {
    backup: bool,
    rung: bool,
    stop: bool,
}

/// So that a clock that was set is noticed, it is looked at this often at least.
const LOOK_AGAIN: Duration = Duration::from_secs(3600);

impl Upkeep {
    /// Starts the thread.
    pub fn start(store: Arc<Store>, plan: Plan, clock: Clock, log: Log) -> std::io::Result<Upkeep> {
        let inner = Arc::new(Inner {
            store,
            plan,
            pulse: Mutex::new(Pulse::new(clock.now(), clock.steady())),
            retention_due: Mutex::new(clock.now().after(retention::FIRST_AFTER)),
            clock,
            log,
            asked: Mutex::default(),
            rung: Condvar::new(),
            health: Mutex::default(),
            erasing: Mutex::default(),
        });
        let work = inner.clone();
        let thread = thread::Builder::new().name("upkeep".to_owned());
        let thread = thread.spawn(move || {
            stand_back();
            work.run();
        })?;
        Ok(Upkeep {
            inner,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Looks at the clock and the store now.
    pub fn ring(&self) {
        self.inner.ask(|asked| asked.rung = true);
    }

    /// Asks for a backup now; tells whether any are made at all.
    pub fn ask_for_backup(&self) -> bool {
        let made = self.inner.plan.backups.is_some();
        if made {
            lock(&self.inner.health).is_running = true;
            self.inner.ask(|asked| asked.backup = true);
        }
        made
    }

    /// The backups that there are, the newest last, each with its bytes.
    pub fn backups(&self) -> std::io::Result<Vec<(PathBuf, u64)>> {
        let Some(backups) = &self.inner.plan.backups else {
            return Ok(Vec::new());
        };
        let sized = |path: PathBuf| {
            let bytes = path.metadata().map_or(0, |file| file.len());
            (path, bytes)
        };
        Ok(backups.shelf.backups()?.into_iter().map(sized).collect())
    }

    /// How it is with backups; none where none are made.
    pub fn health(&self) -> Option<BackupHealth> {
        self.inner.health()
    }

    /// Breaks off what is under way and ends the thread.
    pub fn stop(&self) {
        self.inner.ask(|asked| asked.stop = true);
        if let Some(thread) = lock(&self.thread).take() {
            let _ = thread.join();
        }
    }
}

impl Inner {
    fn ask(&self, change: impl FnOnce(&mut Asked)) {
        change(&mut lock(&self.asked));
        self.rung.notify_all();
    }

    fn is_stopping(&self) -> bool {
        lock(&self.asked).stop
    }

    /// Leaves disk and processor to others for so long, or until the end.
    fn pause(&self, limit: Duration) {
        let goes_on = |asked: &mut Asked| !asked.stop;
        drop(
            self.rung
                .wait_timeout_while(lock(&self.asked), limit, goes_on),
        );
    }

    fn run(&self) {
        loop {
            let wait = match self.store.state().sends() {
                true => {
                    self.see_to_erasures();
                    let backup = self.see_to_backups();
                    backup.min(self.see_to_retention()).min(LOOK_AGAIN)
                }
                false => {
                    self.refuse_backup();
                    LOOK_AGAIN
                }
            };
            let idle = |asked: &mut Asked| !asked.rung && !asked.backup && !asked.stop;
            let waited = self
                .rung
                .wait_timeout_while(lock(&self.asked), wait, idle)
                .unwrap_or_else(PoisonError::into_inner);
            let mut asked = waited.0;
            if asked.stop {
                return;
            }
            asked.rung = false;
        }
    }
}

/// A lock whose holder panicked is taken all the same: what it guards is a plain value.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
