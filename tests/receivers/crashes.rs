//! The end of the power between any two transitions of health: what was decided stays decided.

use std::sync::atomic::Ordering;

use leadhook::domain::health::Condition;

use crate::daemon::{TestDaemon, wait_until};
use crate::health::{health, moody, suspended, wait_for};
use crate::receiver::{Receiver, Reply};
use crate::stops::hold;
use crate::{SECOND, crm, notes, post};

/// A crash changes nothing of the health.
fn survives(daemon: &mut TestDaemon, condition: Condition) {
    wait_for(daemon, condition);
    let before = health(daemon);
    daemon.crash();
    daemon.start_again().expect("a start");
    let after = health(daemon);
    assert_eq!(
        (after.condition(), after.since()),
        (condition, before.since())
    );
    daemon.verify();
}

#[test]
fn each_step_from_a_pause_to_its_end_survives_a_crash() {
    let receiver = Receiver::always(Reply::status(200));
    let mut daemon = TestDaemon::start(&crm(&receiver, ""));
    hold(&daemon, "pause");
    post(&daemon, "ada", "waits");
    survives(&mut daemon, Condition::Paused);
    daemon.turn_clock(86_400 * SECOND);
    assert_eq!(receiver.count(), 0);
    hold(&daemon, "resume");
    survives(&mut daemon, Condition::Healthy);
    daemon.wait_until_drained();
}

#[test]
fn each_step_from_a_410_to_its_end_survives_a_crash() {
    let receiver = Receiver::sequence(vec![Reply::status(410), Reply::status(200)]);
    let mut daemon = TestDaemon::start(&crm(&receiver, ""));
    post(&daemon, "ada", "hello");
    survives(&mut daemon, Condition::Stopped);
    assert_eq!(receiver.count(), 1);
    // A person who pauses what has stopped, and a crash in between.
    hold(&daemon, "pause");
    survives(&mut daemon, Condition::Paused);
    hold(&daemon, "resume");
    survives(&mut daemon, Condition::Healthy);
    daemon.wait_until_drained();
    // What the crash left unrecorded came once more.
    assert!(receiver.count() >= 2 && notes(&receiver).iter().all(|note| note == "hello"));
}

#[test]
fn each_step_from_a_suspension_to_its_end_survives_a_crash() {
    let (receiver, mood) = moody(500);
    let mut daemon = suspended(&receiver, &["one", "two"]);
    survives(&mut daemon, Condition::Suspended);
    mood.store(200, Ordering::SeqCst);
    daemon.turn_clock(60 * SECOND);
    survives(&mut daemon, Condition::Healthy);
    daemon.wait_until_drained();
    mood.store(500, Ordering::SeqCst);
    post(&daemon, "three", "three");
    survives(&mut daemon, Condition::Failing);
    wait_until("the third one", || {
        daemon.turn_clock(60 * SECOND);
        mood.store(200, Ordering::SeqCst);
        health(&daemon).condition() == Condition::Healthy
    });
}
