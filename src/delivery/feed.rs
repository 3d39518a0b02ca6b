//! The newest attempts as they are made, for who follows them. Those on disk are found by their
//! delivery; by time nothing finds them, and an index for it would cost every delivery a row. So the
//! last ones since the start are kept here, each with a place that counts up.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::delivery::Next;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Trigger;
use crate::store::DeliveryId;

/// So many are kept; a follower that asks every second misses none at this many a second.
const KEPT_MAX: usize = 1024;

/// An attempt that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Of which delivery.
    pub delivery: DeliveryId,
    /// The name of its webhook.
    pub webhook: Arc<str>,
    /// What it tells the webhook.
    pub trigger: Trigger,
    /// 1 for the first of its delivery.
    pub number: u32,
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// Whether the receiver has the event.
    pub is_success: bool,
    /// What came of it, in words.
    pub outcome: String,
    /// What comes next for the delivery.
    pub next: Next,
}

/// The newest attempts since the start.
#[derive(Debug)]
pub struct Feed {
    begun: Timestamp,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    kept: VecDeque<Made>,
    /// How many there were in all.
    count: u64,
}

/// A place between two attempts: so many were made before it, since this start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// When the feed began; another one's places mean nothing to it.
    pub begun: Timestamp,
    /// Attempts before it.
    pub count: u64,
}

/// A part of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The first one first.
    pub attempts: Vec<Made>,
    /// How many were made before them that are kept no longer.
    pub missed: u64,
    /// Where to go on.
    pub next: Place,
}

impl Feed {
    pub(super) fn new(begun: Timestamp) -> Feed {
        Feed {
            begun,
            inner: Mutex::default(),
        }
    }

    pub(super) fn push(&self, made: Made) {
        let mut inner = self.lock();
        if inner.kept.len() == KEPT_MAX {
            inner.kept.pop_front();
        }
        inner.kept.push_back(made);
        inner.count += 1;
    }

    /// What was made behind a place, at most `limit`; without one, the newest. Behind the place of an
    /// earlier start it is all that is kept.
    pub fn behind(&self, place: Option<Place>, limit: usize) -> Part {
        let inner = self.lock();
        let oldest = inner.count - inner.kept.len() as u64;
        let from = match place {
            None => inner.count.saturating_sub(limit as u64),
            Some(place) if place.begun == self.begun => place.count.min(inner.count),
            Some(_) => 0,
        };
        let first = from.max(oldest);
        let passed = usize::try_from(first - oldest).unwrap_or(usize::MAX);
        let attempts: Vec<Made> = inner
            .kept
            .iter()
            .skip(passed)
            .take(limit)
            .cloned()
            .collect();
        Part {
            missed: place.map_or(0, |_| first - from),
            next: Place {
                begun: self.begun,
                count: first + attempts.len() as u64,
            },
            attempts,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(number: u32) -> Made {
        Made {
            delivery: DeliveryId {
                webhook: 1,
                lead: 7,
                revision: 1,
            },
            webhook: "crm".into(),
            trigger: Trigger::New,
            number,
            started: Timestamp(0),
            duration: Duration::ZERO,
            is_success: true,
            outcome: "200".to_owned(),
            next: Next::Delivered,
        }
    }

    fn numbers(part: &Part) -> Vec<u32> {
        part.attempts.iter().map(|made| made.number).collect()
    }

    #[test]
    fn a_follower_gets_each_attempt_once_and_hears_how_many_he_missed() {
        let feed = Feed::new(Timestamp(5));
        let begin = feed.behind(None, 10).next;
        (1..=3).for_each(|number| feed.push(made(number)));
        let first = feed.behind(Some(begin), 2);
        assert_eq!((numbers(&first), first.missed), (vec![1, 2], 0));
        let second = feed.behind(Some(first.next), 2);
        assert_eq!(numbers(&second), [3]);
        assert_eq!(numbers(&feed.behind(Some(second.next), 2)), [0; 0]);
        let all = KEPT_MAX as u32 + 10;
        (4..=all).for_each(|number| feed.push(made(number)));
        let late = feed.behind(Some(second.next), 1);
        assert_eq!((numbers(&late), late.missed), (vec![11], 7));
        assert_eq!(numbers(&feed.behind(None, 2)), [all - 1, all]);
    }

    #[test]
    fn a_place_of_before_the_last_start_gives_all_that_is_kept() {
        let feed = Feed::new(Timestamp(5));
        (1..=2).for_each(|number| feed.push(made(number)));
        let before = Place {
            begun: Timestamp(4),
            count: 2,
        };
        let part = feed.behind(Some(before), 10);
        assert_eq!((numbers(&part), part.missed), (vec![1, 2], 0));
    }
}
