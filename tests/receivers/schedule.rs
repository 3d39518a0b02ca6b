//! When a delivery is made again, and when it is given up.

use leadhook::domain::delivery::State;
use leadhook::domain::time::Timestamp;

use crate::daemon::{BEGIN, TestDaemon};
use crate::receiver::{Receiver, Reply};
use crate::{SECOND, attempts, crm, delivery, found, post, status, wait_for_state};

/// Seconds from the beginning until the delivery is due.
fn due_s(daemon: &TestDaemon, lead: u64) -> u64 {
    (found(daemon, delivery(lead, 1)).at.0 - BEGIN.0) / 1000
}

#[test]
fn a_failing_delivery_is_retried_on_schedule_and_then_given_up() {
    let receiver = Receiver::always(Reply::status(503));
    let daemon = TestDaemon::start(&crm(&receiver, ""));
    let lead = post(&daemon, "ada", "hello");
    let mut elapsed = 0;
    for (n, wait) in [10, 60, 600].into_iter().enumerate() {
        attempts(&daemon, delivery(lead, 1), n + 1);
        elapsed += wait;
        assert_eq!(due_s(&daemon, lead), elapsed);
        // Looking too early changes nothing.
        daemon.turn_clock((wait as u32 - 1) * SECOND);
        daemon.turn_clock(SECOND);
    }
    wait_for_state(&daemon, delivery(lead, 1), State::Failed);
    let attempts = attempts(&daemon, delivery(lead, 1), 4);
    let starts = attempts
        .iter()
        .map(|attempt| (attempt.started.0 - BEGIN.0) / 1000);
    assert_eq!(starts.collect::<Vec<_>>(), [0, 10, 70, 670]);
    daemon.verify();
}

#[test]
fn retry_after_lengthens_a_wait_up_to_the_ceiling_and_never_shortens_it() {
    let asks = |seconds| Reply::full(429, &[("retry-after", seconds)], b"");
    let receiver = Receiver::sequence(vec![
        asks("30"),
        asks("3"),
        asks("86400"),
        Reply::status(200),
    ]);
    let daemon = TestDaemon::start(&crm(&receiver, "retry_after_max = \"20m\"\n"));
    let lead = post(&daemon, "ada", "hello");
    let mut elapsed = 0;
    for (n, wait) in [30, 60, 1200].into_iter().enumerate() {
        attempts(&daemon, delivery(lead, 1), n + 1);
        elapsed += wait;
        assert_eq!(due_s(&daemon, lead), elapsed);
        daemon.turn_clock(wait as u32 * SECOND);
    }
    wait_for_state(&daemon, delivery(lead, 1), State::Delivered);
}

#[test]
fn rejected_content_is_given_up_after_three_tries_and_the_next_one_goes() {
    let receiver = Receiver::script(|request, _| {
        let bad = crate::note(request) == "bad";
        Reply::status(if bad { 400 } else { 200 })
    });
    let daemon = TestDaemon::start(&crm(&receiver, ""));
    let lead = post(&daemon, "ada", "bad");
    attempts(&daemon, delivery(lead, 1), 1);
    post(&daemon, "ada", "good");
    daemon.turn_clock(10 * SECOND);
    attempts(&daemon, delivery(lead, 1), 2);
    daemon.turn_clock(60 * SECOND);
    wait_for_state(&daemon, delivery(lead, 1), State::Failed);
    wait_for_state(&daemon, delivery(lead, 2), State::Delivered);
    let statuses: Vec<u16> = attempts(&daemon, delivery(lead, 1), 3)
        .iter()
        .map(status)
        .collect();
    assert_eq!(statuses, [400, 400, 400]);
    daemon.verify();
}

#[test]
fn a_clock_that_jumps_back_a_day_makes_no_wait_longer_than_its_step() {
    let receiver = Receiver::sequence(vec![Reply::status(500), Reply::status(200)]);
    let daemon = TestDaemon::start(&crm(&receiver, ""));
    let lead = post(&daemon, "ada", "hello");
    attempts(&daemon, delivery(lead, 1), 1);
    let day_before = Timestamp(BEGIN.0 - 86_400_000);
    daemon.set_clock(day_before);
    wait_for_state(&daemon, delivery(lead, 1), State::Delivered);
}

#[test]
fn a_clock_that_is_set_back_a_little_makes_no_wait_longer_either() {
    // What was put off before it waited for longer by as much as the clock was set back.
    let failures = [500, 500, 500, 200].map(Reply::status).to_vec();
    let receiver = Receiver::sequence(failures);
    let daemon = TestDaemon::start(&crm(&receiver, ""));
    let lead = post(&daemon, "ada", "hello");
    for (n, wait) in [10, 60, 300].into_iter().enumerate() {
        attempts(&daemon, delivery(lead, 1), n + 1);
        daemon.turn_clock(wait * SECOND);
    }
    // The third wait is one of ten minutes, and half of it is over.
    daemon.set_clock(Timestamp(daemon.setting.now().0 - 240_000));
    for _ in 0..2 {
        assert_eq!(receiver.count(), 3);
        daemon.turn_clock(299 * SECOND / 2);
    }
    daemon.turn_clock(SECOND);
    wait_for_state(&daemon, delivery(lead, 1), State::Delivered);
    let log = daemon.setting.log();
    assert_eq!(log.matches("the clock was set back").count(), 1, "{log}");
    assert!(log.contains("by_s=240"), "{log}");
}

#[test]
fn a_clock_that_is_set_ahead_is_noticed_once_and_what_waits_is_tried_then() {
    let receiver = Receiver::sequence(vec![Reply::status(500), Reply::status(200)]);
    let daemon = TestDaemon::start(&crm(&receiver, ""));
    let lead = post(&daemon, "ada", "hello");
    attempts(&daemon, delivery(lead, 1), 1);
    daemon.set_clock(Timestamp(BEGIN.0 + 3_600_000));
    wait_for_state(&daemon, delivery(lead, 1), State::Delivered);
    daemon.turn_clock(3600 * SECOND);
    daemon.set_clock(daemon.setting.now());
    let log = daemon.setting.log();
    assert_eq!(log.matches("the clock was set").count(), 1, "{log}");
}

#[test]
fn a_lead_that_was_never_tried_waits_for_nothing_when_the_clock_jumps_back() {
    let blocked = Receiver::sequence(vec![Reply::status(410), Reply::status(200)]);
    let daemon = TestDaemon::start(&crm(&blocked, ""));
    let first = post(&daemon, "ada", "hello");
    attempts(&daemon, delivery(first, 1), 1);
    let second = post(&daemon, "grace", "hello");
    daemon.set_clock(Timestamp(BEGIN.0 - 60_000));
    crate::stops::resume(&daemon);
    wait_for_state(&daemon, delivery(first, 1), State::Delivered);
    wait_for_state(&daemon, delivery(second, 1), State::Delivered);
}

#[test]
fn a_machine_that_slept_tries_once_what_became_due_and_takes_it_for_no_jump_of_the_clock() {
    let failures = [500, 500, 200].map(Reply::status).to_vec();
    let receiver = Receiver::sequence(failures);
    let daemon = TestDaemon::start(&crm(&receiver, ""));
    let lead = post(&daemon, "ada", "hello");
    attempts(&daemon, delivery(lead, 1), 1);
    // While it sleeps, time passes by both clocks and nobody sees it.
    let slept = 3600;
    daemon.setting.advance(slept * SECOND);
    daemon.look_at_clock();
    daemon.clock_rings();
    attempts(&daemon, delivery(lead, 1), 2);
    // The next step is a whole one, from then on.
    assert_eq!(due_s(&daemon, lead), u64::from(slept) + 60);
    daemon.turn_clock(59 * SECOND);
    assert_eq!(receiver.count(), 2);
    daemon.turn_clock(SECOND);
    wait_for_state(&daemon, delivery(lead, 1), State::Delivered);
    let log = daemon.setting.log();
    assert!(!log.contains("the clock was set"), "{log}");
    daemon.verify();
}

#[test]
fn a_leap_second_is_no_jump_of_the_clock_and_costs_no_wait_more_than_itself() {
    let failures = [500, 500, 200].map(Reply::status).to_vec();
    let receiver = Receiver::sequence(failures);
    let daemon = TestDaemon::start(&crm(&receiver, ""));
    let lead = post(&daemon, "ada", "hello");
    attempts(&daemon, delivery(lead, 1), 1);
    daemon.turn_clock(10 * SECOND);
    attempts(&daemon, delivery(lead, 1), 2);
    daemon.turn_clock(30 * SECOND);
    // The same second comes a second time, and so do leads in it.
    daemon.set_clock(Timestamp(daemon.setting.now().0 - 1000));
    let other = post(&daemon, "grace", "hello");
    wait_for_state(&daemon, delivery(other, 1), State::Delivered);
    daemon.turn_clock(30 * SECOND);
    daemon.turn_clock(SECOND);
    wait_for_state(&daemon, delivery(lead, 1), State::Delivered);
    assert_eq!(receiver.count(), 4);
    let log = daemon.setting.log();
    assert!(!log.contains("the clock was set"), "{log}");
    daemon.verify();
}
