//! Erasing leads: files and bodies first, then the leads in bites beside the load, then what is left
//! of them elsewhere. Broken off, it is begun again by who asked, and finished by itself.

use std::path::PathBuf;

use super::{Inner, Upkeep, lock};
use crate::domain::time::Timestamp;
use crate::store::{Bite, ERASED_AT_ONCE, StoreError, Traces, write_list};

/// Where erased leads still are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remains {
    /// In the journal, until the next backup.
    pub journal: bool,
    /// How many backups there are.
    pub backups: usize,
    /// When the last of them goes; none where that depends on when somebody makes one.
    pub until: Option<Timestamp>,
    /// Whether backups are taken off the machine, where nobody here knows of them.
    pub handed_over: bool,
}

impl Upkeep {
    /// Erases leads, and gives what there was of them. What cannot be read stays.
    pub fn erase(&self, leads: &[u64]) -> Result<Traces, StoreError> {
        let inner = &self.inner;
        let _alone = lock(&inner.erasing);
        let mut all = Traces::default();
        for bite in leads.chunks(ERASED_AT_ONCE) {
            let mut traces = inner.store.traces(bite)?;
            // Before the leads: broken off, the same command finds them once more.
            inner.store.forget_refused(&traces.known_by)?;
            traces.files.iter().for_each(|name| _ = inner.unlink(name));
            let erase = || inner.store.erase(traces.leads.clone());
            let (gone, files) = inner.bite(erase)?;
            files.iter().for_each(|name| _ = inner.unlink(name));
            traces.leads = gone;
            all.add(traces);
        }
        inner.finish_erasures()?;
        Ok(all)
    }

    /// Where leads that are erased now still are.
    pub fn remains(&self) -> Remains {
        let inner = &self.inner;
        let mut remains = Remains {
            journal: inner.store.has_journal(),
            backups: 0,
            until: None,
            handed_over: false,
        };
        let Some(backups) = &inner.plan.backups else {
            return remains;
        };
        remains.backups = backups.shelf.backups().map_or(0, |all| all.len());
        remains.handed_over = backups.run.is_some();
        if let (Some(every), Ok(Some(last))) = (backups.every, inner.store.last_backup()) {
            let kept = u32::try_from(backups.keep).unwrap_or(u32::MAX);
            remains.until = Some(last.at.after(every.saturating_mul(kept)));
        }
        remains
    }
}

impl Inner {
    /// Finishes what a crash broke off.
    pub(super) fn see_to_erasures(&self) {
        let _alone = lock(&self.erasing);
        if let Err(error) = self.finish_erasures()
            && !self.is_stopping()
        {
            self.log
                .error("erasing is not finished", &[("reason", &error)]);
        }
    }

    fn finish_erasures(&self) -> Result<(), StoreError> {
        let unfinished = self.store.unfinished_erasures()?;
        if unfinished.is_empty() {
            return Ok(());
        }
        for directory in self.list_directories() {
            let written = write_list(&directory, &unfinished);
            written.map_err(|error| {
                StoreError::Failed(format!(
                    "cannot write the list of erased leads in {:?}: {error}",
                    directory
                ))
            })?;
        }
        let pace = |work: &mut Bite<'_>| self.bite(work);
        self.store.finish_erasures(&unfinished, &pace)?;
        self.log.info("erased", &[("leads", &unfinished.len())]);
        Ok(())
    }

    /// Where the list of erased leads is kept: beside the database and beside its backups.
    fn list_directories(&self) -> Vec<PathBuf> {
        let files = self.plan.folder.as_ref();
        let beside = files.and_then(|folder| folder.parent()).map(PathBuf::from);
        let shelf = self
            .plan
            .backups
            .as_ref()
            .map(|backups| backups.shelf.0.clone());
        beside
            .into_iter()
            .chain(shelf.filter(|shelf| shelf.is_dir()))
            .collect()
    }
}
