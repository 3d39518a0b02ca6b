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
use redb::{Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, StorageError};

use super::StoreError;
use super::status::State;
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
    fn name(&self) -> String {
        match self {
            Location::File(path) => path.display().to_string(),
            Location::Custom(_) => "the database".to_owned(),
        }
    }
}

/// Opens or makes a database with the settings that the builder has.
pub type Opener = dyn Fn(&Builder) -> Result<Database, DatabaseError> + Send + Sync;

/// Why the database could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// Another process has it open.
    Locked(String),
    /// A newer release has written it.
    Newer(String),
    /// It is missing, or not what it should be: a person must act.
    Damaged(String),
    /// The system refused: permissions, a read-only or failing disk. May pass.
    System(String),
    /// The disk has no room for what an opening writes. Passes with space.
    Full(String),
}

impl OpenError {
    /// The state that a store is in which could not be opened.
    pub(crate) fn state(&self) -> State {
        match self {
            OpenError::System(reason) | OpenError::Locked(reason) => State::Failed(reason.clone()),
            OpenError::Damaged(reason) | OpenError::Newer(reason) => State::Damaged(reason.clone()),
            OpenError::Full(_) => State::VeryLowSpace,
        }
    }
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (OpenError::Locked(text)
        | OpenError::Newer(text)
        | OpenError::Damaged(text)
        | OpenError::System(text)
        | OpenError::Full(text)) = self;
        f.write_str(text)
    }
}

/// How to open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    pub(crate) cache_bytes: usize,
    /// Reads every page and checks its checksum.
    pub(crate) full_check: bool,
}

/// An open database, and whether it was left in good order the last time.
pub(crate) struct Opened {
    pub(crate) database: Database,
    pub(crate) was_clean: bool,
    pub(crate) next_lead: u64,
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
        prepare(path, &builder)?;
    }
    guarded(location, || {
        let database = match location {
            Location::Custom(opener) => opener(&builder),
            Location::File(path) => builder.open(path),
        };
        let name = location.name();
        take_up(database.map_err(|error| explain(&name, error))?).map_err(|error| match error {
            TakeUpError::Newer(format) => OpenError::Newer(format!(
                "{name} has format {format} and was written by a newer release; this one reads up to {}. Start the newer release",
                tables::FORMAT
            )),
            TakeUpError::Store(error) => unusable(location, error),
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

/// What an error of the first reads and writes means for the opening.
pub(crate) fn unusable(location: &Location, error: StoreError) -> OpenError {
    let name = location.name();
    match error {
        StoreError::Damaged(what) => damaged(&name, &what),
        StoreError::DiskFull(reason) => {
            OpenError::Full(format!("cannot write to {name}: {reason}"))
        }
        error => OpenError::System(format!("cannot use {name}: {error}")),
    }
}

/// Makes the file if it is the first time; else makes sure that what is read comes from the disk.
fn prepare(path: &Path, builder: &Builder) -> Result<(), OpenError> {
    let marker = marker(path);
    let name = path.display().to_string();
    let system = |what: &str, error: io::Error| system(what, &name, &error);
    if !path.exists() {
        if marker.exists() {
            return Err(OpenError::Damaged(format!(
                "{} is missing, but {} says that it was there: put the database back, or restore a backup; to start empty, remove the marker too",
                path.display(),
                marker.display()
            )));
        }
        return create(path, &marker, builder).map_err(|error| system("make", error));
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

fn create(path: &Path, marker: &Path, builder: &Builder) -> io::Result<()> {
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
    begin(&database).map_err(|error| match error {
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
fn begin(database: &Database) -> Result<(), StoreError> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    {
        let mut tables = Tables::open(&transaction)?;
        tables.meta.insert(meta::FORMAT, tables::FORMAT)?;
        tables.meta.insert(meta::NEXT_LEAD, 1)?;
        tables.meta.insert(meta::CLEAN, 1)?;
    }
    Ok(transaction.commit()?)
}

enum TakeUpError {
    Newer(u64),
    Store(StoreError),
}

impl<E: Into<StoreError>> From<E> for TakeUpError {
    fn from(error: E) -> TakeUpError {
        TakeUpError::Store(error.into())
    }
}

/// Checks the format, and notes that the database is in use until it says otherwise. Nothing is
/// written before it is clear that the database is to be used.
fn take_up(database: Database) -> Result<Opened, TakeUpError> {
    let reading = database.begin_read()?;
    if reading.list_tables()?.next().is_none() {
        drop(reading);
        begin(&database)?;
        return take_up(database);
    }
    let table = reading.open_table(tables::META)?;
    let number = |name: &str| -> Result<u64, StoreError> {
        let missing = || StoreError::Damaged(format!("its number {name} is missing"));
        Ok(table.get(name)?.ok_or_else(missing)?.value())
    };
    let format = number(meta::FORMAT)?;
    if format > tables::FORMAT {
        return Err(TakeUpError::Newer(format));
    }
    let was_clean = number(meta::CLEAN)? == 1;
    let next_lead = number(meta::NEXT_LEAD)?;
    let view = View::open(&reading)?;
    if let Some((newest, _)) = view.events.last()?
        && newest.value().0 >= next_lead
    {
        let what = format!("its next lead would be {next_lead}, which is there already");
        return Err(StoreError::Damaged(what).into());
    }
    drop((view, table, reading));
    set_clean(&database, false)?;
    Ok(Opened {
        database,
        was_clean,
        next_lead,
    })
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

fn explain(name: &str, error: DatabaseError) -> OpenError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => OpenError::Locked(format!(
            "{name} is open in another process: is leadhook running already?"
        )),
        DatabaseError::UpgradeRequired(version) => OpenError::Newer(format!(
            "{name} has file format {version}, which this release cannot read"
        )),
        DatabaseError::Storage(StorageError::Io(error)) if !is_content(&error) => {
            system("read", name, &error)
        }
        error => damaged(name, &error.to_string()),
    }
}

fn system(what: &str, name: &str, error: &io::Error) -> OpenError {
    let text = format!("cannot {what} {name}: {error}");
    match is_full(error) {
        true => OpenError::Full(text),
        false => OpenError::System(text),
    }
}

/// Errors that pass when there is room again.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// Errors that tell of the file's content, not of the system.
fn is_content(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
    )
}

fn damaged(name: &str, what: &str) -> OpenError {
    OpenError::Damaged(format!(
        "{name} is damaged ({what}); it is left as it is. Put a backup of the file in its place and start again"
    ))
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
