//! Receivers that do not behave, seen through the whole daemon: every lead reaches them all the
//! same, in order, on schedule, and hurts nobody else meanwhile.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
#[path = "../harness/receiver.rs"]
mod receiver;

mod changes;
mod crashes;
mod ends;
mod faults;
mod health;
mod lanes;
mod neighbours;
mod outage;
mod pace;
mod schedule;
mod stops;

use std::time::Duration;

use daemon::{TestDaemon, WEBSITE, wait_until, webhook};
use leadhook::domain::delivery::{Attempt, Outcome, State};
use leadhook::store::{Delivery, DeliveryId};
use receiver::{Receiver, Request};

/// Waits of 10 s, 1 min and 10 min, not spread.
const RETRY: &str = "retry = [\"10s\", \"1m\", \"10m\"]\njitter_percent = 0\n";
const SECOND: Duration = Duration::from_secs(1);

/// A config with a webhook `crm` to this receiver.
fn crm(receiver: &Receiver, more: &str) -> String {
    format!(
        "{WEBSITE}{}",
        webhook("crm", &receiver.url(), &format!("{RETRY}{more}"))
    )
}

/// The delivery of a lead's revision to the first webhook of the config.
fn delivery(lead: u64, revision: u32) -> DeliveryId {
    DeliveryId {
        webhook: 0,
        lead,
        revision,
    }
}

/// Posts a lead of this name as a source that calls it so; posting it again with another note
/// changes it.
fn post(daemon: &TestDaemon, name: &str, note: &str) -> u64 {
    let body = format!(r#"{{"external_id":"{name}","notes":"{note}"}}"#);
    let answer = daemon.post("website", &body);
    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    answer.lead_id()
}

fn found(daemon: &TestDaemon, id: DeliveryId) -> Delivery {
    let delivery = daemon.store().delivery(id).expect("a store");
    delivery.expect("a delivery")
}

/// Waits until so many attempts of the delivery are recorded; gives them.
fn attempts(daemon: &TestDaemon, id: DeliveryId, n: usize) -> Vec<Attempt> {
    let read = || daemon.store().attempts(id, 100).expect("a store");
    wait_until(&format!("attempt {n} of {id:?}"), || read().len() >= n);
    let attempts = read();
    let numbers: Vec<u32> = attempts.iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, (1..=n as u32).collect::<Vec<_>>());
    attempts
}

fn wait_for_state(daemon: &TestDaemon, id: DeliveryId, state: State) {
    wait_until(&format!("{id:?} is {state:?}"), || {
        found(daemon, id).state == state
    });
}

fn note(request: &Request) -> String {
    let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
    body["notes"].as_str().expect("a note").to_owned()
}

/// The notes of the leads that came, in their order.
fn notes(receiver: &Receiver) -> Vec<String> {
    receiver.requests().iter().map(note).collect()
}

/// The status of an attempt that was answered.
fn status(attempt: &Attempt) -> u16 {
    match &attempt.outcome {
        Outcome::Answered(answer) => answer.status,
        Outcome::Unanswered(fault) => panic!("not answered: {fault:?}"),
    }
}
