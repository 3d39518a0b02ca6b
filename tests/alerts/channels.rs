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
