//! What backups promise: made while leads come in, verified before they count, and with the journal
//! enough to make everything again.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
#[path = "../harness/receiver.rs"]
mod receiver;

mod hook;
mod journal;
mod restore;
mod schedule;

use std::path::PathBuf;
use std::time::Duration;

use leadhook::domain::field::Field;
use leadhook::store::{Location, Options, Store};
use leadhook::upkeep::Shelf;

use daemon::{LIMIT, TestDaemon, WEBSITE, wait_until};

pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// Backups beside the database, every day.
pub(crate) const BACKUP: &str = "\n[backup]\ndirectory = \"backups\"\n";

pub(crate) fn start(more: &str) -> TestDaemon {
    TestDaemon::start(&format!("{BACKUP}{more}{WEBSITE}"))
}

pub(crate) fn post(daemon: &TestDaemon, text: &str) {
    let answer = daemon.post("website", &format!(r#"{{"notes":"{text}"}}"#));
    assert_eq!(answer.status, 201, "{}", answer.body);
}

pub(crate) fn shelf(daemon: &TestDaemon) -> Shelf {
    Shelf(daemon.directory().join("backups"))
}

/// The backups there are, the newest last.
pub(crate) fn backups(daemon: &TestDaemon) -> Vec<PathBuf> {
    shelf(daemon).backups().unwrap_or_default()
}

/// How it is with backups, as `/healthz` tells.
pub(crate) fn health(daemon: &TestDaemon) -> serde_json::Value {
    daemon.get("/healthz").json()["backup"].clone()
}

/// Waits until so many backups were made and the last one counts.
#[track_caller]
pub(crate) fn wait_for_backups(daemon: &TestDaemon, count: usize) -> PathBuf {
    wait_until("a backup", || {
        let all_told = daemon
            .setting
            .log()
            .matches("backup made and verified")
            .count();
        all_told >= count && health(daemon)["running"] == false
    });
    backups(daemon).pop().expect("a backup")
}

/// The texts of all leads in a database that nobody has open.
pub(crate) fn texts(path: PathBuf) -> Vec<String> {
    let (sender, opened) = std::sync::mpsc::channel();
    let options = Options::at(Location::File(path));
    let store = Store::look(options, move |result| {
        let _ = sender.send(result);
    });
    let store = store.expect("a thread for the writer");
    let opened = opened.recv_timeout(LIMIT).expect("the opening ends");
    opened.expect("a database that opens");
    let problems = store.verify().expect("a store that can be read");
    assert!(problems.is_empty(), "{problems:#?}");
    let events = store.events_after((0, 0), usize::MAX).expect("events");
    store.close();
    let text = |event: &leadhook::domain::event::Event| {
        let text = event.lead.values.text(Field::Notes);
        text.unwrap_or_default().to_owned()
    };
    events.iter().map(text).collect()
}
