//! The daemon: the parts of the program, wired, started and stopped in order.
//!
//! [`Daemon::start`] returns when the ports are bound, the store is open and the crews wait; what
//! comes of it is a value, for the binary as for the tests. The listeners answer before the store
//! is open, so that a client is told to come back rather than turned away.

mod listener;

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use crate::admin::{self, Admin, Configured};
use crate::config::Config;
use crate::delivery::{Crews, SetError, Tools};
use crate::domain::derive::Derivations;
use crate::domain::webhook::{Filter, Webhook};
use crate::http::Limits;
use crate::ingest::{self, Ingest};
use crate::log::Log;
use crate::outbound::Lookups;
use crate::store::{self, FreeSpace, Location, OpenError, State, Store};
use crate::system::{Clock, Dice};
use listener::{Listener, bind};

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
}

/// The program at work.
pub struct Daemon {
    config: Config,
    system: System,
    store: Arc<Store>,
    crews: Arc<Crews>,
    crews_set: bool,
    ingest: Listener<Ingest>,
    admin: Listener<Admin>,
    sender: Sender<Event>,
    events: Receiver<Event>,
}

/// What the daemon has to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody asks it to stop.
    Stop,
    /// Somebody asks it to read its config again.
    Reload,
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
        let options = store_options(&config, &system, &sender);
        let store = Store::start(options, wanted(&config.webhooks), move |result| {
            let _ = opened_sender.send(result);
        });
        let store =
            Arc::new(store.map_err(|error| StartError::System(format!("cannot start: {error}")))?);
        store.derive_by(derivations(&config));
        let tools = Tools {
            store: store.clone(),
            lookups: system.lookups.clone(),
            clock: system.clock.clone(),
            log: system.log.clone(),
        };
        let crews = Arc::new(Crews::new(tools));
        let ingest = Ingest::new(
            store.clone(),
            system.log.clone(),
            config.ingest.trusted_proxies.clone(),
            ingest_tools(&config, &system),
            &config.sources,
            &config.account,
        );
        let admin_site = Admin::new(
            store.clone(),
            crews.clone(),
            admin_options(&config, &system.dice),
            configured(&config),
            system.clock.clone(),
        );
        let ingest = Listener::start("ingest", ingest_socket, ingest_limits(&config), ingest)?;
        let admin = Listener::start("admin", admin_socket, Limits::default(), admin_site)?;
        let mut daemon = Daemon {
            config,
            system,
            store,
            crews,
            crews_set: false,
            ingest,
            admin,
            sender,
            events,
        };
        let opened = opened.recv();
        daemon.go_on(
            opened.unwrap_or_else(|_| Err(OpenError::System("the store has died".to_owned()))),
        )?;
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

    /// Tells the crews that the clock has jumped.
    pub fn clock_jumped(&self) {
        self.crews.ring();
    }

    /// To tell the daemon what to act on.
    pub fn sender(&self) -> Sender<Event> {
        self.sender.clone()
    }

    /// Waits for the next event that its owner has to act on, no longer than `limit`.
    pub fn next_event(&mut self, limit: Duration) -> Option<Event> {
        let until = Instant::now() + limit;
        loop {
            match self
                .events
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(Event::StoreReady) => self.store_ready(),
                Ok(event) => return Some(event),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// The store was opened after all.
    fn store_ready(&mut self) {
        if self.crews_set {
            return;
        }
        if let Err(error) = self.set_crews() {
            self.system
                .log
                .error("deliveries cannot begin", &[("reason", &error)]);
        }
    }

    /// Goes over to `config` in one step, as far as that is possible while running; on an error
    /// everything stays as it was. Returns the keys that need a restart.
    pub fn reload(&mut self, config: Config) -> Result<Vec<&'static str>, String> {
        let needs_restart = self.config.needs_restart(&config);
        self.crews
            .set(&config.webhooks, Instant::now())
            .map_err(|error| error.to_string())?;
        self.ingest
            .site()
            .set_sources(&config.sources, &config.account);
        self.store.derive_by(derivations(&config));
        self.admin.site().set(configured(&config));
        self.config = config;
        Ok(needs_restart)
    }

    /// Stops taking posts and finishes those under way, lets running attempts go on for as long as
    /// the config says, then closes the store.
    pub fn stop(mut self) {
        let log = self.system.log.clone();
        let until = Instant::now() + self.config.stop.grace;
        let left = || until.saturating_duration_since(Instant::now());
        let cut = self.ingest.stop(left());
        let broken_off = self.crews.stop(left());
        self.store.close();
        self.admin.stop(Duration::from_secs(1));
        log.info(
            "stopped",
            &[("requests_cut", &cut), ("attempts_broken_off", &broken_off)],
        );
    }
}

fn derivations(config: &Config) -> Arc<Derivations> {
    let of_sources = config.sources.iter();
    let named = of_sources.map(|source| (source.name.clone(), source.derivation.clone()));
    Arc::new(Derivations::new(named, config.judgement.clone()))
}

fn wanted(webhooks: &[Webhook]) -> Vec<(String, Filter)> {
    webhooks
        .iter()
        .map(|webhook| (webhook.name.clone(), webhook.filter.clone()))
        .collect()
}

fn store_options(config: &Config, system: &System, sender: &Sender<Event>) -> store::Options {
    let (log, on_ready, on_give_up) = (system.log.clone(), sender.clone(), sender.clone());
    let notice_log = system.log.clone();
    store::Options {
        location: system
            .location
            .clone()
            .unwrap_or_else(|| Location::File(config.store.path.clone())),
        journal: None,
        cache_bytes: config.store.cache_bytes,
        low_space_bytes: config.store.low_space_bytes,
        very_low_space_bytes: config.store.very_low_space_bytes,
        posts_max: config.ingest.waiting_max,
        clock: system.clock.clone(),
        dice: system.dice.clone(),
        free_space: system.free_space.clone(),
        on_state: Arc::new(move |state| log_state(&log, state, &on_ready)),
        on_notice: Arc::new(move |notice| notice_log.warn("store", &[("notice", &notice)])),
        give_up: Arc::new(move || {
            let _ = on_give_up.send(Event::GiveUp);
        }),
    }
}

fn log_state(log: &Log, state: &State, sender: &Sender<Event>) {
    let sentence = state.sentence();
    let values: [(&str, &dyn fmt::Display); 2] = [("state", &state.code()), ("reason", &sentence)];
    match state {
        State::Ready => {
            log.info("store", &values);
            let _ = sender.send(Event::StoreReady);
        }
        State::Opening(_) | State::Stopping => log.info("store", &values),
        State::LowSpace | State::VeryLowSpace | State::Failed(_) | State::Damaged(_) => {
            log.error("store", &values);
        }
    }
}

fn ingest_tools(config: &Config, system: &System) -> ingest::Tools {
    let directory = config.store.path.parent();
    let directory = directory.filter(|path| !path.as_os_str().is_empty());
    ingest::Tools {
        clock: system.clock.clone(),
        dice: system.dice.clone(),
        directory: directory.unwrap_or(Path::new(".")).to_owned(),
        body_bytes_max: config.ingest.body_bytes_max,
        lookups: system.lookups.clone(),
    }
}

fn ingest_limits(config: &Config) -> Limits {
    let ingest = &config.ingest;
    Limits {
        head_timeout: ingest.header_timeout,
        body_timeout: ingest.body_timeout,
        body_bytes_max: ingest.body_bytes_max,
        connections_max: ingest.connections_max,
        connections_per_address: ingest.connections_per_address,
        trusted_proxies: ingest.trusted_proxies.clone(),
        life: ingest.connection_life,
        ..Limits::default()
    }
}

fn configured(config: &Config) -> Configured {
    Configured {
        account: config.account.clone(),
        profiles: config.profiles.clone(),
        sources: config.sources.clone(),
        webhooks: config.webhooks.clone(),
    }
}

fn admin_options(config: &Config, dice: &Dice) -> admin::Options {
    let public_host = config.admin.public_url.as_deref();
    let public_host = public_host.and_then(|url| url.split("://").nth(1));
    admin::Options {
        dice: dice.clone(),
        public_host: public_host.map(str::to_owned),
        trusted_proxies: config.ingest.trusted_proxies.clone(),
        tokens: config.admin.tokens.clone(),
        low_space_bytes: config.store.low_space_bytes,
        inspector_keep: config
            .admin
            .inspector
            .then_some(config.admin.inspector_keep),
    }
}
