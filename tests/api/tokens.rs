//! Tokens: what each allows, and who did what with it.

use serde_json::json;

use crate::client::{Answer, ask};
use crate::daemon::TestDaemon;
use crate::{JSON, TOKEN, daemon, is_refused, json, post};

fn make(daemon: &TestDaemon, name: &str, rights: &str) -> String {
    let body = json!({ "name": name, "rights": rights });
    let made = post(daemon, "/tokens", &body.to_string());
    assert_eq!(made.status, 201, "{}", made.body);
    made.json()["token"].as_str().expect("a token").to_owned()
}

fn with(daemon: &TestDaemon, token: &str, method: &str, path: &str, body: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), JSON];
    ask(
        daemon.admin(),
        method,
        &format!("/api/v1{path}"),
        &headers,
        body.as_bytes(),
    )
}

#[test]
fn a_token_with_read_rights_looks_and_changes_nothing() {
    let daemon = daemon();
    daemon.post("website", r#"{"name":"Ada"}"#);
    let token = make(&daemon, "dashboard", "read");
    assert_eq!(with(&daemon, &token, "GET", "/leads", "").status, 200);
    let edit = with(&daemon, &token, "POST", "/leads/1", r#"{"notes":"x"}"#);
    is_refused(&edit, 403, "read_only_token");
    is_refused(
        &with(&daemon, &token, "GET", "/tokens", ""),
        403,
        "read_only_token",
    );
}

#[test]
fn a_token_with_full_rights_changes_and_is_named_in_the_log_of_changes() {
    let daemon = daemon();
    daemon.post("website", r#"{"name":"Ada"}"#);
    let token = make(&daemon, "crm", "full");
    let edit = with(&daemon, &token, "POST", "/leads/1", r#"{"notes":"x"}"#);
    assert_eq!(edit.status, 200, "{}", edit.body);
    let audit = json(&daemon, "/audit");
    assert_eq!(audit["audit"][0]["by"], "crm");
    assert_eq!(audit["audit"][0]["what"], "POST /api/v1/leads/1");
    assert_eq!(audit["audit"][1]["by"], "config");
}

#[test]
fn a_revoked_token_opens_nothing_and_the_others_go_on() {
    let mut daemon = daemon();
    let (crm, page) = (make(&daemon, "crm", "full"), make(&daemon, "page", "read"));
    let revoked = ask(
        daemon.admin(),
        "DELETE",
        "/api/v1/tokens/crm",
        &[TOKEN],
        b"",
    );
    assert_eq!(revoked.status, 200);
    is_refused(
        &with(&daemon, &crm, "GET", "/leads", ""),
        401,
        "unauthorized",
    );
    daemon.restart();
    assert_eq!(with(&daemon, &page, "GET", "/leads", "").status, 200);
    let again = ask(
        daemon.admin(),
        "DELETE",
        "/api/v1/tokens/crm",
        &[TOKEN],
        b"",
    );
    is_refused(&again, 404, "unknown_token");
    daemon.verify();
}

#[test]
fn no_token_is_stored_or_listed_in_plain() {
    let daemon = daemon();
    let token = make(&daemon, "crm", "full");
    assert!(!json(&daemon, "/tokens").to_string().contains(&token));
    let file = std::fs::read(daemon.file()).expect("the database");
    assert!(
        !file
            .windows(token.len())
            .any(|bytes| bytes == token.as_bytes())
    );
    is_refused(
        &post(&daemon, "/tokens", r#"{"name":"crm","rights":"read"}"#),
        422,
        "invalid_value",
    );
    for (name, rights) in [("x", "root"), ("a/b", "read"), ("config", "read")] {
        let body = json!({ "name": name, "rights": rights }).to_string();
        is_refused(&post(&daemon, "/tokens", &body), 422, "invalid_value");
    }
}
