//! The ways to the owner, the heartbeat, and what is said where there is none.

use crate::*;

#[test]
fn a_channel_that_fails_is_tried_again_and_shown_and_never_told_of() {
    let crm = Receiver::always(Reply::status(410));
    let ops = Receiver::sequence(vec![
        Reply::status(500),
        Reply::status(500),
        Reply::status(200),
    ]);
    let daemon = TestDaemon::start(&watched(&crm, &ops, ""));
    daemon.post("website", r#"{"name":"Ada"}"#);
    ops.wait_for(1);
    let health = || daemon.get("/healthz").body;
    wait_until("shown", || health().contains("\"last_failure\": \"500\""));
    assert!(daemon.setting.log().contains("an alert could not be sent"));
    daemon.turn_clock(MINUTE);
    ops.wait_for(2);
    wait_until("logged", || {
        daemon
            .setting
            .log()
            .matches("an alert could not be sent")
            .count()
            == 2
    });
    daemon.turn_clock(3 * MINUTE);
    ops.wait_for(3);
    wait_until("well", || !health().contains("\"last_failure\": \"500\""));
    let stopped = pair("webhook_stopped", "opened");
    assert_eq!(told(&ops), [stopped.clone(), stopped.clone(), stopped]);
}

#[test]
fn a_channel_gets_no_leads_and_signs_what_it_gets() {
    let crm = Receiver::always(Reply::status(200));
    let ops = Receiver::always(Reply::status(200));
    let daemon = TestDaemon::start(&watched(&crm, &ops, ""));
    daemon.post("website", r#"{"name":"Ada"}"#);
    crm.wait_for(1);
    daemon.wait_until_drained();
    assert_eq!(ops.count(), 0);
    assert!(!daemon.get("/healthz").body.contains("\"waiting\": null"));
}

#[test]
fn the_heartbeat_beats_while_all_is_well_and_says_when_it_is_not() {
    let crm = Receiver::always(Reply::status(410));
    let ops = Receiver::always(Reply::status(200));
    let monitor = Receiver::always(Reply::status(200));
    let heartbeat = format!(
        "[heartbeat]\nurl = \"{0}\"\nfail_url = \"{0}/fail\"\nevery = \"5m\"\nallow_private = true\n",
        monitor.url()
    );
    let daemon = TestDaemon::start(&watched(&crm, &ops, &heartbeat));
    monitor.wait_for(1);
    daemon.turn_clock(4 * MINUTE);
    daemon.turn_clock(2 * MINUTE);
    monitor.wait_for(2);
    daemon.post("website", r#"{"name":"Ada"}"#);
    monitor.wait_for(3);
    let lines: Vec<String> = monitor.requests().iter().map(|r| r.line.clone()).collect();
    assert_eq!(
        lines,
        [
            "POST /hook HTTP/1.1",
            "POST /hook HTTP/1.1",
            "POST /hook/fail HTTP/1.1"
        ]
    );
}

#[test]
fn health_says_when_nobody_would_be_told() {
    let crm = Receiver::always(Reply::status(200));
    let daemon = TestDaemon::start(&format!("{WEBSITE}{}", webhook("crm", &crm.url(), "")));
    assert!(daemon.get("/healthz").body.contains("\"set\": false"));
}

/// A daemon whose only webhook is stopped by its receiver, with a channel of these keys.
fn stopped(ops: &Receiver, keys: &str) -> TestDaemon {
    let crm = Receiver::always(Reply::status(410));
    let address = ops.url();
    let keys = keys.replace("{url}", address.trim_end_matches("/hook"));
    let daemon = TestDaemon::start(&format!(
        "{WEBSITE}{}\n[[webhook]]\nname = \"ops\"\nalerts_only = true\nallow_private = true\n{keys}\n",
        webhook("crm", &crm.url(), "")
    ));
    daemon.post("website", r#"{"name":"Ada Lovelace"}"#);
    ops.wait_for(1);
    daemon
}

#[test]
fn a_channel_tells_in_the_form_of_its_preset() {
    let title = "Webhook crm was stopped by its receiver";
    for (keys, at) in [
        ("preset = \"slack\"\nurl = \"{url}/x\"", "/text"),
        ("preset = \"discord\"\nurl = \"{url}/x\"", "/embeds/0"),
        (
            "preset = \"teams\"\nurl = \"{url}/x\"",
            "/attachments/0/content/body",
        ),
        (
            "preset = \"ntfy\"\nurl = \"{url}/\"\nvalues = { topic = \"t\" }",
            "",
        ),
        ("preset = \"zapier\"\nurl = \"{url}/x\"", ""),
    ] {
        let ops = Receiver::always(Reply::full(200, &[], b"ok"));
        let daemon = stopped(&ops, keys);
        let request = &ops.requests()[0];
        let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
        let said = body.pointer(at).expect("its place").to_string();
        assert!(
            said.contains(title) && said.contains("leadhook resume crm"),
            "{said}"
        );
        assert!(!said.contains("Ada"), "{said}");
        assert_eq!(request.header("webhook-signature"), None);
        wait_until(keys, || daemon.setting.log().contains("told=true"));
    }
}

#[test]
fn a_channel_has_a_body_headers_and_answers_of_its_own() {
    let ops = Receiver::always(Reply::full(200, &[], b"queue full"));
    let keys = r#"
url = "{url}/{lead_type}?kind={event_id}"
unsigned = true
method = "PUT"
headers = { X-Title = "{headline}" }
body = '{"what": "{lines}", "lead": "{lead_id}", "who?": "{name?}"}'
success_body_contains = "accepted"
"#;
    let daemon = stopped(&ops, keys);
    let request = &ops.requests()[0];
    assert!(
        request.line.starts_with("PUT /Alert?kind=alert_"),
        "{}",
        request.line
    );
    let title = Some("Webhook crm was stopped by its receiver");
    assert_eq!(request.header("x-title"), title);
    let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
    assert!(
        body["what"]
            .as_str()
            .is_some_and(|what| what.contains("leadhook resume crm"))
    );
    assert_eq!(body["lead"], serde_json::Value::Null);
    assert!(body.get("who?").is_none());
    // It says that it did not take it.
    wait_until("shown", || {
        daemon
            .get("/healthz")
            .body
            .contains("\"last_failure\": \"200")
    });
}
