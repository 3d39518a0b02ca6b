//! `leadhook backup`: asks the daemon for one and waits, or makes it when there is none.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::asking::Daemon;
use super::{Exit, Origin, complain, load_for_files, open, owner, say};
use crate::config::Config;
use crate::outbound::Outgoing;
use crate::store::{Location, Options, StoreError, copy_backup, journal_in};
use crate::system::Clock;
use crate::upkeep::Shelf;

/// How often the daemon is asked how it goes on.
const ASK_AGAIN: Duration = Duration::from_millis(300);
pub(super) const PATH: &str = "/api/v1/backup";

pub(super) fn backup(to: Option<&Path>, file: Option<PathBuf>) -> Exit {
    if let Some(to) = to.filter(|to| to.exists()) {
        complain(format_args!(
            "{} is there already and is not overwritten",
            to.display()
        ));
        return Exit::Wrong;
    }
    let made = load_for_files(&Origin::find(file)).and_then(|config| {
        // Where the token is a credential, only a running unit has it.
        if config.admin.tokens.is_empty() {
            return without_daemon(config, to);
        }
        let daemon = Daemon::with(config)?;
        let request = Outgoing::json(Clock::of_system().now(), b"");
        match daemon.try_to_ask(request, PATH) {
            Ok(answer) => answer.well().and_then(|_| wait_for(&daemon, to)),
            Err(_) => without_daemon(daemon.config, to),
        }
    });
    match made {
        Ok(exit) | Err(exit) => exit,
    }
}

/// Waits until the daemon has made it.
pub(super) fn wait_for(daemon: &Daemon, to: Option<&Path>) -> Result<Exit, Exit> {
    let mut progress = progress();
    loop {
        thread::sleep(ASK_AGAIN);
        let told = daemon.read(PATH)?.well()?.json()?;
        let told = &told["backup"];
        if told["running"] == true {
            let rows = |name: &str| told[name].as_u64().unwrap_or_default();
            progress(rows("rows_copied"), rows("rows"));
            continue;
        }
        if let Some(problem) = told["problem"].as_str() {
            complain(format_args!("no backup: {problem}"));
            return Ok(Exit::Wrong);
        }
        let made = PathBuf::from(told["path"].as_str().unwrap_or_default());
        let copied = to.map_or(Ok(()), |to| copy_backup(&made, to));
        return Ok(match copied {
            Ok(()) => tell(to.unwrap_or(&made)),
            Err(error) => not_made(&error),
        });
    }
}

fn without_daemon(config: Config, to: Option<&Path>) -> Result<Exit, Exit> {
    let config = owner::become_owner(config)?;
    let shelf = config.backup.directory.clone().map(Shelf);
    let clock = Clock::of_system();
    let place = match (to, &shelf) {
        (Some(to), _) => to.to_owned(),
        (None, Some(shelf)) => shelf.place(clock.now()),
        (None, None) => {
            complain("say where: --to FILE, or backup.directory in the config");
            return Err(Exit::Wrong);
        }
    };
    let options = Options {
        cache_bytes: config.store.cache_bytes,
        journal: config.backup.journal.clone().map(journal_in),
        ..Options::at(Location::File(config.store.path.clone()))
    };
    if !config.store.path.exists() {
        complain(format_args!(
            "there is no database at {}",
            config.store.path.display()
        ));
        return Err(Exit::Wrong);
    }
    let store = open(options)?;
    let mut progress = progress();
    let made = || -> Result<(), StoreError> {
        let before = match &shelf {
            Some(shelf) => shelf.begin()?,
            None => None,
        };
        let mut told = |copied, all| {
            progress(copied, all);
            Ok(())
        };
        let left = config.store.very_low_space_bytes;
        let backup = store.back_up(&place, before.as_deref(), left, &mut told)?;
        if let (None, Some(shelf)) = (to, &shelf) {
            store.count_backup(&backup, clock.now())?;
            shelf.keep(config.backup.keep, &place)?;
        }
        Ok(())
    };
    let made = { made }();
    store.close();
    Ok(match made {
        Ok(()) => tell(&place),
        Err(error) => not_made(&error),
    })
}

fn tell(place: &Path) -> Exit {
    say(format_args!("{} is made and verified", place.display()));
    Exit::Well
}

fn not_made(error: &StoreError) -> Exit {
    complain(format_args!("no backup: {error}"));
    match error {
        StoreError::DiskFull(_) => Exit::Disk,
        _ => Exit::Wrong,
    }
}

/// Tells once a second how far it is.
pub(super) fn progress() -> impl FnMut(u64, u64) {
    let mut said = Instant::now();
    move |copied, all| {
        if said.elapsed() >= Duration::from_secs(1) {
            said = Instant::now();
            complain(format_args!("{copied} of {all} rows"));
        }
    }
}
