//! Why the database could not be opened, in words for the person who must act.

use std::io;

use redb::{DatabaseError, StorageError};

use super::error::StoreError;
use super::status::State;

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

/// What an error of the first reads and writes means for the opening.
pub(crate) fn unusable(name: &str, error: StoreError) -> OpenError {
    match error {
        StoreError::Damaged(what) | StoreError::Unreadable(what) => damaged(name, &what),
        StoreError::DiskFull(reason) => {
            OpenError::Full(format!("cannot write to {name}: {reason}"))
        }
        error => OpenError::System(format!("cannot use {name}: {error}")),
    }
}

/// What the database says of its opening.
pub(crate) fn explain(name: &str, error: DatabaseError) -> OpenError {
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

/// What the system says of the file.
pub(crate) fn system(what: &str, name: &str, error: &io::Error) -> OpenError {
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

/// The file is not what it should be.
pub(crate) fn damaged(name: &str, what: &str) -> OpenError {
    OpenError::Damaged(format!(
        "{name} is damaged ({what}); it is left as it is. Move it away and restore a backup: leadhook restore BACKUP"
    ))
}
