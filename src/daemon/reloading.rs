//! Reading the config again: what a signal asks for, and who may change something by the API or a page.
//! All of them come the same way, one after the other, to who runs the daemon.

use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::time::{Duration, Instant};

use super::ear::silences;
use super::options::configured;
use super::{Daemon, Event, derivations};
use crate::admin::Reload;
use crate::config::{Config, Problems};
use crate::domain::reload::Reloaded;

/// Who asks from inside waits no longer for what came of it.
const RELOAD_MAX: Duration = Duration::from_secs(30);

/// For who asks from inside: gives what came of it, or nothing where it takes too long.
pub(super) fn from_inside(sender: &Sender<Event>) -> Reload {
    let sender = sender.clone();
    Arc::new(move || {
        let (asker, answer) = mpsc::channel();
        sender.send(Event::Reload(Some(asker))).ok()?;
        answer.recv_timeout(RELOAD_MAX).ok()
    })
}

impl Daemon {
    /// Reads the config again and goes over to it, or keeps the old one. The log, the supervisor and the
    /// pages are told.
    pub fn read_again(&mut self, load: impl FnOnce() -> Result<Config, Problems>) -> Reloaded {
        let supervisor = self.system.supervisor.clone();
        supervisor.reloading();
        let reloaded = match load() {
            Ok(config) => self.go_over(config),
            Err(problems) => Reloaded::Kept(problems.0.iter().map(ToString::to_string).collect()),
        };
        self.log_reload(&reloaded);
        supervisor.status(&match &reloaded {
            Reloaded::Taken { .. } => self.store.state().sentence(),
            Reloaded::Kept(_) => format!("{}; the log says why", reloaded.sentence()),
        });
        supervisor.ready();
        self.admin.site().note_reload(reloaded.clone());
        reloaded
    }

    fn go_over(&mut self, config: Config) -> Reloaded {
        let warnings = config.warnings.iter().map(ToString::to_string).collect();
        match self.reload(config) {
            Ok(needs_restart) => Reloaded::Taken {
                needs_restart,
                warnings,
            },
            Err(reason) => Reloaded::Kept(vec![reason]),
        }
    }

    fn log_reload(&self, reloaded: &Reloaded) {
        let log = &self.system.log;
        match reloaded {
            Reloaded::Kept(problems) => {
                for problem in problems {
                    log.error("config not taken over", &[("problem", problem)]);
                }
            }
            Reloaded::Taken {
                needs_restart,
                warnings,
            } => {
                for warning in warnings {
                    log.warn("config", &[("warning", warning)]);
                }
                match needs_restart.is_empty() {
                    true => log.info("config taken over", &[]),
                    false => log.warn(
                        "config taken over, but for keys that need a restart",
                        &[("keys", &needs_restart.join(", "))],
                    ),
                }
            }
        }
    }

    /// Goes over to `config` in one step, as far as that is possible while running; on an error
    /// everything stays as it was. Returns the keys that need a restart.
    pub fn reload(&mut self, config: Config) -> Result<Vec<&'static str>, String> {
        let needs_restart = self.begun_with.needs_restart(&config);
        self.alerts.set(&config.watch, silences(&config))?;
        if let Err(error) = self.crews.set(&config.webhooks, Instant::now()) {
            self.alerts
                .set(&self.config.watch, silences(&self.config))?;
            return Err(error.to_string());
        }
        self.ingest
            .site()
            .set_sources(&config.sources, &config.account);
        self.ingest.site().locate_by(config.location.clone());
        self.store.derive_by(derivations(&config));
        self.admin.site().set(configured(&config));
        self.config = config;
        Ok(needs_restart)
    }
}
