//! `leadhook restore`: makes the database of a backup and the journal, and says what comes next.

use std::path::{Path, PathBuf};

use super::asking::Daemon;
use super::{Exit, Origin, complain, load_for_files, owner, say};
use crate::outbound::Outgoing;
use crate::store::{Restore, Restored, StoreError, copy_backup, journal_in};
use crate::system::{Clock, Dice};
use crate::upkeep::Shelf;

pub(super) fn restore(backup: PathBuf, journal: Option<PathBuf>, file: Option<PathBuf>) -> Exit {
    let config = match load_for_files(&Origin::find(file)).and_then(owner::become_owner) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    // It may still have the lost file open, and write to the journal.
    let running = |daemon: &Daemon| daemon.try_to_ask(Outgoing::question(), "/livez").is_ok();
    if Daemon::with(config.clone()).is_ok_and(|daemon| running(&daemon)) {
        complain("leadhook is running: stop it first");
        return Exit::Locked;
    }
    let named = journal.as_deref().filter(|path| *path != Path::new("none"));
    if let Some(missing) = named.filter(|path| !path.is_dir()) {
        complain(format_args!("there is no journal at {}", missing.display()));
        return Exit::Wrong;
    }
    let own = config.backup.journal.filter(|path| path.is_dir());
    let used = match &journal {
        None => own,
        Some(_) => named.map(Path::to_owned),
    };
    let restored = Restore {
        backup,
        journal: used.clone().map(journal_in),
        to: config.store.path.clone(),
        now: Clock::of_system().now(),
        number: Dice::of_system().number(),
    }
    .run();
    match restored {
        Ok(restored) => {
            if used.is_none() {
                back_up_anew(&config.store.path, config.backup.directory);
            }
            tell(&restored, &config.store.path, used.as_deref());
            Exit::Well
        }
        Err(error) => {
            complain(format_args!("nothing was restored: {error}"));
            match error {
                StoreError::DiskFull(_) => Exit::Disk,
                _ => Exit::Wrong,
            }
        }
    }
}

/// Without its journal it is another database, which no backup is of yet: so it is one itself.
fn back_up_anew(path: &Path, directory: Option<PathBuf>) {
    let Some(shelf) = directory.map(Shelf) else {
        return;
    };
    let place = shelf.place(Clock::of_system().now());
    if let Err(error) = shelf.begin().and_then(|_| copy_backup(path, &place)) {
        complain(format_args!(
            "it is in no backup until the first one is made: {error}"
        ));
    }
}

fn tell(restored: &Restored, path: &Path, journal: Option<&Path>) {
    let (events, pending, files) = (restored.events, restored.pending, restored.files);
    say(format_args!(
        "{} is there again: leads and their changes: {events}, deliveries that wait: {pending}, files: {files}.",
        path.display()
    ));
    match journal {
        Some(journal) => say(format_args!(
            "{} commits came from the journal in {}.",
            restored.from_journal,
            journal.display()
        )),
        None => say("Without a journal: what came after the backup is not in it."),
    }
    if !restored.erased.is_empty() {
        say(format_args!(
            "Leads that were erased since the backup, and so are not in it: {}.",
            restored.erased.len()
        ));
    }
    say(format_args!(
        "The next lead gets the number {}, so that none is given twice.",
        restored.next_lead
    ));
    if restored.webhooks.is_empty() {
        say("\nNext: start leadhook.");
        return;
    }
    say(
        "Webhooks are paused: what was delivered last may not be known here and would be sent again.",
    );
    say("\nNext: start leadhook, look at the leads, then let each webhook go on:");
    for webhook in &restored.webhooks {
        say(format_args!("  leadhook resume {webhook}"));
    }
}
