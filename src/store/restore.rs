//! Restoring: a database is made of a backup and the journal, in a place where there is none.
//!
//! Its leads get ids that no lost one can have had, and its webhooks are paused, since what became
//! of the last deliveries may not be known. Whoever restores looks first, and then lets them go on.
//!
//! With the journal it is the database that was lost, and the journal goes on: should it be lost once
//! more, the same backup and the journal bring it back. Without, it is another database from there on,
//! with a number of its own, so that the journal of the lost one can never be taken for its own.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{Builder, Database, ReadableDatabase, ReadableTable, ReadableTableMetadata};

use super::backup::{failed, part_of, take_name};
use super::changes::Changes;
use super::compact;
use super::counters::{Counters, number};
use super::erasure::erase_again;
use super::file::{TakeUpError, complete, guarded, mark_made, set_clean};
use super::journal::{Journal, Medium, repeat_in};
use super::kept_files::{copy_files, files_of};
use super::tables::{Tables, View, meta};
use super::verify::problems;
use super::webhooks::Registry;
use super::{FILES_FOLDER, Location, StoreError};
use crate::domain::time::Timestamp;

/// How far the ids of leads jump, so that none is given twice that was given and lost.
const LEAD_IDS_JUMPED: u64 = 1_000_000;
const CACHE_BYTES: usize = 16 << 20;

/// What is restored.
pub struct Restore {
    /// The backup.
    pub backup: PathBuf,
    /// Where the journal is, if it is to be repeated.
    pub journal: Option<Arc<dyn Medium>>,
    /// Where the database shall be; nothing may be there.
    pub to: PathBuf,
    /// The time of day.
    pub now: Timestamp,
    /// A number that no other database has, for one that is restored without its journal.
    pub number: u64,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Events that there are now: leads with their changes.
    pub events: u64,
    /// Commits that came from the journal.
    pub from_journal: u64,
    /// Files that came with leads.
    pub files: u64,
    /// Leads that were erased since the backup and do not come back, where there is no journal to tell.
    pub erased: Vec<u64>,
    /// Deliveries that wait.
    pub pending: u64,
    /// The webhooks; they are paused.
    pub webhooks: Vec<String>,
    /// The id that the next lead gets.
    pub next_lead: u64,
}

impl Restore {
    /// Makes the database. On an error there is none; kept files that were copied already stay.
    pub fn run(&self) -> Result<Restored, StoreError> {
        if self.to.exists() {
            return Err(StoreError::Failed(format!(
                "{} is there already and is not overwritten: move it away first",
                self.to.display()
            )));
        }
        let part = part_of(&self.to);
        let restored = self.make(&part).and_then(|(mut restored, named)| {
            let folder = self.to.with_file_name(FILES_FOLDER);
            // Those of leads that went after the backup stay away.
            let is_named = |name: &str| named.contains(name);
            let files = copy_files(&files_of(&self.backup), &folder, None, &is_named);
            restored.files =
                files.map_err(|error| failed("copy the kept files to", &folder, &error))?;
            mark_made(&self.to)?;
            take_name(&part, &self.to)?;
            Ok(restored)
        });
        restored.inspect_err(|_| {
            let _ = fs::remove_file(&part);
        })
    }

    /// Makes it, and gives the names of the files that its leads have.
    fn make(&self, part: &Path) -> Result<(Restored, HashSet<String>), StoreError> {
        if let Some(directory) = self.to.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            fs::create_dir_all(directory).map_err(|error| failed("make", directory, &error))?;
        }
        self.copy_backup(part)?;
        let restored = guarded(&Location::File(self.backup.clone()), || {
            let mut builder = Builder::new();
            builder.set_cache_size(CACHE_BYTES);
            builder.set_check_integrity_on_open(true);
            let work = || -> Result<(Restored, HashSet<String>), StoreError> {
                let database = builder.open(part)?;
                let restored = self.take_over(&database)?;
                let view = View::open(&database.begin_read()?)?;
                let mut named = HashSet::new();
                for row in view.files.iter()? {
                    named.insert(String::from_utf8_lossy(row?.1.value()).into_owned());
                }
                drop(view);
                set_clean(&database, true)?;
                database.close()?;
                Ok((restored, named))
            };
            Ok(work())
        });
        let restored = restored.map_err(|error| StoreError::Damaged(error.to_string()))??;
        if !restored.0.erased.is_empty() {
            let compacted = compact(part, CACHE_BYTES, &mut |_, _| Ok(()));
            compacted.map_err(|error| StoreError::Failed(error.to_string()))?;
        }
        let synced = File::open(part).and_then(|file| file.sync_all());
        synced.map_err(|error| failed("sync", part, &error))?;
        Ok(restored)
    }

    /// The backup itself is only read: opening a database writes to it.
    fn copy_backup(&self, part: &Path) -> Result<(), StoreError> {
        let mut from = File::open(&self.backup);
        let from = from
            .as_mut()
            .map_err(|error| failed("open", &self.backup, error))?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let copied = options.open(part).and_then(|mut to| {
            std::io::copy(from, &mut to)?;
            to.sync_all()
        });
        copied.map_err(|error| failed("copy the backup to", part, &error))
    }

    fn take_over(&self, database: &Database) -> Result<Restored, StoreError> {
        let view = |database: &Database| -> Result<View, StoreError> {
            Ok(View::open(&database.begin_read()?)?)
        };
        complete(database).map_err(|error| match error {
            TakeUpError::Newer(format) => StoreError::Failed(format!(
                "{} has format {format} and was written by a newer release",
                self.backup.display()
            )),
            TakeUpError::Store(error) => error,
        })?;
        let before = view(database)?;
        let (own, sequence) = (
            number(&before.meta, meta::DATABASE)?,
            number(&before.meta, meta::SEQUENCE)?,
        );
        drop(before);
        let mut erased = Default::default();
        let (from_journal, journal) = match &self.journal {
            Some(medium) => {
                let from_journal = self.repeat(medium, database, own, sequence)?;
                let taken = Journal::take_up(medium, database, own, sequence + from_journal)?;
                (from_journal, Some(taken.journal))
            }
            None => {
                // With the journal it is in there.
                let beside = [self.backup.parent(), self.to.parent()];
                let beside: Vec<&Path> = beside.into_iter().flatten().collect();
                erased = erase_again(database, &beside)?;
                (0, None)
            }
        };
        let webhooks = self.begin_anew(database, journal)?;
        let view = view(database)?;
        if let Some(problem) = problems(&view)?.first() {
            return Err(StoreError::Damaged(problem.clone()));
        }
        Ok(Restored {
            events: view.events.len()?,
            from_journal,
            files: 0,
            erased,
            pending: view.pending.len()?,
            webhooks,
            next_lead: Counters::read(&view)?.next_lead,
        })
    }

    fn repeat(
        &self,
        medium: &Arc<dyn Medium>,
        database: &Database,
        number: u64,
        sequence: u64,
    ) -> Result<u64, StoreError> {
        let repeated = repeat_in(medium, database, number, sequence)?;
        let ways_out = "take a newer backup, or do without the journal (--journal none) and without what only it has";
        if let Some(gap) = repeated.gap {
            return Err(StoreError::Failed(format!(
                "the journal in {} goes on behind change {gap}, but backup and journal end at change {}: {ways_out}",
                medium.name(),
                repeated.sequence
            )));
        }
        match repeated.is_strange {
            false => Ok(repeated.sequence - sequence),
            true => Err(StoreError::Failed(format!(
                "the journal in {} is of another database than {}: {ways_out}",
                medium.name(),
                self.backup.display()
            ))),
        }
    }

    fn begin_anew(
        &self,
        database: &Database,
        journal: Option<Journal>,
    ) -> Result<Vec<String>, StoreError> {
        let before = Counters::read(&View::open(&database.begin_read()?)?)?;
        let mut transaction = database.begin_write()?;
        transaction.set_quick_repair(true);
        let changes = Changes::new(journal.is_some());
        let names = {
            let mut tables = Tables::open(&transaction, &changes)?;
            let mut registry = Registry::load(&tables)?;
            registry.pause_all(self.now);
            registry.keep(&mut tables)?;
            let names = registry.names().map(str::to_owned).collect();
            if journal.is_none() {
                tables.meta.insert(meta::DATABASE, self.number)?;
                for name in [meta::BACKUP_AT, meta::BACKUP_SEQUENCE, meta::BACKUP_BYTES] {
                    tables.meta.remove(name)?;
                }
            }
            let after = Counters {
                next_lead: before.next_lead + LEAD_IDS_JUMPED,
                sequence: before.sequence + 1,
                stored_bytes: before.stored_bytes.saturating_add_signed(changes.grown()),
            };
            after.write(&mut tables, &before)?;
            names
        };
        if let (Some(mut journal), Some(rows)) = (journal, changes.into_rows()) {
            journal.append(before.sequence + 1, &rows)?;
        }
        transaction.commit()?;
        Ok(names)
    }
}
