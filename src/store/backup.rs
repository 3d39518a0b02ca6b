//! A backup: the database as one moment saw it, in one file of its own, read back and verified
//! before it gets its name. Made while leads come in: writers wait for nothing.
//!
//! Files that came with leads are copied beside it, `NAME.files` beside `NAME.redb`; what an earlier
//! backup beside it has already is linked and not copied.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use redb::backends::FileBackend;
use redb::{Builder, ReadableDatabase};

use super::counters::{Counters, number};
use super::file::{free_bytes, guarded, set_clean};
use super::inbox::Request;
use super::kept_files::{copy_files, files_of};
use super::open_error::is_full;
use super::read::caught;
use super::tables::{View, meta};
use super::verify::problems;
use super::{Location, Store, StoreError, journal};
use crate::domain::time::Timestamp;

/// Memory for the pages of a copy that is written or read back.
const CACHE_BYTES: usize = 8 << 20;

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Its file.
    pub path: PathBuf,
    /// Bytes of it, without the kept files.
    pub bytes: u64,
    /// The last commit that is in it.
    pub sequence: u64,
    /// Files that came with leads.
    pub files: u64,
    /// Where the journal goes on behind it.
    journal_base: Option<u64>,
}

/// The newest backup that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastBackup {
    /// When it was made.
    pub at: Timestamp,
    /// Bytes of its file.
    pub bytes: u64,
    /// Whether it and the journal make everything again: none where no journal is kept.
    pub with_journal: Option<bool>,
}

/// Asked all the time while rows are copied: hears how many there are so far, and of how many. An
/// error ends the copy.
pub type Progress<'a> = dyn FnMut(u64, u64) -> Result<(), StoreError> + 'a;

impl Store {
    /// Makes a backup in a new file. Nothing is left of one that fails.
    ///
    /// With less than `space_left` free bytes on its disk it is not gone on with.
    pub fn back_up(
        &self,
        to: &Path,
        before: Option<&Path>,
        space_left: u64,
        progress: &mut Progress<'_>,
    ) -> Result<Backup, StoreError> {
        if to.exists() {
            return Err(StoreError::Failed(format!("{} exists", to.display())));
        }
        let journal_base = self.wait(Request::BeginJournalFile)?;
        let mut checked = |copied, all| match free_bytes(to).is_some_and(|free| free < space_left) {
            true => Err(StoreError::DiskFull(format!(
                "there is too little space for a backup at {}",
                to.display()
            ))),
            false => progress(copied, all),
        };
        let part = part_of(to);
        let copied = caught(|| {
            let view = self.last_commit()?;
            let sequence = Counters::read(&view)?.sequence;
            copy(&view, &part, &mut checked)?;
            let files = self.copy_kept_files(to, before)?;
            take_name(&part, to)?;
            Ok((sequence, files))
        });
        let (sequence, files) = copied.inspect_err(|_| {
            let _ = fs::remove_file(&part);
            let _ = fs::remove_dir_all(files_of(to));
        })?;
        Ok(Backup {
            path: to.to_owned(),
            bytes: fs::metadata(to).map_or(0, |file| file.len()),
            sequence,
            files,
            journal_base,
        })
    }

    /// The guard is not kept: after an error of the storage the writer must be able to open anew.
    fn last_commit(&self) -> Result<View, StoreError> {
        let database = self.shared.database.read();
        let database = database.unwrap_or_else(PoisonError::into_inner);
        let database = database.as_ref();
        let database = database.ok_or_else(|| StoreError::Unavailable(self.state()))?;
        Ok(View::open(&database.begin_read()?)?)
    }

    fn copy_kept_files(&self, to: &Path, before: Option<&Path>) -> Result<u64, StoreError> {
        let Location::File(database) = &self.shared.options.location else {
            return Ok(0);
        };
        let from = database.with_file_name(super::FILES_FOLDER);
        let before = before.map(files_of);
        let copied = copy_files(&from, &files_of(to), before.as_deref(), &|_| true);
        copied.map_err(|error| failed("copy the kept files for", to, &error))
    }

    /// Notes that `backup` is the one to go back to, and cuts the journal off that comes before it.
    pub fn count_backup(&self, backup: &Backup, at: Timestamp) -> Result<(), StoreError> {
        let (sequence, bytes) = (backup.sequence, backup.bytes);
        self.have_done(move |tables, _| {
            tables.meta.insert(meta::BACKUP_AT, at.0)?;
            tables.meta.insert(meta::BACKUP_SEQUENCE, sequence)?;
            tables.meta.insert(meta::BACKUP_BYTES, bytes)?;
            Ok(())
        })?;
        if let (Some(medium), Some(base)) = (&self.shared.options.journal, backup.journal_base) {
            let removed = journal::remove_before(medium, base);
            removed
                .map_err(|error| StoreError::Failed(format!("cannot cut the journal: {error}")))?;
        }
        Ok(())
    }

    /// Whether a journal is kept.
    pub fn has_journal(&self) -> bool {
        self.shared.options.journal.is_some()
    }

    /// The newest backup that counts; none where there never was one.
    pub fn last_backup(&self) -> Result<Option<LastBackup>, StoreError> {
        self.view(|view| {
            let Some(at) = view.meta.get(meta::BACKUP_AT)? else {
                return Ok(None);
            };
            let sequence = number(&view.meta, meta::BACKUP_SEQUENCE)?;
            let has_journal = self.shared.options.journal.is_some();
            Ok(Some(LastBackup {
                at: Timestamp(at.value()),
                bytes: number(&view.meta, meta::BACKUP_BYTES)?,
                with_journal: has_journal.then(|| sequence >= self.shared.journal_begin()),
            }))
        })
    }
}

/// Copies a backup, with the files of its leads, to where nothing is yet.
pub fn copy_backup(from: &Path, to: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let copied = options.open(to).and_then(|mut copy| {
        io::copy(&mut File::open(from)?, &mut copy)?;
        copy.sync_all()?;
        copy_files(&files_of(from), &files_of(to), None, &|_| true)
    });
    copied
        .map(|_| ())
        .map_err(|error| failed("copy the backup to", to, &error))
}

/// The name of a copy that is not verified yet.
pub(crate) fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Copies what `view` shows into a new database at `part`, and verifies it there.
pub(crate) fn copy(
    view: &View,
    part: &Path,
    progress: &mut Progress<'_>,
) -> Result<(), StoreError> {
    match fs::remove_file(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(failed("replace", part, &error));
        }
        _ => {}
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(part)
        .map_err(|error| failed("make", part, &error))?;
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    let database = builder.create_with_backend(FileBackend::new(file)?)?;
    let rows = view.rows()?;
    view.copy_to(&database, &mut |copied| progress(copied, rows))?;
    set_clean(&database, true)?;
    database.close()?;
    verify(part)?;
    let synced = File::open(part).and_then(|file| file.sync_all());
    synced.map_err(|error| failed("sync", part, &error))
}

/// Reads a database at rest from its disk: every page, every record, every invariant.
fn verify(path: &Path) -> Result<(), StoreError> {
    let synced = File::open(path).and_then(|file| {
        file.sync_all()?;
        Ok(rustix::fs::fadvise(
            &file,
            0,
            None,
            rustix::fs::Advice::DontNeed,
        )?)
    });
    synced.map_err(|error| failed("sync", path, &error))?;
    let found = guarded(&Location::File(path.to_owned()), || {
        let mut builder = Builder::new();
        builder.set_cache_size(CACHE_BYTES);
        builder.set_check_integrity_on_open(true);
        let found = || -> Result<Vec<String>, StoreError> {
            let database = builder.open(path)?;
            let found = problems(&View::open(&database.begin_read()?)?)?;
            database.close()?;
            Ok(found)
        };
        Ok(found())
    });
    let found = found.map_err(|error| StoreError::Damaged(error.to_string()))??;
    match found.first() {
        None => Ok(()),
        Some(first) => Err(StoreError::Damaged(format!(
            "{first} ({} problems in all; `leadhook verify` lists them)",
            found.len()
        ))),
    }
}

/// Gives a verified copy its name, for good.
pub(crate) fn take_name(part: &Path, to: &Path) -> Result<(), StoreError> {
    let directory = to.parent().filter(|dir| !dir.as_os_str().is_empty());
    let renamed = fs::rename(part, to)
        .and_then(|()| File::open(directory.unwrap_or(Path::new(".")))?.sync_all());
    renamed.map_err(|error| failed("name", to, &error))
}

pub(crate) fn failed(what: &str, path: &Path, error: &io::Error) -> StoreError {
    let text = format!("cannot {what} {}: {error}", path.display());
    match is_full(error) {
        true => StoreError::DiskFull(text),
        false => StoreError::Failed(text),
    }
}
