//! The database file: made once, opened with suspicion, never overwritten.
//!
//! It is made under another name, synced, and renamed, so that there is never half a database under
//! its own name. A marker file beside it remembers that it was made: where the marker is and the
//! database is not, somebody moved it, and an empty one in its place would hide that.
//!
//! Before every opening the file is synced and its pages are dropped from the system's cache. After
//! a failed write-back the cache shows pages that the disk does not have; a database that is opened
//! on them is destroyed by the next write.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::backends::FileBackend;
use redb::{Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, TableHandle};

use super::StoreError;
use super::changes::Changes;
use super::counters::{Counters, number};
use super::open_error::{OpenError, damaged, explain, system, unusable};
use super::tables::{self, Tables, View, meta};

/// Where the database is.
#[derive(Clone)]
pub enum Location {
    /// In a file of the system.
    File(PathBuf),
    /// Wherever this opens it: a storage that fails on purpose, for tests.
    Custom(Arc<Opener>),
}

impl Location {
    /// What messages call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Location::File(path) => path.display().to_string(),
            Location::Custom(_) => "the database".to_owned(),
        }
    }
}

/// Opens or makes a database with the settings that the builder has.
pub type Opener = dyn Fn(&Builder) -> Result<Database, DatabaseError> + Send + Sync;

/// How to open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    pub(crate) cache_bytes: usize,
    /// Reads every page and checks its checksum.
    pub(crate) full_check: bool,
    /// The number that tells a database from all others, where this makes a new one.
    pub(crate) number: u64,
}

/// An open database, and whether it was left in good order the last time.
pub(crate) struct Opened {
    pub(crate) database: Database,
    pub(crate) was_clean: bool,
    /// Tells it from all other databases.
    pub(crate) number: u64,
}

/// Opens the database; makes it where there never was one. `progress` hears of a repair in percent.
pub(crate) fn open(
    location: &Location,
    opening: Opening,
    progress: impl Fn(u8) + Send + Sync + 'static,
) -> Result<Opened, OpenError> {
    let mut builder = Builder::new();
    builder.set_cache_size(opening.cache_bytes);
    builder.set_check_integrity_on_open(opening.full_check);
    builder.set_repair_callback(move |session| progress((session.progress() * 100.0) as u8));
    if let Location::File(path) = location {
        prepare(path, &builder, opening.number)?;
    }
    guarded(location, || {
        let database = match location {
            Location::Custom(opener) => opener(&builder),
            Location::File(path) => builder.open(path),
        };
        let name = location.name();
        take_up(database.map_err(|error| explain(&name, error))?, opening.number).map_err(|error| match error {
            TakeUpError::Newer(format) => OpenError::Newer(format!(
                "{name} has format {format} and was written by a newer release; this one reads up to {}. Start the newer release",
                tables::FORMAT
            )),
            TakeUpError::Store(error) => unusable(&location.name(), error),
        })
    })
}

/// A damaged file can make redb panic, at its first reads as well; that is an error like others here.
pub(crate) fn guarded<T>(
    location: &Location,
    open: impl FnOnce() -> Result<T, OpenError>,
) -> Result<T, OpenError> {
    catch_unwind(AssertUnwindSafe(open))
        .unwrap_or_else(|_| Err(damaged(&location.name(), "the database broke off")))
}

/// Makes the file if it is the first time; else makes sure that what is read comes from the disk.
fn prepare(path: &Path, builder: &Builder, number: u64) -> Result<(), OpenError> {
    let marker = marker(path);
    let name = path.display().to_string();
    let system = |what: &str, error: io::Error| system(what, &name, &error);
    if !path.exists() {
        if marker.exists() {
            return Err(OpenError::Damaged(format!(
                "{} is missing, but {} says that it was there: put the database back, or restore a backup (leadhook restore BACKUP); to start empty, remove the marker too",
                path.display(),
                marker.display()
            )));
        }
        return create(path, &marker, builder, number).map_err(|error| system("make", error));
    }
    let file = OpenOptions::new().read(true).write(true).open(path);
    let file = file.map_err(|error| system("open", error))?;
    if file
        .metadata()
        .map_err(|error| system("read", error))?
        .len()
        == 0
    {
        return Err(damaged(&name, "it is empty"));
    }
    file.sync_data().map_err(|error| system("sync", error))?;
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)
        .map_err(|error| system("drop the cached pages of", error.into()))?;
    if !marker.exists() {
        mark(&marker).map_err(|error| system("write the marker of", error))?;
    }
    Ok(())
}

fn create(path: &Path, marker: &Path, builder: &Builder, number: u64) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let unfinished = with_suffix(path, ".new");
    // One that is left of an earlier try may have any content and any mode.
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)?;
    let backend = FileBackend::new(file).map_err(io_error)?;
    let database = builder.create_with_backend(backend).map_err(io_error)?;
    begin(&database, number).map_err(|error| match error {
        StoreError::DiskFull(_) => io::ErrorKind::StorageFull.into(),
        error => io::Error::other(error),
    })?;
    database.close().map_err(io_error)?;
    File::open(&unfinished)?.sync_all()?;
    fs::rename(&unfinished, path)?;
    // The marker must not outlive a rename that a power cut undoes.
    File::open(directory)?.sync_all()?;
    mark(marker)?;
    File::open(directory)?.sync_all()
}

/// What the system said, where it was the system.
fn io_error(error: impl Into<redb::Error>) -> io::Error {
    match error.into() {
        redb::Error::Io(error) => error,
        error => io::Error::other(error),
    }
}

/// Notes that a database is at `path`, before it is.
pub(crate) fn mark_made(path: &Path) -> Result<(), StoreError> {
    mark(&marker(path))
        .map_err(|error| StoreError::Failed(format!("cannot write the marker: {error}")))
}

fn mark(marker: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(marker)?;
    file.write_all(
        b"A database was made beside this file. While this file is here, leadhook will not make a new,\n\
          empty one in its place, should it ever be missing.\n",
    )?;
    file.sync_all()
}

fn marker(path: &Path) -> PathBuf {
    with_suffix(path, ".made")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The first transaction of a database: its tables and the number of its format.
fn begin(database: &Database, number: u64) -> Result<(), StoreError> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    {
        let changes = Changes::new(false);
        let mut tables = Tables::open(&transaction, &changes)?;
        for (name, value) in [
            (meta::FORMAT, tables::FORMAT),
            (meta::DATABASE, number),
            (meta::SALT, number),
            (meta::NEXT_LEAD, 1),
            (meta::SEQUENCE, 0),
            (meta::CLEAN, 1),
            (meta::STORED_BYTES, 0),
        ] {
            tables.meta.insert(name, value)?;
        }
        tables
            .meta
            .insert(meta::STORED_BYTES, changes.grown().unsigned_abs())?;
    }
    Ok(transaction.commit()?)
}

pub(crate) enum TakeUpError {
    Newer(u64),
    Store(StoreError),
}

impl<E: Into<StoreError>> From<E> for TakeUpError {
    fn from(error: E) -> TakeUpError {
        TakeUpError::Store(error.into())
    }
}

/// More ids than erased leads and restores ever leave behind the newest lead. A search goes through them.
const IDS_WITHOUT_A_LEAD_MAX: u64 = 1 << 30;

/// Checks the format, and notes that the database is in use until it says otherwise. Nothing is
/// written before it is clear that the database is to be used.
fn take_up(database: Database, new: u64) -> Result<Opened, TakeUpError> {
    let reading = database.begin_read()?;
    if reading.list_tables()?.next().is_none() {
        drop(reading);
        begin(&database, new)?;
        return take_up(database, new);
    }
    drop(reading);
    complete(&database)?;
    let reading = database.begin_read()?;
    let table = reading.open_table(tables::META)?;
    let was_clean = number(&table, meta::CLEAN)? == 1;
    let own = number(&table, meta::DATABASE)?;
    let view = View::open(&reading)?;
    let next_lead = Counters::read(&view)?.next_lead;
    let newest = view
        .events
        .last()?
        .map_or(0, |(newest, _)| newest.value().0);
    let may_be_next = newest.saturating_add(1)..=newest.saturating_add(IDS_WITHOUT_A_LEAD_MAX);
    if !may_be_next.contains(&next_lead) {
        let what = format!("its newest lead is {newest}, and the next one would be {next_lead}");
        return Err(StoreError::Damaged(what).into());
    }
    drop((view, table, reading));
    set_clean(&database, false)?;
    Ok(Opened {
        database,
        was_clean,
        number: own,
    })
}

/// Refuses the format of a newer release; makes the tables that an earlier one did not have.
pub(crate) fn complete(database: &Database) -> Result<(), TakeUpError> {
    let reading = database.begin_read()?;
    let format = number(&reading.open_table(tables::META)?, meta::FORMAT)?;
    if format > tables::FORMAT {
        return Err(TakeUpError::Newer(format));
    }
    let there: Vec<String> = reading
        .list_tables()?
        .map(|table| table.name().to_owned())
        .collect();
    drop(reading);
    if tables::names().iter().all(|name| there.contains(name)) {
        return Ok(());
    }
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    Tables::open(&transaction, &Changes::new(false))?;
    Ok(transaction.commit()?)
}

/// Notes whether the database is in good order.
pub(crate) fn set_clean(database: &Database, clean: bool) -> Result<(), StoreError> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    transaction
        .open_table(tables::META)?
        .insert(meta::CLEAN, u64::from(clean))?;
    Ok(transaction.commit()?)
}

/// Which file a path names, to notice when another one has taken its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// Of the file at `path`; none when there is no such file.
    pub(crate) fn of(path: &Path) -> Option<Identity> {
        let metadata = fs::metadata(path).ok()?;
        Some(Identity {
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }
}

/// How many bytes an unprivileged process may still write on the disk that holds `path`.
pub(crate) fn free_bytes(path: &Path) -> Option<u64> {
    let directory = path
        .parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(directory).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}
