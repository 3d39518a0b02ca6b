//! The log of changes: whatever a call can change is in it with who did it, and it is not flooded.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json as object};

use crate::client::ask;
use crate::daemon::{TestDaemon, WEBSITE, webhook};
use crate::{JSON, TOKEN, daemon, json, post};

/// A call of every endpoint that changes something: its method, path, an example of it, and a body.
const CALLS: [(&str, &str, &str, &str); 15] = [
    (
        "POST",
        "/leads",
        "/leads",
        r#"{"lead_type":"Other","contact_name":"Ada"}"#,
    ),
    ("POST", "/leads/{lead_id}", "/leads/1", r#"{"notes":"x"}"#),
    (
        "POST",
        "/import",
        "/import",
        r#"{"leads":[{"external_id":"a","name":"Eva"}]}"#,
    ),
    ("POST", "/webhooks/{name}/pause", "/webhooks/crm/pause", ""),
    (
        "POST",
        "/webhooks/{name}/resume",
        "/webhooks/crm/resume",
        "",
    ),
    ("POST", "/webhooks/{name}/test", "/webhooks/crm/test", ""),
    (
        "POST",
        "/deliveries/cancel",
        "/deliveries/cancel",
        r#"{"all":true}"#,
    ),
    (
        "POST",
        "/deliveries/replay",
        "/deliveries/replay",
        r#"{"all":true}"#,
    ),
    ("POST", "/backup", "/backup", ""),
    ("POST", "/reload", "/reload", ""),
    (
        "POST",
        "/tokens",
        "/tokens",
        r#"{"name":"eva","rights":"read"}"#,
    ),
    ("DELETE", "/tokens/{name}", "/tokens/eva", ""),
    ("DELETE", "/leads/{lead_id}", "/leads/1", ""),
    ("POST", "/forget", "/forget", r#"{"lead_id":2}"#),
    (
        "POST",
        "/leads",
        "/leads",
        r#"{"lead_type":"Other","contact_name":"Grace"}"#,
    ),
];

/// What was done, the latest first.
fn deeds(daemon: &TestDaemon) -> Vec<Value> {
    let deeds = json(daemon, "/audit")["audit"].clone();
    deeds.as_array().expect("a list").clone()
}

fn whats(daemon: &TestDaemon) -> Vec<String> {
    let text = |deed: Value| deed["what"].as_str().expect("a text").to_owned();
    deeds(daemon).into_iter().map(text).collect()
}

fn import(daemon: &TestDaemon, ids: std::ops::Range<u32>, more: &str) {
    let leads: Vec<Value> = ids
        .map(|id| object!({ "external_id": id.to_string(), "name": "Ada" }))
        .collect();
    let body = format!(r#"{{"leads":{}{more}}}"#, Value::Array(leads));
    let answer = post(daemon, "/import", &body);
    assert!(!answer.body.contains("refused"), "{}", answer.body);
}

#[test]
fn every_endpoint_that_changes_something_is_in_it_with_who_called() {
    let crm = webhook("crm", "http://127.0.0.1:9/", "");
    let backup = "[backup]\ndirectory = \"backups\"\n";
    let mut daemon = TestDaemon::start(&format!("{backup}{WEBSITE}{crm}"));
    for (method, _, path, body) in CALLS {
        let path = format!("/api/v1{path}");
        let admin = daemon.admin();
        let call = || ask(admin, method, &path, &[TOKEN, JSON], body.as_bytes());
        let answer = daemon.run_while(call);
        assert!(
            (200..300).contains(&answer.status),
            "{path}: {}",
            answer.body
        );
        let last = &deeds(&daemon)[0];
        let what = last["what"].as_str().expect("a text");
        assert!(
            what.starts_with(&format!("{method} {path}")),
            "{path}: {what}"
        );
        assert_eq!(last["by"], "config");
    }
    let described = json(&daemon, "/openapi.json");
    let paths = described["paths"].as_object().expect("paths");
    let all = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods").keys();
        methods.map(move |method| (method.to_uppercase(), path.replace("/api/v1", "")))
    });
    let all: BTreeSet<_> = all.filter(|(method, _)| method != "GET").collect();
    let tried = CALLS.map(|(method, path, ..)| (method.to_owned(), path.to_owned()));
    assert_eq!(all, BTreeSet::from(tried));
}

#[test]
fn an_import_is_one_entry_with_the_number_of_its_leads() {
    let daemon = daemon();
    import(&daemon, 0..200, r#","dry_run":true"#);
    assert!(whats(&daemon).is_empty());
    import(&daemon, 0..200, "");
    import(&daemon, 100..300, "");
    assert_eq!(whats(&daemon), ["POST /api/v1/import, leads: 300"]);
    daemon.setting.advance(Duration::from_secs(3600));
    import(&daemon, 300..301, "");
    let two = [
        "POST /api/v1/import, leads: 1",
        "POST /api/v1/import, leads: 300",
    ];
    assert_eq!(whats(&daemon), two);
}

#[test]
fn what_was_only_tried_or_refused_is_not_in_it() {
    let daemon = daemon();
    post(
        &daemon,
        "/deliveries/replay",
        r#"{"all":true,"dry_run":true}"#,
    );
    post(&daemon, "/leads", "{");
    post(&daemon, "/webhooks/nobody/pause", "");
    assert!(whats(&daemon).is_empty(), "{:?}", whats(&daemon));
}
