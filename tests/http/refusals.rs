//! What is refused before a site sees it: by us, by hyper, and without losing step with the client.

use leadhook::http::Limits;

use super::harness::{House, open, until};

/// A second request right behind the first; it must not be served when the first was refused.
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n";

#[track_caller]
fn refused_and_closed(house: &House, request: &str, status: u16, code: Option<&str>) {
    let mut client = house.connect();
    client.send(format!("{request}{SMUGGLED}"));
    let answer = client.answer();
    assert_eq!(answer.status, status, "{request:?}");
    match code {
        Some(code) => assert_eq!(answer.code(), code, "{request:?}"),
        None => assert_eq!(answer.body, "", "{request:?}"),
    }
    assert!(client.is_closed(), "{request:?}");
    assert!(house.site.answered().is_empty(), "{request:?}");
}

#[test]
fn a_host_is_demanded_once_and_valid() {
    let house = open(Limits::default());
    for request in [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nhost:\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a/b\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: user@a\r\n\r\n",
        "GET / HTTP/1.0\r\nhost: a\r\nhost: b\r\n\r\n",
    ] {
        refused_and_closed(&house, request, 400, Some("bad_request"));
    }
    assert_eq!(house.server.counters().bad_requests.count(), 7);
    assert_eq!(house.ask("GET / HTTP/1.0\r\n\r\n").status, 200);
}

#[test]
fn a_target_may_name_the_host_but_no_other() {
    let house = open(Limits::default());
    for request in [
        "GET http://b/ HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET http://a:81/ HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET http://user@a/ HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET a HTTP/1.1\r\nhost: a\r\n\r\n",
    ] {
        refused_and_closed(&house, request, 400, Some("bad_request"));
    }
    for request in [
        "GET http://A:80/ HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET https://a/ HTTP/1.1\r\nhost: a:443\r\n\r\n",
    ] {
        assert_eq!(house.ask(request).status, 200, "{request:?}");
    }
}

#[test]
fn connect_and_trace_are_not_available() {
    let house = open(Limits::default());
    for request in [
        "CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n",
        "TRACE / HTTP/1.1\r\nhost: a\r\n\r\n",
    ] {
        refused_and_closed(&house, request, 405, Some("method_not_allowed"));
    }
}

#[test]
fn a_transfer_encoding_is_one_chunked_or_none() {
    let house = open(Limits::default());
    for lines in [
        "transfer-encoding: gzip, chunked\r\n",
        "transfer-encoding: chunked, chunked\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
    ] {
        let request = format!("POST /echo HTTP/1.1\r\nhost: x\r\n{lines}\r\n0\r\n\r\n");
        refused_and_closed(&house, &request, 501, Some("not_implemented"));
    }
    for lines in [
        "transfer-encoding: chunked, gzip\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
    ] {
        let request = format!("POST /echo HTTP/1.1\r\nhost: x\r\n{lines}\r\n0\r\n\r\n");
        refused_and_closed(&house, &request, 400, None);
    }
}

#[test]
fn a_compressed_body_is_refused() {
    let house = open(Limits::default());
    let post = |encoding| {
        format!(
            "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-encoding: {encoding}\r\n\
             content-length: 1\r\n\r\na"
        )
    };
    let answer = house.ask(post("gzip"));
    assert_eq!(answer.status, 415);
    assert_eq!(answer.code(), "unsupported_encoding");
    assert_eq!(house.ask(post("identity")).status, 200);
}

#[test]
fn too_many_or_too_long_headers_are_refused() {
    let house = open(Limits::default());
    let with = |n| {
        let headers: String = (0..n).map(|i| format!("x-{i}: y\r\n")).collect();
        format!("GET / HTTP/1.1\r\nhost: x\r\n{headers}\r\n")
    };
    refused_and_closed(&house, &with(64), 431, Some("too_many_headers"));
    refused_and_closed(&house, &with(200), 431, None);
    let long = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
        "y".repeat(16_384)
    );
    refused_and_closed(&house, &long, 431, None);
    let endless = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}", "y".repeat(50_000));
    refused_and_closed(&house, &endless, 431, None);
    assert_eq!(house.ask(with(63)).status, 200);
}

#[test]
fn hyper_answers_what_is_no_http() {
    let house = open(Limits::default());
    for request in [
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n",
        "GET  / HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET / HTTP/1.2\r\nhost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nhost : x\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\nx: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\nx: a\0b\r\n\r\n",
    ] {
        refused_and_closed(&house, request, 400, None);
    }
    until(|| house.server.counters().malformed.count() == 8);
}

#[test]
fn the_http_2_preface_is_closed_without_an_answer() {
    let house = open(Limits::default());
    let mut client = house.connect();
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert!(client.is_closed());
}

#[test]
fn a_length_is_one_plain_number() {
    let house = open(Limits::default());
    for lines in [
        "content-length: +5\r\n",
        "content-length: -5\r\n",
        "content-length: 0x5\r\n",
        "content-length: 5, 5\r\n",
        "content-length:\r\n",
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: 18446744073709551616\r\n",
    ] {
        let request = format!("POST /echo HTTP/1.1\r\nhost: x\r\n{lines}\r\nhello");
        refused_and_closed(&house, &request, 400, None);
    }
    let old = "POST /echo HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    refused_and_closed(&house, old, 400, None);
}

#[test]
fn a_length_beside_chunked_hides_no_second_request() {
    for lines in [
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
    ] {
        let house = open(Limits::default());
        let mut client = house.connect();
        client.send(format!(
            "POST /echo HTTP/1.1\r\nhost: x\r\n{lines}\r\n0\r\n\r\n{SMUGGLED}"
        ));
        let answer = client.answer();
        assert_eq!((answer.status, answer.body.as_str()), (200, ""));
        assert!(answer.says_close() && client.is_closed());
        assert_eq!(house.site.answered(), ["/echo"]);
    }
}

#[test]
fn the_next_request_begins_where_the_body_ends() {
    let house = open(Limits::default());
    for first in [
        "GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\nhello",
        "POST /none HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: Chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\n\r\n",
        "HEAD / HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let mut client = house.connect();
        client.send(format!(
            "{first}POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nnext"
        ));
        if first.starts_with("HEAD") {
            client.answer_to_head();
        } else {
            client.answer();
        }
        assert_eq!(client.answer().body, "next", "{first:?}");
    }
}
