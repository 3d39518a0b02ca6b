//! What the answers of a receiver mean, where the webhook says so.

use std::time::Duration;

use leadhook::domain::delivery::State;
use leadhook::store::DeliveryId;

use crate::daemon::wait_until;
use crate::{ADA, House, Receiver, Reply};

/// How the delivery stands after so many attempts that were answered like this.
fn state(keys: &str, reply: Reply, attempts: usize) -> State {
    let keys = format!("retry = [\"1s\", \"1s\", \"1s\", \"1s\"]\njitter_percent = 0\n{keys}");
    let house = House::to(Receiver::always(reply), "", &keys);
    house.daemon.post("website", ADA);
    let id = DeliveryId {
        webhook: 0,
        lead: 1,
        revision: 1,
    };
    let store = house.daemon.store();
    for n in 1..=attempts {
        if n > 1 {
            house.daemon.turn_clock(Duration::from_secs(2));
        }
        wait_until("an attempt", || {
            store.attempts(id, 10).expect("a store").len() == n
        });
    }
    store
        .delivery(id)
        .expect("a store")
        .expect("a delivery")
        .state
}

fn answer(status: u16, body: &str) -> Reply {
    Reply::full(status, &[], body.as_bytes())
}

#[test]
fn a_success_is_what_the_webhook_calls_one() {
    let keys = "success_status = [302, \"4xx\"]";
    for (status, expected) in [
        (302, State::Delivered),
        (404, State::Delivered),
        (410, State::Delivered),
    ] {
        assert_eq!(state(keys, answer(status, ""), 1), expected, "{status}");
    }
    assert_eq!(state(keys, answer(200, ""), 1), State::Pending);
}

#[test]
fn an_error_that_hides_in_a_200_is_found() {
    let keys = "success_body_contains = '\"ok\":true'";
    assert_eq!(
        state(keys, answer(200, "{\"ok\":true}"), 1),
        State::Delivered
    );
    assert_eq!(
        state(keys, answer(200, "{\"ok\":false}"), 1),
        State::Pending
    );
    let far = format!("{}\"ok\":true", " ".repeat(60_000));
    assert_eq!(state(keys, answer(200, &far), 1), State::Delivered);
    let beyond = format!("{}\"ok\":true", " ".repeat(80_000));
    assert_eq!(state(keys, answer(200, &beyond), 1), State::Pending);
}

#[test]
fn an_answer_says_why_it_is_no_success() {
    let house = House::to(
        Receiver::always(answer(200, "error")),
        "",
        "success_body_contains = \"fine\"",
    );
    house.daemon.post("website", ADA);
    wait_until("a failed attempt", || {
        let log = house.daemon.setting.log();
        log.contains("200 (the body lacks what success_body_contains says)")
    });
}

#[test]
fn a_redirect_is_a_success_only_to_the_host_that_is_named() {
    let keys = "success_status = 302\nsuccess_redirect = \"done.example.com\"";
    let to = |location: &str| Reply::full(302, &[("location", location)], b"");
    assert_eq!(
        state(keys, to("https://done.example.com/x"), 1),
        State::Delivered
    );
    assert_eq!(
        state(keys, to("https://login.example.com/x"), 1),
        State::Pending
    );
}

#[test]
fn what_is_permanent_fails_for_good_after_three_tries() {
    assert_eq!(state("", answer(422, ""), 3), State::Failed);
    assert_eq!(
        state("permanent = [404]", answer(404, ""), 3),
        State::Failed
    );
    assert_eq!(
        state("permanent = \"4xx\"", answer(410, ""), 3),
        State::Failed
    );
    assert_eq!(state("permanent = []", answer(422, ""), 3), State::Pending);
    assert_eq!(
        state("permanent = [404]", answer(404, ""), 2),
        State::Pending
    );
}

#[test]
fn a_410_stops_the_webhook_unless_it_says_otherwise() {
    let house = House::to(
        Receiver::always(answer(410, "")),
        "",
        "success_status = 200",
    );
    house.daemon.post("website", ADA);
    wait_until("a stopped webhook", || {
        house.daemon.get("/healthz").status == 503
    });
}
