//! Requests and their bodies: what is read, what is spared, what is too much or too slow.

use std::sync::atomic::Ordering;
use std::time::Duration;

use leadhook::http::Limits;

use super::harness::{open, until};

fn short_body_timeout() -> Limits {
    Limits {
        body_timeout: Duration::from_millis(150),
        ..Limits::default()
    }
}

fn small_bodies() -> Limits {
    Limits {
        body_bytes_max: 1000,
        ..Limits::default()
    }
}

#[test]
fn a_site_sees_the_request_as_it_was_sent() {
    let answer = open(Limits::default()).ask(
        "GET /who%20?a=1&b=%20#part HTTP/1.1\r\nhost: x\r\nX-Line: \u{e4}\r\nx-line: 2\r\n\r\n",
    );
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, "ok", "the path is matched as it was sent");
    let answer = open(Limits::default())
        .ask("PATCH /who?a=1&b=%20 HTTP/1.1\r\nhost: x\r\nX-Line: \u{e4}\r\nx-line: 2\r\n\r\n");
    let expected = r#"PATCH /who Some("a=1&b=%20") Some("ä") ["ä", "2"] 127.0.0.1"#;
    assert_eq!(answer.body, expected);
}

#[test]
fn a_header_that_is_no_utf_8_is_harmless() {
    let answer =
        open(Limits::default()).ask(b"GET /who HTTP/1.1\r\nhost: x\r\nx-line: \xff\r\n\r\n");
    assert_eq!(answer.body, "GET /who None None [\"\u{fffd}\"] 127.0.0.1");
}

#[test]
fn one_connection_carries_many_requests() {
    let house = open(Limits::default());
    let mut client = house.connect();
    for _ in 0..3 {
        client.send("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello");
        assert_eq!(client.answer().body, "hello");
    }
    assert_eq!(house.server.counters().accepted.count(), 1);
    assert_eq!(house.server.counters().requests.count(), 3);
}

#[test]
fn a_body_arrives_whole_however_it_is_cut() {
    let house = open(Limits::default());
    let mut client = house.connect();
    client.send("POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    for piece in ["5\r\nhel", "lo\r\n", "1\r\n!\r\n", "0\r\n", "\r\n"] {
        client.send(piece);
    }
    assert_eq!(client.answer().body, "hello!");
    client.send("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\na");
    until(|| house.server.counters().requests.count() == 2);
    client.send("bc");
    assert_eq!(client.answer().body, "abc");
}

#[test]
fn a_slow_body_gets_408_and_is_closed() {
    let house = open(short_body_timeout());
    for request in [
        "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhel",
        "POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n",
    ] {
        let mut client = house.connect();
        client.send(request);
        let answer = client.answer();
        assert_eq!(answer.status, 408);
        assert_eq!(answer.code(), "body_timeout");
        assert!(answer.says_close() && client.is_closed());
    }
    assert_eq!(house.server.counters().body_timeouts.count(), 2);
}

#[test]
fn a_body_that_is_announced_as_too_large_is_never_asked_for() {
    let house = open(small_bodies());
    let mut client = house.connect();
    client.send(
        "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1001\r\nexpect: 100-continue\r\n\r\n",
    );
    let answer = client.answer();
    assert_eq!(answer.status, 413, "and not 100");
    assert_eq!(answer.code(), "body_too_large");
    assert!(answer.says_close());
    let mut client = house.connect();
    client.send(
        "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n",
    );
    assert_eq!(client.answer().status, 100);
    client.send("ab");
    assert_eq!(client.answer().body, "ab");
}

#[test]
fn a_body_without_a_length_is_read_no_further_than_its_limit() {
    let house = open(small_bodies());
    let mut client = house.connect();
    client.send("POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    for _ in 0..3 {
        client.send(format!("1f4\r\n{}\r\n", "x".repeat(500)));
    }
    let answer = client.answer();
    assert_eq!(answer.status, 413);
    assert_eq!(answer.code(), "body_too_large");
    assert!(house.site.answered().is_empty());
}

#[test]
fn bodies_that_together_are_too_much_are_turned_away_and_small_ones_are_not() {
    let house = open(Limits {
        bodies_bytes_max: 100_000,
        ..Limits::default()
    });
    let post = |path: &str, length: usize| {
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n");
        head + &"x".repeat(length)
    };
    let mut first = house.connect();
    first.send(post("/wait", 90_000));
    until(|| house.site.waiting.load(Ordering::SeqCst) == 1);
    let refused = house.ask(post("/echo", 50_000));
    assert_eq!(
        (refused.status, refused.code()),
        (503, "too_busy".to_owned())
    );
    assert!(refused.says_close() && refused.head.contains("\r\nretry-after: "));
    assert_eq!(house.ask(post("/echo", 5_000)).status, 200);
    house.site.open_gate();
    assert_eq!(first.answer().status, 200);
    assert_eq!(house.ask(post("/echo", 90_000)).status, 200);
    assert_eq!(house.server.counters().bodies_refused.count(), 1);
}

#[test]
fn a_site_can_take_less_than_the_listener() {
    let house = open(Limits::default());
    let post =
        |length| format!("POST /tiny HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n");
    assert_eq!(house.ask(post(4) + "1234").body, "1234");
    assert_eq!(house.ask(post(5) + "12345").status, 413);
}

#[test]
fn a_client_that_sends_too_much_still_sees_why() {
    let house = open(small_bodies());
    let mut client = house.connect();
    client.send("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n");
    client.send("x".repeat(40_000));
    let answer = client.answer();
    assert_eq!(answer.status, 413);
    assert!(answer.says_close() && client.is_closed());
    // With the connection reset, as by a plain close, the second of these would fail, and many a
    // client would report that instead of the answer.
    client.send("x".repeat(5_000));
    client.send("x".repeat(5_000));
}

#[test]
fn a_request_refused_by_its_head_needs_no_upload_and_keeps_the_connection() {
    let house = open(Limits::default());
    let mut client = house.connect();
    client.send("POST /private HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello");
    assert_eq!(client.answer().status, 401);
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    assert_eq!(client.answer().status, 200);
    client.send("POST /none HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n");
    let answer = client.answer();
    assert_eq!(answer.status, 404);
    assert!(answer.says_close() && client.is_closed());
    assert_eq!(house.site.answered(), ["/"]);
}

#[test]
fn a_refusal_waits_only_so_long_for_a_body_that_nobody_wants() {
    let house = open(Limits {
        drain_timeout: Duration::from_millis(100),
        ..Limits::default()
    });
    let mut client = house.connect();
    client.send("POST /private HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhel");
    let answer = client.answer();
    assert_eq!(answer.status, 401);
    assert!(answer.says_close() && client.is_closed());
}

#[test]
fn a_broken_body_is_refused_and_never_answered_by_the_site() {
    let house = open(Limits::default());
    let mut client = house.connect();
    client.send("POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n-5\r\nhello");
    let answer = client.answer();
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (400, "bad_request")
    );
    assert!(client.is_closed());
    assert!(house.site.answered().is_empty());
}

#[test]
fn a_panic_costs_one_request() {
    let house = open(Limits::default());
    let mut client = house.connect();
    client.send("POST /panic HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nab");
    let answer = client.answer();
    assert_eq!((answer.status, answer.code().as_str()), (500, "internal"));
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    assert_eq!(client.answer().status, 200);
    assert_eq!(house.server.counters().panics.count(), 1);
}
