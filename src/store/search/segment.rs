//! A segment: which words the leads of one stretch of ids have.
//!
//! Its words lie in buckets by their first two characters, so that a word and all that begin like it
//! are one read. A bucket lists each of its words with the leads that have it. A lead that changed
//! since its segment was made is stale: its bits count for nothing until the segment is made again.

use std::collections::HashMap;
use std::thread::{self, ScopedJoinHandle};

use redb::ReadableTable;

use super::newest_events;
use super::summary::stale_revision;
use crate::domain::listing::fingerprint;
use crate::domain::time::Timestamp;
use crate::domain::words::{answers, words_of};
use crate::store::StoreError;
use crate::store::codec::{Damage, Decoder, Encoder, put_number, take_number};
use crate::store::tables::{Tables, View};

/// So many leads share a segment.
pub(super) const LEADS: u64 = 1024;
const BUCKETS: u64 = 64;
const VERSION: u8 = 1;

/// A segment on its way into the store.
pub(crate) struct Segment {
    number: u64,
    header: Vec<u8>,
    buckets: Vec<(u32, Vec<u8>)>,
    /// The stale leads that it knows as they are at these revisions.
    known: Vec<(u64, u32)>,
}

/// The leads of a segment, each a bit.
#[derive(Clone, Copy)]
pub(super) struct Bits([u64; (LEADS / 64) as usize]);

impl Bits {
    fn none() -> Bits {
        Bits([0; (LEADS / 64) as usize])
    }

    pub(super) fn count(&self) -> u64 {
        self.0.iter().map(|bits| u64::from(bits.count_ones())).sum()
    }

    fn set(&mut self, at: u64) {
        if let Some(bits) = self.0.get_mut((at / 64) as usize) {
            *bits |= 1 << (at % 64);
        }
    }

    pub(super) fn clear(&mut self, at: u64) {
        if let Some(bits) = self.0.get_mut((at / 64) as usize) {
            *bits &= !(1 << (at % 64));
        }
    }

    fn keep_common(&mut self, with: &Bits) {
        for (ours, theirs) in self.0.iter_mut().zip(with.0) {
            *ours &= theirs;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        (0..LEADS).filter(|at| self.0[(at / 64) as usize] >> (at % 64) & 1 == 1)
    }
}

/// The ids of a segment's leads.
pub(super) fn leads_of(number: u64) -> std::ops::Range<u64> {
    number * LEADS..(number + 1) * LEADS
}

/// The segment of a lead.
pub(crate) fn segment_of(lead: u64) -> u64 {
    lead / LEADS
}

/// The earliest and latest creation, and the same of updates.
pub(super) struct Times {
    pub(super) created: (Timestamp, Timestamp),
    pub(super) updated: (Timestamp, Timestamp),
}

impl Times {
    fn encode(&self) -> Vec<u8> {
        let mut to = Encoder::new(VERSION);
        for (first, last) in [self.created, self.updated] {
            to.number(first.0);
            to.number(last.0);
        }
        to.seal()
    }

    pub(super) fn decode(record: &[u8]) -> Result<Times, Damage> {
        let (version, mut from) = Decoder::open(record)?;
        if version != VERSION {
            return Err(Damage::Version(version));
        }
        let mut span = || Ok((Timestamp(from.number()?), Timestamp(from.number()?)));
        Ok(Times {
            created: span()?,
            updated: span()?,
        })
    }
}

/// The bucket of a word: words that begin with the same two characters share one.
fn bucket_of(word: &str) -> u32 {
    let end = word.char_indices().nth(2).map_or(word.len(), |(at, _)| at);
    (fingerprint(&word[..end]) % BUCKETS) as u32
}

/// Makes a segment of what its leads are in this view.
pub(super) fn build(view: &View, number: u64) -> Result<Segment, StoreError> {
    let nothing = || (Timestamp(u64::MAX), Timestamp(0));
    let mut times = Times {
        created: nothing(),
        updated: nothing(),
    };
    let widen = |span: &mut (Timestamp, Timestamp), time| {
        *span = (span.0.min(time), span.1.max(time));
    };
    let mut words: HashMap<String, Vec<u64>> = HashMap::new();
    newest_events(view, leads_of(number), |event| {
        widen(&mut times.created, event.lead.created);
        widen(&mut times.updated, event.lead.updated);
        for word in words_of(&event.lead) {
            words.entry(word).or_default().push(event.lead.id % LEADS);
        }
    })?;
    let mut sorted: Vec<(u32, String, Vec<u64>)> = words
        .into_iter()
        .map(|(word, leads)| (bucket_of(&word), word, leads))
        .collect();
    sorted.sort_unstable();
    let buckets = sorted
        .chunk_by(|a, b| a.0 == b.0)
        .map(|words| (words[0].0, encode_bucket(words)));
    let known = view.stale.range(leads_of(number))?.map(|row| {
        let (lead, revision) = row?;
        Ok((lead.value(), stale_revision(revision.value())))
    });
    Ok(Segment {
        number,
        header: times.encode(),
        buckets: buckets.collect(),
        known: known.collect::<Result<_, StoreError>>()?,
    })
}

fn encode_bucket(words: &[(u32, String, Vec<u64>)]) -> Vec<u8> {
    let mut to = Encoder::new(VERSION);
    to.number(words.len() as u64);
    for (_, word, leads) in words {
        let mut list = Vec::with_capacity(leads.len());
        let mut before = 0;
        for lead in leads {
            put_number(&mut list, lead - before);
            before = *lead;
        }
        to.text(word);
        to.bytes(&list);
    }
    to.seal()
}

/// Writes a segment in place of the one of its number. A lead that changed meanwhile stays stale.
pub(crate) fn put(tables: &mut Tables<'_>, segment: &Segment) -> Result<(), StoreError> {
    let number = segment.number;
    let before = tables.words.range((number, 0)..=(number, u32::MAX))?;
    let before: Vec<(u64, u32)> = before
        .map(|row| row.map(|(key, _)| key.value()))
        .collect::<Result<_, _>>()?;
    for key in before {
        tables.words.remove(key)?;
    }
    for (bucket, words) in &segment.buckets {
        tables.words.insert((number, *bucket), words.as_slice())?;
    }
    tables.segments.insert(number, segment.header.as_slice())?;
    for (lead, revision) in &segment.known {
        let now = tables
            .stale
            .get(lead)?
            .map(|row| stale_revision(row.value()));
        if now == Some(*revision) {
            tables.stale.remove(lead)?;
        }
    }
    Ok(())
}

/// What a segment says to words that are sought: from when to when its leads are, and which of them
/// have all those words, as of when it was made.
type Hits = (Result<Times, Damage>, Bits);

/// So many threads read at once: what is not in memory is a read of the disk for each segment, and
/// they wait for it together.
const READERS: usize = 8;
/// So few segments are read by who asks.
const SEGMENTS_FEW: usize = 32;

/// What the first so many segments say; none where one is not made yet.
pub(super) fn hits_of_all(
    view: &View,
    segments: u64,
    sought: &[String],
) -> Result<Vec<Option<Hits>>, StoreError> {
    let numbers: Vec<u64> = (0..segments).collect();
    let read = |numbers: &[u64]| -> Result<Vec<Option<Hits>>, StoreError> {
        numbers
            .iter()
            .map(|number| hits(view, *number, sought))
            .collect()
    };
    if numbers.len() <= SEGMENTS_FEW {
        return read(&numbers);
    }
    let parts = numbers.chunks(numbers.len().div_ceil(READERS));
    let parts = thread::scope(|scope| {
        let begin = |part| {
            let thread = thread::Builder::new().name("search".to_owned());
            let begun = thread.spawn_scoped(scope, move || read(part));
            (part, begun.ok())
        };
        let begun: Vec<_> = parts.map(begin).collect();
        let end = |(part, thread): (_, Option<ScopedJoinHandle<'_, _>>)| {
            // Without a thread, or where it panicked, it is read here.
            thread
                .and_then(|thread| thread.join().ok())
                .unwrap_or_else(|| read(part))
        };
        begun
            .into_iter()
            .map(end)
            .collect::<Result<Vec<_>, StoreError>>()
    })?;
    Ok(parts.into_iter().flatten().collect())
}

fn hits(view: &View, number: u64, sought: &[String]) -> Result<Option<Hits>, StoreError> {
    let Some(header) = view.segments.get(number)? else {
        return Ok(None);
    };
    let mut found: Option<Bits> = None;
    for one in sought {
        let mut bits = Bits::none();
        if let Some(bucket) = view.words.get((number, bucket_of(one)))? {
            read_bucket(bucket.value(), one, &mut bits)
                .map_err(|damage| StoreError::unreadable("the index of words", damage))?;
        }
        match &mut found {
            None => found = Some(bits),
            Some(found) => found.keep_common(&bits),
        }
    }
    let times = Times::decode(header.value());
    Ok(Some((times, found.unwrap_or(Bits::none()))))
}

/// Notes the leads of all words that answer. The words are in order, and the lists of the others are
/// stepped over: a bucket may have a thousand words.
fn read_bucket(record: &[u8], sought: &str, bits: &mut Bits) -> Result<(), Damage> {
    let (version, mut from) = Decoder::open(record)?;
    if version != VERSION {
        return Err(Damage::Version(version));
    }
    for _ in 0..from.number()? {
        let (word, mut list) = (from.bytes()?, from.bytes()?);
        if !word.starts_with(sought.as_bytes()) {
            match word > sought.as_bytes() {
                true => break,
                false => continue,
            }
        }
        let word = std::str::from_utf8(word).map_err(|_| Damage::Content)?;
        let mut lead = 0;
        while answers(word, sought) && !list.is_empty() {
            lead += take_number(&mut list)?;
            bits.set(lead);
        }
    }
    Ok(())
}

/// What differs between a segment and its leads; while one of them is stale, nothing is said.
pub(super) fn difference(view: &View, number: u64) -> Result<Option<&'static str>, StoreError> {
    let made = build(view, number)?;
    if !made.known.is_empty() {
        return Ok(None);
    }
    for (bucket, words) in &made.buckets {
        let stored = view.words.get((number, *bucket))?;
        if stored.is_none_or(|stored| stored.value() != words.as_slice()) {
            return Ok(Some("its words are not those of its leads"));
        }
    }
    let stored = view.words.range((number, 0)..=(number, u32::MAX))?.count();
    Ok((stored != made.buckets.len()).then_some("it has words that no lead has"))
}
