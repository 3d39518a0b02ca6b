//! The daemon: whether it runs with this config and is well, or what keeps it from starting; and its
//! backups.

use std::fs;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::super::asking::Daemon;
use super::super::plain::one_line;
use super::Notes;
use super::files::directory_of;
use crate::config::Config;
use crate::domain::time::Timestamp;
use crate::outbound::Outgoing;
use crate::upkeep::Shelf;

const CHECK: &str = "daemon";

/// Whether the daemon runs.
pub(super) fn examine(notes: &mut Notes, config: &Config) -> bool {
    let Ok(daemon) = Daemon::with(config.clone()) else {
        return false;
    };
    let Ok(answer) = daemon.try_to_ask(Outgoing::question(), "/healthz") else {
        not_running(notes, config);
        return false;
    };
    let Some(health) = answer
        .json()
        .ok()
        .filter(|health| health["version"].is_string())
    else {
        notes.wrong(
            CHECK,
            format!(
                "Something else than leadhook answers on {}.",
                config.admin.listen
            ),
            "`ss -ltnp` shows what; stop it, or give admin.listen another port.",
        );
        return false;
    };
    health_of(notes, &health);
    same_config(notes, &daemon, &health);
    if notes.is_well(CHECK) {
        notes.well(
            CHECK,
            format!("runs and is well, on {}", config.admin.listen),
        );
    }
    true
}

fn not_running(notes: &mut Notes, config: &Config) {
    notes.wrong(
        CHECK,
        format!("It does not answer on {}: leadhook is not running with this config.", config.admin.listen),
        "`systemctl start leadhook`, or by hand `leadhook run --config FILE`; it logs why it cannot start.",
    );
    let listeners = [
        ("ingest.listen", config.ingest.listen),
        ("admin.listen", config.admin.listen),
    ];
    for (key, address) in listeners {
        port(notes, key, address);
    }
    if notes.is_well("ports") {
        notes.well("ports", "both are free");
    }
}

/// Whether the daemon could listen there.
fn port(notes: &mut Notes, key: &str, address: SocketAddr) {
    let Err(error) = TcpListener::bind(address) else {
        return;
    };
    let port = address.port();
    let cure = match error.kind() {
        ErrorKind::AddrInUse => {
            format!(
                "`ss -ltnp 'sport = :{port}'` shows which program it is; stop it, or set {key} to another port."
            )
        }
        ErrorKind::PermissionDenied => format!(
            "Ports below 1024 are root's: set {key} to one above, with a proxy in front of it."
        ),
        _ => format!(
            "Set {key} to an address that this machine has: `ip -brief address` lists them."
        ),
    };
    notes.wrong(
        "ports",
        format!("{key} = {address} cannot be had: {error}."),
        cure,
    );
}

fn health_of(notes: &mut Notes, health: &Value) {
    let texts = |key: &str| {
        let list = health[key].as_array().cloned().unwrap_or_default();
        list.into_iter()
    };
    for reason in texts("reasons") {
        let reason = one_line(reason.as_str().unwrap_or_default());
        notes.wrong(
            CHECK,
            capital(&reason),
            "The log has more: `journalctl -u leadhook -n 50`.",
        );
    }
    for webhook in texts("webhooks") {
        let name = webhook["name"].as_str().unwrap_or_default();
        let waiting = webhook["waiting"].as_u64().unwrap_or_default();
        if webhook["condition"] == "paused" {
            notes.advise(
                CHECK,
                format!("Webhook {name} is paused; waiting: {waiting}."),
                format!("`leadhook resume {name}` lets it go on."),
            );
        }
        if webhook["failures_in_a_row"].as_u64().unwrap_or_default() > 0 {
            let last = one_line(webhook["last_failure"].as_str().unwrap_or_default());
            notes.advise(
                CHECK,
                format!("Webhook {name} fails; waiting: {waiting}. {last}"),
                format!("`leadhook test-webhook {name}` sends a sample and says what is wrong."),
            );
        }
    }
    for channel in health["alerts"]["channels"]
        .as_array()
        .into_iter()
        .flatten()
    {
        if let Some(why) = channel["last_failure"].as_str() {
            let name = channel["name"].as_str().unwrap_or_default();
            notes.wrong(
                CHECK,
                format!("Alerts do not arrive by {name}: {}", one_line(why)),
                "Mend that first: else nobody hears of other trouble.",
            );
        }
    }
}

/// Whether the daemon has this config, and is of this release.
fn same_config(notes: &mut Notes, daemon: &Daemon, health: &Value) {
    let restart = "`systemctl restart leadhook`";
    let asked = daemon.try_to_ask(Outgoing::question(), "/api/v1/backup");
    if asked.is_ok_and(|answer| answer.status == 401) {
        notes.wrong(
            CHECK,
            "The daemon does not know the admin token of this config: it was started with another one.",
            format!("{restart}, or name its config: `leadhook doctor --config FILE`."),
        );
    }
    let version = health["version"].as_str().unwrap_or_default();
    if version != env!("CARGO_PKG_VERSION") {
        notes.advise(
            CHECK,
            format!(
                "The daemon that runs is {version}, and this is {}.",
                env!("CARGO_PKG_VERSION")
            ),
            restart,
        );
    }
    let running = health["webhooks"].as_array().into_iter().flatten();
    let mut running: Vec<&str> = running.filter_map(|one| one["name"].as_str()).collect();
    let mut written: Vec<&str> = daemon
        .config
        .webhooks
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    running.sort_unstable();
    written.sort_unstable();
    if running != written {
        notes.wrong(
            CHECK,
            format!(
                "The daemon has not taken the config over: it has the webhooks {}; the file has {}.",
                listed(&running),
                listed(&written)
            ),
            "`systemctl reload leadhook`, or send it SIGHUP; it logs what it does not take over, and why.",
        );
    }
}

fn listed(names: &[&str]) -> String {
    match names.is_empty() {
        true => "none".to_owned(),
        false => one_line(&names.join(", ")),
    }
}

/// Whether there is a backup, not too old, and not on the same disk only.
pub(super) fn backups(notes: &mut Notes, config: &Config, now: Timestamp) {
    let check = "backup";
    let Some(directory) = &config.backup.directory else {
        return notes.advise(
            check,
            "No backups are made: with the disk all leads are lost.",
            "directory = \"backups\" in [backup], better on another disk.",
        );
    };
    let newest = Shelf(directory.clone())
        .backups()
        .ok()
        .and_then(|mut all| all.pop());
    let newest = newest.and_then(|path| fs::metadata(path).ok());
    let made =
        newest.map(|newest| Timestamp(u64::try_from(newest.mtime()).unwrap_or_default() * 1000));
    match (made, config.backup.every) {
        (None, _) => notes.advise(
            check,
            format!("There is none yet in {}.", directory.display()),
            "`leadhook backup` makes one now.",
        ),
        (Some(at), Some(every)) if at.after(every * 2) < now => notes.wrong(
            check,
            format!("The newest is of {at}, older than two times backup.every."),
            "`leadhook backup` makes one now, or says what keeps it from being made.",
        ),
        (Some(at), None) if at.after(MONTH) < now => notes.advise(
            check,
            format!("The newest is of {at}, and none are made by themselves."),
            "every = \"1d\" in [backup]",
        ),
        _ => {}
    }
    if config.backup.run.is_none() && same_disk(directory, &config.store.path) {
        notes.advise(
            check,
            "Backups are on the disk of the database, and go with it.",
            "Let backup.run copy each to another machine, or put backup.directory on another disk.",
        );
    }
    if let (Some(at), true) = (made, notes.is_well(check)) {
        notes.well(check, format!("the newest is of {at}"));
    }
}

const MONTH: Duration = Duration::from_secs(31 * 86_400);

fn same_disk(directory: &Path, database: &Path) -> bool {
    let device = |path: &Path| fs::metadata(path).ok().map(|one| one.dev());
    let around = device(directory_of(database));
    around.is_some() && around == device(directory)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}
