//! What the writer, the readers and the owner of the store have in common: its state, its inbox, the open
//! database, and who is told what.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use redb::Database;

use super::commits::Commits;
use super::error::StoreError;
use super::file;
use super::fresh::Fresh;
use super::inbox::{Inbox, Reply, Request};
use super::search::Indexer;
use super::status::{Status, lock};
use super::tallies::Tallies;
use super::webhooks::Board;
use super::writer;
use super::{Bell, Location, Options, State};
use crate::domain::derive::Derivations;
use crate::domain::jump::SetBack;

/// What the writer, the readers and the owner of the store have in common.
pub(super) struct Shared {
    pub(super) options: Options,
    pub(super) status: Status,
    pub(super) inbox: Inbox,
    /// None while it is closed or being opened again.
    pub(super) database: RwLock<Option<Database>>,
    pub(super) fresh: Fresh,
    pub(super) tallies: Tallies,
    pub(super) commits: Commits,
    pub(super) webhooks: Board,
    pub(super) derivations: Mutex<Arc<Derivations>>,
    pub(super) bells: Mutex<HashMap<u32, Bell>>,
    pub(super) set_back: Mutex<SetBack>,
    /// How often it was opened.
    pub(super) openings: AtomicU64,
    pub(super) indexer: Indexer,
    /// How often something was withdrawn that may wait for delivery.
    pub(super) withdrawals: AtomicU64,
    /// From the commit after this one on, the journal lacks nothing.
    pub(super) journal_begin: AtomicU64,
    pub(super) was_clean: AtomicBool,
}

impl Shared {
    /// That of a store which is not open yet.
    pub(super) fn new(options: Options) -> Shared {
        Shared {
            status: Status::new(),
            inbox: Inbox::new(options.posts_max),
            database: RwLock::new(None),
            fresh: Fresh::default(),
            tallies: Tallies::default(),
            commits: Commits::default(),
            webhooks: Board::default(),
            derivations: Mutex::default(),
            bells: Mutex::default(),
            set_back: Mutex::default(),
            openings: AtomicU64::new(0),
            indexer: Indexer::default(),
            withdrawals: AtomicU64::new(0),
            journal_begin: AtomicU64::new(0),
            was_clean: AtomicBool::new(true),
            options,
        }
    }

    pub(super) fn set_state(&self, state: State) {
        if self.status.set(state.clone()) {
            (self.options.on_state)(&state);
            // What waited for another state may go on now.
            self.ring_all();
            self.indexer.call();
        }
    }

    pub(super) fn set_was_clean(&self, was_clean: bool) {
        self.was_clean.store(was_clean, Ordering::Relaxed);
    }

    pub(super) fn put_database(&self, database: Database) {
        let mut present = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *present = Some(database);
        self.openings.fetch_add(1, Ordering::Relaxed);
    }

    /// From the commit after this one on, the journal lacks nothing.
    pub(super) fn journal_begin(&self) -> u64 {
        self.journal_begin.load(Ordering::Relaxed)
    }

    /// Which opening the database has come from that is open now.
    pub(super) fn opening(&self) -> u64 {
        self.openings.load(Ordering::Relaxed)
    }

    pub(super) fn is_open(&self) -> bool {
        self.database
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    pub(super) fn take_database(&self) -> Option<Database> {
        self.database
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// On the disk of the database or on that of the journal, whichever has less.
    pub(super) fn free_bytes(&self) -> Option<u64> {
        if let Some(free) = &self.options.free_space {
            return Some(free());
        }
        let database = match &self.options.location {
            Location::File(path) => file::free_bytes(path),
            Location::Custom(_) => None,
        };
        let journal = self.options.journal.as_ref();
        let journal = journal.and_then(|journal| journal.free_bytes());
        database.into_iter().chain(journal).min()
    }

    pub(super) fn ring(&self, mut webhooks: Vec<u32>) {
        webhooks.sort_unstable();
        webhooks.dedup();
        let bells = lock(&self.bells);
        let rung: Vec<Bell> = webhooks
            .iter()
            .filter_map(|number| bells.get(number).cloned())
            .collect();
        drop(bells);
        rung.iter().for_each(|bell| bell());
    }

    pub(super) fn ring_all(&self) {
        let all = lock(&self.bells).keys().copied().collect();
        self.ring(all);
    }

    pub(super) fn put(&self, request: Request) {
        if let Err(request) = self.inbox.put(request) {
            let error = match self.status.state() {
                State::Ready => StoreError::Busy,
                state => StoreError::Unavailable(state),
            };
            writer::refuse(request, error);
        }
    }

    pub(super) fn wait<T: Send + 'static>(
        &self,
        request: impl FnOnce(Reply<T>) -> Request,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = std::sync::mpsc::channel();
        self.put(request(Box::new(move |result| {
            let _ = sender.send(result);
        })));
        receiver
            .recv()
            .unwrap_or(Err(StoreError::Unavailable(State::Stopping)))
    }
}
