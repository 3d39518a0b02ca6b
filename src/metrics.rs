//! What the daemon counts and times while it runs, cheaply enough to do it for every lead: atomics in
//! fixed places, no lock, nothing allocated. Everything begins at zero with the process and only
//! grows. What is seen of it at `/metrics` is put together in `admin`.

mod exposition;
mod posts;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use exposition::{Exposition, Family};
pub use posts::{PostOutcome, Posts, SourcePosts};

/// Grows only.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Its present value.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// One more.
    pub fn increment(&self) {
        self.add(1);
    }

    fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }
}

/// Upper bounds in microseconds: from less than a commit takes to longer than any attempt.
const DURATIONS_US: [u64; 17] = [
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    300_000_000,
];
/// Upper bounds of sizes: doubling up to more than one group of writes holds.
const SIZES: [u64; 12] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048];

/// How often something was how long, or how large.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [u64],
    /// So many units of what is observed are one of what is shown.
    scale: u64,
    /// One for each bound, and one for what is above all of them.
    buckets: Box<[Counter]>,
    sum: Counter,
}

impl Histogram {
    /// All that was observed, added up: microseconds, or sizes.
    pub fn total(&self) -> u64 {
        self.sum.count()
    }

    /// Of durations; shown in seconds.
    pub fn of_durations() -> Histogram {
        Histogram::new(&DURATIONS_US, 1_000_000)
    }

    /// Of numbers of things.
    pub fn of_sizes() -> Histogram {
        Histogram::new(&SIZES, 1)
    }

    fn new(bounds: &'static [u64], scale: u64) -> Histogram {
        Histogram {
            bounds,
            scale,
            buckets: (0..=bounds.len()).map(|_| Counter::default()).collect(),
            sum: Counter::default(),
        }
    }

    /// Something took so long.
    pub fn observe(&self, duration: Duration) {
        self.put(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
    }

    /// There were so many.
    pub fn observe_size(&self, size: usize) {
        self.put(size as u64);
    }

    fn put(&self, value: u64) {
        let at = self.bounds.partition_point(|bound| *bound < value);
        self.buckets[at].increment();
        self.sum.add(value);
    }

    /// Each bound with how often it was not exceeded; the last one is infinite, and so tells how often
    /// there was anything.
    fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        let bounds = self.bounds.iter().map(|bound| self.scaled(*bound));
        let mut count = 0;
        bounds
            .chain([f64::INFINITY])
            .zip(&self.buckets)
            .map(move |(bound, bucket)| {
                count += bucket.count();
                (bound, count)
            })
    }

    /// What so many of all (0 to 1) do not exceed, as Prometheus reckons it: evenly spread within a
    /// bucket, and never beyond the last bound. None where there is nothing.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let counts: Vec<(f64, u64)> = self.cumulative().collect();
        let all = counts.last().map_or(0, |(_, all)| *all);
        let rank = q * all as f64;
        let at = counts.iter().position(|(_, n)| *n as f64 >= rank)?;
        let (below, fewer) = match at {
            0 => (0.0, 0),
            _ => counts[at - 1],
        };
        let (bound, n) = counts[at];
        match bound.is_infinite() {
            _ if all == 0 => None,
            true => Some(below),
            false => {
                Some(below + (bound - below) * (rank - fewer as f64) / (n - fewer).max(1) as f64)
            }
        }
    }

    fn sum(&self) -> f64 {
        self.scaled(self.sum.count())
    }

    fn scaled(&self, value: u64) -> f64 {
        value as f64 / self.scale as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_in_every_bucket_whose_bound_it_does_not_exceed() {
        let histogram = Histogram::of_durations();
        for us in [0, 500, 501, 1_000_000, 300_000_001] {
            histogram.observe(Duration::from_micros(us));
        }
        let at = |bound: f64| {
            let mut all = histogram.cumulative();
            all.find(|(known, _)| *known == bound)
                .map(|(_, count)| count)
        };
        assert_eq!(
            (at(0.0005), at(0.001), at(0.5)),
            (Some(2), Some(3), Some(3))
        );
        assert_eq!((at(1.0), at(300.0)), (Some(4), Some(4)));
        assert_eq!(at(f64::INFINITY), Some(5));
        assert_eq!(histogram.sum(), 301.001_002);
    }

    #[test]
    fn a_quantile_lies_within_its_bucket_and_never_beyond_the_last_bound() {
        let histogram = Histogram::of_durations();
        assert_eq!(histogram.quantile(0.5), None);
        for us in [600, 700, 800, 900] {
            histogram.observe(Duration::from_micros(us));
        }
        assert_eq!(histogram.quantile(0.5), Some(0.000_75));
        (0..96).for_each(|_| histogram.observe(Duration::MAX));
        assert_eq!(histogram.quantile(0.95), Some(300.0));
    }

    #[test]
    fn the_bounds_rise_and_no_value_is_beyond_the_buckets() {
        for histogram in [Histogram::of_durations(), Histogram::of_sizes()] {
            let bounds: Vec<f64> = histogram.cumulative().map(|(bound, _)| bound).collect();
            assert!(bounds.is_sorted() && bounds.last() == Some(&f64::INFINITY));
            histogram.put(0);
            histogram.put(u64::MAX);
            assert_eq!(histogram.cumulative().last(), Some((f64::INFINITY, 2)));
        }
    }
}
