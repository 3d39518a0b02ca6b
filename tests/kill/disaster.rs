//! The disaster: the database of a dead program is removed, cut off or overwritten, and the owner
//! restores the newest backup with the journal.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use leadhook::upkeep::Shelf;

use crate::chance::Chance;
use crate::daemon::wait_until;
use crate::program::FILE;

#[derive(Default)]
pub(crate) struct Disaster {
    /// How often it has struck and all was restored.
    pub(crate) restored: usize,
}

impl Disaster {
    /// There must be a backup to come back from.
    pub(crate) fn wait_for_backup(&self, directory: &Path) {
        wait_until("the first backup", || newest(directory).is_some());
    }

    /// Strikes in two of three cases, once there is a backup.
    pub(crate) fn strike(&mut self, directory: &Path, chance: &mut Chance) {
        let database = directory.join(FILE);
        let backup = newest(directory);
        let (Some(backup), true, true) = (backup, database.exists(), chance.comes(66)) else {
            return;
        };
        let bytes = fs::read(&database).expect("a database");
        match chance.below(3) {
            0 => {}
            1 => fs::write(&database, &bytes[..bytes.len() / 3]).expect("a file"),
            _ => fs::write(&database, vec![7; bytes.len()]).expect("a file"),
        }
        // Whatever is left of it, the owner moves it away.
        fs::rename(&database, directory.join("lost.redb")).expect("the same disk");
        let restored = Command::new(env!("CARGO_BIN_EXE_leadhook"))
            .arg("restore")
            .arg(backup)
            .arg("--config")
            .arg(directory.join("leadhook.toml"))
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&restored.stderr);
        assert!(restored.status.success(), "{said}");
        self.restored += 1;
    }
}

fn newest(directory: &Path) -> Option<PathBuf> {
    Shelf(directory.join("backups")).backups().ok()?.pop()
}
