//! The health of a webhook: what is stored of it, what holds it up, and how it goes on by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use leadhook::domain::delivery::State;
use leadhook::domain::health::{Condition, Health};

use crate::daemon::{TestDaemon, WEBSITE, wait_until, webhook};
use crate::receiver::{Receiver, Reply};
use crate::stops::hold;
use crate::{SECOND, attempts, delivery, found, note, notes, post};

/// Suspended with the third attempt of a lead, an hour and ten seconds after the first.
const PATIENCE: &str = "retry = [\"10s\", \"1h\", \"1d\"]\njitter_percent = 0\n\
                        suspend_after = \"1h\"\nprobe_every = \"1m\"\n";

/// A receiver that answers with a status that can be changed; leads that say `bad` with 422.
pub(crate) fn moody(status: u16) -> (Receiver, Arc<AtomicU16>) {
    let mood = Arc::new(AtomicU16::new(status));
    let asked = mood.clone();
    let receiver = Receiver::script(move |request, _| {
        let bad = note(request) == "bad";
        Reply::status(if bad {
            422
        } else {
            asked.load(Ordering::SeqCst)
        })
    });
    (receiver, mood)
}

fn config(receiver: &Receiver) -> String {
    format!("{WEBSITE}{}", webhook("crm", &receiver.url(), PATIENCE))
}

pub(crate) fn health(daemon: &TestDaemon) -> Health {
    let webhook = daemon.store().webhook(0).expect("a webhook");
    webhook.health.clone()
}

pub(crate) fn wait_for(daemon: &TestDaemon, condition: Condition) {
    wait_until(condition.name(), || health(daemon).condition() == condition);
}

/// Fails with each of these leads until it is suspended.
pub(crate) fn suspended(receiver: &Receiver, leads: &[&str]) -> TestDaemon {
    let daemon = TestDaemon::start(&config(receiver));
    for (n, note) in leads.iter().enumerate() {
        post(&daemon, &format!("lead {n}"), note);
    }
    for (n, wait) in [10, 3600].into_iter().enumerate() {
        for lead in 1..=leads.len() as u64 {
            attempts(&daemon, delivery(lead, 1), n + 1);
        }
        daemon.turn_clock(wait * SECOND);
    }
    wait_for(&daemon, Condition::Suspended);
    daemon
}

#[test]
fn nothing_but_failures_suspends_it_and_a_probe_that_succeeds_lets_it_go_on() {
    let (receiver, mood) = moody(500);
    let daemon = suspended(&receiver, &["one", "two", "three"]);
    receiver.wait_for(9);
    let tries = || [1, 2, 3].map(|lead| found(&daemon, delivery(lead, 1)).tries);
    wait_until("what was under way", || {
        let all: u32 = (1..=3)
            .map(|lead| found(&daemon, delivery(lead, 1)).attempts)
            .sum();
        all == 9
    });
    let before = tries();
    // One probe a minute, each with the next one that waits, and none of them counts.
    for n in 10..=15 {
        daemon.turn_clock(60 * SECOND);
        receiver.wait_for(n);
    }
    assert_eq!((receiver.count(), tries()), (15, before));
    for lead in 1..=3 {
        attempts(&daemon, delivery(lead, 1), 5);
    }
    assert!(
        daemon
            .get("/healthz")
            .body
            .contains("webhook crm is suspended since")
    );
    mood.store(200, Ordering::SeqCst);
    daemon.turn_clock(60 * SECOND);
    daemon.wait_until_drained();
    assert_eq!(
        (receiver.count(), health(&daemon).condition()),
        (18, Condition::Healthy)
    );
    assert_eq!(daemon.get("/healthz").status, 200);
    daemon.verify();
}

#[test]
fn a_probe_passes_over_what_the_receiver_alone_rejects() {
    let (receiver, mood) = moody(500);
    let daemon = suspended(&receiver, &["bad", "good"]);
    mood.store(200, Ordering::SeqCst);
    daemon.turn_clock(60 * SECOND);
    wait_for(&daemon, Condition::Healthy);
    wait_until("the good one", || {
        found(&daemon, delivery(2, 1)).state == State::Delivered
    });
}

#[test]
fn a_suspended_webhook_stays_so_over_a_restart_and_is_probed_at_once() {
    let (receiver, mood) = moody(500);
    let mut daemon = suspended(&receiver, &["one"]);
    let before = health(&daemon);
    daemon.restart();
    receiver.wait_for(4);
    assert_eq!(health(&daemon).hold, before.hold);
    mood.store(200, Ordering::SeqCst);
    daemon.turn_clock(60 * SECOND);
    daemon.wait_until_drained();
    assert_eq!(notes(&receiver), ["one"; 5]);
}

#[test]
fn a_fresh_lead_is_among_the_next_to_be_probed_with() {
    let (receiver, mood) = moody(500);
    let daemon = suspended(&receiver, &["poison"]);
    receiver.wait_for(3);
    mood.store(200, Ordering::SeqCst);
    post(&daemon, "fresh", "fresh");
    daemon.turn_clock(60 * SECOND);
    daemon.wait_until_drained();
    assert_eq!(notes(&receiver)[3..], ["fresh", "poison"]);
}

#[test]
fn a_paused_webhook_is_sent_nothing_until_it_is_resumed_also_over_a_restart() {
    let (receiver, _) = moody(200);
    let mut daemon = TestDaemon::start(&config(&receiver));
    assert_eq!(hold(&daemon, "pause"), r#"{"paused":true}"#);
    assert_eq!(hold(&daemon, "pause"), r#"{"paused":false}"#);
    post(&daemon, "ada", "waits");
    daemon.restart();
    daemon.turn_clock(7 * 86_400 * SECOND);
    assert_eq!(health(&daemon).condition(), Condition::Paused);
    assert_eq!(daemon.get("/healthz").status, 200);
    assert_eq!(receiver.count(), 0);
    assert_eq!(hold(&daemon, "resume"), r#"{"resumed":true}"#);
    daemon.wait_until_drained();
    assert_eq!(attempts(&daemon, delivery(1, 1), 1).len(), 1);
}

#[test]
fn a_run_of_failures_is_remembered_over_a_restart_and_ends_with_a_success() {
    let (receiver, mood) = moody(503);
    let mut daemon = TestDaemon::start(&config(&receiver));
    post(&daemon, "ada", "hello");
    wait_for(&daemon, Condition::Failing);
    let before = health(&daemon);
    daemon.restart();
    let failing = health(&daemon).failing.expect("a run of failures");
    assert_eq!((failing.failures, failing.last.as_str()), (1, "503"));
    assert_eq!(Some(failing.since), before.since());
    mood.store(200, Ordering::SeqCst);
    daemon.turn_clock(10 * SECOND);
    wait_for(&daemon, Condition::Healthy);
    assert!(daemon.setting.log().contains("the webhook is well"));
}

#[test]
fn a_lead_that_fails_again_does_not_hide_what_is_due_since_the_webhook_went_on() {
    // With a rate of one a second only one delivery was looked at, the first by its time: one that had
    // just failed again. All others waited for their next try, of hours ago, although the receiver was back.
    let (receiver, mood) = {
        let mood = Arc::new(AtomicU16::new(500));
        let asked = mood.clone();
        let script = move |request: &crate::receiver::Request, _| match note(request).as_str() {
            "poison" => Reply::status(500),
            _ => Reply::status(asked.load(Ordering::SeqCst)),
        };
        (Receiver::script(script), mood)
    };
    let keys = PATIENCE.replace("\"10s\", \"1h\"", "\"10s\", \"1m\", \"2h\"");
    let config = |rate| {
        format!(
            "{WEBSITE}{}",
            webhook("crm", &receiver.url(), &format!("{keys}{rate}"))
        )
    };
    let mut daemon = TestDaemon::start(&config(""));
    for name in ["ada", "grace", "edsger"] {
        post(&daemon, name, name);
    }
    for (n, wait) in [10, 60, 3630].into_iter().enumerate() {
        (1..=3).for_each(|lead| drop(attempts(&daemon, delivery(lead, 1), n + 1)));
        daemon.turn_clock(wait * SECOND);
    }
    daemon
        .reload(&config("rate = \"1/s\"\n"))
        .expect("a config that is taken over");
    post(&daemon, "poison", "poison");
    wait_for(&daemon, Condition::Suspended);
    mood.store(200, Ordering::SeqCst);
    // The first probe is the poison, the second one ada.
    for n in 11..=12 {
        daemon.turn_clock(60 * SECOND);
        receiver.wait_for(n);
    }
    wait_for(&daemon, Condition::Healthy);
    for n in 13..=15 {
        daemon.turn_clock(SECOND);
        receiver.wait_for(n);
    }
    let delivered = |lead| found(&daemon, delivery(lead, 1)).state == State::Delivered;
    wait_until("all that were well", || (1..=3).all(delivered));
}
