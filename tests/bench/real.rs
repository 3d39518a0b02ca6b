//! The real program, started in this process, with its file on the disk and a log that says little.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use leadhook::config::{self, Config, Env};
use leadhook::daemon::{Daemon, System};
use leadhook::log::{Format, Level, Log};
use leadhook::outbound::Lookups;
use leadhook::store::Store;
use leadhook::system::{Clock, Dice, Supervisor};

use crate::place::Directory;

/// Every benchmark's config begins so; `INGEST` and `ADMIN` are addresses.
const GROUND: &str = "\
[ingest]
listen = \"INGEST\"
[admin]
listen = \"ADMIN\"
token = \"bench-admin-token-0123\"
[store]
start_delay = \"0s\"
[log]
level = \"warn\"
[[source]]
name = \"website\"
auth = \"none\"
rate_per_minute = 0
";

/// A config with these addresses and webhooks.
pub(crate) fn config_text(ingest: &str, admin: &str, webhooks: &[String]) -> String {
    let ground = GROUND.replace("INGEST", ingest).replace("ADMIN", admin);
    ground + &webhooks.concat()
}

/// A webhook of this name to `url`.
pub(crate) fn webhook(name: &str, url: &str) -> String {
    format!(
        "[[webhook]]\nname = \"{name}\"\nurl = \"{url}\"\nallow_private = true\ntimeout = \"30s\"\n\
         secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n"
    )
}

/// Reads a config whose files are in `directory`.
pub(crate) fn config(directory: &Path, webhooks: &[String]) -> Config {
    let text = config_text("127.0.0.1:0", "127.0.0.1:0", webhooks);
    config::parse(&text, "bench.toml", directory, &Env::default())
        .unwrap_or_else(|problems| panic!("{problems}"))
}

/// A daemon at work.
pub(crate) struct Real {
    daemon: Option<Daemon>,
    file: PathBuf,
    // Removed when the daemon has stopped.
    _directory: Arc<Directory>,
}

impl Real {
    /// Starts one on the database in `directory`, or a new one.
    pub(crate) fn start(directory: Arc<Directory>, webhooks: &[String]) -> Real {
        let clock = Clock::of_system();
        let system = System {
            log: Log::new(
                Format::Text,
                Level::Warn,
                false,
                clock.clone(),
                Box::new(io::sink()),
            ),
            clock,
            dice: Dice::of_system(),
            lookups: Lookups::of_system(),
            location: None,
            free_space: None,
            supervisor: Supervisor::none(),
        };
        let config = config(directory.path(), webhooks);
        let file = config.store.path.clone();
        let daemon = Daemon::start(config, system).unwrap_or_else(|error| panic!("{error}"));
        Real {
            daemon: Some(daemon),
            file,
            _directory: directory,
        }
    }

    fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().expect("a daemon at work")
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.daemon().ingest_address()
    }

    pub(crate) fn admin(&self) -> SocketAddr {
        self.daemon().admin_address()
    }

    pub(crate) fn store(&self) -> &Arc<Store> {
        self.daemon().store()
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    pub(crate) fn pending(&self) -> u64 {
        pending(self.store())
    }

    /// Waits until no delivery waits any more.
    pub(crate) fn wait_until_drained(&self) {
        while self.pending() > 0 {
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until the words of all leads are indexed, but for the last thousand.
    pub(crate) fn wait_until_indexed(&self) {
        let leads = |store: &Store| store.counts().expect("counts").leads;
        while self.store().indexed().expect("an index") < leads(self.store()) / 1024 {
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Stops it in order.
    pub(crate) fn stop(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            daemon.stop();
        }
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        self.stop();
    }
}

/// How many deliveries wait.
pub(crate) fn pending(store: &Store) -> u64 {
    let counts = store.counts();
    counts
        .unwrap_or_else(|error| panic!("cannot count: {error}"))
        .pending
}
