//! Each kind of failure: it is recorded in plain words, and the delivery is made again, the same.

use std::time::Duration;

use leadhook::domain::delivery::{EXCERPT_BYTES_MAX, Outcome, State};

use crate::daemon::TestDaemon;
use crate::receiver::{Receiver, Reply};
use crate::{SECOND, attempts, crm, delivery, found, post};

/// Meets this reply first and a 200 then. Gives the outcome of the first attempt.
fn is_made_again_after(reply: Reply) -> Outcome {
    let receiver = Receiver::sequence(vec![reply, Reply::status(200)]);
    let daemon = TestDaemon::start(&crm(&receiver, "timeout = \"1s\"\n"));
    let id = delivery(post(&daemon, "ada", "hello"), 1);
    let first = attempts(&daemon, id, 1).remove(0);
    assert_eq!(found(&daemon, id).state, State::Pending);
    daemon.turn_clock(10 * SECOND);
    let second = attempts(&daemon, id, 2).remove(1);
    assert_eq!(second.started.0 - first.started.0, 10_000);
    assert_eq!(found(&daemon, id).state, State::Delivered);
    let requests = receiver.requests();
    let [first_request, second_request] = requests.as_slice() else {
        panic!("{} requests", requests.len());
    };
    assert_eq!(first_request.body, second_request.body);
    let header = |name| [first_request, second_request].map(|request| request.header(name));
    let [first_id, second_id] = header("webhook-id");
    assert_eq!(first_id, second_id);
    // Receivers refuse old timestamps, so each attempt is signed anew.
    let [first_time, second_time] = header("webhook-timestamp");
    assert_ne!(first_time, second_time);
    daemon.verify();
    first.outcome
}

fn words(reply: Reply) -> String {
    is_made_again_after(reply).to_string()
}

#[test]
fn a_500_keeps_the_beginning_of_what_it_says() {
    let body = "the database is down. ".repeat(1000);
    let outcome = is_made_again_after(Reply::full(500, &[], body.as_bytes()));
    let Outcome::Answered(answer) = outcome else {
        panic!("{outcome}");
    };
    assert_eq!(answer.status, 500);
    assert_eq!(answer.excerpt, &body.as_bytes()[..EXCERPT_BYTES_MAX]);
}

#[test]
fn a_receiver_that_hangs() {
    assert_eq!(
        words(Reply::Hang),
        "waiting for the answer: no answer within 1 s"
    );
}

#[test]
fn a_receiver_that_drips() {
    let bytes = b"HTTP/1.1 200 OK\r\nx: ".repeat(20);
    let said = words(Reply::Drip(bytes, Duration::from_millis(10)));
    assert_eq!(
        said,
        "waiting for the answer: no complete answer within 1 s"
    );
}

#[test]
fn a_500_whose_body_never_ends() {
    let head = b"HTTP/1.1 500 Oops\r\n\r\n".to_vec();
    let said = words(Reply::Endless(head, vec![b'x'; 4096]));
    assert_eq!(
        said,
        "500 (the body is longer than 64 KiB; the rest was not read)"
    );
}

#[test]
fn a_reset_connection() {
    assert!(words(Reply::Reset).contains("reset the connection without an answer"));
}

#[test]
fn a_connection_that_is_closed() {
    assert!(words(Reply::Close).contains("closed the connection without an answer"));
}

#[test]
fn garbage() {
    assert!(words(Reply::Raw(b"220 smtp.example.com\r\n".to_vec())).contains("not valid HTTP"));
}

#[test]
fn a_redirect_is_not_followed_and_tells_where_to() {
    let elsewhere = Receiver::always(Reply::status(200));
    let location = format!("{}?token=secret", elsewhere.url());
    let said = words(Reply::full(301, &[("location", &location)], b""));
    assert!(said.contains(&elsewhere.url()), "{said}");
    assert!(!said.contains("secret"), "{said}");
    assert_eq!(elsewhere.count(), 0);
}

#[test]
fn a_200_counts_whatever_becomes_of_its_body() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort".to_vec();
    let receiver = Receiver::always(Reply::Raw(head));
    let daemon = TestDaemon::start(&crm(&receiver, ""));
    let id = delivery(post(&daemon, "ada", "hello"), 1);
    let outcome = attempts(&daemon, id, 1).remove(0).outcome;
    let said = "200 (the connection ended before the body did)";
    assert_eq!(outcome.to_string(), said);
    assert_eq!(found(&daemon, id).state, State::Delivered);
}
