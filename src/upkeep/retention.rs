//! Retention: once a day all that is old enough goes, and whenever too much is stored, the oldest that
//! nothing waits for. In bites, with a pause after each that is longer than the bite.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{Inner, LOOK_AGAIN, lock};
use crate::domain::jump::Jump;
use crate::domain::time::Timestamp;
use crate::store::{Ages, KeptFile, StoreError, Which};

/// How often all is looked through. After a clock that was set ahead it is not sooner either: by a wrong
/// one everything would be old.
const EVERY: Duration = Duration::from_secs(86_400);
/// The first time after a start.
pub(super) const FIRST_AFTER: Duration = Duration::from_secs(600);
/// A file that no lead names is somebody's who is just posting it, for so long.
const ORPHAN_AFTER: Duration = Duration::from_secs(86_400);
/// Where too much is stored, so many hundredths of the limit are to be left.
const LEFT_PERCENT: u64 = 95;
/// A bite is followed by a pause of so many times its length, and of so long at least.
const PAUSE_TIMES: u32 = 4;
const PAUSE_MIN: Duration = Duration::from_millis(5);

/// What went in one pass.
#[derive(Clone, Copy, Debug, Default)]
struct Gone {
    leads: u64,
    deliveries: u64,
    revisions: u64,
    files: u64,
}

impl Inner {
    /// Lets go of what is old, if it is time for that. Gives the time until the next look.
    pub(super) fn see_to_retention(&self) -> Duration {
        let now = self.clock.now();
        let jump = lock(&self.pulse).jump(now, self.clock.steady());
        if let Some(Jump::Ahead(_)) = jump {
            *lock(&self.retention_due) = now.after(EVERY);
        }
        let due = *lock(&self.retention_due);
        let mut gone = Gone::default();
        let mut done = Ok(());
        // A clock that jumped back by more than an interval has made the due time untrue.
        if due <= now || now.after(EVERY * 2) < due {
            done = self.let_go_of_old(now, &mut gone);
            let next = if done.is_ok() { EVERY } else { LOOK_AGAIN };
            *lock(&self.retention_due) = now.after(next);
        }
        let done = done.and_then(|()| self.let_go_of_too_much(&mut gone));
        if let Err(error) = done
            && !self.is_stopping()
        {
            self.log.error("retention", &[("reason", &error)]);
        }
        if gone.leads + gone.deliveries + gone.revisions + gone.files > 0 {
            let Gone {
                leads,
                deliveries,
                revisions,
                files,
            } = gone;
            self.log.info(
                "let go of what was old",
                &[
                    ("leads", &leads),
                    ("deliveries", &deliveries),
                    ("revisions", &revisions),
                    ("files", &files),
                ],
            );
        }
        now.until(*lock(&self.retention_due))
    }

    fn let_go_of_old(&self, now: Timestamp, gone: &mut Gone) -> Result<(), StoreError> {
        let kept = &self.plan.retention;
        let before = |age: Option<Duration>| age.map(|age| earlier(now, age));
        for (which, age) in [(Which::All, kept.leads), (Which::Spam, kept.spam)] {
            if let Some(before) = before(age) {
                self.let_go_of_leads(which, before, gone, || Ok(false))?;
            }
        }
        let ages = Ages {
            deliveries: before(kept.deliveries),
            attempts: before(kept.attempts),
        };
        let mut after = (0, 0, 0);
        while ages != Ages::default() {
            let found = self.store.find_ended(ages, after)?;
            if !found.deliveries.is_empty() {
                let bite = || self.store.remove_ended(ages, found.deliveries.clone());
                gone.deliveries += self.bite(bite)?;
            }
            let Some(next) = found.next else { break };
            after = next;
        }
        if let Some(before) = before(kept.revisions) {
            self.let_go_of_revisions(before, gone)?;
        }
        let files = self.let_go_of_files(now, gone);
        files.map_err(|error| StoreError::Failed(format!("kept files: {error}")))
    }

    /// Removes leads that nothing changed since `before`, until there are no more or `is_enough` says so.
    fn let_go_of_leads(
        &self,
        which: Which,
        before: Timestamp,
        gone: &mut Gone,
        is_enough: impl Fn() -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let mut after = (0, 0);
        while !is_enough()? {
            let found = self.store.find_old_leads(which, before, after)?;
            if !found.leads.is_empty() {
                let bite = || {
                    self.store
                        .remove_old_leads(which, before, found.leads.clone())
                };
                let (leads, files) = self.bite(bite)?;
                gone.leads += leads;
                files.iter().for_each(|name| self.remove_file(name, gone));
            }
            let Some(next) = found.next else { break };
            after = next;
        }
        Ok(())
    }

    fn let_go_of_revisions(&self, before: Timestamp, gone: &mut Gone) -> Result<(), StoreError> {
        let mut after = (0, 0);
        loop {
            let found = self.store.find_superseded(before, after)?;
            if !found.events.is_empty() {
                let bite = || self.store.remove_superseded(found.events.clone());
                gone.revisions += self.bite(bite)?;
            }
            match found.next {
                Some(next) => after = next,
                None => return Ok(()),
            }
        }
    }

    /// The deliveries of the longest unchanged leads go first, then those leads.
    fn let_go_of_too_much(&self, gone: &mut Gone) -> Result<(), StoreError> {
        let Some(limit) = self.plan.retention.size_max else {
            return Ok(());
        };
        let stored = || self.store.counts().map(|counts| counts.stored_bytes);
        if stored()? <= limit {
            return Ok(());
        }
        let is_enough = || Ok(stored()? <= limit / 100 * LEFT_PERCENT);
        let any_time = Timestamp(u64::MAX);
        let mut after = (0, 0);
        while !is_enough()? {
            let found = self.store.find_old_leads(Which::All, any_time, after)?;
            if !found.leads.is_empty() {
                let bite = || self.store.remove_ended_of(found.leads.clone());
                gone.deliveries += self.bite(bite)?;
            }
            let Some(next) = found.next else { break };
            after = next;
        }
        self.let_go_of_leads(Which::All, any_time, gone, is_enough)
    }

    /// Files that are old enough, and those that no lead has.
    fn let_go_of_files(&self, now: Timestamp, gone: &mut Gone) -> io::Result<()> {
        let Some(folder) = &self.plan.folder else {
            return Ok(());
        };
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        // What is in the folder now and of no lead later on was nobody's, if it is old enough.
        let names: Vec<String> = entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<_>>()?;
        let mut known = HashSet::new();
        let mut after = KeptFile::default();
        loop {
            let files = self.store.kept_files(&after).map_err(io::Error::other)?;
            let Some(last) = files.last() else { break };
            after = last.clone();
            if let Some(age) = self.plan.retention.files {
                let is_old = |file: &&KeptFile| is_older(&folder.join(&file.name), now, age);
                let old: Vec<KeptFile> = files.iter().filter(is_old).cloned().collect();
                old.iter()
                    .for_each(|file| self.remove_file(&file.name, gone));
                if !old.is_empty() {
                    let bite = || self.store.forget_files(old.clone());
                    self.bite(bite).map_err(io::Error::other)?;
                }
            }
            known.extend(files.into_iter().map(|file| file.name));
        }
        let is_orphan = |name: &&String| {
            !known.contains(*name) && is_older(&folder.join(name), now, ORPHAN_AFTER)
        };
        names
            .iter()
            .filter(is_orphan)
            .for_each(|name| self.remove_file(name, gone));
        Ok(())
    }

    fn remove_file(&self, name: &str, gone: &mut Gone) {
        gone.files += u64::from(self.unlink(name));
    }

    /// Removes a kept file; one that cannot be removed is of no lead any more, and tried again as such.
    pub(super) fn unlink(&self, name: &str) -> bool {
        let folder = self.plan.folder.as_ref();
        folder.is_some_and(|folder| fs::remove_file(folder.join(name)).is_ok())
    }

    /// Has the writer do something small, and leaves it to others for a while.
    pub(super) fn bite<T>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.is_stopping() {
            return Err(StoreError::Unavailable(crate::store::State::Stopping));
        }
        let began = Instant::now();
        let done = work()?;
        self.pause((began.elapsed() * PAUSE_TIMES).max(PAUSE_MIN));
        Ok(done)
    }
}

/// The time `age` before `now`.
fn earlier(now: Timestamp, age: Duration) -> Timestamp {
    let ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
    Timestamp(now.0.saturating_sub(ms))
}

/// Whether a file was written longer ago than `age`. One that cannot be looked at is not.
fn is_older(path: &Path, now: Timestamp, age: Duration) -> bool {
    let written = fs::metadata(path).and_then(|file| file.modified());
    let written = written.map(|at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap_or_default());
    written.is_ok_and(|at| {
        let at = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        Timestamp(at).after(age) < now
    })
}
