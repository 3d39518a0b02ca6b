//! How many bytes of bodies a listener holds at once. Each body is in memory as a whole until its request
//! is answered; without a common limit, all clients together could ask for more memory than there is.

use std::sync::atomic::{AtomicUsize, Ordering};

/// So much of each body does not count: nearly every post is smaller, and has room beside any crowd
/// of large ones.
const FREE_BYTES: usize = 8 * 1024;

/// What all bodies together may take, beyond the free part of each.
pub(super) struct Budget {
    bytes_max: usize,
    bytes_held: AtomicUsize,
}

/// What one body takes of it, until the value is dropped.
pub(super) struct Share<'a> {
    budget: &'a Budget,
    bytes: usize,
}

impl Budget {
    pub(super) fn new(bytes_max: usize) -> Budget {
        Budget {
            bytes_max,
            bytes_held: AtomicUsize::new(0),
        }
    }

    /// The share of a body that has not begun to come.
    pub(super) fn share(&self) -> Share<'_> {
        let budget = self;
        Share { budget, bytes: 0 }
    }
}

impl Share<'_> {
    /// Makes room for a body of so many bytes; false where there is none.
    pub(super) fn grow_to(&mut self, body_bytes: usize) -> bool {
        let more = body_bytes.saturating_sub(FREE_BYTES + self.bytes);
        let held = &self.budget.bytes_held;
        if more == 0 {
            return true;
        }
        if held.fetch_add(more, Ordering::Relaxed) + more > self.budget.bytes_max {
            held.fetch_sub(more, Ordering::Relaxed);
            return false;
        }
        self.bytes += more;
        true
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.budget
            .bytes_held
            .fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
