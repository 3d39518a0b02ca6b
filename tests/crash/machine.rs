//! A machine: a disk in memory, a store on it, a clock that the test turns, and what people were
//! told.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use leadhook::domain::time::Timestamp;
use leadhook::domain::webhook::Filter;
use leadhook::store::{
    Location, Medium, Notice, OpenError, Options, Post, Receipt, Recorded, Rejection, Report,
    State, Store, StoreError,
};
use leadhook::system::{Clock, Dice};
use redb::Database;

use crate::chance::Chance;
use crate::daemon::{BEGIN, LIMIT, wait_until};
use crate::disk::{Disk, Handle};

/// The webhooks that every machine has. Both want everything.
pub(crate) const WEBHOOKS: [&str; 2] = ["crm", "sheet"];

/// So little memory that the store reads from the disk, too.
const CACHE_BYTES: usize = 64 * 1024;

pub(crate) struct Machine {
    pub(crate) store: Store,
    /// What came of the first opening.
    pub(crate) opened: Result<(), OpenError>,
    now_ms: Arc<AtomicU64>,
    /// Free bytes on the disk.
    pub(crate) free: Arc<AtomicU64>,
    pub(crate) gave_up: Arc<AtomicBool>,
    /// How often the disk was opened.
    pub(crate) openings: Arc<AtomicUsize>,
    /// What the store had to say.
    pub(crate) notices: Arc<Mutex<String>>,
}

/// Below this the machine's store takes no leads.
pub(crate) const LOW_SPACE: u64 = 1000;
/// Below this it writes nothing.
pub(crate) const VERY_LOW_SPACE: u64 = 100;

pub(crate) fn wanted() -> Vec<(String, Filter)> {
    WEBHOOKS
        .map(|name| (name.to_owned(), Filter::default()))
        .to_vec()
}

impl Machine {
    /// Switches a machine on that has this disk, and waits for the first opening.
    pub(crate) fn start(disk: &Arc<Disk>, seed: u64) -> Machine {
        Machine::start_on(disk, None, seed)
    }

    /// The same with a journal.
    pub(crate) fn start_journaled(
        disk: &Arc<Disk>,
        journal: Arc<dyn Medium>,
        seed: u64,
    ) -> Machine {
        Machine::start_on(disk, Some(journal), seed)
    }

    fn start_on(disk: &Arc<Disk>, journal: Option<Arc<dyn Medium>>, seed: u64) -> Machine {
        let openings = Arc::new(AtomicUsize::new(0));
        let (disk, counter) = (disk.clone(), openings.clone());
        let location = Location::Custom(Arc::new(move |builder: &redb::Builder| {
            counter.fetch_add(1, Ordering::SeqCst);
            let opened: Result<Database, _> = builder.create_with_backend(Handle(disk.clone()));
            opened
        }));
        Machine::boot(location, journal, openings, seed)
    }

    /// The same with the database elsewhere.
    pub(crate) fn start_at(location: Location, openings: Arc<AtomicUsize>, seed: u64) -> Machine {
        Machine::boot(location, None, openings, seed)
    }

    fn boot(
        location: Location,
        journal: Option<Arc<dyn Medium>>,
        openings: Arc<AtomicUsize>,
        seed: u64,
    ) -> Machine {
        let notices = Arc::<Mutex<String>>::default();
        let hears = notices.clone();
        let now_ms = Arc::new(AtomicU64::new(BEGIN.0));
        let free = Arc::new(AtomicU64::new(u64::MAX));
        let gave_up = Arc::new(AtomicBool::new(false));
        let (tells_time, tells_free) = (now_ms.clone(), free.clone());
        let gives_up = gave_up.clone();
        let dice = Mutex::new(Chance(seed));
        let options = Options {
            location,
            journal,
            cache_bytes: CACHE_BYTES,
            low_space_bytes: LOW_SPACE,
            very_low_space_bytes: VERY_LOW_SPACE,
            posts_max: 1024,
            clock: Clock::new(move || Timestamp(tells_time.load(Ordering::SeqCst))),
            dice: Dice::new(move |bytes| {
                let mut dice = dice.lock().expect("the dice");
                bytes.fill_with(|| dice.next() as u8);
            }),
            free_space: Some(Arc::new(move || tells_free.load(Ordering::SeqCst))),
            on_state: Arc::new(|_| {}),
            on_notice: Arc::new(move |notice| {
                if let Notice::Store(sentence) = notice {
                    hears.lock().expect("notices").push_str(sentence);
                }
            }),
            give_up: Arc::new(move || gives_up.store(true, Ordering::SeqCst)),
        };
        let (sender, opened) = mpsc::channel();
        let store = Store::start(options, wanted(), move |result| {
            let _ = sender.send(result);
        });
        Machine {
            store: store.expect("a thread for the writer"),
            opened: opened.recv_timeout(LIMIT).expect("the opening ends"),
            now_ms,
            free,
            gave_up,
            openings,
            notices,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.now_ms.load(Ordering::SeqCst))
    }

    pub(crate) fn turn_clock(&self, by: Duration) {
        self.now_ms
            .fetch_add(by.as_millis() as u64, Ordering::SeqCst);
    }

    /// Submits posts, which may share a commit, and waits for all answers. `answered` hears each
    /// before anything else happens to the disk.
    pub(crate) fn submit<'a>(
        &self,
        posts: impl IntoIterator<Item = &'a Post>,
        answered: impl Fn(usize) + Clone + Send + 'static,
    ) -> Vec<Result<Result<Receipt, Rejection>, StoreError>> {
        let (sender, answers) = mpsc::channel();
        let mut count = 0;
        for (n, post) in posts.into_iter().enumerate() {
            let (sender, answered) = (sender.clone(), answered.clone());
            let reply = move |result: Result<_, StoreError>| {
                if result.is_ok() {
                    answered(n);
                }
                let _ = sender.send((n, result));
            };
            self.store.submit(post.clone(), Box::new(reply));
            count += 1;
        }
        in_order(&answers, count)
    }

    /// Records attempts in the same way.
    pub(crate) fn record(
        &self,
        reports: &[Report],
        answered: impl Fn(usize, Option<Recorded>) + Clone + Send + 'static,
    ) -> Vec<Result<Option<Recorded>, StoreError>> {
        let (sender, answers) = mpsc::channel();
        for (n, report) in reports.iter().enumerate() {
            let (sender, answered) = (sender.clone(), answered.clone());
            let reply = move |result: Result<_, StoreError>| {
                if let Ok(recorded) = &result {
                    answered(n, *recorded);
                }
                let _ = sender.send((n, result));
            };
            self.store.record(report.clone(), Box::new(reply));
        }
        in_order(&answers, reports.len())
    }

    pub(crate) fn wait_until_ready(&self) {
        wait_until("a store that is ready again", || {
            self.store.state() == State::Ready
        });
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.store.close();
    }
}

fn in_order<T>(answers: &mpsc::Receiver<(usize, T)>, count: usize) -> Vec<T> {
    let mut all: Vec<(usize, T)> = (0..count)
        .map(|_| answers.recv_timeout(LIMIT).expect("every caller hears"))
        .collect();
    all.sort_by_key(|(n, _)| *n);
    all.into_iter().map(|(_, result)| result).collect()
}
