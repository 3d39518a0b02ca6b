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

mod medium;
mod redo;
mod segment;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use redb::Database;

use super::codec::Damage;
use super::error::StoreError;
use super::open_error::is_full;
use super::tables;
pub use medium::{Medium, Strip};
use redo::Redo;
use segment::{Head, Reader, frame};

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

/// A file of the journal that is this database's.
struct Found {
    name: String,
    head: Head,
}

impl Journal {
    /// Opens the journal of the database with this number, which has made `sequence` commits, and
    /// repeats in it what it lacks.
    pub(crate) fn take_up(
        medium: &Arc<dyn Medium>,
        database: &Database,
        number: u64,
        sequence: u64,
    ) -> Result<Taken, StoreError> {
        let opening = Opening {
            medium,
            number,
            notice: None,
        };
        opening.run(database, sequence)
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
    let text = format!("cannot {what} the journal {}: {error}", medium.name());
    match is_full(error) {
        true => StoreError::DiskFull(text),
        false => StoreError::Failed(text),
    }
}

struct Opening<'a> {
    medium: &'a Arc<dyn Medium>,
    number: u64,
    notice: Option<String>,
}

impl Opening<'_> {
    fn run(mut self, database: &Database, sequence: u64) -> Result<Taken, StoreError> {
        let mut files = self.files()?;
        let mut redo = Redo::new(database, sequence);
        let mut last = None;
        let mut at = 0;
        while let Some(file) = files.get(at) {
            let next = files.get(at + 1).map(|next| next.head.base);
            // All that is in it the database has.
            if next.is_some_and(|next| next <= sequence) {
                at += 1;
                continue;
            }
            let connects = file.head.base <= redo.sequence();
            let read = match connects {
                true => self.repeat(file, &mut redo)?,
                false => break,
            };
            if read.last > redo.sequence() {
                break;
            }
            last = Some(read);
            at += 1;
        }
        let rest = files.split_off(at);
        let sequence = sequence + redo.finish()?;
        for file in &rest {
            self.set_aside(&file.name, "changes before it are missing")?;
        }
        let journal = match last {
            Some(last) if rest.is_empty() && last.last == sequence => {
                last.open(self.medium, self.number)?
            }
            // It lacks what was written without a journal, or what could not be read.
            _ => {
                files.clear();
                create(self.medium, self.number, sequence, false)?
            }
        };
        let begin = files.iter().rfind(|file| !file.head.follows);
        Ok(Taken {
            begin: begin.map_or(journal.base, |file| file.head.base),
            journal,
            notice: self.notice,
        })
    }

    /// The files of this database, by where they begin. All others are set aside.
    fn files(&mut self) -> Result<Vec<Found>, StoreError> {
        let failed = |error| failed("read", &**self.medium, &error);
        let mut files = Vec::new();
        let mut strangers = Vec::new();
        for name in self.medium.list().map_err(failed)? {
            if name.ends_with(&format!("{ENDING}{UNFINISHED}")) {
                self.medium.remove(&name).map_err(failed)?;
            }
            let Some(base) = base_of(&name) else { continue };
            let strip = self.medium.open(&name).map_err(failed)?;
            match Reader::begin(strip).map_err(failed)?.1 {
                Ok(head) if head.database == self.number && head.base == base => {
                    files.push(Found { name, head });
                }
                Ok(_) => strangers.push((name, "it belongs to another database")),
                Err(Damage::Version(version)) => {
                    let what = format!("{name} has version {version}, of a newer release");
                    return Err(StoreError::Failed(what));
                }
                Err(_) => strangers.push((name, "its beginning is damaged")),
            }
        }
        for (name, why) in strangers {
            self.set_aside(&name, why)?;
        }
        files.sort_by_key(|file| file.head.base);
        Ok(files)
    }

    fn repeat(&self, file: &Found, redo: &mut Redo<'_>) -> Result<Last, StoreError> {
        let failed = |error| failed("read", &**self.medium, &error);
        let strip = self.medium.open(&file.name).map_err(failed)?;
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

    fn set_aside(&mut self, name: &str, why: &str) -> Result<(), StoreError> {
        let aside = format!("{name}.{:08x}{SET_ASIDE}", self.number as u32);
        let renamed = self.medium.rename(name, &aside);
        renamed.map_err(|error| failed("set aside a file of", &**self.medium, &error))?;
        self.notice = Some(format!(
            "{aside} in the journal {} does not fit to the database and was set aside: {why}. \
             Remove it when nobody needs it",
            self.medium.name()
        ));
        Ok(())
    }
}

/// The last file of the journal, read to its end.
struct Last {
    strip: Box<dyn Strip>,
    base: u64,
    last: u64,
    /// Bytes of head and whole frames.
    whole: u64,
    has_rest: bool,
}

impl Last {
    fn open(mut self, medium: &Arc<dyn Medium>, database: u64) -> Result<Journal, StoreError> {
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
