//! The writer: the one thread that changes the database.
//!
//! What waits when a commit ends goes into the next one together, so an fsync is shared by all who
//! wait for one; a single caller is not kept waiting for company. Every commit is durable before
//! anybody hears of it. One caller's rejection leaves the others of its group untouched. An error of
//! the storage fails the whole group, whose outcome is then unknown, and the database is opened
//! again from what the disk really has.

mod recovery;
mod settle;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use redb::{Database, Durability, ReadableTableMetadata};

use super::changes::Changes;
use super::contacts::Contacts;
use super::counters::Counters;
use super::file::{self, Identity};
use super::inbox::{Found, POSTS_PER_GROUP_MAX, Request};
use super::journal::Journal;
use super::leads::{self, Context};
use super::notice::Notice;
use super::open_error::OpenError;
use super::queue;
use super::search;
use super::status::{State, lock};
use super::tables::Tables;
use super::tallies;
use super::webhooks::{Enrolled, Registry, Subscription};
use super::{Shared, StoreError};
use crate::domain::derive::Derivations;
use crate::domain::judgement::Echoes;
use crate::domain::webhook::Filter;
use settle::broke_off;

pub(crate) use settle::{Settled, refuse, refuse_all, settle};

/// How often a full or failed store looks whether it can go on.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// How often the free space is asked for while there is work.
const SPACE_CHECK: Duration = Duration::from_secs(1);
/// With more deliveries waiting than this, and so many results in one commit, delivery is at work
/// and behind.
const PENDING_MANY: u64 = 10_000;
const RESULTS_MANY: usize = 8;
/// So many posts are taken with each commit then.
const POSTS_WHILE_BEHIND: usize = 8;
/// So many storage errors within the time below, and the process had better start afresh.
const FAILURES_MAX: usize = 3;
const FAILURES_WITHIN: Duration = Duration::from_secs(600);

pub(crate) struct Writer {
    shared: Arc<Shared>,
    /// The webhooks that events go to, by name.
    wanted: Option<Vec<(String, Filter)>>,
    /// The same, with their numbers; none before the first opening.
    subscriptions: Vec<Subscription>,
    webhooks: Registry,
    /// How leads are derived, as of the last group of writes.
    derivations: Arc<Derivations>,
    /// Which leads have a contact.
    contacts: Contacts,
    /// What was written lately; a start begins anew.
    echoes: Echoes,
    counters: Counters,
    /// None while the database is closed, or where none is kept.
    journal: Option<Journal>,
    /// The newest commit that somebody was told of; it must be there after a reopening.
    acknowledged: u64,
    /// Deliveries that waited after the last write.
    pending: u64,
    /// Leads that the index of words does not know as they are, after the last write.
    stale: u64,
    /// Results of attempts in the last group.
    results: usize,
    file: Option<Identity>,
    failures: VecDeque<Instant>,
    space_checked: Option<Instant>,
    /// A write failed for want of space: until then the disk counts as full, whatever it says.
    full_until: Option<Instant>,
}

/// Whom to tell what, once the commit has ended.
#[derive(Default)]
struct Told {
    /// Webhooks to which something has become due.
    rung: Vec<u32>,
    notices: Vec<Notice>,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, wanted: Option<Vec<(String, Filter)>>) -> Writer {
        Writer {
            shared,
            wanted,
            subscriptions: Vec::new(),
            webhooks: Registry::default(),
            derivations: Arc::default(),
            contacts: Contacts::none(),
            echoes: Echoes::default(),
            counters: Counters {
                next_lead: 1,
                sequence: 0,
                stored_bytes: 0,
            },
            journal: None,
            acknowledged: 0,
            pending: 0,
            stale: 0,
            results: 0,
            file: None,
            failures: VecDeque::new(),
            space_checked: None,
            full_until: None,
        }
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// Opens the database for the first time. After an error that may pass, [`Writer::run`] goes on
    /// trying.
    pub(crate) fn open(&mut self) -> Result<(), OpenError> {
        let opened = self
            .open_file(false)
            .and_then(|opened| self.take_up(opened));
        if let Err(error) = &opened {
            self.shared.set_state(error.state());
        }
        opened
    }

    /// Writes until the inbox is closed and empty, then leaves the database in good order.
    pub(crate) fn run(mut self) {
        let mut looked = Instant::now();
        loop {
            let all_well = self.shared.status.state() == State::Ready;
            let limit = (!all_well).then(|| LOOK_AGAIN.saturating_sub(looked.elapsed()));
            match self.shared.inbox.take(limit, self.posts_at_most()) {
                Found::Group(group) => self.serve(group),
                Found::Nothing => {}
                Found::Closed => break,
            }
            // Also where something is asked for all the time.
            if !all_well && looked.elapsed() >= LOOK_AGAIN {
                self.look_again();
                looked = Instant::now();
            } else if all_well {
                looked = Instant::now();
            }
        }
        if let Some(database) = self.shared.take_database() {
            // The next start finds it unclean if this fails, and that is all.
            let _ = file::set_clean(&database, true);
            drop(database);
        }
    }

    /// Back-pressure: while deliveries are being made and many more wait, posts come in a few at a
    /// time, so that the queue does not grow faster than it can be sent. That still takes thousands
    /// of leads a second; a receiver that is slow or dead brings hardly any results and so does not
    /// slow down the posts.
    fn posts_at_most(&self) -> usize {
        match self.pending > PENDING_MANY && self.results >= RESULTS_MANY {
            true => POSTS_WHILE_BEHIND,
            false => POSTS_PER_GROUP_MAX,
        }
    }

    fn serve(&mut self, group: Vec<Request>) {
        self.shared.status.set_busy(true);
        self.results = group
            .iter()
            .filter(|request| matches!(request, Request::Record(..)))
            .count();
        self.check_file();
        self.check_space();
        let state = self.shared.status.state();
        let (group, refused): (Vec<Request>, Vec<Request>) =
            group.into_iter().partition(|request| match request {
                Request::Submit(..) | Request::Edit(..) => {
                    state.takes_leads() || state == State::Stopping
                }
                _ => state.sends() || state == State::Stopping,
            });
        for request in refused {
            refuse(request, StoreError::Unavailable(state.clone()));
        }
        if !group.is_empty() {
            self.commit(group);
        }
        self.shared.status.set_busy(false);
    }

    /// One transaction for the whole group. Whoever hears of a failure finds the state to match.
    fn commit(&mut self, group: Vec<Request>) {
        let mut settled = Vec::with_capacity(group.len());
        let mut told = Told::default();
        let counters = self.counters;
        let (wanted, subscriptions) = (self.wanted.clone(), self.subscriptions.clone());
        let (requests, began) = (group.len(), Instant::now());
        let mut group = group.into_iter();
        let written = catch_unwind(AssertUnwindSafe(|| {
            self.write(&mut group, &mut settled, &mut told)
        }));
        let committed = written.unwrap_or_else(|_| Err(broke_off()));
        match &committed {
            Ok(()) => {
                // A sign of life for the watchdog changes nothing, and is no commit.
                if self.counters.sequence != counters.sequence {
                    self.shared.commits.duration.observe(began.elapsed());
                    self.shared.commits.requests.observe_size(requests);
                }
                self.acknowledged = self.counters.sequence;
                self.webhooks.publish(&self.shared.webhooks);
            }
            Err(error) => {
                self.shared.commits.failures.increment();
                self.counters = counters;
                (self.wanted, self.subscriptions) = (wanted, subscriptions);
                self.shared.fresh.clear();
                self.shared.set_state(State::Failed(error.to_string()));
            }
        }
        for reply in settled {
            reply(committed.clone());
        }
        match committed {
            Ok(()) => {
                let on_notice = &self.shared.options.on_notice;
                told.notices.iter().for_each(|notice| on_notice(notice));
                self.shared.ring(told.rung);
                let indexer = &self.shared.indexer;
                indexer.written(counters.next_lead, self.counters.next_lead, self.stale);
            }
            Err(error) => {
                group.for_each(|request| refuse(request, error.clone()));
                self.recover(error);
            }
        }
    }

    fn write(
        &mut self,
        group: &mut impl Iterator<Item = Request>,
        settled: &mut Vec<Settled>,
        told: &mut Told,
    ) -> Result<(), StoreError> {
        let shared = self.shared.clone();
        let reading = shared
            .database
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let database = reading
            .as_ref()
            .ok_or(StoreError::Unavailable(shared.status.state()))?;
        self.derivations = lock(&shared.derivations).clone();
        self.transact(database, |writer, tables| {
            for request in group {
                writer.apply(tables, told, request, settled)?;
            }
            writer.webhooks.keep(tables)?;
            writer.pending = tables.pending.len()?;
            writer.stale = tables.stale.len()?;
            Ok(())
        })
    }

    /// One transaction, which is first in the journal and then in the database. Nothing is written
    /// where nothing changes.
    fn transact(
        &mut self,
        database: &Database,
        work: impl FnOnce(&mut Writer, &mut Tables<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let before = self.counters;
        let mut transaction = database.begin_write()?;
        transaction.set_quick_repair(true);
        transaction
            .set_durability(Durability::Immediate)
            .map_err(StoreError::failed)?;
        let changes = Changes::new(self.journal.is_some());
        {
            let mut tables = Tables::open(&transaction, &changes)?;
            work(self, &mut tables)?;
            if changes.count() == 0 {
                return Ok(());
            }
            self.counters.sequence += 1;
            self.contacts.write(&mut tables, self.counters.sequence)?;
            self.counters.stored_bytes = before.stored_bytes.saturating_add_signed(changes.grown());
            self.counters.write(&mut tables, &before)?;
        }
        if let (Some(journal), Some(rows)) = (&mut self.journal, changes.into_rows()) {
            journal.append(self.counters.sequence, &rows)?;
        }
        Ok(transaction.commit()?)
    }

    /// Does one request in the open transaction.
    fn apply(
        &mut self,
        tables: &mut Tables<'_>,
        told: &mut Told,
        request: Request,
        settled: &mut Vec<Settled>,
    ) -> Result<(), StoreError> {
        let shared = self.shared.clone();
        let mut context = Context {
            now: shared.options.clock.now(),
            derivations: &self.derivations,
            echoes: &mut self.echoes,
            subscriptions: &self.subscriptions,
            contacts: &mut self.contacts,
            next_lead: &mut self.counters.next_lead,
            dice: &shared.options.dice,
            fresh: &shared.fresh,
            webhooks: &mut self.webhooks,
            rung: &mut told.rung,
            notices: &mut told.notices,
        };
        match request {
            Request::Submit(post, reply) => settle(settled, reply, || {
                leads::submit(tables, &mut context, *post)
            }),
            Request::Edit(lead, edits, reply) => settle(settled, reply, || {
                leads::edit(tables, &mut context, lead, edits)
            }),
            Request::Record(report, reply) => settle(settled, reply, || {
                queue::record(tables, &mut context, *report)
            }),
            Request::Index(segments, reply) => settle(settled, reply, || {
                let mut segments = segments.iter();
                segments.try_for_each(|segment| search::put(tables, segment))
            }),
            Request::Errand(errand) => errand.run(tables, &mut context, settled),
            Request::Subscribe(wanted, reply) => {
                settle(settled, reply, || self.subscribe(tables, wanted))
            }
            Request::KeepTallies(rows, reply) => {
                settle(settled, reply, || tallies::put(tables, &rows))
            }
            Request::BeginJournalFile(reply) => settle(settled, reply, || {
                let journal = self.journal.as_mut();
                journal.map(Journal::begin_file).transpose()
            }),
            // What was read before the last opening has been looked into by it.
            Request::Recheck(opening, error) if opening == shared.opening() => Err(error),
            Request::Recheck(..) => Ok(()),
        }
    }

    fn subscribe(
        &mut self,
        tables: &Tables<'_>,
        wanted: Vec<(String, Filter)>,
    ) -> Result<Vec<Enrolled>, StoreError> {
        let names: Vec<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
        let now = self.shared.options.clock.now();
        let enrolled = self.webhooks.enroll(tables, &names, now)?;
        let subscription = |(enrolled, (_, filter)): (&Enrolled, &(String, Filter))| Subscription {
            number: enrolled.number,
            filter: filter.clone(),
        };
        self.subscriptions = enrolled.iter().zip(&wanted).map(subscription).collect();
        self.wanted = Some(wanted);
        Ok(enrolled)
    }
}
