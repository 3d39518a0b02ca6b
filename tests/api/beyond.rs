//! What the reference cannot do.

use std::time::Duration;

use crate::client::ask;
use crate::{JSON, TOKEN, daemon, ids, is_refused, json, post};

#[test]
fn a_repeated_call_with_the_same_key_makes_one_lead() {
    let daemon = daemon();
    let keyed = |body: &str| {
        let headers = [TOKEN, JSON, ("idempotency-key", "k1")];
        ask(
            daemon.admin(),
            "POST",
            "/api/v1/leads",
            &headers,
            body.as_bytes(),
        )
    };
    let first = keyed(r#"{"name":"Ada"}"#);
    let again = keyed(r#"{"name":"Ada"}"#);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(first.lead_id(), again.lead_id());
    is_refused(&keyed(r#"{"name":"Eva"}"#), 422, "idempotency_key_reused");
}

#[test]
fn a_list_goes_on_behind_its_cursor_whatever_came_meanwhile() {
    let daemon = daemon();
    for n in 1..=5 {
        daemon.post("website", &format!(r#"{{"name":"N{n}"}}"#));
        daemon.setting.advance(Duration::from_secs(1));
    }
    let first = json(&daemon, "/leads?leads_per_page=2&count=false");
    assert_eq!(first.get("total_leads"), None);
    daemon.post("website", r#"{"name":"new"}"#);
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    assert_eq!(
        ids(&daemon, &format!("?leads_per_page=2&cursor={cursor}")),
        [3, 2]
    );
}

#[test]
fn what_was_updated_since_comes_in_the_order_of_its_update() {
    let daemon = daemon();
    for n in 1..=3 {
        daemon.post("website", &format!(r#"{{"name":"N{n}"}}"#));
        daemon.setting.advance(Duration::from_secs(60));
    }
    post(&daemon, "/leads/1", r#"{"notes":"called"}"#);
    let query = "?updated_since=2026-02-01T14:10:30Z&order_by=last_updated&order=asc";
    assert_eq!(ids(&daemon, query), [3, 1]);
}

#[test]
fn leads_are_found_by_words_and_by_their_source() {
    let daemon = daemon();
    daemon.post("website", r#"{"name":"Ada","message":"the boiler drips"}"#);
    post(
        &daemon,
        "/leads",
        r#"{"name":"Eva","notes":"walk-in, wants a boiler"}"#,
    );
    assert_eq!(ids(&daemon, "?search=boil"), [2, 1]);
    assert_eq!(ids(&daemon, "?search=boil+ada"), [1]);
    assert_eq!(ids(&daemon, "?search=boil&source=api"), [2]);
}
