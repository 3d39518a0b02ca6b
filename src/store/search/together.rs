//! Reads in many places at once: what is not in memory is a read of the disk each, and several threads
//! wait for theirs together.

use std::ops::Range;
use std::thread::{self, ScopedJoinHandle};

use crate::store::StoreError;

/// So many threads read at once.
const READERS: u64 = 8;

/// What `read` finds in `0..places`, in their order. Up to `few` are read by who asks.
pub(super) fn together<T: Send>(
    places: u64,
    few: u64,
    read: impl Fn(Range<u64>) -> Result<Vec<T>, StoreError> + Sync,
) -> Result<Vec<T>, StoreError> {
    if places <= few {
        return read(0..places);
    }
    let read = &read;
    let each = places.div_ceil(READERS);
    let parts = (0..READERS).map(|n| places.min(n * each)..places.min((n + 1) * each));
    let parts = thread::scope(|scope| {
        let begin = |part: Range<u64>| {
            let of_thread = part.clone();
            let thread = thread::Builder::new().name("search".to_owned());
            let begun = thread.spawn_scoped(scope, move || read(of_thread));
            (part, begun.ok())
        };
        let begun: Vec<_> = parts.map(begin).collect();
        let end = |(part, thread): (_, Option<ScopedJoinHandle<'_, _>>)| {
            // Without a thread, or where it panicked, it is read here.
            thread
                .and_then(|thread| thread.join().ok())
                .unwrap_or_else(|| read(part))
        };
        begun
            .into_iter()
            .map(end)
            .collect::<Result<Vec<_>, StoreError>>()
    })?;
    Ok(parts.into_iter().flatten().collect())
}
