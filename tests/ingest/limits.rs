//! Limits of the listener as the config sets them: size, time, and how long a connection is kept.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::daemon::{LIMIT, Setting, TestDaemon};
use crate::{LEAD, SOURCES, is_refused, post};

#[test]
fn a_body_that_is_too_large_is_413() {
    let setting = Setting::default().with("ingest", "body_bytes_max = \"1 KiB\"");
    let daemon = TestDaemon::start_with(setting, SOURCES);
    let body = |bytes: usize| format!(r#"{{"notes":"{}"}}"#, "x".repeat(bytes - 12));
    assert_eq!(daemon.post("website", &body(1024)).status, 201);
    is_refused(&daemon.post("website", &body(1025)), 413, "body_too_large");
}

#[test]
fn a_body_that_comes_too_slowly_is_408() {
    let setting = Setting::default().with("ingest", "body_timeout = \"1s\"");
    let daemon = TestDaemon::start_with(setting, SOURCES);
    let mut stream = connect(&daemon);
    let head = "POST /in/website HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{\"email\":";
    stream.write_all(head.as_bytes()).expect("a sent head");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("an answer, then the end");
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains(r#""code":"body_timeout""#), "{answer}");
    assert_eq!(daemon.store().counts().expect("counts").leads, 0);
}

/// What a proxy in front has to know; see `http.rs`.
#[test]
fn a_kept_connection_is_closed_after_the_idle_limit_and_not_before() {
    let setting = Setting::default().with("ingest", "header_timeout = \"1s\"");
    let daemon = TestDaemon::start_with(setting, SOURCES);
    let mut reader = BufReader::new(connect(&daemon));
    let request = format!(
        "POST /in/website HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{LEAD}",
        LEAD.len()
    );
    for _ in 0..2 {
        reader
            .get_mut()
            .write_all(request.as_bytes())
            .expect("an open connection");
        let mut line = String::new();
        reader.read_line(&mut line).expect("an answer");
        assert!(line.starts_with("HTTP/1.1 201 "), "{line}");
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).expect("headers");
        }
        let mut body = [0; r#"{"lead_id":1,"result":"created"}"#.len()];
        reader.read_exact(&mut body).expect("a body");
    }
    let idle_since = std::time::Instant::now();
    assert_eq!(reader.read(&mut [0; 1]).expect("the end"), 0);
    let idle_ms = idle_since.elapsed().as_millis();
    assert!((800..5000).contains(&idle_ms), "{idle_ms} ms");
}

#[test]
fn a_refused_post_leaves_its_connection_open_for_the_next() {
    let daemon = crate::daemon();
    let mut kept = crate::client::Connection::open(daemon.ingest()).expect("a connection");
    for (path, body, status) in [
        ("/in/nobody", LEAD, 404),
        ("/in/partner", LEAD, 401),
        ("/in/website", "{}", 422),
        ("/in/website", "{", 422),
        ("/in/website", LEAD, 201),
    ] {
        let headers = [("content-type", "application/json")];
        let answer = kept
            .ask("POST", path, &headers, body.as_bytes())
            .expect("an answer");
        let status = if body == "{" { 400 } else { status };
        assert_eq!(answer.status, status, "{path} {body}");
    }
}

#[test]
fn a_connection_stays_open_between_posts_only_as_its_client_likes() {
    let daemon = crate::daemon();
    let answer = post(
        &daemon,
        "/in/website",
        &[("connection", "close")],
        LEAD.as_bytes(),
    );
    assert_eq!(answer.header("connection"), Some("close"));
}

fn connect(daemon: &TestDaemon) -> TcpStream {
    let stream = TcpStream::connect(daemon.ingest()).expect("a connection");
    stream.set_read_timeout(Some(LIMIT)).expect("a limit");
    stream
}
