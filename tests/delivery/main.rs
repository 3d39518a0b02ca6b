//! What delivery promises: everything that was acknowledged reaches every webhook, in order.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
#[path = "../harness/receiver.rs"]
mod receiver;

mod removed;
mod replays;

use std::time::Duration;

use client::ask;
use daemon::{TestDaemon, WEBSITE, wait_until, webhook};
use receiver::{Receiver, Reply};

/// Posts JSON to the API; the answer must be 200.
#[track_caller]
fn call(daemon: &TestDaemon, path: &str, body: &str) -> serde_json::Value {
    let token = ("authorization", "Bearer test-admin-token-0123");
    let path = format!("/api/v1{path}");
    let answer = ask(daemon.admin(), "POST", &path, &[token], body.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[track_caller]
fn look(daemon: &TestDaemon, path: &str) -> serde_json::Value {
    let answer = daemon.get(&format!("/api/v1{path}"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// Waits until all tasks are done and nothing waits.
fn wait_until_done(daemon: &TestDaemon) {
    wait_until("the end of all tasks", || {
        let tasks = daemon.store().tasks().expect("tasks");
        tasks.iter().all(|task| task.ended.is_some())
    });
    daemon.wait_until_drained();
    daemon.verify();
}

#[test]
fn a_lead_arrives_signed_at_the_webhook() {
    let receiver = Receiver::always(Reply::status(200));
    let daemon = TestDaemon::start(&format!("{WEBSITE}{}", webhook("crm", &receiver.url(), "")));
    assert_eq!(
        daemon
            .post("website", r#"{"email":"ada@example.com"}"#)
            .status,
        201
    );
    receiver.wait_for(1);
    let request = &receiver.requests()[0];
    assert!(
        request
            .header("webhook-signature")
            .is_some_and(|value| value.starts_with("v1,"))
    );
    daemon.wait_until_drained();
    daemon.verify();
}

#[test]
fn a_retry_comes_on_time_while_other_threads_of_the_crew_linger() {
    // Threads that had nothing to do slept for ten seconds, all of them, past the next due time.
    let receiver = Receiver::script(|_, n| Reply::status(if n <= 4 { 500 } else { 200 }));
    let retry = r#"retry = ["1s", "1s"]"#;
    let daemon = TestDaemon::start(&format!(
        "{WEBSITE}{}",
        webhook("crm", &receiver.url(), retry)
    ));
    for n in 0..4 {
        daemon.post("website", &format!(r#"{{"name":"{n}"}}"#));
    }
    receiver.wait_for(4);
    let failed = std::time::Instant::now();
    wait_until("recorded failures", || {
        daemon.setting.log().matches("attempt failed").count() == 4
    });
    daemon.setting.advance(Duration::from_secs(2));
    receiver.wait_for(8);
    assert!(
        failed.elapsed() < Duration::from_secs(5),
        "{:?}",
        failed.elapsed()
    );
}

#[test]
fn a_410_stops_what_was_taken_already() {
    let receiver = Receiver::always(Reply::status(410));
    let one = "in_flight = 1";
    let daemon = TestDaemon::start(&format!(
        "{WEBSITE}{}",
        webhook("crm", &receiver.url(), one)
    ));
    daemon.store().set_bell(0, None);
    for n in 0..30 {
        daemon.post("website", &format!(r#"{{"name":"{n}"}}"#));
    }
    daemon.clock_rings();
    receiver.wait_for(1);
    wait_until("a stopped webhook", || {
        daemon
            .get("/healthz")
            .body
            .contains("was stopped by its receiver")
    });
    daemon.verify();
    assert_eq!(receiver.count(), 1);
}
