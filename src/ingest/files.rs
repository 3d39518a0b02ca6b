//! Files that came with a post: noted with the lead, and where the source keeps them, stored in a
//! folder beside the database.
//!
//! Their names there are random and their own names only noted, so that nobody can choose where his
//! bytes go or what they are taken for. They are on disk before the lead is, and the lead before the
//! post is answered. A file whose lead was not taken is removed; where that is unknown, it stays.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use crate::http::Bytes;
use crate::http::multipart::Part;
use crate::store::{FILES_FOLDER, Receipt, Rejection, StoreError};

/// A file that is to be stored.
pub(super) struct NewFile {
    pub(super) name: String,
    pub(super) content: Bytes,
}

/// Files that are stored; they go again when nobody hands them over to a lead.
pub(super) struct Kept(Vec<PathBuf>);

/// What is said of a file with its lead: `photo.jpg (image/jpeg, 120 bytes, kept as files/…)`.
pub(super) fn note(filename: &str, part: &Part, stored: Option<&str>) -> String {
    let name = match filename {
        "" => "a file without a name",
        name => name,
    };
    let content_type = part.content_type.as_deref();
    let content_type = content_type.unwrap_or("application/octet-stream");
    let bytes = part.content.len();
    match stored {
        Some(stored) => {
            format!("{name} ({content_type}, {bytes} bytes, kept as {FILES_FOLDER}/{stored})")
        }
        None => format!("{name} ({content_type}, {bytes} bytes, not kept)"),
    }
}

/// Stores `files` in the folder beside the database. Returns when they are on disk.
pub(super) async fn keep(folder: &Path, files: Vec<NewFile>) -> io::Result<Kept> {
    if files.is_empty() {
        return Ok(Kept(Vec::new()));
    }
    let folder = folder.to_owned();
    spawn_blocking(move || write_all(&folder, &files))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
}

fn write_all(folder: &Path, files: &[NewFile]) -> io::Result<Kept> {
    make(folder)?;
    let mut kept = Kept(Vec::new());
    for file in files {
        let path = folder.join(&file.name);
        let mut options = OpenOptions::new();
        let mut open = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        kept.0.push(path);
        open.write_all(&file.content)?;
        open.sync_all()?;
    }
    File::open(folder)?.sync_all()?;
    Ok(kept)
}

/// Makes the folder where there is none.
fn make(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(()) => match folder.parent() {
            Some(parent) => File::open(parent)?.sync_all(),
            None => Ok(()),
        },
    }
}

impl Kept {
    /// Their names in the folder.
    pub(super) fn names(&self) -> Vec<String> {
        let names = self.0.iter().filter_map(|path| path.file_name());
        names
            .map(|name| name.to_string_lossy().into_owned())
            .collect()
    }

    /// From here on the files belong to a lead that is on its way into the store.
    pub(super) fn hand_over(mut self) -> Handed {
        Handed(std::mem::take(&mut self.0))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

/// Files of a lead whose outcome is open.
pub(super) struct Handed(Vec<PathBuf>);

impl Handed {
    /// Removes the files where it is certain that no lead names them.
    pub(super) fn settle(self, result: &Result<Result<Receipt, Rejection>, StoreError>) {
        let is_certain = match result {
            // An earlier post of the same key has brought its own.
            Ok(Ok(receipt)) => receipt.repeated,
            Ok(Err(_)) => true,
            Err(StoreError::Unreadable(_) | StoreError::Unavailable(_) | StoreError::Busy) => true,
            Err(StoreError::Failed(_) | StoreError::DiskFull(_) | StoreError::Damaged(_)) => false,
        };
        if is_certain {
            remove(&self.0);
        }
    }
}

fn remove(paths: &[PathBuf]) {
    for path in paths {
        // What cannot be removed is of no lead and does no harm.
        let _ = fs::remove_file(path);
    }
}
