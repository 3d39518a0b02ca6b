//! The pages: who gets in, what they show, what their forms do, and what cannot be done through them.

mod actions;
#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
mod defence;
mod hostile;
#[path = "../harness/receiver.rs"]
mod receiver;
mod sending;
mod signing_in;
mod trying;

use client::{Answer, ask};
use daemon::{TestDaemon, WEBSITE};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn daemon() -> TestDaemon {
    TestDaemon::start(WEBSITE)
}

/// Sends a form without a session.
fn send(daemon: &TestDaemon, path: &str, headers: &[(&str, &str)], form: &str) -> Answer {
    let headers = [&[FORM], headers].concat();
    ask(daemon.admin(), "POST", path, &headers, form.as_bytes())
}

/// The cookie of a new session.
#[track_caller]
fn sign_in_with(daemon: &TestDaemon, token: &str) -> String {
    let answer = send(
        daemon,
        "/sign-in",
        &[],
        &format!("token={token}&next=%2Fleads"),
    );
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/leads")),
        "{}",
        answer.body
    );
    let cookie = answer.header("set-cookie").expect("a cookie");
    cookie.split(';').next().expect("a pair").to_owned()
}

fn sign_in(daemon: &TestDaemon) -> String {
    sign_in_with(daemon, "test-admin-token-0123")
}

/// A page of this session.
fn get(daemon: &TestDaemon, cookie: &str, path: &str) -> Answer {
    ask(daemon.admin(), "GET", path, &[("cookie", cookie)], b"")
}

/// The key that the forms of this session carry.
#[track_caller]
fn form_key(daemon: &TestDaemon, cookie: &str) -> String {
    let page = get(daemon, cookie, "/leads").body;
    let (_, rest) = page
        .split_once("name=\"form_key\" value=\"")
        .expect("a form");
    rest.split('"').next().expect("a key").to_owned()
}

/// A cell of a table below this column.
fn cell(column: &str, text: &str) -> String {
    format!("<td role=\"cell\" data-label=\"{column}\">{text}</td>")
}

/// Sends a form of this session.
fn act(daemon: &TestDaemon, cookie: &str, path: &str, form: &str) -> Answer {
    let key = form_key(daemon, cookie);
    send(
        daemon,
        path,
        &[("cookie", cookie)],
        &format!("form_key={key}&{form}"),
    )
}
