//! Why the store did not do what it was asked.

use std::fmt;

use super::codec::Damage;
use super::open_error::is_full;
use super::status::State;

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The storage failed. Of a write, the outcome is unknown.
    Failed(String),
    /// The storage has no room left. Of a write, the outcome is unknown.
    DiskFull(String),
    /// The database is damaged. Of a write, the outcome is unknown.
    Damaged(String),
    /// One stored record cannot be read; nothing was changed, and all others are well.
    Unreadable(String),
    /// The store cannot do this at the moment.
    Unavailable(State),
    /// Too many posts wait already.
    Busy,
}

impl StoreError {
    pub(crate) fn failed(error: impl fmt::Display) -> StoreError {
        StoreError::Failed(error.to_string())
    }

    pub(crate) fn unreadable(what: &str, damage: Damage) -> StoreError {
        StoreError::Unreadable(format!("{what} cannot be read: {damage}"))
    }

    /// Whether only one record is at fault and all else works.
    pub(crate) fn is_one_record(&self) -> bool {
        matches!(self, StoreError::Unreadable(_))
    }

    pub(crate) fn is_disk_full(&self) -> bool {
        matches!(self, StoreError::DiskFull(_))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Failed(reason) | StoreError::DiskFull(reason) => {
                write!(f, "the storage failed: {reason}")
            }
            StoreError::Damaged(what) => write!(f, "the database is damaged: {what}"),
            StoreError::Unreadable(what) => f.write_str(what),
            StoreError::Unavailable(state) => f.write_str(&state.sentence()),
            StoreError::Busy => write!(f, "too many leads are waiting to be written"),
        }
    }
}

impl std::error::Error for StoreError {}

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(error: E) -> StoreError {
        match error.into() {
            redb::Error::Io(error) if is_full(&error) => StoreError::DiskFull(error.to_string()),
            redb::Error::Corrupted(what) => StoreError::Damaged(what),
            error @ (redb::Error::TableDoesNotExist(_)
            | redb::Error::TableIsMultimap(_)
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TypeDefinitionChanged { .. }) => StoreError::Damaged(error.to_string()),
            error => StoreError::failed(error),
        }
    }
}
