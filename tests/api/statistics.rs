//! Statistics: leads by day, deliveries by webhook.

use std::time::Duration;

use serde_json::json;

use crate::daemon::{TestDaemon, WEBSITE, wait_until, webhook};
use crate::receiver::{Receiver, Reply};
use crate::{get, is_refused};

#[test]
fn leads_count_by_day_source_and_fate_and_a_day_without_any_counts_zero() {
    let daemon = TestDaemon::start(WEBSITE);
    daemon.post("website", r#"{"name":"Ada","email":"ada@example.com"}"#);
    daemon.turn_clock(Duration::from_secs(2 * 86_400));
    daemon.post("website", r#"{"name":"Grace","email":"grace@example.com"}"#);
    let days = crate::json(&daemon, "/statistics?days=3")["days"].clone();
    let leads = |n: usize| {
        (
            &days[n]["date"],
            &days[n]["leads"],
            &days[n]["by_source"]["website"],
        )
    };
    assert_eq!(leads(0), (&json!("2026-02-01"), &json!(1), &json!(1)));
    assert_eq!(leads(1), (&json!("2026-02-02"), &json!(0), &json!(0)));
    assert_eq!(leads(2), (&json!("2026-02-03"), &json!(1), &json!(1)));
    assert_eq!(days[2]["by_fate"]["open"], 1);
    assert_eq!(days[2]["by_type"], json!({ "Web Form": 1 }));
    assert_eq!(days[3], json!(null));
    assert_eq!(crate::json(&daemon, "/statistics")["days"][29]["leads"], 1);
    crate::post(&daemon, "/leads", r#"{"name":"Eva"}"#);
    let today = &crate::json(&daemon, "/statistics?days=1")["days"][0];
    let counted = (&today["by_source"], &today["of_former_sources"]);
    let expected = json!({ "website": 1, "api": 1 });
    assert_eq!(counted, (&expected, &json!(0)));
    is_refused(
        &get(&daemon, "/statistics?days=366"),
        400,
        "invalid_parameter",
    );
}

#[test]
fn a_webhook_shows_its_success_rate_its_times_and_why_attempts_failed() {
    let receiver = Receiver::sequence(vec![Reply::status(500), Reply::status(204)]);
    let config = format!("{WEBSITE}{}", webhook("crm", &receiver.url(), ""));
    let daemon = TestDaemon::start(&config);
    let crm = || crate::json(&daemon, "/statistics")["webhooks"][0].clone();
    assert_eq!(
        (&crm()["name"], &crm()["success_rate"]),
        (&json!("crm"), &json!(null))
    );
    daemon.post("website", r#"{"email":"ada@example.com"}"#);
    let attempts = || crate::json(&daemon, "/deliveries/1-1-crm")["attempts"].clone();
    wait_until("a failure on disk", || attempts()[0]["number"] == 1);
    wait_until("a failure", || crm()["failures"]["5xx"] == 1);
    daemon.turn_clock(Duration::from_secs(10));
    wait_until("the delivery", || crm()["deliveries"]["delivered"] == 1);
    let crm = crm();
    assert_eq!(
        (&crm["attempts"], &crm["success_rate"]),
        (&json!(2), &json!(0.5))
    );
    assert!(crm["attempt_seconds"]["p95"].as_f64() >= crm["attempt_seconds"]["p50"].as_f64());
}
