//! Copies a database as one moment saw it into a new one: row by row, in transactions of a few
//! megabytes, so that neither memory nor the disk is taken at once.

use redb::{Database, Key, ReadOnlyTable, ReadableTable, TableDefinition, Value, WriteTransaction};

use super::error::StoreError;

/// So many bytes of rows share one transaction: what comes meanwhile waits while they are synced.
const BITE_BYTES: usize = 1 << 20;

/// Asked between bites: hears how many rows are copied so far; an error ends the copy.
pub(crate) type Pace<'a> = dyn FnMut(u64) -> Result<(), StoreError> + 'a;

/// The new database.
pub(crate) struct Copy<'a> {
    to: &'a Database,
    pace: &'a mut Pace<'a>,
    /// None only between two of them.
    transaction: Option<WriteTransaction>,
    /// Bytes of the open transaction.
    bytes: usize,
    rows: u64,
}

impl<'a> Copy<'a> {
    pub(crate) fn begin(to: &'a Database, pace: &'a mut Pace<'a>) -> Result<Copy<'a>, StoreError> {
        pace(0)?;
        Ok(Copy {
            transaction: Some(begin(to)?),
            to,
            pace,
            bytes: 0,
            rows: 0,
        })
    }

    /// Copies a table.
    pub(crate) fn table<K: Key + 'static, V: Value + 'static>(
        &mut self,
        from: &ReadOnlyTable<K, V>,
        definition: TableDefinition<'_, K, V>,
    ) -> Result<(), StoreError> {
        let mut rows = from.iter()?;
        while let Some(transaction) = &self.transaction {
            {
                let mut table = transaction.open_table(definition)?;
                while self.bytes < BITE_BYTES {
                    let Some(row) = rows.next() else {
                        return Ok(());
                    };
                    let (key, value) = row?;
                    let (key, value) = (key.value(), value.value());
                    self.bytes += K::as_bytes(&key).as_ref().len();
                    self.bytes += V::as_bytes(&value).as_ref().len();
                    table.insert(&key, &value)?;
                    self.rows += 1;
                }
            }
            self.commit()?;
            (self.pace)(self.rows)?;
            self.transaction = Some(begin(self.to)?);
        }
        Ok(())
    }

    /// Commits what is copied.
    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        self.bytes = 0;
        match self.transaction.take() {
            Some(transaction) => Ok(transaction.commit()?),
            None => Ok(()),
        }
    }
}

fn begin(to: &Database) -> Result<WriteTransaction, StoreError> {
    let mut transaction = to.begin_write()?;
    transaction.set_quick_repair(true);
    Ok(transaction)
}
