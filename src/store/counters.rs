//! The numbers that every commit carries on.

use redb::ReadableTable;

use super::error::StoreError;
use super::tables::{Tables, View, meta};

/// What the writer knows of the whole database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counters {
    /// The id that the next lead gets.
    pub(crate) next_lead: u64,
    /// How many commits there were: the number of the last one.
    pub(crate) sequence: u64,
    /// Bytes of the keys and values of all tables.
    pub(crate) stored_bytes: u64,
}

impl Counters {
    pub(crate) fn read(view: &View) -> Result<Counters, StoreError> {
        Ok(Counters {
            next_lead: number(&view.meta, meta::NEXT_LEAD)?,
            sequence: number(&view.meta, meta::SEQUENCE)?,
            stored_bytes: number(&view.meta, meta::STORED_BYTES)?,
        })
    }

    /// Writes those down that differ from `before`.
    pub(crate) fn write(
        &self,
        tables: &mut Tables<'_>,
        before: &Counters,
    ) -> Result<(), StoreError> {
        if self.next_lead != before.next_lead {
            tables.meta.insert(meta::NEXT_LEAD, self.next_lead)?;
        }
        tables.meta.insert(meta::SEQUENCE, self.sequence)?;
        tables.meta.insert(meta::STORED_BYTES, self.stored_bytes)?;
        Ok(())
    }
}

/// A number of `meta_1` that must be there.
pub(crate) fn number(
    meta: &impl ReadableTable<&'static str, u64>,
    name: &str,
) -> Result<u64, StoreError> {
    let missing = || StoreError::Damaged(format!("its number {name} is missing"));
    Ok(meta.get(name)?.ok_or_else(missing)?.value())
}
