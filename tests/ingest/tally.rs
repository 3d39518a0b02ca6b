//! Every post is counted by its source, and the last refused ones are listed with their reasons, across
//! restarts, however many there are, and without a word of the person.

use std::net::IpAddr;
use std::time::Duration;

use leadhook::domain::tally::{Happened, NO_SOURCE, REFUSALS_MAX, RefusedPost};
use leadhook::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::client::ask;
use crate::daemon::TestDaemon;
use crate::{LEAD, SOURCES, daemon, post};

fn listed(daemon: &TestDaemon, path: &str) -> Value {
    let answer = daemon.get(&format!("/api/v1/sources{path}"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// What is listed of one source.
fn source(daemon: &TestDaemon, name: &str) -> Value {
    let all = listed(daemon, "");
    let mut all = all["sources"].as_array().expect("a list").iter();
    let found = all.find(|source| source["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}")).clone()
}

fn refused(daemon: &TestDaemon, name: &str) -> Vec<Value> {
    let answer = listed(daemon, &format!("/{name}/refused"));
    answer["refused"].as_array().expect("a list").clone()
}

#[test]
fn what_came_by_each_source_is_counted() {
    let daemon = TestDaemon::start(&format!(
        "{SOURCES}[[source]]\nname = \"sold\"\nauth = \"none\"\nwhen = {{ path = \"sold\", present = true }}\n"
    ));
    daemon.post("website", LEAD);
    daemon.post("website", LEAD);
    daemon.post("website", "{}");
    daemon.post("sold", LEAD);
    let website = source(&daemon, "website");
    for (key, value) in [
        ("configured", json!(true)),
        ("lead_type", json!("Web Form")),
        ("auth", json!("none")),
        ("taken", json!(2)),
        ("ignored", json!(0)),
        ("refused", json!(1)),
        ("last_taken", json!("2026-02-01T14:09:01Z")),
        ("last_refused", json!("2026-02-01T14:09:01Z")),
        ("last_code", json!("empty_submission")),
    ] {
        assert_eq!(website[key], value, "{key}");
    }
    assert_eq!(source(&daemon, "sold")["ignored"], 1);
    let partner = source(&daemon, "partner");
    assert_eq!(
        (&partner["auth"], &partner["taken"]),
        (&json!("bearer"), &json!(0))
    );
    assert_eq!(partner["last_taken"], json!(null));
}

#[test]
fn a_refused_post_is_listed_with_its_reason_and_nothing_of_the_person() {
    let daemon = daemon();
    post(
        &daemon,
        "/in/partner",
        &[("authorization", "Bearer guessed-by-somebody")],
        LEAD.as_bytes(),
    );
    let listed = refused(&daemon, "partner");
    let expected = json!([{
        "count": 1, "first": "2026-02-01T14:09:01Z", "last": "2026-02-01T14:09:01Z",
        "status": 401, "code": "unauthorized", "bytes": LEAD.len(), "client": "127.0.0.0", "place": null,
    }]);
    assert_eq!(json!(listed), expected);
    let file = std::fs::read(daemon.file()).expect("the database");
    let holds = |text: &str| {
        file.windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(!holds("guessed") && !holds("ada@example.com"));
}

#[test]
fn posts_that_are_alike_are_one_entry_and_the_newest_comes_first() {
    let daemon = daemon();
    daemon.post("website", "{}");
    daemon.post("website", "[");
    daemon.turn_clock(Duration::from_secs(60));
    daemon.post("website", "{}");
    let listed = refused(&daemon, "website");
    let told = |n: usize| (listed[n]["code"].clone(), listed[n]["count"].clone());
    assert_eq!(told(0), (json!("empty_submission"), json!(2)));
    assert_eq!(told(1), (json!("invalid_json"), json!(1)));
    assert_ne!(listed[0]["first"], listed[0]["last"]);
}

#[test]
fn a_misspelt_address_is_listed_without_what_may_be_a_secret() {
    let daemon = daemon();
    post(
        &daemon,
        "/in/web-site?token=chat-secret-0123456",
        &[],
        LEAD.as_bytes(),
    );
    post(
        &daemon,
        "/in/chat%3Ftoken=chat-secret-0123456",
        &[],
        LEAD.as_bytes(),
    );
    post(&daemon, "/wp-login.php", &[], b"log=admin");
    let places: Vec<Value> = refused(&daemon, NO_SOURCE)
        .iter()
        .map(|entry| entry["place"].clone())
        .collect();
    assert_eq!(places, ["chat", "web-site"]);
    let unknown = source(&daemon, NO_SOURCE);
    assert_eq!(
        (&unknown["configured"], &unknown["refused"]),
        (&json!(false), &json!(2))
    );
}

#[test]
fn a_body_is_kept_only_where_the_source_says_so() {
    let daemon = TestDaemon::start(
        "[[source]]\nname = \"kept\"\nauth = \"none\"\nkeep_refused = true\n\
         [[source]]\nname = \"other\"\nauth = \"none\"\n",
    );
    daemon.post("kept", r#"{"email":"ada@"#);
    daemon.post("other", r#"{"email":"ada@"#);
    assert_eq!(refused(&daemon, "kept")[0]["body"], r#"{"email":"ada@"#);
    assert_eq!(refused(&daemon, "other")[0].get("body"), None);
}

#[test]
fn counts_and_refused_posts_are_there_again_after_a_restart() {
    let mut daemon = daemon();
    daemon.post("website", LEAD);
    daemon.post("website", "{}");
    daemon.restart();
    daemon.post("website", LEAD);
    daemon.post("website", "[");
    let website = source(&daemon, "website");
    assert_eq!(
        (&website["taken"], &website["refused"]),
        (&json!(2), &json!(2))
    );
    let codes: Vec<Value> = refused(&daemon, "website")
        .iter()
        .map(|entry| entry["code"].clone())
        .collect();
    assert_eq!(codes, ["invalid_json", "empty_submission"]);
    daemon.verify();
}

#[test]
fn a_flood_of_refused_posts_asks_for_one_write_and_keeps_a_bounded_list() {
    let daemon = daemon();
    let store = daemon.store();
    let asked = (0..5000_u32).filter_map(|n| {
        let post = RefusedPost {
            at: Timestamp(n.into()),
            status: 401,
            code: "unauthorized".into(),
            bytes: 1,
            client: IpAddr::from(n.to_be_bytes()),
            place: None,
            body: None,
        };
        store.count("website", Happened::Refused(post))
    });
    assert_eq!(asked.count(), 1);
    store.keep_tallies();
    assert_eq!(refused(&daemon, "website").len(), REFUSALS_MAX);
    assert_eq!(source(&daemon, "website")["refused"], 5000);
    daemon.verify();
}

#[test]
fn the_lists_are_for_the_owner_alone() {
    let daemon = daemon();
    for path in ["/api/v1/sources", "/api/v1/sources/website/refused"] {
        assert_eq!(ask(daemon.admin(), "GET", path, &[], b"").status, 401);
        let posted = ask(
            daemon.admin(),
            "POST",
            path,
            &[("authorization", "Bearer test-admin-token-0123")],
            b"",
        );
        assert_eq!(posted.status, 405);
    }
    assert_eq!(
        daemon.get("/api/v1/sources/nobody/refused").code(),
        "unknown_source"
    );
    assert_eq!(refused(&daemon, "website"), Vec::<Value>::new());
}
