//! `leadhook run`: the life of the process from the config to the exit code.

use std::env;
use std::io;
use std::path::PathBuf;
use std::process;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, getrlimit, setrlimit};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{Exit, Origin, load};
use crate::config::Config;
use crate::daemon::{Daemon, Event, StartError, System};
use crate::log::Log;
use crate::outbound::Lookups;
use crate::system::{Clock, Dice, Supervisor};

/// The main thread wakes up this often; it has nothing to do then.
const EVENT_WAIT: Duration = Duration::from_secs(3600);
/// Files that are open besides connections: the database, deliveries, look-ups.
const FILES_BESIDE_CONNECTIONS: u64 = 512;

pub(super) fn run(file: Option<PathBuf>) -> Exit {
    let origin = Origin::find(file);
    let config = match load(&origin) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let clock = Clock::of_system();
    let log = log(&config, clock.clone());
    log.info(
        "starting",
        &[
            ("version", &env!("CARGO_PKG_VERSION")),
            ("config", &origin.name()),
        ],
    );
    warn(&log, &config);
    raise_file_limit(&log, &config);
    // Before anything is opened: from here on no signal ends the process half-way.
    let mailbox = Mailbox::default();
    if let Err(error) = listen_to_signals(mailbox.clone()) {
        log.error("cannot listen to signals", &[("reason", &error)]);
        return Exit::System;
    }
    let supervisor = Supervisor::of_process();
    let system = System {
        clock,
        dice: Dice::of_system(),
        log: log.clone(),
        lookups: Lookups::of_system(),
        location: None,
        free_space: None,
        supervisor: supervisor.clone(),
    };
    match Daemon::start(config, system) {
        Ok(daemon) => {
            mailbox.connect(daemon.sender());
            serve(daemon, &origin, &log, &supervisor)
        }
        Err(error) => {
            log.error("cannot start", &[("reason", &error)]);
            match error {
                StartError::System(_) => Exit::System,
                StartError::Webhook(_) => Exit::Config,
                StartError::Locked(_) => Exit::Locked,
                StartError::Newer(_) => Exit::Newer,
            }
        }
    }
}

/// Acts on events until one ends it.
fn serve(mut daemon: Daemon, origin: &Origin, log: &Log, supervisor: &Supervisor) -> Exit {
    hint(&daemon, log);
    supervisor.ready();
    loop {
        match daemon.next_event(EVENT_WAIT) {
            None | Some(Event::StoreReady) => {}
            Some(Event::Reload(asker)) => {
                let reloaded = daemon.read_again(|| origin.load());
                // One that has gone away finds it in the log.
                asker.map(|asker| asker.send(reloaded));
            }
            Some(Event::Stop) => {
                log.info("stopping", &[]);
                daemon.stop();
                return Exit::Well;
            }
            Some(Event::GiveUp) => {
                log.error(
                    "the disk fails again and again; ending, so that a supervisor can start afresh",
                    &[],
                );
                daemon.stop();
                return Exit::Disk;
            }
        }
    }
}

/// Tells a newcomer where to look.
fn hint(daemon: &Daemon, log: &Log) {
    if daemon.has_inspector() {
        let url = format!("http://{}/inspector", daemon.admin_address());
        log.info(
            "the inspector shows what it receives (any user, the admin token as password)",
            &[("url", &url)],
        );
    }
}

fn warn(log: &Log, config: &Config) {
    for warning in &config.warnings {
        log.warn("config", &[("warning", warning)]);
    }
}

/// To standard error. The journal sets `JOURNAL_STREAM` for what it listens to.
fn log(config: &Config, clock: Clock) -> Log {
    let journal = env::var_os("JOURNAL_STREAM").is_some();
    Log::new(
        config.log.format,
        config.log.level,
        journal,
        clock,
        Box::new(io::stderr()),
    )
}

/// Takes what signals ask for to the daemon, and keeps it until there is one.
#[derive(Clone, Default)]
struct Mailbox(Arc<Mutex<Letters>>);

#[derive(Default)]
struct Letters {
    daemon: Option<Sender<Event>>,
    waiting: Vec<Event>,
}

impl Mailbox {
    fn put(&self, event: Event) {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &letters.daemon {
            // A daemon that hears nothing more has stopped already.
            Some(daemon) => drop(daemon.send(event)),
            None => letters.waiting.push(event),
        }
    }

    fn connect(&self, daemon: Sender<Event>) {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for event in letters.waiting.drain(..) {
            let _ = daemon.send(event);
        }
        letters.daemon = Some(daemon);
    }
}

/// The first signal asks the daemon to stop, the second ends the process.
fn listen_to_signals(mailbox: Mailbox) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    let mut stopping = false;
    let listen = move || {
        for signal in signals.forever() {
            let event = match signal {
                SIGHUP => Event::Reload(None),
                _ => Event::Stop,
            };
            if matches!(event, Event::Stop) && std::mem::replace(&mut stopping, true) {
                process::exit(Exit::Wrong as i32);
            }
            mailbox.put(event);
        }
    };
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(listen).map(|_| ())
}

/// Every connection is an open file, and the usual soft limit is far below what the config allows.
fn raise_file_limit(log: &Log, config: &Config) {
    let wanted = config.ingest.connections_max as u64 + FILES_BESIDE_CONNECTIONS;
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return;
    }
    limit.current = Some(limit.maximum.map_or(wanted, |maximum| maximum.min(wanted)));
    let raised = setrlimit(Resource::Nofile, limit);
    if raised.is_err() || limit.current.is_some_and(|current| current < wanted) {
        log.warn(
            "fewer files may be open than ingest.connections_max wants; set LimitNOFILE in the unit",
            &[("wanted", &wanted), ("allowed", &limit.current.unwrap_or_default())],
        );
    }
}
