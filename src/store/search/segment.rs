//! A segment: which words the leads of one stretch of ids have.
//!
//! Its words lie in buckets by their first two characters, so that a word and all that begin like it
//! are in one. A bucket lists each of its words with the leads that have it. The same bucket of
//! neighbouring segments lies side by side: they are a group, and a read of the disk finds several. A
//! lead that changed since its segment was made is stale: its bits count for nothing until the segment
//! is made again.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use redb::ReadableTable;

use super::newest_events;
use super::summary::stale_revision;
use crate::domain::listing::fingerprint;
use crate::domain::time::Timestamp;
use crate::domain::words::words_of;
use crate::store::StoreError;
use crate::store::codec::{Damage, Decoder, Encoder, put_number};
use crate::store::tables::{Tables, View};

/// So many leads share a segment.
pub(super) const LEADS: u64 = 1024;
/// So many segments lie side by side.
pub(super) const GROUP: u64 = 16;
/// With so many, most buckets of a group fill a page or two.
const BUCKETS: u64 = 512;
/// Groups begin behind all that was a segment by itself.
const GROUPS_BEGIN: u64 = 1 << 63;
/// The version of a bucket.
pub(super) const VERSION: u8 = 1;
/// The version of a header. That of 1 had 64 buckets, by its number alone, and is made again.
const HEADER_VERSION: u8 = 2;

/// A segment on its way into the store.
pub(crate) struct Segment {
    number: u64,
    header: Vec<u8>,
    buckets: BTreeMap<u32, Vec<u8>>,
    /// The stale leads that it knows as they are at these revisions.
    known: Vec<(u64, u32)>,
}

/// The leads of a segment, each a bit.
#[derive(Clone, Copy)]
pub(super) struct Bits([u64; (LEADS / 64) as usize]);

impl Bits {
    pub(super) const NONE: Bits = Bits([0; (LEADS / 64) as usize]);
    pub(super) const ALL: Bits = Bits([u64::MAX; (LEADS / 64) as usize]);

    pub(super) fn count(&self) -> u64 {
        self.0.iter().map(|bits| u64::from(bits.count_ones())).sum()
    }

    pub(super) fn set(&mut self, at: u64) {
        if let Some(bits) = self.0.get_mut((at / 64) as usize) {
            *bits |= 1 << (at % 64);
        }
    }

    pub(super) fn clear(&mut self, at: u64) {
        if let Some(bits) = self.0.get_mut((at / 64) as usize) {
            *bits &= !(1 << (at % 64));
        }
    }

    pub(super) fn keep_common(&mut self, with: &Bits) {
        for (ours, theirs) in self.0.iter_mut().zip(with.0) {
            *ours &= theirs;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        (0..LEADS).filter(|at| self.0[(at / 64) as usize] >> (at % 64) & 1 == 1)
    }
}

/// The ids of a segment's leads; none where only damage could have made such a number.
pub(super) fn leads_of(number: u64) -> std::ops::Range<u64> {
    let end = number.saturating_add(1).saturating_mul(LEADS);
    number.saturating_mul(LEADS)..end
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
        let mut to = Encoder::new(HEADER_VERSION);
        for (first, last) in [self.created, self.updated] {
            to.number(first.0);
            to.number(last.0);
        }
        to.seal()
    }

    pub(super) fn decode(record: &[u8]) -> Result<Times, Damage> {
        let mut from = Decoder::open(record, HEADER_VERSION)?;
        let mut span = || Ok((Timestamp(from.number()?), Timestamp(from.number()?)));
        Ok(Times {
            created: span()?,
            updated: span()?,
        })
    }
}

/// Where a bucket of a segment is.
fn place(number: u64, bucket: u32) -> (u64, u32) {
    let (group, at) = (number / GROUP, number % GROUP);
    (GROUPS_BEGIN + group, bucket * GROUP as u32 + at as u32)
}

/// Where the same bucket of all segments of a group is, in their order.
pub(super) fn places(group: u64, bucket: u32) -> RangeInclusive<(u64, u32)> {
    place(group * GROUP, bucket)..=place((group + 1) * GROUP - 1, bucket)
}

/// The bucket of a word: words that begin with the same two characters share one.
pub(super) fn bucket_of(word: &str) -> u32 {
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
    for bucket in 0..BUCKETS as u32 {
        let (at, wanted) = (place(number, bucket), segment.buckets.get(&bucket));
        let is_same = match (tables.words.get(at)?, wanted) {
            (Some(stored), Some(wanted)) => stored.value() == wanted.as_slice(),
            (stored, wanted) => stored.is_none() && wanted.is_none(),
        };
        // Most of a segment that is made again stays, and is not written.
        match wanted {
            _ if is_same => {}
            Some(wanted) => drop(tables.words.insert(at, wanted.as_slice())?),
            None => drop(tables.words.remove(at)?),
        }
    }
    remove_former(tables, number)?;
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

/// Removes the rows of a segment as they were before there were groups.
fn remove_former(tables: &mut Tables<'_>, number: u64) -> Result<(), StoreError> {
    let former = tables.words.range((number, 0)..=(number, u32::MAX))?;
    let former = former.map(|row| row.map(|(at, _)| at.value()));
    for at in former.collect::<Result<Vec<_>, _>>()? {
        tables.words.remove(at)?;
    }
    Ok(())
}

/// Whether a header is of a segment as they were before there were groups.
fn is_former(header: &[u8]) -> bool {
    matches!(Times::decode(header), Err(Damage::Version(1)))
}

/// What differs between a segment and its leads; while one of them is stale, nothing is said.
pub(super) fn difference(view: &View, number: u64) -> Result<Option<&'static str>, StoreError> {
    let header = view.segments.get(number)?;
    if header.is_none_or(|header| is_former(header.value())) {
        return Ok(None);
    }
    let made = build(view, number)?;
    if !made.known.is_empty() {
        return Ok(None);
    }
    for bucket in 0..BUCKETS as u32 {
        let stored = view.words.get(place(number, bucket))?;
        let stored = stored.as_ref().map(|stored| stored.value());
        if stored != made.buckets.get(&bucket).map(Vec::as_slice) {
            return Ok(Some("its words are not those of its leads"));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A word is sought in every segment, and each place of its own would be a read of the disk.
    #[test]
    fn the_same_bucket_of_a_group_lies_side_by_side_and_no_other_between() {
        let all = (0..GROUP * 3).flat_map(|number| {
            let buckets = 0..BUCKETS as u32;
            buckets.map(move |bucket| (place(number, bucket), number, bucket))
        });
        let mut all: Vec<_> = all.collect();
        all.sort_unstable();
        for (same, rest) in all.chunks(GROUP as usize).zip(0..) {
            let (group, bucket) = (rest / BUCKETS, (rest % BUCKETS) as u32);
            assert!(
                same.iter()
                    .all(|one| one.2 == bucket && one.1 / GROUP == group)
            );
            let first_and_last = same[0].0..=same[GROUP as usize - 1].0;
            assert_eq!(places(group, bucket), first_and_last);
        }
    }
}
