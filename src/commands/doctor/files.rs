//! The files and the disk: whether the database can be written, by whom, and for how long.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Access, access, statvfs};

use super::Notes;
use crate::config::{Config, Store};

const RIGHTS_OF_OTHERS: u32 = 0o077;
/// With fewer new files than this on the disk, a backup, a journal and an upload cannot be made.
const INODES_MIN: u64 = 1000;

pub(super) fn examine(notes: &mut Notes, config: &Config) {
    let database = &config.store.path;
    let directory = directory_of(database);
    directory_is_there(notes, directory);
    let kept = [
        Some(database.as_path()),
        config.backup.directory.as_deref(),
        config.backup.journal.as_deref(),
    ];
    for path in kept.into_iter().flatten() {
        owner_only(notes, path, directory);
    }
    if notes.is_well("files") {
        let shown = database.display();
        let what = match database.exists() {
            true => format!("{shown} is there, for its owner alone"),
            false => format!("{shown} is not there yet; the first start makes it"),
        };
        notes.well("files", what);
    }
    if let Ok(disk) = statvfs(directory) {
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        space(notes, &config.store, free);
        // A file system that counts no inodes says 0 of 0.
        inodes(notes, (disk.f_files > 0).then_some(disk.f_favail));
        if notes.is_well("disk") {
            notes.well("disk", format!("{} are free", shown(free)));
        }
    }
}

/// The directory that a file is in.
pub(super) fn directory_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The database is made in a directory that is there, and that this user may write to.
fn directory_is_there(notes: &mut Notes, directory: &Path) {
    let shown = directory.display();
    if !directory.is_dir() {
        notes.wrong(
            "files",
            format!("The directory of the database, {shown}, does not exist."),
            format!(
                "`install -d -m 700 -o USER {shown}`, with the user that runs leadhook; under systemd, \
                 StateDirectory in the unit makes it."
            ),
        );
    } else if access(directory, Access::WRITE_OK | Access::EXEC_OK).is_err() {
        notes.wrong(
            "files",
            format!("This user may not write into {shown}, where the database is."),
            "Ask as the user that runs leadhook: `sudo -u leadhook leadhook doctor`. If that says the same: \
             `chown -R leadhook:` the directory.",
        );
    }
}

/// Leads are nobody else's business, and the daemon can only write what is its user's.
fn owner_only(notes: &mut Notes, path: &Path, directory: &Path) {
    let Ok(kept) = fs::metadata(path) else {
        return;
    };
    let shown = path.display();
    if kept.mode() & RIGHTS_OF_OTHERS != 0 && !kept.is_dir() {
        notes.wrong(
            "files",
            format!("{shown} holds leads and is open to other users."),
            format!("`chmod 600 {shown}`"),
        );
    }
    if kept.mode() & RIGHTS_OF_OTHERS != 0 && kept.is_dir() {
        notes.wrong(
            "files",
            format!("{shown} holds leads and is open to other users."),
            format!("`chmod 700 {shown}`"),
        );
    }
    let owner = fs::metadata(directory).map_or(0, |directory| directory.uid());
    if kept.uid() == 0 && owner != 0 {
        notes.wrong(
            "files",
            format!("{shown} belongs to root, and its directory does not: a daemon run as its owner cannot write it."),
            format!("`chown -R --reference={} {shown}`, and run leadhook as one user only.", directory.display()),
        );
    }
}

fn space(notes: &mut Notes, store: &Store, free: u64) {
    if free >= store.low_space_bytes {
        return;
    }
    let what = match free < store.very_low_space_bytes {
        true => "nothing is taken or delivered any more",
        false => "leads are refused",
    };
    notes.wrong(
        "disk",
        format!("Only {} are free: {what}.", shown(free)),
        "Free some space, or move store.path to a larger disk; `leadhook compact` and [retention] make the \
         database smaller.",
    );
}

fn inodes(notes: &mut Notes, free: Option<u64>) {
    if let Some(free) = free.filter(|free| *free < INODES_MIN) {
        notes.wrong(
            "disk",
            format!("Only {free} more files can be made on it (inodes)."),
            "Something makes very many small files there: `du --inodes -x / | sort -n | tail` shows where.",
        );
    }
}

fn shown(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_takes_no_more_files_is_found_and_one_that_counts_none_is_fine() {
        for (free, is_well) in [(Some(3), false), (Some(100_000), true), (None, true)] {
            let mut notes = Notes::default();
            inodes(&mut notes, free);
            assert_eq!(notes.is_well("disk"), is_well, "{free:?}");
        }
    }
}
