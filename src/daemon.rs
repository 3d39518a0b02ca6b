//! The daemon: the parts of the program, wired, started and stopped in order.
//!
//! [`Daemon::start`] returns when the ports are bound, the store is open and the crews wait; what
//! comes of it is a value, for the binary as for the tests. The listeners answer before the store
//! is open, so that a client is told to come back rather than turned away.

mod ear;
mod listener;
mod options;
mod reloading;
mod told;
mod watchdog;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::admin::{Admin, Meters, Parts};
use crate::alerts::Alerts;
use crate::config::Config;
use crate::delivery::{Crews, SetError, wanted};
use crate::domain::derive::Derivations;
use crate::domain::jump::{Jump, Pulse};
use crate::domain::reload::Reloaded;
use crate::http::Limits;
use crate::ingest::Ingest;
use crate::log::Log;
use crate::outbound::Lookups;
use crate::store::{FreeSpace, Location, OpenError, Store};
use crate::system::{Clock, Dice, Supervisor};
use crate::upkeep::Upkeep;
use ear::{Ear, start_alerts};
use listener::{Listener, bind};
use options::{
    admin_options, configured, crew_tools, ingest_limits, ingest_tools, store_options, upkeep_plan,
};
use watchdog::Watchdog;

/// Beyond the grace of a stop, the store and what is broken off may take so long.
const CLOSING_MAX: Duration = Duration::from_secs(15);

/// The clock is looked at this often at least.
const CLOCK_LOOK: Duration = Duration::from_secs(30);

/// What the daemon has from outside besides its config.
#[derive(Clone)]
pub struct System {
    /// The time of day.
    pub clock: Clock,
    /// Random numbers.
    pub dice: Dice,
    /// The log.
    pub log: Log,
    /// Looks names up.
    pub lookups: Lookups,
    /// Where the database is, if not in the file of the config.
    pub location: Option<Location>,
    /// Free bytes on the disk, if the system is not to be asked.
    pub free_space: Option<FreeSpace>,
    /// Is told how it goes.
    pub supervisor: Supervisor,
}

/// The program at work.
pub struct Daemon {
    config: Config,
    /// What it began with: what needs a restart goes by this one.
    begun_with: Config,
    system: System,
    store: Arc<Store>,
    crews: Arc<Crews>,
    crews_set: bool,
    pulse: Mutex<Pulse>,
    upkeep: Arc<Upkeep>,
    alerts: Arc<Alerts>,
    ingest: Listener<Ingest>,
    admin: Listener<Admin>,
    watchdog: Watchdog,
    sender: Sender<Event>,
    events: Receiver<Event>,
}

/// What the daemon has to act on.
#[derive(Clone, Debug)]
pub enum Event {
    /// Somebody asks it to stop.
    Stop,
    /// Somebody asks it to read its config again, and maybe waits for what comes of it.
    Reload(Option<Sender<Reloaded>>),
    /// The store is ready, maybe again.
    StoreReady,
    /// The store has failed too often; only a fresh start can help.
    GiveUp,
}

/// Why the daemon did not start.
#[derive(Debug)]
pub enum StartError {
    /// A port could not be bound, or a thread not started.
    System(String),
    /// The settings of a webhook do not work.
    Webhook(String),
    /// The database is in use by another process.
    Locked(String),
    /// The database was written by a newer release.
    Newer(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (StartError::System(text)
        | StartError::Webhook(text)
        | StartError::Locked(text)
        | StartError::Newer(text)) = self;
        f.write_str(text)
    }
}

impl std::error::Error for StartError {}

impl Daemon {
    /// Starts everything that `config` says.
    pub fn start(config: Config, system: System) -> Result<Daemon, StartError> {
        let ingest_socket = bind(config.ingest.listen, "ingest.listen")?;
        let admin_socket = bind(config.admin.listen, "admin.listen")?;
        let (sender, events) = mpsc::channel();
        let (opened_sender, opened) = mpsc::channel();
        let ear = Ear::default();
        let options = store_options(&config, &system, &sender, &ear);
        let store = Store::start(options, wanted(&config.webhooks), move |result| {
            let _ = opened_sender.send(result);
        });
        let store = Arc::new(store.map_err(cannot_start)?);
        store.derive_by(derivations(&config));
        let crews = Arc::new(Crews::new(crew_tools(&system, &store, &ear)));
        let ingest = Ingest::new(
            store.clone(),
            system.log.clone(),
            config.ingest.trusted_proxies.clone(),
            ingest_tools(&config, &system),
            &config.sources,
            &config.account,
        );
        ingest.locate_by(config.location.clone());
        let (clock, log) = (system.clock.clone(), system.log.clone());
        let upkeep = Upkeep::start(store.clone(), upkeep_plan(&config), clock, log);
        let upkeep = Arc::new(upkeep.map_err(cannot_start)?);
        let alerts = start_alerts(&ear, &config, &system, (&store, &crews, &upkeep))?;
        let ingest = Listener::start("ingest", ingest_socket, ingest_limits(&config), ingest)?;
        let meters = Meters::new(ingest.site().posts(), ingest.server(), system.clock.now());
        let parts = Parts {
            store: store.clone(),
            crews: crews.clone(),
            upkeep: upkeep.clone(),
            alerts: alerts.clone(),
            reload: reloading::from_inside(&sender),
        };
        let admin_site = Admin::new(
            parts,
            admin_options(&config, &system.dice),
            configured(&config),
            meters,
            system.clock.clone(),
        );
        let admin = Listener::start("admin", admin_socket, Limits::default(), admin_site)?;
        let watchdog = Watchdog::new(system.supervisor.clone(), system.log.clone());
        let mut daemon = Daemon {
            begun_with: config.clone(),
            config,
            pulse: Mutex::new(Pulse::new(system.clock.now(), system.clock.steady())),
            system,
            store,
            crews,
            crews_set: false,
            upkeep,
            alerts,
            ingest,
            admin,
            watchdog,
            sender,
            events,
        };
        let died = |_| Err(OpenError::System("the store has died".to_owned()));
        daemon.go_on(opened.recv().unwrap_or_else(died))?;
        Ok(daemon)
    }

    /// What comes of the first opening of the store.
    fn go_on(&mut self, opened: Result<(), OpenError>) -> Result<(), StartError> {
        let log = self.system.log.clone();
        match opened {
            Ok(()) => match self.set_crews() {
                Err(error @ SetError::Webhook(..)) => {
                    return Err(self.give_back(StartError::Webhook(error.to_string())));
                }
                // The store has failed in between; it tells when it is ready again.
                Err(error) => log.error("deliveries wait for the store", &[("reason", &error)]),
                Ok(()) => {}
            },
            Err(OpenError::Locked(reason)) => {
                return Err(self.give_back(StartError::Locked(reason)));
            }
            Err(OpenError::Newer(reason)) => return Err(self.give_back(StartError::Newer(reason))),
            // It stays up and says so: clients are told to come back, and a monitor hears why.
            Err(error) => log.error(
                "the database is not open; no leads are taken",
                &[("reason", &error)],
            ),
        }
        self.upkeep.ring();
        self.system.log.info(
            "listening",
            &[
                ("ingest", &self.ingest_address()),
                ("admin", &self.admin_address()),
            ],
        );
        Ok(())
    }

    fn give_back(&self, error: StartError) -> StartError {
        self.upkeep.stop();
        self.store.close();
        error
    }

    fn set_crews(&mut self) -> Result<(), SetError> {
        let start_delay = match self.store.was_clean() {
            true => Duration::ZERO,
            false => self.config.store.start_delay,
        };
        if !start_delay.is_zero() {
            self.system.log.warn(
                "the last stop was not a clean one; deliveries begin after a delay",
                &[("delay_s", &start_delay.as_secs())],
            );
        }
        let not_before = Instant::now() + start_delay;
        self.crews.set(&self.config.webhooks, not_before)?;
        self.crews_set = true;
        Ok(())
    }

    /// Where leads are posted to.
    pub fn ingest_address(&self) -> SocketAddr {
        self.ingest.address()
    }

    /// Where the owner looks.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin.address()
    }

    /// Whether webhooks can be looked at in the inspector.
    pub fn has_inspector(&self) -> bool {
        self.config.admin.inspector
    }

    /// The store, for who wants to look into it.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Sees whether the clock has jumped; says so, and has everybody look at it.
    pub fn look_at_clock(&self) {
        let clock = &self.system.clock;
        let mut pulse = self.pulse.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(jump) = pulse.jump(clock.now(), clock.steady()) else {
            return;
        };
        let (what, by) = match jump {
            Jump::Ahead(by) => (
                "the clock was set ahead; what waits for a time that is past by it is due now",
                by,
            ),
            Jump::Back(by) => ("the clock was set back; nothing waits longer for that", by),
        };
        self.system.log.warn(what, &[("by_s", &by.as_secs())]);
        self.store.clock_jumped(jump);
        self.ring();
    }

    /// Has everybody look at the clock now.
    pub fn ring(&self) {
        self.crews.ring();
        self.upkeep.ring();
        self.alerts.ring();
    }

    /// To tell the daemon what to act on.
    pub fn sender(&self) -> Sender<Event> {
        self.sender.clone()
    }

    /// Waits for the next event that its owner has to act on, no longer than `limit`; meanwhile the
    /// supervisor hears that all goes on.
    pub fn next_event(&mut self, limit: Duration) -> Option<Event> {
        let until = Instant::now() + limit;
        loop {
            let look = self.watchdog.look(&watchdog::Parts {
                store: &self.store,
                crews: &self.crews,
                ingest: &self.ingest,
                admin: &self.admin,
            });
            let wake = look.map_or(until, |look| look.min(until));
            let left = wake.saturating_duration_since(Instant::now());
            let left = left.min(CLOCK_LOOK);
            match self.events.recv_timeout(left) {
                Ok(Event::StoreReady) => self.store_ready(),
                Ok(event) => return Some(event),
                Err(RecvTimeoutError::Timeout) if Instant::now() < until => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
            self.look_at_clock();
        }
    }

    /// The store was opened after all.
    fn store_ready(&mut self) {
        self.upkeep.ring();
        if self.crews_set {
            return;
        }
        if let Err(error) = self.set_crews() {
            self.system
                .log
                .error("deliveries cannot begin", &[("reason", &error)]);
        }
    }

    /// Stops taking posts and finishes those under way, lets running attempts go on for as long as
    /// the config says, then closes the store.
    pub fn stop(mut self) {
        let log = self.system.log.clone();
        self.system.supervisor.stopping();
        self.system
            .supervisor
            .wait_for(self.config.stop.grace + CLOSING_MAX);
        // Nobody reads the config again from now on; who waits for that is told so.
        drop(self.events);
        let until = Instant::now() + self.config.stop.grace;
        let left = || until.saturating_duration_since(Instant::now());
        let cut = self.ingest.stop(left());
        self.upkeep.stop();
        let broken_off = self.crews.stop(left());
        self.alerts.stop();
        self.store.close();
        self.admin.stop(Duration::from_secs(1));
        log.info(
            "stopped",
            &[("requests_cut", &cut), ("attempts_broken_off", &broken_off)],
        );
    }
}

fn cannot_start(error: io::Error) -> StartError {
    StartError::System(format!("cannot start: {error}"))
}

fn derivations(config: &Config) -> Arc<Derivations> {
    let of_sources = config.sources.iter();
    let named = of_sources.map(|source| (source.name.clone(), source.derivation.clone()));
    Arc::new(Derivations::new(named, config.judgement.clone()))
}
