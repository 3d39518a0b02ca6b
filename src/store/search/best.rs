//! The first so many of a list that comes in any order, and how many it has in all.

use std::collections::BinaryHeap;

use super::Cursor;
use crate::domain::listing::Query;
use crate::domain::time::Timestamp;

/// Keeps the first `room` of what is offered.
pub(super) struct Best {
    /// The last of those that are kept is on top.
    kept: BinaryHeap<Rank>,
    room: usize,
    after: Option<Rank>,
    ascending: bool,
    /// How many were offered.
    pub(super) total: u64,
}

/// The place in the order of the list: less comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(u128);

impl Rank {
    fn of(time: Timestamp, lead: u64, ascending: bool) -> Rank {
        let rank = u128::from(time.0) << 64 | u128::from(lead);
        Rank(if ascending { rank } else { !rank })
    }
}

impl Best {
    pub(super) fn new(query: &Query, room: usize, after: Option<Cursor>) -> Best {
        let ascending = query.ascending;
        Best {
            kept: BinaryHeap::new(),
            room,
            after: after.map(|after| Rank::of(after.time, after.lead, ascending)),
            ascending,
            total: 0,
        }
    }

    /// Counts a lead, and keeps it if it is among the first.
    pub(super) fn offer(&mut self, time: Timestamp, lead: u64) {
        self.total += 1;
        let rank = Rank::of(time, lead, self.ascending);
        if self.after.is_some_and(|after| rank <= after) {
            return;
        }
        if self.kept.len() < self.room {
            self.kept.push(rank);
        } else if let Some(mut last) = self.kept.peek_mut()
            && rank < *last
        {
            *last = rank;
        }
    }

    /// Whether none between these times can be among the first any more.
    pub(super) fn is_closed_to(&self, times: (Timestamp, Timestamp)) -> bool {
        let best = match self.ascending {
            true => Rank::of(times.0, 0, true),
            false => Rank::of(times.1, u64::MAX, false),
        };
        self.kept.len() == self.room && self.kept.peek().is_none_or(|last| best > *last)
    }

    /// The places of those that were kept, in order, and how many were offered.
    pub(super) fn finish(self) -> (Vec<Cursor>, u64) {
        let places = self.kept.into_sorted_vec().into_iter().map(|rank| {
            let rank = if self.ascending { rank.0 } else { !rank.0 };
            Cursor {
                time: Timestamp((rank >> 64) as u64),
                lead: rank as u64,
            }
        });
        (places.collect(), self.total)
    }
}
