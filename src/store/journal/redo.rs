//! Makes the changes of the journal again in a database that lacks them.

use redb::{Database, Durability};

use super::segment::Head;
use crate::store::changes::{Change, Changes};
use crate::store::error::StoreError;
use crate::store::tables::{self, Tables};

/// So many bytes of changes share one transaction.
const BITE_BYTES: usize = 4 << 20;

/// Frames on their way into a database.
pub(crate) struct Redo<'d> {
    database: &'d Database,
    begin: u64,
    /// The last commit that is there, or waits here.
    sequence: u64,
    /// For each number of a table in the file, the number that it has here.
    numbers: Vec<Option<u8>>,
    /// Changes that wait for their transaction, with the numbers that tables have here.
    waiting: Vec<(Vec<Option<u8>>, Vec<u8>)>,
    bytes: usize,
}

impl<'d> Redo<'d> {
    /// For a database that has made `sequence` commits.
    pub(crate) fn new(database: &'d Database, sequence: u64) -> Redo<'d> {
        Redo {
            database,
            begin: sequence,
            sequence,
            numbers: Vec::new(),
            waiting: Vec::new(),
            bytes: 0,
        }
    }

    /// The last commit that is there, or waits here.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The next frames are of this file.
    pub(crate) fn begin_file(&mut self, head: &Head) {
        let known = tables::names();
        let number = |name: &String| known.iter().position(|known| known == name);
        let numbers = head.tables.iter().map(number);
        self.numbers = numbers
            .map(|number| number.and_then(|number| u8::try_from(number).ok()))
            .collect();
    }

    /// Takes a frame, if it is the next one that the database lacks.
    pub(crate) fn frame(&mut self, sequence: u64, rows: &[u8]) -> Result<(), StoreError> {
        if sequence != self.sequence + 1 {
            return Ok(());
        }
        self.sequence = sequence;
        self.bytes += rows.len();
        self.waiting.push((self.numbers.clone(), rows.to_vec()));
        match self.bytes < BITE_BYTES {
            true => Ok(()),
            false => self.commit(),
        }
    }

    /// Commits what waits; tells how many frames there were in all.
    pub(crate) fn finish(mut self) -> Result<u64, StoreError> {
        self.commit()?;
        Ok(self.sequence - self.begin)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let mut transaction = self.database.begin_write()?;
        transaction.set_quick_repair(true);
        transaction
            .set_durability(Durability::Immediate)
            .map_err(StoreError::failed)?;
        {
            let changes = Changes::new(false);
            let mut tables = Tables::open(&transaction, &changes)?;
            for (numbers, rows) in self.waiting.drain(..) {
                repeat(&mut tables, &numbers, &rows)?;
            }
        }
        self.bytes = 0;
        Ok(transaction.commit()?)
    }
}

fn repeat(
    tables: &mut Tables<'_>,
    numbers: &[Option<u8>],
    mut rows: &[u8],
) -> Result<(), StoreError> {
    while !rows.is_empty() {
        let change = Change::take(&mut rows);
        let change =
            change.map_err(|damage| StoreError::Damaged(format!("the journal: {damage}")))?;
        let number = numbers.get(usize::from(change.table)).copied().flatten();
        let table = number.ok_or_else(|| {
            StoreError::Damaged(
                "the journal has changes of a table that only a newer release knows".to_owned(),
            )
        })?;
        tables.repeat(&Change { table, ..change })?;
    }
    Ok(())
}
