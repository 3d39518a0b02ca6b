//! A receiver that wants nothing more: the webhook stops, nothing of it is lost or ages, and it goes
//! on when a person says so.

use leadhook::domain::delivery::State;

use crate::client::ask;
use crate::daemon::{TestDaemon, wait_until, webhook};
use crate::receiver::{Receiver, Reply};
use crate::{SECOND, attempts, crm, delivery, found, notes, post, status};

const LEADS: u64 = 8;

/// Pauses or resumes the webhook `crm`; gives what was said.
pub(crate) fn hold(daemon: &TestDaemon, action: &str) -> String {
    let token = ("authorization", "Bearer test-admin-token-0123");
    let path = format!("/api/v1/webhooks/crm/{action}");
    let answer = ask(daemon.admin(), "POST", &path, &[token], b"");
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

pub(crate) fn resume(daemon: &TestDaemon) {
    assert_eq!(hold(daemon, "resume"), r#"{"resumed":true}"#);
}

fn wait_until_stopped(daemon: &TestDaemon) {
    wait_until("health says that the webhook was stopped", || {
        let health = daemon.get("/healthz");
        health.status == 503
            && health
                .body
                .contains("webhook crm was stopped by its receiver")
    });
}

/// Stops at the first lead; more come while it is stopped, and time passes.
fn is_stopped_by(reply: Reply) -> (Receiver, TestDaemon) {
    let receiver = Receiver::sequence(vec![reply, Reply::status(200)]);
    let daemon = TestDaemon::start(&crm(&receiver, "in_flight = 1\n"));
    for n in 1..=LEADS {
        post(&daemon, &format!("lead {n}"), "hello");
    }
    wait_until_stopped(&daemon);
    daemon.turn_clock(7 * 86_400 * SECOND);
    let late = post(&daemon, "late", "hello");
    assert_eq!(found(&daemon, delivery(late, 1)).state, State::Pending);
    (receiver, daemon)
}

/// Everything arrives, and nothing was tried while it was stopped.
fn goes_on(receiver: &Receiver, daemon: &TestDaemon) {
    daemon.wait_until_drained();
    let first = attempts(daemon, delivery(1, 1), 2);
    assert_eq!(status(&first[1]), 200);
    for lead in 2..=LEADS + 1 {
        attempts(daemon, delivery(lead, 1), 1);
        assert_eq!(found(daemon, delivery(lead, 1)).state, State::Delivered);
    }
    assert_eq!(receiver.count() as u64, LEADS + 2);
    assert_eq!(daemon.get("/healthz").status, 200);
    daemon.verify();
}

#[test]
fn a_410_stops_the_webhook_until_somebody_resumes_it() {
    let (receiver, daemon) = is_stopped_by(Reply::status(410));
    resume(&daemon);
    goes_on(&receiver, &daemon);
}

#[test]
fn the_wish_disable_stops_it_too() {
    let disable = [("webhook-delivery", "disable")];
    let (receiver, daemon) = is_stopped_by(Reply::full(503, &disable, b""));
    resume(&daemon);
    goes_on(&receiver, &daemon);
}

#[test]
fn it_stays_stopped_over_a_restart_and_goes_on_after_it() {
    let (receiver, mut daemon) = is_stopped_by(Reply::status(410));
    daemon.restart();
    wait_until_stopped(&daemon);
    assert_eq!(receiver.count(), 1);
    resume(&daemon);
    goes_on(&receiver, &daemon);
}

#[test]
fn a_resumed_webhook_stays_so_over_a_restart() {
    let (receiver, mut daemon) = is_stopped_by(Reply::status(410));
    resume(&daemon);
    daemon.restart();
    goes_on(&receiver, &daemon);
}

#[test]
fn a_410_is_no_try_and_the_schedule_begins_where_it_was() {
    let replies = [410, 500, 500, 500, 200].map(Reply::status).to_vec();
    let receiver = Receiver::sequence(replies);
    let daemon = TestDaemon::start(&crm(&receiver, ""));
    let lead = post(&daemon, "ada", "hello");
    wait_until_stopped(&daemon);
    resume(&daemon);
    for (n, wait) in [10, 60, 600].into_iter().enumerate() {
        attempts(&daemon, delivery(lead, 1), n + 2);
        daemon.turn_clock(wait * SECOND);
    }
    daemon.wait_until_drained();
    assert_eq!(found(&daemon, delivery(lead, 1)).state, State::Delivered);
}

#[test]
fn the_other_webhooks_go_on() {
    let gone = Receiver::always(Reply::status(410));
    let well = Receiver::always(Reply::status(200));
    let sheet = webhook("sheet", &well.url(), "");
    let daemon = TestDaemon::start(&(crm(&gone, "") + &sheet));
    post(&daemon, "ada", "first");
    wait_until_stopped(&daemon);
    post(&daemon, "ada", "second");
    well.wait_for(2);
    assert_eq!(notes(&well), ["first", "second"]);
    assert_eq!(gone.count(), 1);
}
