//! Copies a database as one moment saw it into a new one: row by row, in transactions of a few
//! megabytes, so that neither memory nor the disk is taken at once.

use redb::{Database, Key, ReadOnlyTable, ReadableTable, TableDefinition, Value};

use super::error::StoreError;

/// So many bytes of rows share one transaction.
const BITE_BYTES: usize = 4 << 20;

/// Asked between bites: hears how many rows are copied so far; an error ends the copy.
pub(crate) type Pace<'a> = dyn FnMut(u64) -> Result<(), StoreError> + 'a;

/// Copies a table into a new database.
pub(crate) fn table<K: Key + 'static, V: Value + 'static>(
    from: &ReadOnlyTable<K, V>,
    definition: TableDefinition<'_, K, V>,
    to: &Database,
    copied: &mut u64,
    pace: &mut Pace<'_>,
) -> Result<(), StoreError> {
    let mut rows = from.iter()?;
    let mut is_over = false;
    while !is_over {
        pace(*copied)?;
        let mut transaction = to.begin_write()?;
        transaction.set_quick_repair(true);
        {
            let mut table = transaction.open_table(definition)?;
            let mut bytes = 0;
            while bytes < BITE_BYTES {
                let Some(row) = rows.next() else {
                    is_over = true;
                    break;
                };
                let (key, value) = row?;
                let (key, value) = (key.value(), value.value());
                bytes += K::as_bytes(&key).as_ref().len() + V::as_bytes(&value).as_ref().len();
                table.insert(&key, &value)?;
                *copied += 1;
            }
        }
        transaction.commit()?;
    }
    Ok(())
}
