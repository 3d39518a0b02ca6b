//! Order within a lead, and freedom between leads and between webhooks.

use std::time::{Duration, Instant};

use leadhook::domain::delivery::State;

use crate::daemon::{TestDaemon, webhook};
use crate::receiver::{Receiver, Reply};
use crate::{SECOND, attempts, crm, delivery, found, notes, post, wait_for_state};

/// A test that leaves a receiver hanging does not wait for it.
pub(crate) const NO_GRACE: &str = "[stop]\ngrace = \"0s\"\n";

#[test]
fn what_comes_later_of_a_lead_waits_behind_what_failed_and_other_leads_pass() {
    let receiver = Receiver::sequence(vec![Reply::status(500), Reply::status(200)]);
    let daemon = TestDaemon::start(&crm(&receiver, ""));
    let ada = post(&daemon, "ada", "ada 1");
    attempts(&daemon, delivery(ada, 1), 1);
    post(&daemon, "ada", "ada 2");
    post(&daemon, "ada", "ada 3");
    let grace = post(&daemon, "grace", "grace 1");
    wait_for_state(&daemon, delivery(grace, 1), State::Delivered);
    // Waiting for its turn costs no attempt.
    let behind = found(&daemon, delivery(ada, 2));
    assert_eq!((behind.state, behind.attempts), (State::Pending, 0));
    daemon.turn_clock(10 * SECOND);
    daemon.wait_until_drained();
    assert_eq!(
        notes(&receiver),
        ["ada 1", "grace 1", "ada 1", "ada 2", "ada 3"]
    );
    daemon.verify();
}

#[test]
fn a_lead_is_never_under_way_twice_at_once() {
    let gate = crate::receiver::Gate::default();
    let receiver = Receiver::sequence(vec![Reply::status(200).after(&gate), Reply::status(200)]);
    let daemon = TestDaemon::start(&crm(&receiver, "in_flight = 8\n"));
    post(&daemon, "ada", "ada 1");
    receiver.wait_for(1);
    for n in 2..10 {
        post(&daemon, "ada", &format!("ada {n}"));
    }
    post(&daemon, "grace", "grace");
    receiver.wait_for(2);
    assert_eq!(notes(&receiver), ["ada 1", "grace"]);
    gate.open();
    daemon.wait_until_drained();
    let ada: Vec<String> = (1..10).map(|n| format!("ada {n}")).collect();
    let mut notes = notes(&receiver);
    notes.retain(|note| note != "grace");
    assert_eq!(notes, ada);
}

#[test]
fn a_receiver_that_hangs_does_not_delay_another_webhook() {
    const LEADS: usize = 20;
    let hangs = Receiver::always(Reply::Hang);
    let well = Receiver::always(Reply::status(200));
    let config = crm(&hangs, "") + &webhook("sheet", &well.url(), "") + NO_GRACE;
    let daemon = TestDaemon::start(&config);
    let began = Instant::now();
    for n in 0..LEADS {
        post(&daemon, &format!("lead {n}"), "hello");
    }
    well.wait_for(LEADS);
    // The crew that hangs has four threads, each of them for 15 seconds.
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(found(&daemon, delivery(1, 1)).attempts, 0);
}

#[test]
fn a_lead_passes_another_one_that_hangs() {
    let receiver = Receiver::sequence(vec![Reply::Hang, Reply::status(200)]);
    let daemon = TestDaemon::start(&(crm(&receiver, "") + NO_GRACE));
    post(&daemon, "ada", "hangs");
    receiver.wait_for(1);
    let began = Instant::now();
    let grace = post(&daemon, "grace", "passes");
    wait_for_state(&daemon, delivery(grace, 1), State::Delivered);
    // The other one hangs for 15 seconds.
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_retry_is_on_time_while_another_lead_hangs() {
    let replies = vec![Reply::status(500), Reply::Hang, Reply::status(200)];
    let receiver = Receiver::sequence(replies);
    let config = crm(&receiver, "").replace("\"10s\"", "\"1s\"") + NO_GRACE;
    let daemon = TestDaemon::start(&config);
    let ada = post(&daemon, "ada", "fails");
    attempts(&daemon, delivery(ada, 1), 1);
    post(&daemon, "grace", "hangs");
    receiver.wait_for(2);
    let began = Instant::now();
    daemon.setting.advance(SECOND);
    wait_for_state(&daemon, delivery(ada, 1), State::Delivered);
    assert!(began.elapsed() < Duration::from_secs(5));
}
