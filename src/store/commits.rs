//! How the writer's commits were since the start.

use crate::metrics::{Counter, Histogram};

/// The groups of writes that the writer has brought to an end.
#[derive(Debug)]
pub struct Commits {
    /// How long each took that succeeded: from taking it up to when it was on the disk.
    pub duration: Histogram,
    /// How many requests shared each of those.
    pub requests: Histogram,
    /// Groups that failed, all of whose callers heard so.
    pub failures: Counter,
}

impl Default for Commits {
    fn default() -> Commits {
        Commits {
            duration: Histogram::of_durations(),
            requests: Histogram::of_sizes(),
            failures: Counter::default(),
        }
    }
}
