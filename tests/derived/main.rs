//! What is derived: values that nobody said, and that give way to whoever says something.

mod attribution;
mod click_ids;
#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/complete.rs"]
mod complete;
#[path = "../harness/daemon.rs"]
mod daemon;
mod devices;
mod phones;
mod pure;
mod repeats;
mod said;

use daemon::{TestDaemon, WEBSITE};
use serde_json::Value;

/// A public form.
fn start() -> TestDaemon {
    start_with("")
}

/// The same below this config.
fn start_with(config: &str) -> TestDaemon {
    TestDaemon::start(&format!("{config}{WEBSITE}"))
}

/// Posts to the public form; gives the lead as its next event shows it.
fn posted(daemon: &TestDaemon, body: &str) -> Value {
    let answer = daemon.post("website", body);
    assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
    let receipt: Value = serde_json::from_str(&answer.body).expect("JSON");
    lead(daemon, receipt["lead_id"].as_u64().expect("a number"))
}

/// The lead of this number, as a receiver would get it.
fn lead(daemon: &TestDaemon, id: u64) -> Value {
    let event = daemon.store().lead(id).expect("a store").expect("a lead");
    let payload = event.payload(leadhook::domain::webhook::Trigger::Update);
    serde_json::from_slice(&payload).expect("JSON")
}

/// Edits a lead as a person does.
fn edit(daemon: &TestDaemon, id: u64, body: &str) {
    let raw = leadhook::domain::raw::Raw::from_json(body.as_bytes()).expect("JSON");
    let edited = daemon.store().edit(id, raw).expect("a store");
    edited.expect("a lead").expect("an edit that is taken");
}
