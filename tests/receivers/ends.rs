//! The daemon stops while something is under way, and starts after an end that was none.

use std::time::{Duration, Instant};

use leadhook::domain::delivery::State;

use crate::daemon::{Setting, TestDaemon};
use crate::receiver::{Gate, Receiver, Reply};
use crate::{attempts, crm, delivery, found, post};

const SHORT_GRACE: &str = "[stop]\ngrace = \"1s\"\n";

#[test]
fn an_attempt_under_way_at_the_stop_is_broken_off_uncounted_and_made_again() {
    let gate = Gate::default();
    let receiver = Receiver::sequence(vec![Reply::status(200).after(&gate), Reply::status(200)]);
    let mut daemon = TestDaemon::start(&(crm(&receiver, "") + SHORT_GRACE));
    let lead = post(&daemon, "ada", "hello");
    receiver.wait_for(1);
    let began = Instant::now();
    daemon.stop();
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    daemon.start_again().expect("a start");
    attempts(&daemon, delivery(lead, 1), 1);
    assert_eq!(found(&daemon, delivery(lead, 1)).state, State::Delivered);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(
        requests[0].header("webhook-id"),
        requests[1].header("webhook-id")
    );
    gate.open();
    daemon.verify();
}

#[test]
fn an_attempt_that_ends_within_the_grace_is_recorded() {
    let gate = Gate::default();
    let receiver = Receiver::always(Reply::status(200).after(&gate));
    let mut daemon = TestDaemon::start(&crm(&receiver, ""));
    let lead = post(&daemon, "ada", "hello");
    receiver.wait_for(1);
    std::thread::scope(|scope| {
        scope.spawn(|| daemon.stop());
        gate.open();
    });
    daemon.start_again().expect("a start");
    assert_eq!(found(&daemon, delivery(lead, 1)).state, State::Delivered);
    assert_eq!(receiver.count(), 1);
}

#[test]
fn after_a_crash_nothing_is_sent_for_the_start_delay() {
    let receiver = Receiver::sequence(vec![Reply::status(500), Reply::status(200)]);
    let setting = Setting::default().with("store", "start_delay = \"2s\"");
    let mut daemon = TestDaemon::start_with(setting, &crm(&receiver, ""));
    let lead = post(&daemon, "ada", "hello");
    attempts(&daemon, delivery(lead, 1), 1);
    daemon.crash();
    daemon.setting.advance(Duration::from_secs(10));
    let began = Instant::now();
    daemon.start_again().expect("a start");
    receiver.wait_for(2);
    assert!(
        began.elapsed() >= Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    assert!(daemon.setting.log().contains("was not a clean one"));
    daemon.wait_until_drained();
    daemon.verify();
}

#[test]
fn after_a_clean_stop_there_is_no_delay() {
    let receiver = Receiver::sequence(vec![Reply::status(500), Reply::status(200)]);
    let setting = Setting::default().with("store", "start_delay = \"10m\"");
    let mut daemon = TestDaemon::start_with(setting, &crm(&receiver, ""));
    let lead = post(&daemon, "ada", "hello");
    attempts(&daemon, delivery(lead, 1), 1);
    daemon.stop();
    daemon.setting.advance(Duration::from_secs(10));
    daemon.start_again().expect("a start");
    receiver.wait_for(2);
}
