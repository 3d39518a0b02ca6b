//! What each part is told of the config.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::ear::{Ear, on_change, ring};
use super::told::{log_notice, log_state, tell_state};
use super::{Event, System};
use crate::admin::{self, Configured};
use crate::config::Config;
use crate::delivery;
use crate::http::Limits;
use crate::ingest;
use crate::store::{self, FILES_FOLDER, Location, Store, journal_in};
use crate::system::Dice;
use crate::upkeep::{self, Shelf};

pub(super) fn store_options(
    config: &Config,
    system: &System,
    sender: &Sender<Event>,
    ear: &Ear,
) -> store::Options {
    let (ear, notice_ear) = (ear.clone(), ear.clone());
    let (log, on_ready, on_give_up) = (system.log.clone(), sender.clone(), sender.clone());
    let notice_log = system.log.clone();
    let supervisor = system.supervisor.clone();
    store::Options {
        location: system
            .location
            .clone()
            .unwrap_or_else(|| Location::File(config.store.path.clone())),
        journal: config.backup.journal.clone().map(journal_in),
        cache_bytes: config.store.cache_bytes,
        low_space_bytes: config.store.low_space_bytes,
        very_low_space_bytes: config.store.very_low_space_bytes,
        posts_max: config.ingest.waiting_max,
        clock: system.clock.clone(),
        dice: system.dice.clone(),
        free_space: system.free_space.clone(),
        on_state: Arc::new(move |state| {
            log_state(&log, state, &on_ready);
            tell_state(&supervisor, state);
            ring(&ear);
        }),
        on_notice: Arc::new(move |notice| {
            log_notice(&notice_log, notice);
            ring(&notice_ear);
        }),
        give_up: Arc::new(move || {
            let _ = on_give_up.send(Event::GiveUp);
        }),
    }
}

pub(super) fn crew_tools(system: &System, store: &Arc<Store>, ear: &Ear) -> delivery::Tools {
    delivery::Tools {
        store: store.clone(),
        lookups: system.lookups.clone(),
        clock: system.clock.clone(),
        dice: system.dice.clone(),
        log: system.log.clone(),
        on_change: on_change(ear),
    }
}

pub(super) fn ingest_tools(config: &Config, system: &System) -> ingest::Tools {
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

pub(super) fn ingest_limits(config: &Config) -> Limits {
    let ingest = &config.ingest;
    let ordinary = Limits::default();
    Limits {
        head_timeout: ingest.header_timeout,
        body_timeout: ingest.body_timeout,
        body_bytes_max: ingest.body_bytes_max,
        bodies_bytes_max: ordinary.bodies_bytes_max.max(4 * ingest.body_bytes_max),
        connections_max: ingest.connections_max,
        connections_per_address: ingest.connections_per_address,
        trusted_proxies: ingest.trusted_proxies.clone(),
        life: ingest.connection_life,
        ..ordinary
    }
}

pub(super) fn configured(config: &Config) -> Configured {
    let listen = config.ingest.listen;
    let ingest_url = config.ingest.public_url.clone();
    Configured {
        ingest_url: ingest_url.unwrap_or_else(|| format!("http://{listen}")),
        account: config.account.clone(),
        profiles: config.profiles.clone(),
        sources: config.sources.clone(),
        webhooks: config.webhooks.clone(),
        judgement: config.judgement.clone(),
    }
}

pub(super) fn admin_options(config: &Config, dice: &Dice) -> admin::Options {
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

pub(super) fn upkeep_plan(config: &Config) -> upkeep::Plan {
    let backup = &config.backup;
    let backups = backup.directory.clone().map(|directory| upkeep::Backups {
        shelf: Shelf(directory),
        every: backup.every,
        keep: backup.keep,
        run: backup.run.clone(),
        run_timeout: backup.run_timeout,
    });
    upkeep::Plan {
        backups,
        retention: config.retention,
        folder: Some(config.store.path.with_file_name(FILES_FOLDER)),
        space_left: config.store.low_space_bytes,
    }
}
