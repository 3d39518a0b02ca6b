//! A Bloom filter: what it does not know is surely not there; of what is not there, it takes one in
//! a hundred for known. Ten bits for each.

/// Bits, by which a few of them are set for each digest.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Filter(Vec<u64>);

const BITS_EACH: usize = 10;
const PROBES: u32 = 6;

impl Filter {
    /// An empty one for so many.
    pub(super) fn new(count: usize) -> Filter {
        Filter(vec![0; (count * BITS_EACH).div_ceil(64).max(1)])
    }

    /// One that takes everything for known.
    pub(super) fn full() -> Filter {
        Filter(vec![u64::MAX])
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Filter {
        let words = bytes.chunks_exact(8);
        Filter(
            words
                .map(|word| {
                    word.iter()
                        .rev()
                        .fold(0, |all, byte| all << 8 | u64::from(*byte))
                })
                .collect(),
        )
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    pub(super) fn add(&mut self, digest: u64) {
        for probe in 0..PROBES {
            let (word, bit) = self.place(digest, probe);
            if let Some(word) = self.0.get_mut(word) {
                *word |= bit;
            }
        }
    }

    pub(super) fn may_have(&self, digest: u64) -> bool {
        (0..PROBES).all(|probe| {
            let (word, bit) = self.place(digest, probe);
            self.0.get(word).is_none_or(|word| word & bit != 0)
        })
    }

    /// The digest is random already: its halves serve as two hashes.
    fn place(&self, digest: u64, probe: u32) -> (usize, u64) {
        let hash = (digest as u32).wrapping_add(probe.wrapping_mul((digest >> 32) as u32 | 1));
        let bit = (u64::from(hash) * (self.0.len() as u64 * 64)) >> 32;
        ((bit / 64) as usize, 1 << (bit % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digests as random as real ones.
    fn digest(n: u64) -> u64 {
        let mixed = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ mixed >> 29)
            .wrapping_mul(0xbf58_476d_1ce4_e5b9)
            .rotate_left(23)
    }

    #[test]
    fn what_was_added_is_known_and_little_else() {
        let mut filter = Filter::new(10_000);
        (0..10_000).for_each(|n| filter.add(digest(n)));
        let filter = Filter::from_bytes(&filter.to_bytes());
        assert!((0..10_000).all(|n| filter.may_have(digest(n))));
        let wrong = (10_000..110_000)
            .filter(|n| filter.may_have(digest(*n)))
            .count();
        assert!(wrong < 2_000, "{wrong} of 100000");
    }
}
