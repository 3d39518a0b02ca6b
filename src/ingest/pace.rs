//! How fast one client address may post to one source: a bucket of tokens for each.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::http::address::limit_key;

/// So many buckets are kept; when there are more, those that are full again go first.
const BUCKETS_MAX: usize = 65_536;
const MINUTE_S: f64 = 60.0;

/// The buckets of all sources.
#[derive(Default)]
pub(super) struct Pace(Mutex<HashMap<(Arc<str>, IpAddr), Bucket>>);

struct Bucket {
    tokens: f64,
    filled: Instant,
    per_second: f64,
    full: f64,
}

impl Bucket {
    fn fill(&mut self, now: Instant) {
        let seconds = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + seconds * self.per_second).min(self.full);
        self.filled = now;
    }
}

impl Pace {
    /// Takes a token for one post; else tells when there will be one. A bucket holds a minute's
    /// worth. IPv6 addresses of one /64 share theirs. `per_minute` 0: no limit.
    pub(super) fn take(
        &self,
        source: &Arc<str>,
        per_minute: u32,
        client: IpAddr,
        now: Instant,
    ) -> Option<Duration> {
        if per_minute == 0 {
            return None;
        }
        let full = f64::from(per_minute);
        let per_second = full / MINUTE_S;
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            make_room(&mut buckets, now);
        }
        let new = || Bucket {
            tokens: full,
            filled: now,
            per_second,
            full,
        };
        let bucket = buckets
            .entry((source.clone(), limit_key(client)))
            .or_insert_with(new);
        bucket.per_second = per_second;
        bucket.full = full;
        bucket.fill(now);
        if bucket.tokens < 1.0 {
            return Some(Duration::from_secs_f64((1.0 - bucket.tokens) / per_second));
        }
        bucket.tokens -= 1.0;
        None
    }
}

fn make_room(buckets: &mut HashMap<(Arc<str>, IpAddr), Bucket>, now: Instant) {
    buckets.retain(|_, bucket| {
        bucket.fill(now);
        bucket.tokens < bucket.full
    });
    if buckets.len() >= BUCKETS_MAX {
        buckets.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_worth_may_come_at_once_and_then_one_by_one() {
        let (pace, source, began) = (Pace::default(), Arc::from("website"), Instant::now());
        let take = |second: u64, client: &str| {
            let client = client.parse().expect("an address");
            pace.take(&source, 30, client, began + Duration::from_secs(second))
        };
        assert!((0..30).all(|_| take(0, "192.0.2.1").is_none()));
        assert_eq!(take(0, "192.0.2.1"), Some(Duration::from_secs(2)));
        assert_eq!(take(0, "192.0.2.2"), None);
        assert_eq!(take(2, "192.0.2.1"), None);
        assert!(take(2, "192.0.2.1").is_some());
    }
}
