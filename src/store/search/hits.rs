//! What the index of words says: which leads of each segment have the words that are sought.

use std::ops::Range;

use super::segment::{Bits, GROUP, Times, VERSION, bucket_of, places};
use super::together::together;
use crate::domain::words::answers;
use crate::store::StoreError;
use crate::store::codec::{Damage, Decoder, take_number};
use crate::store::tables::View;

/// From when to when the leads of a segment are, and which of them have all words that are sought, as of
/// when it was made.
pub(super) type Hits = (Times, Bits);

/// So few groups are read by who asks.
const GROUPS_FEW: u64 = 2;

/// What the first so many segments say; none where one is not made, or is damaged.
pub(super) fn hits_of_all(
    view: &View,
    segments: u64,
    sought: &[String],
) -> Result<Vec<Option<Hits>>, StoreError> {
    let groups = segments.div_ceil(GROUP);
    let read = |groups: Range<u64>| -> Result<Vec<Option<Hits>>, StoreError> {
        let mut all = Vec::new();
        for group in groups {
            all.extend(hits(view, group, sought)?);
        }
        Ok(all)
    };
    together(groups, GROUPS_FEW, read)
}

/// What the segments of a group say.
fn hits(view: &View, group: u64, sought: &[String]) -> Result<Vec<Option<Hits>>, StoreError> {
    let mut found: Vec<Option<Hits>> = (0..GROUP).map(|_| None).collect();
    for row in view.segments.range(group * GROUP..(group + 1) * GROUP)? {
        let (number, header) = row?;
        if let Ok(times) = Times::decode(header.value()) {
            found[(number.value() % GROUP) as usize] = Some((times, Bits::ALL));
        }
    }
    for one in sought {
        let mut having = [Bits::NONE; GROUP as usize];
        for row in view.words.range(places(group, bucket_of(one)))? {
            let (place, bucket) = row?;
            let at = place.value().1 as usize % GROUP as usize;
            // An index that is damaged must not hide a lead: those of this segment are read.
            if read_bucket(bucket.value(), one, &mut having[at]).is_err() {
                found[at] = None;
            }
        }
        for (found, having) in found.iter_mut().zip(&having) {
            if let Some((_, bits)) = found {
                bits.keep_common(having);
            }
        }
    }
    Ok(found)
}

/// Notes the leads of all words that answer. The words are in order, and the lists of the others are
/// stepped over: a bucket may have a thousand words.
fn read_bucket(record: &[u8], sought: &str, bits: &mut Bits) -> Result<(), Damage> {
    let mut from = Decoder::open(record, VERSION)?;
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
