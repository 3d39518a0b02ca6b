//! Compacting: the rows are copied into a fresh file, which takes the place of the old one when it is
//! verified. What deleted rows held is then nowhere in the file any more.

use std::fs;
use std::path::Path;

use redb::ReadableDatabase;

use super::backup::{copy, part_of, take_name};
use super::file::{self, Opening, set_clean};
use super::open_error::unusable;
use super::tables::View;
use super::{Location, OpenError, Progress, StoreError};

/// Makes the database file at `path` as small as its rows are, while nobody has it open. On an error
/// the old one is there as it was.
pub fn compact(
    path: &Path,
    cache_bytes: usize,
    progress: &mut Progress<'_>,
) -> Result<(), OpenError> {
    let location = Location::File(path.to_owned());
    let opening = Opening {
        cache_bytes,
        full_check: true,
        number: 0,
    };
    // It stays open, and so locked, until the new one is in its place.
    let opened = file::open(&location, opening, |_| {})?;
    let part = part_of(path);
    let compacted = file::guarded(&location, || {
        let mut work = || -> Result<(), StoreError> {
            let view = View::open(&opened.database.begin_read()?)?;
            copy(&view, &part, progress)?;
            take_name(&part, path)
        };
        work().map_err(|error| unusable(&location.name(), error))
    });
    if compacted.is_err() {
        let _ = fs::remove_file(&part);
        // The next opening finds it unclean if this fails, and that is all.
        let _ = set_clean(&opened.database, opened.was_clean);
    }
    compacted
}
