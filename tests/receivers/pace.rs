//! The pace: no receiver gets more than it bears, and waiting for it costs no attempt.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use leadhook::domain::delivery::State;
use leadhook::domain::time::Timestamp;

use crate::daemon::{Setting, TestDaemon, wait_until};
use crate::receiver::{Gate, Receiver, Reply};
use crate::stops::hold;
use crate::{SECOND, attempts, crm, delivery, found, post, wait_for_state};

/// Lets requests pass one by one, when the test says so.
#[derive(Clone, Default)]
pub(crate) struct Turnstile(Arc<Mutex<Queue>>);

#[derive(Default)]
struct Queue {
    gates: VecDeque<Gate>,
    widest: usize,
    is_open: bool,
}

impl Turnstile {
    /// A receiver that answers 200 to those that it lets pass.
    fn receiver(&self) -> Receiver {
        let turnstile = self.clone();
        Receiver::script(move |_, _| turnstile.reply())
    }

    /// The answer to one more.
    pub(crate) fn reply(&self) -> Reply {
        let gate = Gate::default();
        let mut queue = self.queue();
        match queue.is_open {
            true => gate.open(),
            false => queue.gates.push_back(gate.clone()),
        }
        queue.widest = queue.widest.max(queue.gates.len());
        Reply::status(200).after(&gate)
    }

    /// Lets the first `n` of those that wait pass.
    pub(crate) fn pass(&self, n: usize) {
        self.queue().gates.drain(..n).for_each(|gate| gate.open());
    }

    /// Lets all pass from now on.
    pub(crate) fn leave_open(&self) {
        self.queue().is_open = true;
    }

    /// The most that waited at once.
    pub(crate) fn widest(&self) -> usize {
        self.queue().widest
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().expect("the queue")
    }
}

#[test]
fn in_no_second_does_a_receiver_get_more_than_its_rate() {
    let setting = Setting::default();
    let arrived: Arc<Mutex<Vec<Timestamp>>> = Arc::default();
    let (clock, times) = (setting.clone(), arrived.clone());
    let receiver = Receiver::script(move |_, _| {
        times.lock().expect("times").push(clock.now());
        Reply::status(200)
    });
    let daemon = TestDaemon::start_with(setting, &crm(&receiver, "rate = \"3/s\"\n"));
    for n in 0..12 {
        post(&daemon, &format!("lead {n}"), "hello");
    }
    for n in [3, 6, 9, 12] {
        receiver.wait_for(n);
        daemon.turn_clock(SECOND / 2);
        assert_eq!(receiver.count(), n);
        daemon.turn_clock(SECOND / 2);
    }
    daemon.wait_until_drained();
    let arrived = arrived.lock().expect("times");
    let fits = |four: &[Timestamp]| four[0].until(four[3]) >= SECOND;
    assert!(arrived.windows(4).all(fits), "{arrived:?}");
    for lead in 1..=12 {
        assert_eq!(attempts(&daemon, delivery(lead, 1), 1).len(), 1);
    }
}

#[test]
fn a_429_with_retry_after_silences_the_webhook_and_costs_who_waits_no_attempt() {
    let too_many = Reply::full(429, &[("retry-after", "30")], b"");
    let receiver = Receiver::sequence(vec![too_many, Reply::status(200)]);
    let daemon = TestDaemon::start(&crm(&receiver, ""));
    let first = post(&daemon, "ada", "hello");
    attempts(&daemon, delivery(first, 1), 1);
    let others = ["grace", "edsger"].map(|name| post(&daemon, name, "hello"));
    for _ in 0..29 {
        daemon.turn_clock(SECOND);
    }
    assert_eq!(receiver.count(), 1);
    for lead in others {
        assert_eq!(found(&daemon, delivery(lead, 1)).attempts, 0);
    }
    daemon.turn_clock(SECOND);
    daemon.wait_until_drained();
    for lead in others {
        assert_eq!(found(&daemon, delivery(lead, 1)).attempts, 1);
    }
    assert_eq!(receiver.count(), 4);
}

#[test]
fn a_receiver_that_comes_back_gets_one_request_then_two_then_four() {
    let turnstile = Turnstile::default();
    let receiver = turnstile.receiver();
    let daemon = TestDaemon::start(&crm(&receiver, "in_flight = 8\n"));
    hold(&daemon, "pause");
    for n in 0..30 {
        post(&daemon, &format!("lead {n}"), "hello");
    }
    hold(&daemon, "resume");
    let mut came = 0;
    for width in [1, 2, 4, 8] {
        came += width;
        receiver.wait_for(came);
        daemon.clock_rings();
        assert_eq!(receiver.count(), came);
        turnstile.pass(width);
    }
    // From here on it is as many as the config allows.
    for came in 16..=30 {
        receiver.wait_for(came);
        turnstile.pass(1);
    }
    daemon.wait_until_drained();
}

#[test]
fn one_request_that_hangs_while_it_starts_slowly_holds_up_nobody_for_its_whole_timeout() {
    // With one request under way at first, one lead that made its receiver think for a minute kept all
    // others waiting for as long, and after the failure it was one at a time again.
    let gate = Gate::default();
    let receiver = Receiver::sequence(vec![Reply::status(200).after(&gate), Reply::status(200)]);
    let daemon = TestDaemon::start(&crm(&receiver, "timeout = \"60s\"\n"));
    hold(&daemon, "pause");
    let hangs = post(&daemon, "ada", "hello");
    for n in 0..10 {
        post(&daemon, &format!("lead {n}"), "hello");
    }
    hold(&daemon, "resume");
    receiver.wait_for(1);
    daemon.turn_clock(2 * SECOND);
    wait_until("all others", || {
        daemon
            .store()
            .counts()
            .is_ok_and(|counts| counts.pending == 1)
    });
    assert_eq!(found(&daemon, delivery(hangs, 1)).state, State::Pending);
    gate.open();
    wait_for_state(&daemon, delivery(hangs, 1), State::Delivered);
}
