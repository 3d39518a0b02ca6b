//! What became of the posts of each source, and how long those took that were taken.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Counter, Histogram};

/// What became of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostOutcome {
    /// A new lead.
    Created,
    /// The next revision of a lead.
    Updated,
    /// Nothing that the lead did not say already.
    Unchanged,
    /// An earlier answer was given again.
    Repeated,
    /// The source does not want it.
    Ignored,
    /// It was refused.
    Refused,
}

impl PostOutcome {
    /// All of them.
    pub const ALL: [PostOutcome; 6] = [
        PostOutcome::Created,
        PostOutcome::Updated,
        PostOutcome::Unchanged,
        PostOutcome::Repeated,
        PostOutcome::Ignored,
        PostOutcome::Refused,
    ];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            PostOutcome::Created => "created",
            PostOutcome::Updated => "updated",
            PostOutcome::Unchanged => "unchanged",
            PostOutcome::Repeated => "repeated",
            PostOutcome::Ignored => "ignored",
            PostOutcome::Refused => "refused",
        }
    }
}

/// The posts of one source.
#[derive(Debug, Default)]
pub struct SourcePosts([Counter; PostOutcome::ALL.len()]);

impl SourcePosts {
    /// One more of this kind.
    pub fn count(&self, outcome: PostOutcome) {
        self.0[outcome as usize].increment();
    }

    /// How many of this kind there were.
    pub fn counted(&self, outcome: PostOutcome) -> u64 {
        self.0[outcome as usize].count()
    }
}

/// The posts of all sources. A source that leaves the config and comes back counts on.
#[derive(Debug)]
pub struct Posts {
    by_source: Mutex<HashMap<String, Arc<SourcePosts>>>,
    /// Posts to a source that is not there; all of them were refused.
    pub of_no_source: Counter,
    /// From the whole body to the answer, of the posts that were taken.
    pub duration: Histogram,
}

impl Default for Posts {
    fn default() -> Posts {
        Posts {
            by_source: Mutex::default(),
            of_no_source: Counter::default(),
            duration: Histogram::of_durations(),
        }
    }
}

impl Posts {
    /// Those of this source: to be kept by who counts, who then needs no lock.
    pub fn of(&self, source: &str) -> Arc<SourcePosts> {
        let mut by_source = self
            .by_source
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        by_source.entry(source.to_owned()).or_default().clone()
    }
}
