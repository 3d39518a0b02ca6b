//! What the metrics tell of deliveries and what waits.

use std::time::Duration;

use crate::daemon::{TestDaemon, WEBSITE, wait_until, webhook};
use crate::page::Page;
use crate::receiver::{Gate, Receiver, Reply};
use crate::{LEAD, scrape};

const CRM: (&str, &str) = ("webhook", "crm");

fn start(receiver: &Receiver) -> TestDaemon {
    TestDaemon::start(&format!("{WEBSITE}{}", webhook("crm", &receiver.url(), "")))
}

fn of_crm(page: &Page, name: &str) -> f64 {
    page.value(name, &[CRM])
}

fn attempts(page: &Page, outcome: &str) -> f64 {
    page.value("leadhook_attempts_total", &[CRM, ("outcome", outcome)])
}

fn ended(page: &Page, result: &str) -> f64 {
    page.value("leadhook_deliveries_total", &[CRM, ("result", result)])
}

#[test]
fn a_delivery_counts_by_its_attempts_and_once_by_its_end() {
    let receiver = Receiver::sequence(vec![Reply::status(500), Reply::status(204)]);
    let daemon = start(&receiver);
    daemon.post("website", LEAD);
    wait_until("a failed attempt", || {
        attempts(&scrape(&daemon), "5xx") == 1.0
    });
    let page = scrape(&daemon);
    assert_eq!(
        (ended(&page, "delivered"), ended(&page, "failed")),
        (0.0, 0.0)
    );
    daemon.turn_clock(Duration::from_secs(10));
    wait_until("the delivery", || {
        ended(&scrape(&daemon), "delivered") == 1.0
    });
    let page = scrape(&daemon);
    assert_eq!(
        (attempts(&page, "success"), attempts(&page, "5xx")),
        (1.0, 1.0)
    );
    assert_eq!(
        of_crm(&page, "leadhook_attempt_duration_seconds_count"),
        2.0
    );
    assert!(of_crm(&page, "leadhook_attempt_duration_seconds_sum") > 0.0);
    // Only the first attempt tells how long the way to it is.
    assert_eq!(
        of_crm(&page, "leadhook_first_attempt_delay_seconds_count"),
        1.0
    );
}

#[test]
fn a_delivery_that_is_given_up_counts_as_failed() {
    let receiver = Receiver::always(Reply::status(422));
    let daemon = start(&receiver);
    daemon.post("website", LEAD);
    for n in 1..=3 {
        // It counts before it is recorded, and its wait begins with the record.
        wait_until("a recorded attempt", || {
            daemon.setting.log().matches("attempt failed").count() == n
        });
        daemon.turn_clock(Duration::from_secs(3600));
    }
    assert_eq!(attempts(&scrape(&daemon), "4xx"), 3.0);
    wait_until("its end", || ended(&scrape(&daemon), "failed") == 1.0);
    assert_eq!(of_crm(&scrape(&daemon), "leadhook_deliveries_waiting"), 0.0);
}

#[test]
fn the_age_of_what_waits_is_that_of_the_oldest_through_retries_and_a_restart() {
    let receiver = Receiver::always(Reply::status(500));
    let mut daemon = start(&receiver);
    let oldest = |daemon: &TestDaemon| of_crm(&scrape(daemon), "leadhook_oldest_waiting_seconds");
    assert_eq!(oldest(&daemon), 0.0);
    daemon.post("website", LEAD);
    wait_until("an attempt", || attempts(&scrape(&daemon), "5xx") == 1.0);
    daemon.turn_clock(Duration::from_secs(600));
    wait_until("its second", || attempts(&scrape(&daemon), "5xx") == 2.0);
    daemon.post("website", LEAD);
    let page = scrape(&daemon);
    assert_eq!(of_crm(&page, "leadhook_oldest_waiting_seconds"), 600.0);
    assert_eq!(of_crm(&page, "leadhook_deliveries_waiting"), 2.0);
    daemon.restart();
    assert_eq!(oldest(&daemon), 600.0);
}

#[test]
fn what_is_in_flight_shows_while_it_is() {
    let gate = Gate::default();
    let receiver = Receiver::always(Reply::status(200).after(&gate));
    let daemon = start(&receiver);
    let in_flight = || of_crm(&scrape(&daemon), "leadhook_attempts_in_flight");
    daemon.post("website", LEAD);
    wait_until("an attempt in flight", || in_flight() == 1.0);
    gate.open();
    wait_until("its end", || in_flight() == 0.0);
}

#[test]
fn the_condition_of_a_webhook_is_the_one_that_is_1() {
    let receiver = Receiver::always(Reply::status(410));
    let daemon = start(&receiver);
    let is = |condition: &str| {
        let conditions = ["healthy", "failing", "paused", "stopped", "suspended"];
        let page = scrape(&daemon);
        let value = |name| page.value("leadhook_webhook_condition", &[CRM, ("condition", name)]);
        conditions
            .iter()
            .all(|name| value(name) == f64::from(u8::from(*name == condition)))
    };
    assert!(is("healthy"));
    daemon.post("website", LEAD);
    wait_until("a stopped webhook", || is("stopped"));
    let token = ("authorization", "Bearer test-admin-token-0123");
    let pause = "/api/v1/webhooks/crm/pause";
    crate::client::ask(daemon.admin(), "POST", pause, &[token], b"");
    assert!(is("paused"));
}
