//! Webhooks that are changed, removed and added again while deliveries wait.

use leadhook::domain::delivery::State;

use crate::daemon::{TestDaemon, WEBSITE, wait_until};
use crate::receiver::{Gate, Receiver, Reply};
use crate::{SECOND, attempts, crm, delivery, found, notes, post, wait_for_state};

#[test]
fn what_waits_goes_to_the_url_that_the_config_has_then() {
    let old = Receiver::always(Reply::status(500));
    let new = Receiver::always(Reply::status(200));
    let mut daemon = TestDaemon::start(&crm(&old, ""));
    let lead = post(&daemon, "ada", "hello");
    attempts(&daemon, delivery(lead, 1), 1);
    daemon
        .reload(&crm(&new, ""))
        .expect("a config that is taken over");
    daemon.turn_clock(10 * SECOND);
    wait_for_state(&daemon, delivery(lead, 1), State::Delivered);
    assert_eq!((old.count(), new.count()), (1, 1));
}

#[test]
fn deliveries_of_a_removed_webhook_stay_and_go_on_when_it_is_back() {
    let receiver = Receiver::sequence(vec![Reply::status(500), Reply::status(200)]);
    let config = crm(&receiver, "");
    let mut daemon = TestDaemon::start(&config);
    let lead = post(&daemon, "ada", "before");
    attempts(&daemon, delivery(lead, 1), 1);
    daemon.reload(WEBSITE).expect("a config that is taken over");
    daemon.turn_clock(86_400 * SECOND);
    // Nobody listens to this one.
    let unheard = post(&daemon, "grace", "between");
    assert_eq!(daemon.store().delivery(delivery(unheard, 1)), Ok(None));
    assert_eq!(found(&daemon, delivery(lead, 1)).state, State::Pending);
    daemon.restart();
    daemon.reload(&config).expect("a config that is taken over");
    wait_for_state(&daemon, delivery(lead, 1), State::Delivered);
    post(&daemon, "ada", "after");
    daemon.wait_until_drained();
    assert_eq!(notes(&receiver), ["before", "before", "after"]);
    daemon.verify();
}

#[test]
fn a_webhook_that_is_back_while_its_attempt_is_under_way_does_not_send_it_twice() {
    let gate = Gate::default();
    let receiver = Receiver::sequence(vec![Reply::status(200).after(&gate), Reply::status(200)]);
    let config = crm(&receiver, "");
    let mut daemon = TestDaemon::start(&config);
    let ada = post(&daemon, "ada", "ada 1");
    receiver.wait_for(1);
    daemon.reload(WEBSITE).expect("a config that is taken over");
    daemon.reload(&config).expect("a config that is taken over");
    post(&daemon, "ada", "ada 2");
    let grace = post(&daemon, "grace", "grace");
    wait_for_state(&daemon, delivery(grace, 1), State::Delivered);
    assert_eq!(found(&daemon, delivery(ada, 1)).state, State::Pending);
    gate.open();
    daemon.wait_until_drained();
    assert_eq!(notes(&receiver), ["ada 1", "grace", "ada 2"]);
}

#[test]
fn an_attempt_under_way_is_recorded_although_its_webhook_was_removed() {
    let gate = Gate::default();
    let receiver = Receiver::always(Reply::status(200).after(&gate));
    let mut daemon = TestDaemon::start(&crm(&receiver, ""));
    let lead = post(&daemon, "ada", "hello");
    receiver.wait_for(1);
    daemon.reload(WEBSITE).expect("a config that is taken over");
    gate.open();
    wait_until("the record", || {
        found(&daemon, delivery(lead, 1)).state == State::Delivered
    });
}
