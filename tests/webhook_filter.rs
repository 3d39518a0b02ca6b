//! Which webhook hears of what: its filter, and that the first it hears of a lead is a whole `new`.

#[path = "harness/client.rs"]
mod client;
#[path = "harness/daemon.rs"]
mod daemon;
#[path = "harness/receiver.rs"]
mod receiver;

use serde_json::Value;

use daemon::{TestDaemon, webhook};
use receiver::{Receiver, Reply};

const SOURCES: &str = "
[[source]]
name = \"website\"
auth = \"none\"
rate_per_minute = 0
[[source]]
name = \"calls\"
lead_type = \"Phone Call\"
auth = \"none\"
rate_per_minute = 0
[[source]]
name = \"chats\"
lead_type = \"Chat\"
auth = \"none\"
rate_per_minute = 0
";

/// A daemon with one webhook that has this filter.
struct House {
    daemon: TestDaemon,
    receiver: Receiver,
}

fn house(filter: &str) -> House {
    let receiver = Receiver::always(Reply::status(200));
    let crm = webhook("crm", &receiver.url(), filter);
    House {
        daemon: TestDaemon::start(&format!("{SOURCES}{crm}")),
        receiver,
    }
}

impl House {
    #[track_caller]
    fn post(&self, source: &str, json: &str) {
        let answer = self.daemon.post(source, json);
        assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
        self.daemon.wait_until_drained();
    }

    /// All that arrived, as the trigger and the given field.
    fn heard(&self, field: &str) -> Vec<String> {
        self.daemon.wait_until_drained();
        let tell =
            |payload: &Value| format!("{} {}", text(&payload["trigger"]), text(&payload[field]));
        self.payloads().iter().map(tell).collect()
    }

    fn payloads(&self) -> Vec<Value> {
        let requests = self.receiver.requests();
        let json = |body: &[u8]| serde_json::from_slice(body).expect("JSON");
        requests.iter().map(|request| json(&request.body)).collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or(value.to_string(), str::to_owned)
}

#[test]
fn without_a_filter_everything_is_heard_but_spam() {
    let house = house("");
    house.post("website", r#"{"city":"Oslo","external_id":"1"}"#);
    house.post("website", r#"{"city":"Bergen","external_id":"1"}"#);
    house.post("website", r#"{"city":"Bergen","external_id":"1"}"#);
    house.post("website", r#"{"city":"Spam","spam":true}"#);
    house.post("calls", r#"{"city":"Call","call_status":"In Progress"}"#);
    house.post("website", r#"{"city":"Twice","duplicate":true}"#);
    assert_eq!(
        house.heard("city"),
        ["new Oslo", "update Bergen", "new Call", "new Twice"]
    );
}

#[test]
fn spam_is_sent_to_who_asks_for_it() {
    let house = house("spam = true");
    house.post("website", r#"{"city":"Spam","spam":true}"#);
    assert_eq!(house.heard("spam"), ["new true"]);
}

#[test]
fn a_webhook_for_new_leads_hears_no_updates() {
    let house = house("triggers = [\"new\"]");
    house.post("website", r#"{"city":"Oslo","external_id":"1"}"#);
    house.post("website", r#"{"city":"Bergen","external_id":"1"}"#);
    house.post("website", r#"{"city":"Bodø"}"#);
    assert_eq!(house.heard("city"), ["new Oslo", "new Bodø"]);
}

#[test]
fn a_webhook_for_updates_hears_each_update_as_one() {
    let house = house("triggers = [\"update\"]");
    house.post("website", r#"{"city":"Oslo","external_id":"1"}"#);
    house.post("website", r#"{"city":"Bergen","external_id":"1"}"#);
    house.post("website", r#"{"city":"Bodø","external_id":"1"}"#);
    assert_eq!(house.heard("city"), ["update Bergen", "update Bodø"]);
    assert_eq!(house.payloads()[0]["previous_values"]["city"], "Oslo");
}

#[test]
fn only_the_types_that_are_wanted_are_heard() {
    let house = house("lead_types = [\"phone_call\", \"Chat\"]");
    house.post("website", r#"{"name":"Ada"}"#);
    house.post("calls", r#"{"name":"Ada"}"#);
    house.post("website", r#"{"name":"Ada","lead_type":"Chat"}"#);
    assert_eq!(house.heard("lead_type"), ["new Phone Call", "new Chat"]);
}

#[test]
fn only_the_sources_that_are_wanted_are_heard() {
    let house = house("sources = [\"chats\"]");
    house.post("website", r#"{"city":"Oslo","lead_type":"Chat"}"#);
    house.post("chats", r#"{"city":"Bergen"}"#);
    assert_eq!(house.heard("city"), ["new Bergen"]);
}

/// A call that begins, ends, and is looked at again.
fn a_call(house: &House) {
    house.post(
        "calls",
        r#"{"external_id":"c","call_status":"In Progress"}"#,
    );
    house.post("calls", r#"{"external_id":"c","city":"Oslo"}"#);
    house.post("calls", r#"{"external_id":"c","call_status":"Completed"}"#);
    house.post("calls", r#"{"external_id":"c","notes":"nice"}"#);
}

#[test]
fn each_phase_of_a_call_is_heard_by_who_wants_it() {
    for (phases, heard) in [
        (
            "",
            &[
                "new In Progress",
                "update In Progress",
                "update Completed",
                "update Completed",
            ][..],
        ),
        (
            "phases = [\"in_progress\"]",
            &["new In Progress", "update In Progress"],
        ),
        ("phases = [\"completed\"]", &["new Completed"]),
        ("phases = [\"modified\"]", &["new Completed"]),
        (
            "phases = [\"completed\", \"modified\"]",
            &["new Completed", "update Completed"],
        ),
        (
            "phases = [\"completed\"]\ntriggers = [\"update\"]",
            &["update Completed"],
        ),
    ] {
        let house = house(phases);
        a_call(&house);
        assert_eq!(house.heard("lead_state"), heard, "{phases}");
    }
}

#[test]
fn the_first_that_a_webhook_hears_is_the_whole_lead_without_changes() {
    let house = house("phases = [\"completed\"]");
    a_call(&house);
    let first = &house.payloads()[0];
    assert_eq!(first["city"], "Oslo");
    assert_eq!(first.get("changed_fields"), None);
    assert_eq!(first.get("previous_values"), None);
}

#[test]
fn phases_hold_back_no_lead_that_has_none() {
    let house = house("phases = [\"completed\"]");
    house.post("website", r#"{"city":"Oslo"}"#);
    house.post("chats", r#"{"city":"Bergen","chat_status":"in_progress"}"#);
    assert_eq!(house.heard("city"), ["new Oslo"]);
}

#[test]
fn a_lead_that_was_taken_for_spam_is_new_when_it_is_cleared() {
    let house = house("");
    house.post(
        "website",
        r#"{"external_id":"1","city":"Oslo","spam":true}"#,
    );
    house.post("website", r#"{"external_id":"1","city":"Bergen"}"#);
    assert_eq!(house.heard("city"), Vec::<String>::new());
    house.post("website", r#"{"external_id":"1","spam":false}"#);
    house.post("website", r#"{"external_id":"1","city":"Bodø"}"#);
    assert_eq!(house.heard("city"), ["new Bergen", "update Bodø"]);
}

#[test]
fn a_cleared_lead_reaches_also_a_webhook_for_new_leads_only() {
    let house = house("triggers = [\"new\"]");
    house.post(
        "website",
        r#"{"external_id":"1","city":"Oslo","spam":true}"#,
    );
    house.post("website", r#"{"external_id":"1","spam":false}"#);
    assert_eq!(house.heard("city"), ["new Oslo"]);
}

#[test]
fn a_webhook_that_was_added_later_hears_a_known_lead_as_new() {
    let mut house = house("");
    house.post("website", r#"{"external_id":"1","city":"Oslo"}"#);
    let late = Receiver::always(Reply::status(200));
    let both = format!(
        "{SOURCES}{}{}",
        webhook("crm", &house.receiver.url(), ""),
        webhook("late", &late.url(), "")
    );
    assert_eq!(house.daemon.reload(&both), Ok(Vec::new()));
    house.post("website", r#"{"external_id":"1","city":"Bergen"}"#);
    assert_eq!(house.heard("city"), ["new Oslo", "update Bergen"]);
    let body: Value = serde_json::from_slice(&late.wait_for(1)[0].body).expect("JSON");
    assert_eq!(
        (text(&body["trigger"]), text(&body["city"])),
        ("new".into(), "Bergen".into())
    );
}

#[test]
fn what_a_webhook_has_heard_outlives_a_restart() {
    let mut house = house("");
    house.post("website", r#"{"external_id":"1","city":"Oslo"}"#);
    house.daemon.restart();
    house.post("website", r#"{"external_id":"1","city":"Bergen"}"#);
    assert_eq!(house.heard("city"), ["new Oslo", "update Bergen"]);
    house.daemon.verify();
}
