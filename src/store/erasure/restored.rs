//! Erasing once more in a database that was made of a backup, before anybody opens it.

use std::collections::BTreeSet;
use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable};

use super::list::read_list;
use super::{Erasure, erase, newest, note};
use crate::store::StoreError;
use crate::store::changes::Changes;
use crate::store::contacts::Contacts;
use crate::store::counters::Counters;
use crate::store::search::{put, rebuilt, segment_of};
use crate::store::tables::{Tables, View};

/// Removes from a database what the lists in these directories say, and takes them over. Gives the
/// leads that went.
pub(in crate::store) fn erase_again(
    database: &Database,
    directories: &[&Path],
) -> Result<Vec<u64>, StoreError> {
    let mut erasures: Vec<Erasure> = Vec::new();
    for directory in directories {
        let read = read_list(directory);
        let read =
            read.map_err(|error| StoreError::Failed(format!("{}: {error}", directory.display())));
        erasures.extend(read?);
    }
    if erasures.is_empty() {
        return Ok(Vec::new());
    }
    let mut contacts = Contacts::read(&View::open(&database.begin_read()?)?)?;
    let mut gone = Vec::new();
    transact(database, &mut |tables| {
        for erasure in &erasures {
            if is_meant(tables, erasure)? {
                let (lead, _) = erase(tables, &mut contacts, &[erasure.lead], erasure.at)?;
                gone.extend(lead);
            }
            if tables.erased.get(erasure.lead)?.is_none() {
                note(tables, erasure)?;
            }
        }
        Ok(())
    })?;
    let segments: BTreeSet<u64> = gone.iter().map(|lead| segment_of(*lead)).collect();
    for number in segments {
        let segment = rebuilt(&View::open(&database.begin_read()?)?, number)?;
        if let Some(segment) = segment {
            transact(database, &mut |tables| put(tables, &segment))?;
        }
    }
    Ok(gone)
}

/// Whether the lead of this number is the one that was erased, and not another database's, or one that
/// got a number that was lost with an earlier restored database.
fn is_meant(tables: &Tables<'_>, erasure: &Erasure) -> Result<bool, StoreError> {
    let Some(found) = newest(tables, erasure.lead)? else {
        return Ok(false);
    };
    let number = tables.meta.get(crate::store::tables::meta::DATABASE)?;
    let is_own = number.is_some_and(|number| number.value() == erasure.database);
    let is_same = is_own || found.lead.created == erasure.created;
    Ok(is_same && found.lead.updated <= erasure.at)
}

fn transact(
    database: &Database,
    work: &mut dyn FnMut(&mut Tables<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let before = Counters::read(&View::open(&database.begin_read()?)?)?;
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    let changes = Changes::new(false);
    {
        let mut tables = Tables::open(&transaction, &changes)?;
        work(&mut tables)?;
        let after = Counters {
            sequence: before.sequence + 1,
            stored_bytes: before.stored_bytes.saturating_add_signed(changes.grown()),
            ..before
        };
        after.write(&mut tables, &before)?;
    }
    Ok(transaction.commit()?)
}
