//! What waits for a webhook that is taken out of the config: kept, shown, and sent when it is added again.

use std::time::Duration;

use serde_json::Value;

use crate::daemon::{TestDaemon, WEBSITE, wait_until, webhook};
use crate::receiver::{Receiver, Reply};
use crate::{ask, call, look, wait_until_done};

const DAY: Duration = Duration::from_secs(86_400);

/// A daemon whose webhook `crm` was taken out while a lead waited for it; the config that has it again.
fn removed(crm: &Receiver, more: &str) -> (TestDaemon, String) {
    let with = format!("{WEBSITE}{more}{}", webhook("crm", &crm.url(), ""));
    let mut daemon = TestDaemon::start(&with);
    call(&daemon, "/webhooks/crm/pause", "");
    daemon.post("website", r#"{"name":"Ada"}"#);
    call(&daemon, "/webhooks/crm/resume", "");
    wait_until("a failure", || {
        look(&daemon, "/deliveries/1-1-crm")["attempts"][0]["number"] == 1
    });
    daemon
        .reload(&format!("{WEBSITE}{more}"))
        .expect("a config");
    (daemon, with)
}

#[test]
fn what_waits_for_a_removed_webhook_is_shown_and_goes_out_when_it_is_added_again() {
    let crm = Receiver::sequence(vec![Reply::status(500), Reply::status(200)]);
    let (mut daemon, with) = removed(&crm, "");
    let list = look(&daemon, "/webhooks")["webhooks"].clone();
    assert_eq!(
        (&list[0]["name"], &list[0]["waiting"]),
        (&"crm".into(), &1.into())
    );
    assert_eq!(list[0]["removed"], "2026-02-01T14:09:01Z");
    assert_eq!(list[0]["expires"], "2026-03-03T14:09:01Z");
    let waits_for = look(&daemon, "/deliveries/1-1-crm")["waits_for"].clone();
    let waits_for = waits_for.as_str().expect("a text");
    assert!(
        waits_for.contains("not in the config any more"),
        "{waits_for}"
    );
    assert!(daemon.get("/healthz").body.contains("removed_webhooks"));
    assert!(daemon.setting.log().contains("what waits for it is kept"));
    daemon.restart();
    daemon.turn_clock(29 * DAY);
    daemon.reload(&with).expect("a config");
    wait_until_done(&daemon);
    assert_eq!(crm.count(), 2);
    assert_eq!(
        look(&daemon, "/webhooks")["webhooks"][0]["removed"],
        Value::Null
    );
}

#[test]
fn after_30_days_it_is_cancelled_with_an_alert_before() {
    let crm = Receiver::always(Reply::status(500));
    let ops = Receiver::always(Reply::status(200));
    let alerts = webhook("ops", &ops.url(), "alerts_only = true");
    let (daemon, _) = removed(&crm, &alerts);
    daemon.turn_clock(22 * DAY);
    daemon.turn_clock(DAY + Duration::from_secs(60));
    ops.wait_for(1);
    let told = String::from_utf8(ops.requests()[0].body.clone()).expect("a text");
    assert!(told.contains("Leads wait for webhook crm"), "{told}");
    assert_eq!(
        look(&daemon, "/deliveries?state=pending")["deliveries"][0]["lead_id"],
        1
    );
    daemon.turn_clock(7 * DAY);
    wait_until_done(&daemon);
    let one = look(&daemon, "/deliveries/1-1-crm");
    assert_eq!(one["state"], "cancelled");
    assert_eq!(
        one["cancelled"],
        "since the config had its webhook no longer"
    );
    assert_eq!(look(&daemon, "/tasks")["tasks"][0]["kind"], "expire");
    assert_eq!(look(&daemon, "/webhooks")["webhooks"], Value::Array(vec![]));
    assert_eq!(crm.count(), 1);
}

#[test]
fn nothing_is_sent_again_to_a_removed_webhook_and_what_waits_for_it_can_be_cancelled() {
    let crm = Receiver::always(Reply::status(500));
    let (daemon, _) = removed(&crm, "");
    let token = ("authorization", "Bearer test-admin-token-0123");
    let body = br#"{"webhook":"crm"}"#;
    let refused = ask(
        daemon.admin(),
        "POST",
        "/api/v1/deliveries/replay",
        &[token],
        body,
    );
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "webhook_removed")
    );
    let cancelled = call(&daemon, "/deliveries/cancel", r#"{"webhook":"crm"}"#);
    assert_eq!(cancelled["deliveries"], 1);
    wait_until_done(&daemon);
    assert_eq!(
        call(&daemon, "/deliveries/replay", r#"{"all":true}"#)["deliveries"],
        0
    );
}

#[test]
fn a_clock_that_is_set_ahead_cancels_nothing_for_a_day() {
    let crm = Receiver::always(Reply::status(500));
    let (daemon, _) = removed(&crm, "");
    let begin = daemon.setting.now();
    daemon.set_clock(begin.after(40 * DAY));
    daemon.turn_clock(Duration::from_secs(3600));
    assert_eq!(look(&daemon, "/deliveries/1-1-crm")["state"], "pending");
    wait_until("the end of patience", || {
        daemon.turn_clock(Duration::from_secs(3600));
        look(&daemon, "/deliveries/1-1-crm")["state"] != "pending"
    });
    assert!(begin.after(41 * DAY) <= daemon.setting.now());
    assert_eq!(look(&daemon, "/deliveries/1-1-crm")["state"], "cancelled");
}
