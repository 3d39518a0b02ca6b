//! Webhooks and deliveries: how they are, and where every lead went.

use std::time::Duration;

use serde_json::Value;

use crate::daemon::{TestDaemon, WEBSITE, wait_until, webhook};
use crate::receiver::{Receiver, Reply};
use crate::{get, is_refused, json, post};

/// A daemon with a webhook `crm` to a receiver that answers 200, and one to nobody, `chat`, paused.
fn start() -> (TestDaemon, Receiver) {
    let receiver = Receiver::always(Reply::status(200));
    let crm = webhook("crm", &receiver.url(), "");
    let chat = webhook("chat", "http://127.0.0.1:9/", "");
    let daemon = TestDaemon::start(&format!("{WEBSITE}{crm}{chat}"));
    assert_eq!(post(&daemon, "/webhooks/chat/pause", "").status, 200);
    (daemon, receiver)
}

/// Posts leads of these names, a second apart, and waits until crm has them.
fn deliver(daemon: &TestDaemon, receiver: &Receiver, names: &[&str]) {
    for name in names {
        let wanted = receiver.count() + 1;
        daemon.post("website", &format!(r#"{{"name":"{name}"}}"#));
        receiver.wait_for(wanted);
        wait_until("a delivery", || {
            daemon
                .store()
                .counts()
                .is_ok_and(|counts| counts.finished == wanted as u64)
        });
        daemon.setting.advance(Duration::from_secs(1));
    }
}

#[track_caller]
fn ids(list: &Value) -> Vec<&str> {
    let found = list["deliveries"].as_array().expect("deliveries");
    let id = |one: &Value| one["delivery_id"].as_str().is_some();
    assert!(found.iter().all(id), "{list}");
    found
        .iter()
        .filter_map(|one| one["delivery_id"].as_str())
        .collect()
}

#[test]
fn deliveries_are_listed_the_newest_first_by_lead_webhook_state_and_time() {
    let (daemon, receiver) = start();
    deliver(&daemon, &receiver, &["Ada", "Eva"]);
    post(&daemon, "/leads/1", r#"{"notes":"called"}"#);
    receiver.wait_for(3);
    wait_until("a delivery", || {
        daemon
            .store()
            .counts()
            .is_ok_and(|counts| counts.finished == 3)
    });
    let of = |query: &str| json(&daemon, &format!("/deliveries{query}"));
    let all = [
        "2-1-chat", "2-1-crm", "1-2-chat", "1-2-crm", "1-1-chat", "1-1-crm",
    ];
    assert_eq!(ids(&of("")), all);
    assert_eq!(ids(&of("?lead=1&webhook=crm")), ["1-2-crm", "1-1-crm"]);
    assert_eq!(ids(&of("?state=pending&lead=2")), ["2-1-chat"]);
    assert_eq!(ids(&of("?state=ended")), ["2-1-crm", "1-2-crm", "1-1-crm"]);
    assert_eq!(ids(&of("?state=failed")), [""; 0]);
    let second = "?state=delivered&since=2026-02-01T14:09:02Z";
    assert_eq!(ids(&of(second)), ["2-1-crm", "1-2-crm"]);
    assert_eq!(
        ids(&of(&format!("{second}&until=2026-02-01T14:09:02Z"))),
        ["2-1-crm"]
    );
    is_refused(
        &get(&daemon, "/deliveries?webhook=x"),
        400,
        "invalid_parameter",
    );
    is_refused(
        &get(&daemon, "/deliveries?cursor=x"),
        400,
        "invalid_parameter",
    );
    // Words are read in any case, here too.
    let cancel = r#"{"state":"Pending","dry_run":true}"#;
    assert_eq!(post(&daemon, "/deliveries/cancel", cancel).status, 200);
}

#[test]
fn a_list_of_deliveries_goes_on_behind_its_cursor_and_has_each_once() {
    let (daemon, receiver) = start();
    deliver(&daemon, &receiver, &["Ada", "Eva", "Ben"]);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = json(&daemon, &format!("/deliveries?limit=2{cursor}"));
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        assert!(seen.len() < 6, "{page}");
        cursor = format!("&cursor={next}");
        daemon.post("website", r#"{"name":"meanwhile"}"#);
    }
    assert_eq!(
        seen,
        [
            "3-1-chat", "3-1-crm", "2-1-chat", "2-1-crm", "1-1-chat", "1-1-crm"
        ]
    );
}

#[test]
fn a_delivery_shows_its_attempts_its_payload_and_what_it_waits_for() {
    let receiver = Receiver::sequence(vec![
        Reply::full(500, &[], b"<b>out of order</b>"),
        Reply::status(200),
    ]);
    let daemon = TestDaemon::start(&format!("{WEBSITE}{}", webhook("crm", &receiver.url(), "")));
    daemon.post("website", r#"{"name":"Ada","quote_value":"1.50"}"#);
    receiver.wait_for(1);
    let one = || json(&daemon, "/deliveries/1-1-crm");
    wait_until("an attempt", || one()["attempts"][0]["number"] == 1);
    post(&daemon, "/leads/1", r#"{"notes":"called"}"#);
    let (head, behind) = (one(), json(&daemon, "/deliveries/1-2-crm"));
    assert!(
        head["waits_for"]
            .as_str()
            .is_some_and(|text| text.starts_with("its next attempt"))
    );
    assert_eq!(behind["waits_for"], "an earlier delivery of the same lead");
    assert_eq!(head["attempts"][0]["status"], 500);
    assert_eq!(head["attempts"][0]["answer"], "<b>out of order</b>");
    daemon.turn_clock(Duration::from_secs(60));
    daemon.wait_until_drained();
    let sent = receiver.requests()[1].clone();
    let text = get(&daemon, "/deliveries/1-1-crm").body;
    assert!(
        text.contains(std::str::from_utf8(&sent.body).expect("a text")),
        "{text}"
    );
    let ended = one();
    assert_eq!(
        (&ended["state"], &ended["waits_for"]),
        (&"delivered".into(), &Value::Null)
    );
    assert_eq!(ended["event_id"].as_str(), sent.header("webhook-id"));
    assert_eq!(ended["attempts"].as_array().map(Vec::len), Some(2));
    is_refused(
        &get(&daemon, "/deliveries/9-1-crm"),
        404,
        "unknown_delivery",
    );
    is_refused(&get(&daemon, "/deliveries/1-1-x"), 404, "unknown_delivery");
}

#[test]
fn webhooks_tell_how_they_are_what_waits_and_what_holds_them_up() {
    let (daemon, receiver) = start();
    deliver(&daemon, &receiver, &["Ada", "Eva"]);
    let list = json(&daemon, "/webhooks");
    let [chat, crm] = &list["webhooks"].as_array().expect("webhooks")[..] else {
        panic!("{list}");
    };
    assert_eq!(
        (&chat["name"], &crm["name"]),
        (&"chat".into(), &"crm".into())
    );
    assert_eq!(chat["hold"]["why"], "paused");
    assert_eq!((&chat["waiting"], &crm["waiting"]), (&2.into(), &0.into()));
    assert_eq!(chat["oldest_waiting"], "2026-02-01T14:09:01Z");
    let one = json(&daemon, "/webhooks/crm");
    assert_eq!(one["condition"], "healthy");
    assert_eq!(one["since_start"]["deliveries"]["delivered"], 2);
    is_refused(&get(&daemon, "/webhooks/x"), 404, "unknown_webhook");
}

#[test]
fn attempts_are_told_as_they_are_made_and_each_once() {
    let (daemon, receiver) = start();
    let begin = json(&daemon, "/attempts");
    assert_eq!(begin["attempts"], serde_json::json!([]));
    deliver(&daemon, &receiver, &["Ada", "Eva", "Ben"]);
    let behind = |page: &Value| {
        let cursor = page["next_cursor"].as_str().expect("a cursor");
        json(&daemon, &format!("/attempts?limit=2&cursor={cursor}"))
    };
    let ids = |page: &Value| {
        let all = page["attempts"].as_array().expect("attempts");
        let ids = all.iter().filter_map(|one| one["delivery_id"].as_str());
        ids.map(str::to_owned).collect::<Vec<_>>()
    };
    let first = behind(&begin);
    let second = behind(&first);
    assert_eq!(ids(&first), ["1-1-crm", "2-1-crm"]);
    assert_eq!(ids(&second), ["3-1-crm"]);
    assert_eq!(ids(&behind(&second)), [""; 0]);
    assert_eq!(ids(&json(&daemon, "/attempts?limit=1")), ["3-1-crm"]);
    assert_eq!(second["missed"], 0);
    let wrong = get(&daemon, "/attempts?cursor=x");
    is_refused(&wrong, 400, "invalid_parameter");
}
