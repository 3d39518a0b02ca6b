//! The store: leads, the delivery queue and what came of it, in one redb database.
//!
//! All writes go through one thread, which commits what waits together and answers after the
//! commit. Reads see the last commit. A lead is what its newest event says; a delivery is due when
//! it is the head of its lane and its time has come. What is on disk stands in `tables.rs`.
//!
//! The store has a state ([`State`]) that says what it can do; it recovers by itself where that is
//! possible, and says what a person has to do where it is not.

mod audit;
mod backup;
mod book_record;
mod changes;
mod codec;
mod commits;
mod compact;
mod contacts;
mod copy;
mod counters;
mod deliveries;
mod delivery_record;
mod due;
mod erasure;
mod errand;
mod error;
mod event_record;
mod file;
mod fresh;
mod idempotency;
mod inbox;
mod journal;
mod kept_files;
mod leads;
mod notice;
mod old_leads;
mod open_error;
mod options;
mod queue;
mod read;
mod removal;
mod restore;
mod retention;
mod search;
mod shared;
mod status;
mod tables;
mod tallies;
mod tasks;
mod tokens;
mod verify;
mod webhooks;
mod writer;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::domain::derive::Derivations;
use crate::domain::intake::Refusal;
use crate::domain::raw::Raw;
use crate::domain::webhook::Filter;
use inbox::Request;
use search::Indexer;
use shared::Shared;
use status::lock;
use writer::Writer;

pub use audit::{DEEDS_KEPT, Deed};
pub use backup::{Backup, LastBackup, Progress, copy_backup};
pub use commits::Commits;
pub use compact::compact;
pub use deliveries::{Deliveries, Direction, Listed, Selection, States};
pub use delivery_record::Delivery;
pub use due::{Due, Job};
pub use erasure::{Bite, ERASED_AT_ONCE, Erasure, Received, Traces, write_list};
pub use error::StoreError;
pub use file::{Location, Opener};
pub use fresh::RenderedEvent;
pub use idempotency::IdempotencyKey;
pub use inbox::Reply;
pub use journal::{Medium, Strip, journal_in};
pub use leads::{Post, PostResult, Receipt, Rejection};
pub use notice::Notice;
pub use old_leads::{Old, TakeOver, TakenOver};
pub use open_error::OpenError;
pub use options::{FreeSpace, OnNotice, OnState, Options};
pub use queue::{DeliveryId, Recorded, Report};
pub use read::Counts;
pub use restore::{Restore, Restored};
pub use retention::{Ages, Ended, KeptFile, OldLeads, Superseded, Which};
pub use search::{Cursor, Day, Fate, Found, Page};
pub use status::State;
pub use tasks::{Counted, Plan, Task, TaskKind};
pub use tokens::{Rights, TOKENS_MAX, Token, TokenRefusal};
pub use webhooks::{Enrolled, HealthChange};

/// The folder beside the database with the files that came with leads.
pub const FILES_FOLDER: &str = "files";

/// Told that something has become due.
pub type Bell = Arc<dyn Fn() + Send + Sync>;

/// An open store. Dropping it without [`Store::close`] is what a crash looks like to the database.
pub struct Store {
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    /// Opens the store in a thread of its own and returns at once, so that the listeners can
    /// already answer that it is being opened. From the first lead on, events go to `webhooks`.
    /// `opened` hears how the opening went; after an error that may pass, the store goes on trying.
    pub fn start(
        options: Options,
        webhooks: Vec<(String, Filter)>,
        opened: impl FnOnce(Result<(), OpenError>) + Send + 'static,
    ) -> std::io::Result<Store> {
        let shared = Arc::new(Shared::new(options));
        Indexer::start(&shared)?;
        Store::open(shared, Some(webhooks), opened)
    }

    /// The same for who only looks into it, or copies it: webhooks stay as they are known, and nothing
    /// is indexed. So nothing is written that the journal does not have.
    pub fn look(
        options: Options,
        opened: impl FnOnce(Result<(), OpenError>) + Send + 'static,
    ) -> std::io::Result<Store> {
        Store::open(Arc::new(Shared::new(options)), None, opened)
    }

    fn open(
        shared: Arc<Shared>,
        webhooks: Option<Vec<(String, Filter)>>,
        opened: impl FnOnce(Result<(), OpenError>) + Send + 'static,
    ) -> std::io::Result<Store> {
        let mut writer = Writer::new(shared.clone(), webhooks);
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                let shared = writer.shared();
                let work = move || {
                    opened(writer.open());
                    writer.run();
                };
                if catch_unwind(AssertUnwindSafe(work)).is_err() {
                    let state = State::Failed("its writer has died".to_owned());
                    shared.set_state(state.clone());
                    writer::refuse_all(&shared.inbox, &StoreError::Unavailable(state));
                    (shared.options.give_up)();
                }
            })?;
        Ok(Store {
            shared,
            writer: Mutex::new(Some(thread)),
        })
    }

    /// Takes a post in. `reply` hears of it after the commit; see [`StoreError`] for what else it
    /// may hear.
    pub fn submit(&self, post: Post, reply: Reply<Result<Receipt, Rejection>>) {
        let state = self.state();
        if !state.takes_leads() {
            return reply(Err(StoreError::Unavailable(state)));
        }
        self.put(Request::Submit(Box::new(post), reply));
    }

    /// Takes a post in and waits for the commit; for who has a thread to wait on.
    pub fn submit_and_wait(&self, post: Post) -> Result<Result<Receipt, Rejection>, StoreError> {
        self.wait(|reply| Request::Submit(Box::new(post), reply))
    }

    /// Records an attempt and decides what comes next. `reply` hears none when the delivery was
    /// no longer waiting.
    pub fn record(&self, report: Report, reply: Reply<Option<Recorded>>) {
        self.put(Request::Record(Box::new(report), reply));
    }

    /// Sets the webhooks that events go to from now on, and waits until that is so. Gives what is
    /// stored of each, in the same order.
    pub fn subscribe(&self, webhooks: Vec<(String, Filter)>) -> Result<Vec<Enrolled>, StoreError> {
        self.wait(|reply| Request::Subscribe(webhooks, reply))
    }

    /// Sets how leads are derived from the next write on, whichever way they come.
    pub fn derive_by(&self, derivations: Arc<Derivations>) {
        *lock(&self.shared.derivations) = derivations;
    }

    /// Applies a person's edit, an object of field names and values, and waits for the commit. None
    /// when there is no such lead.
    pub fn edit(
        &self,
        lead: u64,
        edits: Raw,
    ) -> Result<Option<Result<Receipt, Refusal>>, StoreError> {
        self.wait(|reply| Request::Edit(lead, edits, reply))
    }

    /// Rings `bell` whenever something may have become due to this webhook, and never again
    /// another one that was set before.
    pub fn set_bell(&self, webhook: u32, bell: Option<Bell>) {
        let mut bells = lock(&self.shared.bells);
        match bell {
            Some(bell) => bells.insert(webhook, bell),
            None => bells.remove(&webhook),
        };
    }

    /// What the store can do at the moment.
    pub fn state(&self) -> State {
        self.shared.status.state()
    }

    /// Whether the last stop was a clean one.
    pub fn was_clean(&self) -> bool {
        self.shared.was_clean.load(Ordering::Relaxed)
    }

    /// How long the writer has been at its present group of writes; a healthy one takes
    /// milliseconds.
    pub fn writer_busy_for(&self) -> Duration {
        self.shared.status.busy_for()
    }

    /// The commits since the start.
    pub fn commits(&self) -> &Commits {
        &self.shared.commits
    }

    /// Free bytes on the disk, where that can be known.
    pub fn free_bytes(&self) -> Option<u64> {
        self.shared.free_bytes()
    }

    /// Bytes of the files of the journal; none where none is kept, or that cannot be known.
    pub fn journal_bytes(&self) -> Option<u64> {
        self.shared.options.journal.as_ref()?.bytes()
    }

    /// Writes what was asked before, leaves the database in good order and closes it.
    pub fn close(&self) {
        self.keep_tallies();
        self.shared.set_state(State::Stopping);
        self.shared.indexer.close();
        self.shared.inbox.close();
        if let Some(writer) = lock(&self.writer).take() {
            let _ = writer.join();
        }
    }

    fn put(&self, request: Request) {
        self.shared.put(request);
    }

    fn wait<T: Send + 'static>(
        &self,
        request: impl FnOnce(Reply<T>) -> Request,
    ) -> Result<T, StoreError> {
        self.shared.wait(request)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
