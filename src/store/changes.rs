//! What a transaction changes: every row that it puts or removes, in order, so that the journal can
//! keep it and make it again; and by how many bytes the rows grow.

use std::borrow::Borrow;
use std::cell::{Cell, RefCell};
use std::ops::Deref;

use redb::{
    AccessGuard, Key, StorageError, Table, TableDefinition, TableError, Value, WriteTransaction,
};

use super::codec::{Damage, put_number, take_number};

/// The changes of one transaction.
pub(crate) struct Changes {
    /// Each as its table, whether a value follows, the key and the value; where they are kept.
    rows: Option<RefCell<Vec<u8>>>,
    grown: Cell<i64>,
    count: Cell<usize>,
}

const REMOVED: u8 = 0;
const PUT: u8 = 1;

impl Changes {
    /// None yet. Their rows are only kept for a journal.
    pub(crate) fn new(kept: bool) -> Changes {
        Changes {
            rows: kept.then(RefCell::default),
            grown: Cell::new(0),
            count: Cell::new(0),
        }
    }

    /// How many rows were put or removed.
    pub(crate) fn count(&self) -> usize {
        self.count.get()
    }

    /// By how many bytes the keys and values of all tables have grown.
    pub(crate) fn grown(&self) -> i64 {
        self.grown.get()
    }

    /// The rows, where they are kept.
    pub(crate) fn into_rows(self) -> Option<Vec<u8>> {
        self.rows.map(RefCell::into_inner)
    }

    fn note(&self, table: u8, key: &[u8], value: Option<&[u8]>, grown: i64) {
        self.count.set(self.count.get() + 1);
        self.grown.set(self.grown.get() + grown);
        let Some(rows) = &self.rows else { return };
        let mut rows = rows.borrow_mut();
        rows.push(table);
        rows.push(if value.is_some() { PUT } else { REMOVED });
        for part in [Some(key), value].into_iter().flatten() {
            put_number(&mut rows, part.len() as u64);
            rows.extend_from_slice(part);
        }
    }
}

/// One change, as it was kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Change<'a> {
    /// The place of the table among all.
    pub(crate) table: u8,
    pub(crate) key: &'a [u8],
    /// None: the row was removed.
    pub(crate) value: Option<&'a [u8]>,
}

impl<'a> Change<'a> {
    /// Takes the first of `rows` off.
    pub(crate) fn take(rows: &mut &'a [u8]) -> Result<Change<'a>, Damage> {
        let (&[table, kind], rest) = rows.split_first_chunk().ok_or(Damage::Content)?;
        *rows = rest;
        let mut part = || -> Result<&'a [u8], Damage> {
            let length = usize::try_from(take_number(rows)?).map_err(|_| Damage::Content)?;
            let (part, rest) = rows.split_at_checked(length).ok_or(Damage::Content)?;
            *rows = rest;
            Ok(part)
        };
        let key = part()?;
        let value = match kind {
            REMOVED => None,
            PUT => Some(part()?),
            _ => return Err(Damage::Content),
        };
        Ok(Change { table, key, value })
    }

    /// Whether key and value are as wide as those of a table. Keys without a width are text.
    fn fits(&self, key_width: Option<usize>, value_width: Option<usize>) -> bool {
        let key_fits = match key_width {
            Some(width) => self.key.len() == width,
            None => std::str::from_utf8(self.key).is_ok(),
        };
        let widths = value_width.zip(self.value);
        key_fits && widths.is_none_or(|(width, value)| value.len() == width)
    }
}

/// A table whose changes are noted. It is read like any other.
pub(crate) struct Rows<'t, K: Key + 'static, V: Value + 'static> {
    table: Table<'t, K, V>,
    /// The place of the table among all.
    number: u8,
    changes: &'t Changes,
}

impl<'t, K: Key + 'static, V: Value + 'static> Rows<'t, K, V> {
    pub(crate) fn open(
        transaction: &'t WriteTransaction,
        definition: TableDefinition<'_, K, V>,
        number: u8,
        changes: &'t Changes,
    ) -> Result<Rows<'t, K, V>, TableError> {
        Ok(Rows {
            table: transaction.open_table(definition)?,
            number,
            changes,
        })
    }

    /// Puts a row; gives the value that it had.
    pub(crate) fn insert<'k, 'v>(
        &mut self,
        key: impl Borrow<K::SelfType<'k>>,
        value: impl Borrow<V::SelfType<'v>>,
    ) -> Result<Option<AccessGuard<'_, V>>, StorageError> {
        let (key, value) = (key.borrow(), value.borrow());
        let before = self.table.insert(key, value)?;
        let (key, value) = (K::as_bytes(key), V::as_bytes(value));
        let (key, value) = (key.as_ref(), value.as_ref());
        let grown = match &before {
            Some(before) => length(value.len()) - length(value_bytes(before)),
            None => length(key.len()) + length(value.len()),
        };
        self.changes.note(self.number, key, Some(value), grown);
        Ok(before)
    }

    /// Removes a row; gives the value that it had.
    pub(crate) fn remove<'k>(
        &mut self,
        key: impl Borrow<K::SelfType<'k>>,
    ) -> Result<Option<AccessGuard<'_, V>>, StorageError> {
        let key = key.borrow();
        let before = self.table.remove(key)?;
        if let Some(before) = &before {
            let key = K::as_bytes(key);
            let grown = -length(key.as_ref().len()) - length(value_bytes(before));
            self.changes.note(self.number, key.as_ref(), None, grown);
        }
        Ok(before)
    }

    /// Makes a change again. One that is not of this table's types is refused: redb would panic.
    pub(crate) fn repeat(&mut self, change: &Change<'_>) -> Result<(), StorageError> {
        if !change.fits(K::fixed_width(), V::fixed_width()) {
            let why = "the journal has a row that is not of its table's types".to_owned();
            return Err(StorageError::Corrupted(why));
        }
        let key = K::from_bytes(change.key);
        match change.value {
            Some(value) => drop(self.insert(&key, V::from_bytes(value))?),
            None => drop(self.remove(&key)?),
        }
        Ok(())
    }
}

impl<'t, K: Key + 'static, V: Value + 'static> Deref for Rows<'t, K, V> {
    type Target = Table<'t, K, V>;

    fn deref(&self) -> &Table<'t, K, V> {
        &self.table
    }
}

fn value_bytes<V: Value + 'static>(guard: &AccessGuard<'_, V>) -> usize {
    V::as_bytes(&guard.value()).as_ref().len()
}

fn length(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
