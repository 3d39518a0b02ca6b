//! Connections that are used again, and those that were closed meanwhile.

use crate::harness::{Receiver, Reply};
use crate::{answered, client, post, settings, unanswered};

#[test]
fn one_that_was_closed_while_idle_is_not_used_again() {
    let receiver = Receiver::always(Reply::status(200));
    let client = client(&settings(&receiver.url()));
    answered(post(&client));
    receiver.close_connections();
    answered(post(&client));
    assert_eq!((receiver.connections(), receiver.count()), (2, 2));
}

#[test]
fn one_that_is_closed_as_the_request_arrives_costs_no_attempt() {
    for goodbye in [Reply::Close, Reply::Reset] {
        let replies = vec![Reply::status(200), goodbye, Reply::status(201)];
        let receiver = Receiver::sequence(replies);
        let client = client(&settings(&receiver.url()));
        assert_eq!(answered(post(&client)).status, 200);
        assert_eq!(answered(post(&client)).status, 201);
        let connections: Vec<_> = receiver.requests().iter().map(|r| r.connection).collect();
        assert_eq!(connections, [1, 1, 2]);
    }
}

#[test]
fn a_new_one_that_is_closed_is_tried_once_only() {
    let receiver = Receiver::always(Reply::Close);
    let client = client(&settings(&receiver.url()));
    unanswered(post(&client));
    assert_eq!(receiver.count(), 1);
    let replies = vec![Reply::status(200), Reply::Close];
    let receiver = Receiver::sequence(replies);
    let client = super::client(&settings(&receiver.url()));
    answered(post(&client));
    unanswered(post(&client));
    assert_eq!(receiver.count(), 3);
}

#[test]
fn one_that_was_cut_in_the_middle_of_an_answer_is_not_tried_again() {
    let half = Reply::Raw(b"HTTP/1.1 200".to_vec());
    let receiver = Receiver::sequence(vec![Reply::status(200), half]);
    let client = client(&settings(&receiver.url()));
    answered(post(&client));
    unanswered(post(&client));
    assert_eq!(receiver.count(), 2);
}
