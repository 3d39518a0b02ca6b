//! What the writer does when the disk fails, fills up, or is taken away under it.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Instant;

use redb::{Database, ReadableDatabase};

use super::{FAILURES_MAX, FAILURES_WITHIN, LOOK_AGAIN, SPACE_CHECK, Writer};
use crate::store::StoreError;
use crate::store::contacts::Contacts;
use crate::store::counters::Counters;
use crate::store::file::{self, Identity, Location, Opened, Opening};
use crate::store::journal::Journal;
use crate::store::notice::Notice;
use crate::store::open_error::{OpenError, unusable};
use crate::store::status::State;
use crate::store::tables::View;
use crate::store::webhooks::Registry;

impl Writer {
    pub(super) fn open_file(&self, full_check: bool) -> Result<Opened, OpenError> {
        let options = &self.shared.options;
        let opening = Opening {
            cache_bytes: options.cache_bytes,
            full_check,
            number: options.dice.number(),
        };
        let shared = self.shared.clone();
        file::open(&options.location, opening, move |percent| {
            shared.set_state(State::Opening(percent));
        })
    }

    /// Goes to work with an open database: it gets what only the journal has, and its webhooks are
    /// known before the first lead.
    pub(super) fn take_up(&mut self, opened: Opened) -> Result<(), OpenError> {
        let shared = self.shared.clone();
        let location = &shared.options.location;
        file::guarded(location, || {
            let taken_up = self.begin_work(&opened.database, opened.number);
            taken_up.map_err(|error| unusable(&location.name(), error))
        })?;
        if self.shared.opening() == 0 {
            self.shared.set_was_clean(opened.was_clean);
        }
        self.file = self.path().and_then(Identity::of);
        self.shared.put_database(opened.database);
        self.space_checked = None;
        self.shared.set_state(self.space_state());
        Ok(())
    }

    fn begin_work(&mut self, database: &Database, number: u64) -> Result<(), StoreError> {
        let counters = |database: &Database| Counters::read(&View::open(&database.begin_read()?)?);
        self.counters = counters(database)?;
        self.journal = None;
        let shared = self.shared.clone();
        if let Some(medium) = &shared.options.journal {
            let taken = Journal::take_up(medium, database, number, self.counters.sequence)?;
            let begin = &shared.journal_begin;
            begin.store(taken.begin, Ordering::Relaxed);
            self.journal = Some(taken.journal);
            self.counters = counters(database)?;
            if let Some(notice) = taken.notice {
                (shared.options.on_notice)(&Notice::Store(notice));
            }
        }
        if self.counters.sequence < self.acknowledged {
            return Err(StoreError::Damaged(
                "it has lost what was acknowledged: the disk did not keep what it had confirmed"
                    .to_owned(),
            ));
        }
        self.contacts = Contacts::read(&View::open(&database.begin_read()?)?)?;
        let wanted = self.wanted.clone();
        self.transact(database, |writer, tables| {
            writer.webhooks = Registry::load(tables)?;
            if let Some(wanted) = wanted {
                writer.subscribe(tables, wanted)?;
            }
            writer.webhooks.keep(tables)
        })?;
        self.webhooks.publish(&shared.webhooks);
        Ok(())
    }

    fn path(&self) -> Option<&Path> {
        match &self.shared.options.location {
            Location::File(path) => Some(path),
            Location::Custom(_) => None,
        }
    }

    /// After an error of the storage the open database is worthless, and so is what the system
    /// remembers of the file. Opens it again from the disk, with every page checked.
    pub(super) fn recover(&mut self, error: StoreError) {
        drop(self.shared.take_database());
        self.journal = None;
        if error.is_disk_full() {
            self.wait_for_space();
        } else if self.fails_too_often() {
            self.shared.set_state(State::Failed(error.to_string()));
            (self.shared.options.give_up)();
            return;
        }
        self.shared.set_state(State::Failed(error.to_string()));
        self.reopen();
    }

    fn reopen(&mut self) {
        let reopened = self.open_file(true).and_then(|opened| self.take_up(opened));
        let Err(error) = reopened else { return };
        self.shared.set_state(error.state());
        match error {
            OpenError::Full(_) => self.wait_for_space(),
            OpenError::System(_) if self.fails_too_often() => (self.shared.options.give_up)(),
            _ => {}
        }
    }

    fn wait_for_space(&mut self) {
        self.full_until = Some(Instant::now() + LOOK_AGAIN);
    }

    fn fails_too_often(&mut self) -> bool {
        let now = Instant::now();
        self.failures.push_back(now);
        self.failures
            .retain(|failure| now.duration_since(*failure) < FAILURES_WITHIN);
        self.failures.len() >= FAILURES_MAX
    }

    /// Called every few seconds while not all is well.
    pub(super) fn look_again(&mut self) {
        match self.shared.status.state() {
            State::Failed(_) => self.reopen(),
            State::LowSpace | State::VeryLowSpace if self.shared.is_open() => {
                self.space_checked = None;
                self.check_space();
            }
            // The disk was too full even to open the database.
            State::VeryLowSpace if !self.counts_as_full() => self.reopen(),
            _ => {}
        }
    }

    /// A file that was moved or replaced under the open database would swallow what is written.
    pub(super) fn check_file(&mut self) {
        if self
            .journal
            .as_ref()
            .is_some_and(|journal| !journal.is_in_place())
        {
            let what = "the journal was moved or removed while in use";
            return self.recover(StoreError::Failed(what.to_owned()));
        }
        let Some(path) = self.path() else { return };
        if !self.shared.status.state().sends() || Identity::of(path) == self.file {
            return;
        }
        let reason = format!(
            "{} was moved or replaced while in use; nothing more is written. Put it back and start again",
            path.display()
        );
        drop(self.shared.take_database());
        self.shared.set_state(State::Damaged(reason));
    }

    /// Compares the free space with the two watermarks.
    pub(super) fn check_space(&mut self) {
        let state = self.shared.status.state();
        if !matches!(state, State::Ready | State::LowSpace | State::VeryLowSpace)
            || !self.shared.is_open()
        {
            return;
        }
        let now = Instant::now();
        if self
            .space_checked
            .is_some_and(|at| now.duration_since(at) < SPACE_CHECK)
        {
            return;
        }
        self.space_checked = Some(now);
        self.shared.set_state(self.space_state());
    }

    fn counts_as_full(&self) -> bool {
        self.full_until.is_some_and(|until| Instant::now() < until)
    }

    /// What the free space allows, held against the two watermarks.
    fn space_state(&self) -> State {
        let options = &self.shared.options;
        let free = self.shared.free_bytes().unwrap_or(u64::MAX);
        if self.counts_as_full() || free < options.very_low_space_bytes {
            State::VeryLowSpace
        } else if free < options.low_space_bytes {
            State::LowSpace
        } else {
            State::Ready
        }
    }
}
