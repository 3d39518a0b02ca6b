//! `leadhook compact`: gives the disk back what the database does not need.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::backup::progress;
use super::{Exit, Origin, complain, load_for_files, not_opened, owner, say};
use crate::store::compact as compact_file;

pub(super) fn compact(file: Option<PathBuf>) -> Exit {
    let config = match load_for_files(&Origin::find(file)).and_then(owner::become_owner) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let path = &config.store.path;
    if !path.exists() {
        complain(format_args!("there is no database at {}", path.display()));
        return Exit::Wrong;
    }
    let before = disk_bytes(path);
    let mut progress = progress();
    let mut told = |copied, all| {
        progress(copied, all);
        Ok(())
    };
    match compact_file(path, config.store.cache_bytes, &mut told) {
        Ok(()) => {
            say(format_args!(
                "{} takes {} bytes of the disk now; it took {before}",
                path.display(),
                disk_bytes(path)
            ));
            Exit::Well
        }
        Err(error) => not_opened(&error),
    }
}

/// What the file really takes of the disk.
fn disk_bytes(path: &Path) -> u64 {
    const BLOCK_BYTES: u64 = 512;
    fs::metadata(path).map_or(0, |file| file.blocks() * BLOCK_BYTES)
}
