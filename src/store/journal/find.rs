//! What there is of a journal, and repeating it in a database that lacks some of it.

use std::sync::Arc;

use redb::Database;

use super::medium::{Medium, Strip};
use super::redo::Redo;
use super::segment::{Head, Reader};
use super::{ENDING, Journal, UNFINISHED, base_of, failed};
use crate::store::codec::Damage;
use crate::store::error::StoreError;

/// A file of the journal that is this database's.
pub(super) struct Found {
    pub(super) name: String,
    pub(super) head: Head,
}

/// All files of a journal.
pub(super) struct Files {
    /// Those of the database, by where they begin.
    pub(super) files: Vec<Found>,
    /// Those that do not fit to it, each with the reason.
    pub(super) strange: Vec<(String, &'static str)>,
    /// Those that were never begun.
    pub(super) unfinished: Vec<String>,
}

/// Looks what there is for the database with this number.
pub(super) fn find(medium: &Arc<dyn Medium>, number: u64) -> Result<Files, StoreError> {
    let failed = |error| failed("read", &**medium, &error);
    let mut found = Files {
        files: Vec::new(),
        strange: Vec::new(),
        unfinished: Vec::new(),
    };
    for name in medium.list().map_err(failed)? {
        if name.ends_with(&format!("{ENDING}{UNFINISHED}")) {
            found.unfinished.push(name);
            continue;
        }
        let Some(base) = base_of(&name) else { continue };
        let strip = medium.open(&name).map_err(failed)?;
        match Reader::begin(strip).map_err(failed)?.1 {
            Ok(head) if head.database == number && head.base == base => {
                found.files.push(Found { name, head });
            }
            Ok(_) => found.strange.push((name, "it is of another database")),
            Err(Damage::Version(version)) => {
                let what = format!("{name} has version {version}, of a newer release");
                return Err(StoreError::Failed(what));
            }
            Err(_) => found.strange.push((name, "its beginning is damaged")),
        }
    }
    found.files.sort_by_key(|file| file.head.base);
    Ok(found)
}

/// What came of repeating a journal.
pub(crate) struct Repeated {
    /// The last commit that the database has now.
    pub(crate) sequence: u64,
    /// Whether nothing of the journal was left over.
    pub(crate) is_whole: bool,
    /// Where the rest begins that does not connect, if there is one.
    pub(crate) gap: Option<u64>,
    /// Whether there are files, and none is of the database.
    pub(crate) is_strange: bool,
    /// The last file, where that was read.
    pub(super) last: Option<Last>,
}

/// Repeats in a database, which has made `sequence` commits, what it lacks. Files that do not
/// connect become strange.
pub(super) fn repeat(
    medium: &Arc<dyn Medium>,
    found: &mut Files,
    database: &Database,
    sequence: u64,
) -> Result<Repeated, StoreError> {
    let mut redo = Redo::new(database, sequence);
    let mut last = None;
    let mut at = 0;
    while let Some(file) = found.files.get(at) {
        let next = found.files.get(at + 1).map(|next| next.head.base);
        // All that is in it the database has.
        if next.is_some_and(|next| next <= sequence) {
            at += 1;
            continue;
        }
        if file.head.base > redo.sequence() {
            break;
        }
        let read = repeat_file(medium, file, &mut redo)?;
        if read.last > redo.sequence() {
            break;
        }
        last = Some(read);
        at += 1;
    }
    let rest = found.files.split_off(at);
    let is_strange = found.files.is_empty() && rest.is_empty() && !found.strange.is_empty();
    let gap = rest.first().map(|file| file.head.base);
    let strange = rest
        .into_iter()
        .map(|file| (file.name, "changes before it are missing"));
    found.strange.extend(strange);
    Ok(Repeated {
        sequence: sequence + redo.finish()?,
        is_whole: gap.is_none(),
        gap,
        is_strange,
        last,
    })
}

/// The same for a database that is being restored: nothing of the journal is touched.
pub(crate) fn repeat_in(
    medium: &Arc<dyn Medium>,
    database: &Database,
    number: u64,
    sequence: u64,
) -> Result<Repeated, StoreError> {
    let mut found = find(medium, number)?;
    repeat(medium, &mut found, database, sequence)
}

fn repeat_file(
    medium: &Arc<dyn Medium>,
    file: &Found,
    redo: &mut Redo<'_>,
) -> Result<Last, StoreError> {
    let failed = |error| failed("read", &**medium, &error);
    let strip = medium.open(&file.name).map_err(failed)?;
    let (mut reader, _) = Reader::begin(strip).map_err(failed)?;
    redo.begin_file(&file.head);
    let mut last = file.head.base;
    while let Some((sequence, rows)) = reader.next().map_err(failed)? {
        redo.frame(sequence, rows)?;
        last = sequence;
    }
    Ok(Last {
        has_rest: reader.has_rest().map_err(failed)?,
        whole: reader.whole,
        strip: reader.into_strip(),
        base: file.head.base,
        last,
    })
}

/// The last file of the journal, read to its end.
pub(super) struct Last {
    strip: Box<dyn Strip>,
    base: u64,
    /// The last commit that is whole in it.
    pub(super) last: u64,
    /// Bytes of head and whole frames.
    whole: u64,
    has_rest: bool,
}

impl Last {
    /// For the next frame; what is not whole at its end goes.
    pub(super) fn open(
        mut self,
        medium: &Arc<dyn Medium>,
        database: u64,
    ) -> Result<Journal, StoreError> {
        if self.has_rest {
            let cut = self.strip.cut(self.whole);
            cut.map_err(|error| failed("cut the end off", &**medium, &error))?;
        }
        Ok(Journal {
            medium: medium.clone(),
            database,
            strip: self.strip,
            base: self.base,
            last: self.last,
            bytes: self.whole,
        })
    }
}
