//! Runs: contacts with their leads, sorted and written once.
//!
//! A run lies in chunks, each under its first entry; none goes over the border between two first
//! bytes of a digest, so that runs can be joined a byte at a time. Eight runs of one level become one
//! of the next.

use std::collections::BTreeSet;

use redb::ReadableTable;

use super::filter::Filter;
use crate::store::StoreError;
use crate::store::codec::{Damage, Decoder, Encoder};
use crate::store::tables::{Tables, View};

/// Contact and lead.
type Entry = (u64, u64);

const CHUNK: usize = 128;
/// So many of one level become one.
const JOINED: usize = 8;
const VERSION: u8 = 1;

/// A table of chunks, for writers and readers.
pub(crate) trait Runs: ReadableTable<(u64, u64, u64), &'static [u8]> {}

impl<T: ReadableTable<(u64, u64, u64), &'static [u8]>> Runs for T {}

/// What is in memory of a run.
pub(super) struct Run {
    number: u64,
    level: u8,
    /// How many contacts it has, each counted once.
    count: u64,
    filter: Filter,
}

impl Run {
    /// One whose record is damaged, and which may have anything.
    fn unknown(number: u64) -> Run {
        Run {
            number,
            level: u8::MAX,
            count: 0,
            filter: Filter::full(),
        }
    }

    #[cfg(test)]
    pub(super) fn is_joined_twice(&self) -> bool {
        self.level == 2
    }

    /// The newest lead before `before` that has this contact in this run.
    pub(super) fn newest_before(
        &self,
        chunks: &impl Runs,
        contact: u64,
        before: u64,
    ) -> Result<Option<u64>, StoreError> {
        if !self.filter.may_have(contact) {
            return Ok(None);
        }
        let range = (self.number, border(contact), 0)..(self.number, contact, before);
        let Some(row) = chunks.range(range)?.next_back() else {
            return Ok(None);
        };
        // An index that is damaged must not keep a lead out; `verify` tells of it.
        let entries = decode(row?.1.value()).unwrap_or_default();
        let at = entries.partition_point(|entry| *entry < (contact, before));
        let found = at.checked_sub(1).map(|at| entries[at]);
        Ok(found
            .filter(|found| found.0 == contact)
            .map(|(_, lead)| lead))
    }
}

/// The first digest with the same first byte.
fn border(contact: u64) -> u64 {
    contact & 0xff << 56
}

/// All runs, the oldest first.
pub(super) fn read_all(
    runs: &impl ReadableTable<u64, &'static [u8]>,
) -> Result<Vec<Run>, StoreError> {
    let mut read = Vec::new();
    for row in runs.iter()? {
        let (number, record) = row?;
        let number = number.value();
        read.push(decode_run(number, record.value()).unwrap_or_else(|_| Run::unknown(number)));
    }
    Ok(read)
}

/// Adds a run of these entries; joins runs where there are enough of one level.
pub(super) fn add(
    tables: &mut Tables<'_>,
    runs: &mut Vec<Run>,
    entries: BTreeSet<Entry>,
) -> Result<(), StoreError> {
    let mut run = begin(runs, 0, entries.len());
    let entries: Vec<Entry> = entries.into_iter().collect();
    for part in entries.chunk_by(|a, b| border(a.0) == border(b.0)) {
        put(tables, &mut run, part)?;
    }
    end(tables, runs, run)?;
    for level in 0..u8::MAX {
        let joined = runs.iter().filter(|run| run.level == level).count();
        if joined < JOINED {
            break;
        }
        join(tables, runs, level)?;
    }
    Ok(())
}

fn begin(runs: &[Run], level: u8, contacts_max: usize) -> Run {
    let last = runs.iter().map(|run| run.number).max();
    Run {
        number: last.unwrap_or_default() + 1,
        level,
        count: 0,
        filter: Filter::new(contacts_max),
    }
}

/// Writes entries that have their first byte in common, and come after all of the run so far.
fn put(tables: &mut Tables<'_>, run: &mut Run, entries: &[Entry]) -> Result<(), StoreError> {
    for contact in entries.chunk_by(|a, b| a.0 == b.0) {
        run.filter.add(contact[0].0);
        run.count += 1;
    }
    for chunk in entries.chunks(CHUNK) {
        let (contact, lead) = chunk[0];
        let key = (run.number, contact, lead);
        tables.contacts.insert(key, encode(chunk).as_slice())?;
    }
    Ok(())
}

/// Takes an entry out of all runs. The filter goes on to take its contact for known.
pub(super) fn remove(
    tables: &mut Tables<'_>,
    runs: &[Run],
    (contact, lead): Entry,
) -> Result<(), StoreError> {
    for run in runs.iter().filter(|run| run.filter.may_have(contact)) {
        let range = (run.number, border(contact), 0)..=(run.number, contact, lead);
        let chunk = tables.contacts.range(range)?.next_back().transpose()?;
        let Some((key, entries)) = chunk.map(|(key, record)| (key.value(), decode(record.value())))
        else {
            continue;
        };
        let mut entries = entries.unwrap_or_default();
        let Ok(at) = entries.binary_search(&(contact, lead)) else {
            continue;
        };
        entries.remove(at);
        tables.contacts.remove(key)?;
        if let Some((contact, lead)) = entries.first() {
            let key = (run.number, *contact, *lead);
            tables.contacts.insert(key, encode(&entries).as_slice())?;
        }
    }
    Ok(())
}

fn end(tables: &mut Tables<'_>, runs: &mut Vec<Run>, run: Run) -> Result<(), StoreError> {
    tables
        .runs
        .insert(run.number, encode_run(&run).as_slice())?;
    runs.push(run);
    Ok(())
}

/// Makes one run of all of a level.
fn join(tables: &mut Tables<'_>, runs: &mut Vec<Run>, level: u8) -> Result<(), StoreError> {
    let count: u64 = runs
        .iter()
        .filter(|run| run.level == level)
        .map(|run| run.count)
        .sum();
    let mut joined = begin(runs, level + 1, usize::try_from(count).unwrap_or_default());
    let parts = runs.extract_if(.., |run| run.level == level);
    let parts: Vec<Run> = parts.collect();
    for byte in 0..=0xff_u64 {
        let mut entries = Vec::new();
        for part in &parts {
            let (first, last) = (byte << 56, byte << 56 | 0xff_ffff_ffff_ffff);
            let chunks = (part.number, first, 0)..=(part.number, last, u64::MAX);
            let mut keys = Vec::new();
            for row in tables.contacts.range(chunks)? {
                let (key, record) = row?;
                keys.push(key.value());
                entries.extend(decode(record.value()).unwrap_or_default());
            }
            for key in keys {
                tables.contacts.remove(key)?;
            }
        }
        entries.sort_unstable();
        entries.dedup();
        put(tables, &mut joined, &entries)?;
    }
    for part in parts {
        tables.runs.remove(part.number)?;
    }
    end(tables, runs, joined)
}

/// What is wrong in the chunks: of no run, out of order, unknown to the filter, of no lead.
pub(super) fn problems(
    view: &View,
    runs: &[Run],
    next_lead: u64,
) -> Result<Vec<String>, StoreError> {
    let unknown = runs.iter().filter(|run| run.level == u8::MAX);
    let mut problems: Vec<String> = unknown
        .map(|run| format!("run {} of the contacts cannot be read", run.number))
        .collect();
    let mut before = (0, (0, 0));
    for row in view.contacts.iter()? {
        let (key, record) = row?;
        let (number, contact, lead) = key.value();
        let entries = match decode(record.value()) {
            Ok(entries) => entries,
            Err(damage) => {
                problems.push(format!("contacts in run {number}: {damage}"));
                continue;
            }
        };
        let run = runs.iter().find(|run| run.number == number);
        let first = entries.first() == Some(&(contact, lead));
        let known = |(contact, lead): &Entry| {
            *lead < next_lead
                && border(*contact) == border(entries[0].0)
                && run.is_some_and(|run| run.filter.may_have(*contact))
        };
        let follows = before.0 != number || entries.first() > Some(&before.1);
        if !first || !follows || !entries.is_sorted() || !entries.iter().all(known) {
            problems.push(format!(
                "contacts in run {number} are not where they belong"
            ));
        }
        before = (number, entries.last().copied().unwrap_or_default());
    }
    Ok(problems)
}

fn encode(entries: &[Entry]) -> Vec<u8> {
    let mut to = Encoder::new(VERSION);
    to.number(entries.len() as u64);
    for (contact, lead) in entries {
        to.fixed(*contact);
        to.number(*lead);
    }
    to.seal()
}

fn decode(record: &[u8]) -> Result<Vec<Entry>, Damage> {
    let mut from = Decoder::open(record, VERSION)?;
    from.list(|from| Ok((from.fixed()?, from.number()?)))
}

fn encode_run(run: &Run) -> Vec<u8> {
    let mut to = Encoder::new(VERSION);
    to.byte(run.level);
    to.number(run.count);
    to.bytes(&run.filter.to_bytes());
    to.seal()
}

fn decode_run(number: u64, record: &[u8]) -> Result<Run, Damage> {
    let mut from = Decoder::open(record, VERSION)?;
    Ok(Run {
        number,
        level: from.byte()?,
        count: from.number()?,
        filter: Filter::from_bytes(from.bytes()?),
    })
}
