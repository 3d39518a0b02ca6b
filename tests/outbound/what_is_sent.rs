//! What a receiver gets to see.

use std::thread;

use leadhook::domain::signature::{SigningKey, verify};
use leadhook::outbound::{Outgoing, check_header};

use crate::harness::{Receiver, Reply};
use crate::{BODY, NOW, answered, client, post, settings};

#[test]
fn an_event_arrives_as_it_was_with_a_signature_that_holds() {
    let receiver = Receiver::always(Reply::status(204));
    let keys = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"].map(|k| SigningKey::parse(k).unwrap());
    let event = Outgoing::webhook("evt_1", NOW, &keys, BODY).unwrap();
    let (outcome, _) = client(&settings(&receiver.url())).send(&event);
    assert_eq!(answered(outcome).status, 204);

    let request = receiver.wait_for(1).remove(0);
    assert_eq!(request.line, "POST /hook HTTP/1.1");
    assert_eq!(request.body, BODY);
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("accept-encoding"), Some("identity"));
    assert_eq!(request.header("content-length"), Some("10"));
    assert!(
        request
            .header("user-agent")
            .unwrap()
            .starts_with("leadhook/")
    );
    assert!(request.header("cookie").is_none());
    let header = |name| request.header(name);
    verify(
        &keys,
        header("webhook-id"),
        header("webhook-timestamp"),
        header("webhook-signature"),
        &request.body,
        NOW,
    )
    .unwrap();
}

#[test]
fn without_a_key_there_is_no_signature_and_headers_of_ones_own_are_sent() {
    let receiver = Receiver::always(Reply::status(200));
    let mut event = Outgoing::webhook("evt_1", NOW, &[], BODY).unwrap();
    event.header("X-Api-Key", "one").unwrap();
    event.header("x-api-key", "two").unwrap();
    client(&settings(&receiver.url())).send(&event);
    let request = receiver.wait_for(1).remove(0);
    assert_eq!(request.header("webhook-signature"), None);
    assert_eq!(request.header("x-api-key"), Some("two"));
}

#[test]
fn a_header_that_cannot_be_sent_is_refused_without_its_value() {
    for (name, value) in [
        ("a b", "secret"),
        ("", "secret"),
        ("x", "secret\r\ny: z"),
        ("content-length", "secret"),
        ("Transfer-Encoding", "secret"),
        ("host", "secret"),
    ] {
        let error = check_header(name, value).unwrap_err();
        assert!(!error.contains("secret"), "{error}");
    }
    assert_eq!(check_header("authorization", "Bearer x"), Ok(()));
}

#[test]
fn connections_are_kept_and_shared_by_threads() {
    let receiver = Receiver::always(Reply::full(200, &[], b"thanks"));
    let client = client(&settings(&receiver.url()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..25).for_each(|_| drop(answered(post(&client)))));
        }
    });
    assert_eq!(receiver.count(), 100);
    assert!(receiver.connections() <= 4, "{}", receiver.connections());
}

#[test]
fn a_large_body_arrives_whole() {
    let receiver = Receiver::always(Reply::status(200));
    let body: Vec<u8> = (0..1_000_003_u32).map(|n| n as u8).collect();
    let client = client(&settings(&receiver.url()));
    for _ in 0..2 {
        answered(client.send(&Outgoing::json(NOW, &body)).0);
    }
    assert!(
        receiver
            .requests()
            .iter()
            .all(|request| request.body == body)
    );
    assert_eq!(receiver.connections(), 1);
}
