//! The API: leads in the reference's shape, what goes beyond it, and its description.

mod beyond;
mod changes;
#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
mod deliveries;
mod description;
#[path = "../harness/receiver.rs"]
mod receiver;
mod reference;
mod statistics;
mod tokens;
mod trials;

use client::{Answer, ask};
use daemon::{TestDaemon, WEBSITE};
use serde_json::Value;

const TOKEN: (&str, &str) = ("authorization", "Bearer test-admin-token-0123");
const JSON: (&str, &str) = ("content-type", "application/json");

fn daemon() -> TestDaemon {
    TestDaemon::start(WEBSITE)
}

/// Posts to the API, as JSON.
fn post(daemon: &TestDaemon, path: &str, body: &str) -> Answer {
    let path = format!("/api/v1{path}");
    ask(
        daemon.admin(),
        "POST",
        &path,
        &[TOKEN, JSON],
        body.as_bytes(),
    )
}

fn get(daemon: &TestDaemon, path: &str) -> Answer {
    daemon.get(&format!("/api/v1{path}"))
}

/// What a call answers; it must be 200.
#[track_caller]
fn json(daemon: &TestDaemon, path: &str) -> Value {
    let answer = get(daemon, path);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// The ids of a list of leads.
#[track_caller]
fn ids(daemon: &TestDaemon, query: &str) -> Vec<u64> {
    let list = json(daemon, &format!("/leads{query}"));
    let leads = list["leads"].as_array().expect("leads");
    leads
        .iter()
        .map(|lead| lead["lead_id"].as_u64().expect("an id"))
        .collect()
}

/// A refusal as the reference words it, with a stable code.
#[track_caller]
fn is_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (status, code),
        "{}",
        answer.body
    );
    let message = answer.json()["error_message"].to_string();
    assert!(message.len() > 10, "{message}");
}
