//! The shelf: the directory of backups, each a file named by its time, with the files of its leads
//! in a folder beside it.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::domain::time::Timestamp;
use crate::store::StoreError;

const PREFIX: &str = "leadhook-";
const ENDING: &str = "redb";

/// A directory of backups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf(pub PathBuf);

impl Shelf {
    /// Gets ready for another one: the directory is there, and nothing of those that broke off. Gives
    /// the newest backup.
    pub(crate) fn begin(&self) -> Result<Option<PathBuf>, StoreError> {
        let begun = || -> io::Result<Option<PathBuf>> {
            let mut options = DirBuilder::new();
            options.mode(0o700).recursive(true).create(&self.0)?;
            self.clear()?;
            Ok(self.backups()?.pop())
        };
        begun().map_err(|error| self.failed(&error))
    }

    /// Where a backup of this moment belongs: `leadhook-20260201T140901Z.redb`. Names sort by time.
    pub fn place(&self, now: Timestamp) -> PathBuf {
        let time = now.to_string();
        let stem: String = time.chars().filter(char::is_ascii_alphanumeric).collect();
        let place = |more: &str| self.0.join(format!("{PREFIX}{stem}{more}.{ENDING}"));
        let numbered = |n: usize| place(&format!("_{n}"));
        match place("").exists() {
            false => place(""),
            true => (2..)
                .map(numbered)
                .find(|path| !path.exists())
                .unwrap_or_default(),
        }
    }

    /// All backups, the newest last.
    pub fn backups(&self) -> io::Result<Vec<PathBuf>> {
        let mut backups = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            if is_ours(&path) && path.extension().is_some_and(|ending| ending == ENDING) {
                backups.push(path);
            }
        }
        backups.sort();
        Ok(backups)
    }

    /// Removes all but the newest `number` backups. `made` is the newest: where the clock was set back,
    /// its name does not say so.
    pub(crate) fn keep(&self, number: usize, made: &Path) -> Result<(), StoreError> {
        let kept = || -> io::Result<()> {
            let mut backups = self.backups()?;
            let old = backups.len().saturating_sub(number);
            backups.retain(|backup| backup != made);
            for backup in backups.iter().take(old) {
                fs::remove_file(backup)?;
            }
            self.clear()
        };
        kept().map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> StoreError {
        StoreError::Failed(format!("{}: {error}", self.0.display()))
    }

    /// Removes what was left of backups that broke off, and the files of those that are gone.
    fn clear(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            let ending = path.extension().unwrap_or_default().to_string_lossy();
            match &*ending {
                "files" if is_ours(&path) && !path.with_extension(ENDING).exists() => {
                    fs::remove_dir_all(&path)?;
                }
                "part" if is_ours(&path) => fs::remove_file(&path)?,
                _ => {}
            }
        }
        Ok(())
    }
}

fn is_ours(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(PREFIX)
}
