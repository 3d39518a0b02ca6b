//! The journal: every change since the last backup, once more, in files of its own that are only
//! appended to. The newest backup and the journal make every acknowledged lead again when the
//! database file is lost, or damaged beyond what the disk's own repair can do.
//!
//! A frame holds what one commit changed, row by row, under the number of the commit: nothing has to
//! be decided again to repeat it, and whatever a later release stores is in it without its doing.
//! Frames are repeated in order, each exactly once, since the database carries the number of the last
//! one in the same transaction.
//!
//! # Before the commit
//!
//! A frame is written and synced *before* the database commits, and the post is answered after both.
//! When the process dies or a write fails in between, the journal is one frame ahead of the database,
//! and the next opening repeats it: a lead appears that nobody was told of, which a 503 or a lost
//! answer allows, and a repeated post with its key finds. The other way round the database would be
//! ahead of a journal that lacks a change on which later frames build; nobody could make that frame
//! again, and backup and journal would be worth nothing from there on. For the same reason a commit
//! that failed is not taken out of the journal again: whether it is in the database is unknown until
//! that is opened, and then the numbers tell.
//!
//! What is behind the last whole frame was never synced, so nobody was told of it: it is cut off.
//! An error of the journal is an error of the commit: nobody of its group hears that he is stored,
//! and both are opened again from what the disk has.
//!
//! # Files
//!
//! Each is named after the commit before its first frame. A backup begins a new one, and when it is
//! verified, those before it go. A journal that does not fit to the database (of another one, or
//! lacking changes in between) is set aside under another name and never removed: it may be all that
//! somebody has.

mod find;
mod medium;
mod redo;
mod segment;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use redb::Database;

use super::error::StoreError;
use super::open_error::is_full;
use super::tables;
pub(crate) use find::repeat_in;
use find::{find, repeat};
pub use medium::{Medium, Strip};
use segment::{Head, frame};

/// A file that has grown to so many bytes gets no more: an opening reads the last one.
const FILE_BYTES_MAX: u64 = 64 << 20;
const ENDING: &str = ".journal";
const UNFINISHED: &str = ".new";
const SET_ASIDE: &str = ".set-aside";

/// A journal in a directory.
pub fn journal_in(directory: PathBuf) -> Arc<dyn Medium> {
    Arc::new(medium::Directory(directory))
}

/// The journal, open for the next frame.
pub(crate) struct Journal {
    medium: Arc<dyn Medium>,
    database: u64,
    strip: Box<dyn Strip>,
    /// The commit before the first frame of the open file, and the last one in it.
    base: u64,
    last: u64,
    bytes: u64,
}

/// What an opening found.
pub(crate) struct Taken {
    pub(crate) journal: Journal,
    /// From the commit after this one on, no change is missing.
    pub(crate) begin: u64,
    /// What a person should know.
    pub(crate) notice: Option<String>,
}

impl Journal {
    /// Opens the journal of the database with this number, which has made `sequence` commits, and
    /// repeats in it what it lacks. What does not fit to it is set aside.
    pub(crate) fn take_up(
        medium: &Arc<dyn Medium>,
        database: &Database,
        number: u64,
        sequence: u64,
    ) -> Result<Taken, StoreError> {
        let mut found = find(medium, number)?;
        for name in &found.unfinished {
            let removed = medium.remove(name);
            removed.map_err(|error| failed("clear", &**medium, &error))?;
        }
        let repeated = repeat(medium, &mut found, database, sequence)?;
        let mut notice = None;
        for (name, why) in &found.strange {
            notice = Some(set_aside(medium, name, number, why)?);
        }
        let sequence = repeated.sequence;
        let journal = match repeated.last {
            Some(last) if repeated.is_whole && last.last == sequence => {
                last.open(medium, number)?
            }
            // It lacks what was written without a journal, or what could not be read.
            _ => {
                found.files.clear();
                create(medium, number, sequence, false)?
            }
        };
        let begin = found.files.iter().rfind(|file| !file.head.follows);
        Ok(Taken {
            begin: begin.map_or(journal.base, |file| file.head.base),
            journal,
            notice,
        })
    }

    /// Writes the frame of a commit. When this returns, it is on the disk.
    pub(crate) fn append(&mut self, sequence: u64, rows: &[u8]) -> Result<(), StoreError> {
        if self.bytes >= FILE_BYTES_MAX {
            self.begin_file()?;
        }
        let frame = frame(sequence, rows);
        let written = self.strip.append(&frame).and_then(|()| self.strip.sync());
        written.map_err(|error| failed("write to", &*self.medium, &error))?;
        self.last = sequence;
        self.bytes += frame.len() as u64;
        Ok(())
    }

    /// Goes on in a new file, unless nothing is in this one. Gives the commit that it begins behind.
    pub(crate) fn begin_file(&mut self) -> Result<u64, StoreError> {
        if self.base < self.last {
            *self = create(&self.medium, self.database, self.last, true)?;
        }
        Ok(self.base)
    }

    /// Whether the open file still has its name.
    pub(crate) fn is_in_place(&self) -> bool {
        self.strip.is_in_place()
    }
}

/// Removes the files that only hold commits up to `base`, where a file begins.
pub(crate) fn remove_before(medium: &Arc<dyn Medium>, base: u64) -> io::Result<()> {
    for name in medium.list()? {
        if base_of(&name).is_some_and(|begin| begin < base) {
            medium.remove(&name)?;
        }
    }
    Ok(())
}

fn name_of(base: u64) -> String {
    format!("{base:020}{ENDING}")
}

fn base_of(name: &str) -> Option<u64> {
    name.strip_suffix(ENDING)?.parse().ok()
}

fn create(
    medium: &Arc<dyn Medium>,
    database: u64,
    base: u64,
    follows: bool,
) -> Result<Journal, StoreError> {
    let head = Head {
        database,
        base,
        follows,
        tables: tables::names(),
    };
    let head = head.encode();
    let strip = medium.create(&name_of(base), &head);
    Ok(Journal {
        strip: strip.map_err(|error| failed("begin", &**medium, &error))?,
        medium: medium.clone(),
        database,
        base,
        last: base,
        bytes: head.len() as u64,
    })
}

fn failed(what: &str, medium: &dyn Medium, error: &io::Error) -> StoreError {
    let text = format!("cannot {what} the journal in {}: {error}", medium.name());
    match is_full(error) {
        true => StoreError::DiskFull(text),
        false => StoreError::Failed(text),
    }
}

/// Gives a file that does not fit to the database another name; tells it in words.
fn set_aside(
    medium: &Arc<dyn Medium>,
    name: &str,
    database: u64,
    why: &str,
) -> Result<String, StoreError> {
    let failed = |error| failed("set aside a file of", &**medium, &error);
    let there = medium.list().map_err(failed)?;
    // One that was set aside before is never overwritten.
    let whose = format!("{name}.{:08x}", database as u32);
    let aside = |n: u32| match n {
        1 => format!("{whose}{SET_ASIDE}"),
        n => format!("{whose}.{n}{SET_ASIDE}"),
    };
    let free = (1..).map(aside).find(|aside| !there.contains(aside));
    let aside = free.unwrap_or_default();
    medium.rename(name, &aside).map_err(failed)?;
    Ok(format!(
        "{aside} of the journal in {} does not fit to the database and was set aside: {why}. Remove it \
         when nobody needs it",
        medium.name()
    ))
}
