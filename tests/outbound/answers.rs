//! What is taken from an answer.

use std::io;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use leadhook::domain::delivery::{EXCERPT_BYTES_MAX, Wish};
use leadhook::outbound::Outgoing;

use crate::harness::{Receiver, Reply};
use crate::{NOW, answered, client, meet, settings};

#[test]
fn a_redirect_is_shown_without_secrets_and_not_followed() {
    let elsewhere = Receiver::always(Reply::status(200));
    let location = format!("http://ann:pw@{}/new?token=s", elsewhere.address());
    for status in [301, 302, 303, 307, 308] {
        let redirect = Reply::full(status, &[("Location", &location)], b"moved");
        let answer = answered(meet(redirect));
        let shown = format!("http://{}/new", elsewhere.address());
        assert_eq!((answer.status, answer.location), (status, Some(shown)));
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn what_a_receiver_asks_for_is_understood() {
    let wait = Reply::full(429, &[("Retry-After", "120")], b"slowly");
    let answer = answered(meet(wait));
    assert_eq!(answer.retry_after, Some(Duration::from_secs(120)));
    assert_eq!(answer.excerpt, b"slowly");
    let date = [("retry-after", "Sun, 01 Feb 2026 14:10:01 GMT")];
    let answer = answered(meet(Reply::full(503, &date, b"")));
    let wait = answer.retry_after.unwrap();
    assert!((59..=60).contains(&wait.as_secs()), "{wait:?}");
    for (word, wish) in [
        ("disable", Wish::Disable),
        ("Abort-Message", Wish::AbortMessage),
    ] {
        let reply = Reply::full(410, &[("Webhook-Delivery", word)], b"");
        assert_eq!(answered(meet(reply)).wish, Some(wish));
    }
    assert_eq!(answered(meet(Reply::status(500))).wish, None);
}

#[test]
fn of_a_long_body_the_beginning_is_kept() {
    let body = vec![b'x'; 50_000];
    let answer = answered(meet(Reply::full(200, &[], &body)));
    assert_eq!(
        (answer.excerpt.len(), answer.note),
        (EXCERPT_BYTES_MAX, None)
    );
}

#[test]
fn the_status_counts_whatever_happens_to_the_body() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf".to_vec();
    let mut late = head.clone();
    late.extend([b'.'; 900]);
    let chunks = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let broken = [chunks.clone(), b"zz\r\n".to_vec()].concat();
    let chunk = [b"1000\r\n".to_vec(), vec![b'x'; 4096], b"\r\n".to_vec()].concat();
    for (reply, word) in [
        (Reply::Raw(head), "ended before"),
        (
            Reply::Drip(late, Duration::from_millis(1)),
            "not complete within 300 ms",
        ),
        (Reply::Raw(broken), "not valid HTTP"),
        (Reply::Endless(chunks, chunk), "longer than 64 KiB"),
    ] {
        let answer = answered(meet(reply));
        let note = answer.note.unwrap();
        assert!(answer.status == 200 && note.contains(word), "{note}");
        assert!(answer.excerpt.len() <= EXCERPT_BYTES_MAX);
    }
}

#[test]
fn an_answer_that_comes_before_the_request_is_sent_counts() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        use io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 100];
        stream.read_exact(&mut head).unwrap();
        stream
            .write_all(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
            .unwrap();
    });
    let body = vec![b'x'; 20_000_000];
    let (outcome, _) = client(&settings(&url)).send(&Outgoing::json(NOW, &body));
    assert_eq!(answered(outcome).status, 413);
}
