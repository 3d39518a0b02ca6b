//! What is told of a person, and of what was erased.

use serde_json::{Value, json};

use crate::client::ask;
use crate::daemon::{TestDaemon, WEBSITE, webhook};
use crate::receiver::{Receiver, Reply};
use crate::{ADA, back_up, call, forget, post, start};

#[test]
fn one_lead_is_deleted_and_nothing_of_it_answers_any_more() {
    let daemon = start("");
    post(&daemon, r#"{"email":"ada@example.com"}"#);
    post(&daemon, r#"{"email":"ada@example.com"}"#);
    let erased = call(&daemon, "DELETE", "/leads/1", "");
    assert_eq!(erased.status, 200, "{}", erased.body);
    assert_eq!(
        (&erased.json()["leads"], &erased.json()["events"]),
        (&json!([1]), &json!(1))
    );
    for (method, path) in [
        ("GET", "/leads/1"),
        ("DELETE", "/leads/1"),
        ("DELETE", "/leads/x"),
    ] {
        let answer = call(&daemon, method, path, "");
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "unknown_lead")
        );
    }
    let list = call(&daemon, "GET", "/leads?email_address=ada@example.com", "").json();
    assert_eq!(
        (&list["total_leads"], &list["leads"][0]["lead_id"]),
        (&json!(1), &json!(2))
    );
    let audit = call(&daemon, "GET", "/audit", "").json();
    assert_eq!(audit["audit"][0]["what"], "DELETE /api/v1/leads/1");
    daemon.verify();
}

#[test]
fn a_token_that_may_only_look_erases_nothing() {
    let daemon = start("");
    post(&daemon, r#"{"email":"ada@example.com"}"#);
    let made = call(
        &daemon,
        "POST",
        "/tokens",
        r#"{"name":"eyes","rights":"read"}"#,
    );
    let bearer = format!("Bearer {}", made.json()["token"].as_str().expect("a token"));
    let with = |method: &str, path: &str| {
        ask(
            daemon.admin(),
            method,
            path,
            &[("authorization", &bearer)],
            b"{}",
        )
        .status
    };
    assert_eq!(with("DELETE", "/api/v1/leads/1"), 403);
    assert_eq!(with("POST", "/api/v1/forget"), 403);
    assert_eq!(
        with("GET", "/api/v1/person?email_address=ada@example.com"),
        200
    );
    assert_eq!(call(&daemon, "GET", "/leads/1", "").status, 200);
}

#[test]
fn looking_first_tells_the_same_and_erases_nothing() {
    let daemon = start("");
    post(&daemon, r#"{"email":"ada@example.com"}"#);
    let seen = call(&daemon, "GET", "/person?email_address=ADA@example.com", "").json();
    assert_eq!(seen["leads"], json!([1]), "{seen}");
    assert_eq!(call(&daemon, "GET", "/leads/1", "").status, 200);
    assert_eq!(forget(&daemon, ADA), seen);
    for (body, field) in [
        (r#"{"email_address":"nobody"}"#, Some("email_address")),
        (r#"{"phone_number":"12"}"#, Some("phone_number")),
        ("{}", None),
    ] {
        let refused = call(&daemon, "POST", "/forget", body);
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert_eq!(refused.json()["error"]["field"].as_str(), field);
    }
}

#[test]
fn a_person_is_found_by_a_contact_that_the_lead_had_before_an_edit() {
    let daemon = start("");
    post(&daemon, r#"{"email":"old@example.com"}"#);
    post(&daemon, r#"{"email":"eva@example.com"}"#);
    call(
        &daemon,
        "POST",
        "/leads/1",
        r#"{"email_address":"ada@example.com"}"#,
    );
    let erased = forget(&daemon, r#""email_address":"old@example.com""#);
    assert_eq!(erased["leads"], json!([1]));
    assert_eq!(call(&daemon, "GET", "/leads/2", "").status, 200);
}

#[test]
fn it_is_told_who_had_received_a_lead_who_perhaps_and_who_not() {
    let (well, ill) = (Receiver::fast(), Receiver::always(Reply::status(500)));
    let hooks = [
        webhook("crm", &well.url(), ""),
        webhook("sheet", &ill.url(), ""),
        webhook("calls", &well.url(), "lead_types = [\"Phone Call\"]"),
    ];
    let daemon = TestDaemon::start(&format!("{WEBSITE}{}", hooks.concat()));
    post(&daemon, r#"{"email":"ada@example.com"}"#);
    ill.wait_for(1);
    crate::wait_until("both are recorded", || {
        daemon
            .store()
            .counts()
            .is_ok_and(|counts| counts.finished == 1)
            && forgettable(&daemon)["attempts"] == 2
    });
    let erased = forget(&daemon, ADA);
    assert_eq!(
        erased["webhooks"],
        json!([
            { "name": "crm", "host": "127.0.0.1", "received": "yes" },
            { "name": "sheet", "host": "127.0.0.1", "received": "perhaps" },
        ])
    );
    assert_eq!(
        (&erased["cancelled"], &erased["deliveries"]),
        (&json!(1), &json!(1))
    );
    daemon.verify();
}

fn forgettable(daemon: &TestDaemon) -> Value {
    call(daemon, "GET", "/person?email_address=ada@example.com", "").json()
}

#[test]
fn it_is_told_until_when_journal_and_backups_have_the_lead() {
    let config =
        format!("\n[backup]\ndirectory = \"backups\"\nevery = \"1d\"\nkeep = 3\n{WEBSITE}");
    let daemon = TestDaemon::start(&config);
    post(&daemon, r#"{"email":"ada@example.com"}"#);
    back_up(&daemon);
    let erased = forget(&daemon, ADA);
    assert_eq!(erased["journal"], true);
    assert_eq!(
        erased["backups"]["until"], "2026-02-04T14:09:01Z",
        "{erased}"
    );
    assert_eq!(erased["backups"]["handed_over"], false);
}
