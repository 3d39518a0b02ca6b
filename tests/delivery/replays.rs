//! What was sent can be sent again, and what waits can be taken out: all that is meant, once, in order.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::daemon::{TestDaemon, WEBSITE, wait_until, webhook};
use crate::receiver::{Gate, Receiver, Reply, Request};
use crate::{call, look, wait_until_done};

/// Waits of a second and of two, not spread.
const RETRY: &str = "retry = [\"1s\", \"2s\"]\njitter_percent = 0\n";

fn start(receiver: &Receiver) -> TestDaemon {
    TestDaemon::start(&format!(
        "{WEBSITE}{}",
        webhook("crm", &receiver.url(), RETRY)
    ))
}

/// Posts the lead of this name, or another note of it.
fn post(daemon: &TestDaemon, name: &str, note: &str) {
    let body = format!(r#"{{"external_id":"{name}","notes":"{note}"}}"#);
    let status = daemon.post("website", &body).status;
    assert!(matches!(status, 200 | 201), "{status}");
}

fn notes(requests: &[Request]) -> Vec<String> {
    let note = |request: &Request| {
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        body["notes"].as_str().expect("a note").to_owned()
    };
    requests.iter().map(note).collect()
}

/// What a request carries: its event id and its body.
fn carried(request: &Request) -> (String, Vec<u8>) {
    let id = request.header("webhook-id").expect("an id");
    (id.to_owned(), request.body.clone())
}

#[test]
fn a_replay_sends_what_was_sent_once_more_as_it_was_and_in_order() {
    let receiver = Receiver::always(Reply::status(200));
    let daemon = start(&receiver);
    for (name, note) in [("ada", "a1"), ("eva", "e1"), ("ada", "a2"), ("ada", "a3")] {
        post(&daemon, name, note);
        daemon.wait_until_drained();
    }
    let dry = call(
        &daemon,
        "/deliveries/replay",
        r#"{"lead":1,"dry_run":true}"#,
    );
    assert_eq!(
        (&dry["deliveries"], &dry["task"]),
        (&3.into(), &Value::Null)
    );
    assert_eq!(dry["overtaken"], 0);
    let begun = call(
        &daemon,
        "/deliveries/replay",
        r#"{"lead":1,"state":"delivered"}"#,
    );
    assert_eq!(begun["task"]["meant"], 3);
    wait_until_done(&daemon);
    let sent = receiver.requests();
    assert_eq!(notes(&sent[4..]), ["a1", "a2", "a3"]);
    let first = [&sent[0], &sent[2], &sent[3]].map(carried);
    assert_eq!(sent[4..].iter().map(carried).collect::<Vec<_>>(), first);
    // A second replay is not swallowed.
    call(&daemon, "/deliveries/replay", r#"{"all":true}"#);
    wait_until_done(&daemon);
    assert_eq!(receiver.count(), 7 + 4);
    let one = look(&daemon, "/deliveries/1-1-crm");
    assert_eq!(one["attempts"].as_array().map(Vec::len), Some(3));
    assert_eq!(look(&daemon, "/tasks/1")["done"], 3);
}

#[test]
fn a_current_replay_sends_each_lead_once_as_it_is_now() {
    let receiver = Receiver::always(Reply::status(200));
    let daemon = start(&receiver);
    for (name, note) in [("ada", "a1"), ("eva", "e1"), ("ada", "a2")] {
        post(&daemon, name, note);
        daemon.wait_until_drained();
    }
    let begun = call(
        &daemon,
        "/deliveries/replay",
        r#"{"webhook":"crm","current":true}"#,
    );
    assert_eq!(begun["deliveries"], 2);
    wait_until_done(&daemon);
    let sent = receiver.requests();
    assert_eq!(notes(&sent[3..]), ["a2", "e1"]);
    let body: Value = serde_json::from_slice(&sent[3].body).expect("JSON");
    assert_eq!(
        (&body["trigger"], &body["changed_fields"]),
        (&"update".into(), &Value::Array(vec![]))
    );
    assert_ne!(carried(&sent[3]).0, carried(&sent[2]).0);
    // A later post is compared with what the source said, as before.
    post(&daemon, "ada", "a2");
    post(&daemon, "ada", "a3");
    daemon.wait_until_drained();
    assert_eq!(notes(&receiver.requests()[5..]), ["a3"]);
    daemon.verify();
}

#[test]
fn what_failed_for_good_gets_a_fresh_budget_of_attempts() {
    let receiver = Receiver::always(Reply::status(500));
    let daemon = start(&receiver);
    post(&daemon, "ada", "a1");
    for n in [3, 6] {
        wait_until("the last attempt", || {
            daemon.turn_clock(Duration::from_secs(1));
            look(&daemon, "/deliveries?state=failed")["deliveries"][0]["attempts"] == n
        });
        assert_eq!(receiver.count(), n);
        call(&daemon, "/deliveries/replay", r#"{"state":"failed"}"#);
        receiver.wait_for(n + 1);
    }
}

#[test]
fn a_replay_says_how_many_are_older_than_what_the_receiver_has() {
    let receiver = Receiver::always(Reply::status(200));
    let daemon = start(&receiver);
    for (name, note) in [("ada", "a1"), ("eva", "e1"), ("ada", "a2")] {
        post(&daemon, name, note);
        daemon.wait_until_drained();
        daemon.setting.advance(Duration::from_secs(1));
    }
    let count = |body: &str| call(&daemon, "/deliveries/replay", body)["overtaken"].clone();
    assert_eq!(
        count(r#"{"until":"2026-02-01T14:09:02Z","dry_run":true}"#),
        1
    );
    assert_eq!(
        count(r#"{"since":"2026-02-01T14:09:02Z","dry_run":true}"#),
        0
    );
    assert_eq!(receiver.count(), 3);
}

#[test]
fn a_replay_goes_before_what_is_newer_also_where_that_is_under_way() {
    let gate = Gate::default();
    let held = gate.clone();
    let receiver = Receiver::script(move |_, n| match n {
        2 => Reply::status(500).after(&held),
        _ => Reply::status(200),
    });
    let daemon = start(&receiver);
    post(&daemon, "ada", "a1");
    daemon.wait_until_drained();
    post(&daemon, "ada", "a2");
    receiver.wait_for(2);
    post(&daemon, "ada", "a3");
    call(&daemon, "/deliveries/replay", r#"{"lead":1}"#);
    wait_until("a1 in its lane", || {
        look(&daemon, "/tasks/1")["ended"] != Value::Null
    });
    daemon.verify();
    gate.open();
    wait_until("a1 once more", || receiver.count() >= 3);
    daemon.turn_clock(Duration::from_secs(2));
    wait_until_done(&daemon);
    assert_eq!(notes(&receiver.requests()), ["a1", "a2", "a1", "a2", "a3"]);
}

#[test]
fn what_waits_for_its_next_attempt_is_tried_at_once_where_that_is_asked_for() {
    let receiver = Receiver::sequence(vec![Reply::status(500), Reply::status(200)]);
    let day = webhook("crm", &receiver.url(), "retry = [\"1d\"]");
    let daemon = TestDaemon::start(&format!("{WEBSITE}{day}"));
    post(&daemon, "ada", "a1");
    wait_until("an attempt", || {
        look(&daemon, "/deliveries")["deliveries"][0]["attempts"] == 1
    });
    let begun = call(
        &daemon,
        "/deliveries/replay",
        r#"{"lead":1,"state":"pending"}"#,
    );
    assert_eq!(begun["deliveries"], 1);
    wait_until_done(&daemon);
    assert_eq!(receiver.count(), 2);
}

#[test]
fn what_is_cancelled_is_not_sent_and_what_waits_behind_it_is() {
    let receiver = Receiver::always(Reply::status(200));
    let daemon = start(&receiver);
    call(&daemon, "/webhooks/crm/pause", "");
    for (name, note) in [("ada", "a1"), ("eva", "e1"), ("ben", "b1")] {
        post(&daemon, name, note);
    }
    daemon.setting.advance(Duration::from_secs(60));
    post(&daemon, "ada", "a2");
    let until = r#"{"until":"2026-02-01T14:09:30Z","lead":1}"#;
    assert_eq!(call(&daemon, "/deliveries/cancel", until)["deliveries"], 1);
    let eva = r#"{"lead":2,"dry_run":true}"#;
    assert_eq!(call(&daemon, "/deliveries/cancel", eva)["deliveries"], 1);
    wait_until("a1 cancelled", || {
        look(&daemon, "/tasks/1")["ended"] != Value::Null
    });
    let one = look(&daemon, "/deliveries/1-1-crm");
    assert_eq!(
        (&one["state"], &one["cancelled"]),
        (&"cancelled".into(), &"by a person".into())
    );
    call(&daemon, "/webhooks/crm/resume", "");
    wait_until_done(&daemon);
    let mut sent = notes(&receiver.requests());
    sent.sort();
    assert_eq!(sent, ["a2", "b1", "e1"]);
}

#[test]
fn a_replay_that_a_stop_broke_off_goes_on_and_sends_each_once() {
    const LEADS: usize = 300;
    let receiver = Receiver::always(Reply::status(200));
    let mut daemon = start(&receiver);
    for n in 0..LEADS {
        post(&daemon, &format!("n{n}"), &format!("n{n}"));
    }
    daemon.wait_until_drained();
    call(&daemon, "/webhooks/crm/pause", "");
    call(&daemon, "/deliveries/replay", r#"{"all":true}"#);
    daemon.restart();
    call(&daemon, "/webhooks/crm/resume", "");
    wait_until_done(&daemon);
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for request in receiver.requests() {
        *times.entry(carried(&request).0).or_default() += 1;
    }
    assert_eq!(times.len(), LEADS);
    assert!(times.values().all(|n| *n == 2), "{times:?}");
    assert_eq!(look(&daemon, "/tasks/1")["done"], LEADS);
}

#[test]
fn what_a_replay_means_must_be_said() {
    let receiver = Receiver::always(Reply::status(200));
    let daemon = start(&receiver);
    let token = ("authorization", "Bearer test-admin-token-0123");
    for (action, body, code) in [
        ("replay", "{}", "nothing_selected"),
        ("cancel", r#"{"all":false}"#, "nothing_selected"),
        ("replay", r#"{"webhook":"x"}"#, "invalid_parameter"),
        ("replay", r#"{"state":"done"}"#, "invalid_parameter"),
        ("replay", r#"{"leads":1}"#, "invalid_parameter"),
        ("replay", r#"{"lead":[1]}"#, "invalid_parameter"),
        (
            "cancel",
            r#"{"current":true,"all":true}"#,
            "invalid_parameter",
        ),
        ("cancel", r#"{"state":"failed"}"#, "invalid_parameter"),
        ("replay", "[]", "invalid_json"),
    ] {
        let path = format!("/api/v1/deliveries/{action}");
        let answer = crate::ask(daemon.admin(), "POST", &path, &[token], body.as_bytes());
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, code),
            "{body}"
        );
    }
    assert_eq!(look(&daemon, "/tasks")["tasks"], Value::Array(vec![]));
}
