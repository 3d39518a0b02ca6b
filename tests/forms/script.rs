//! The script for the owner's pages, as it is served.

use crate::FORMS;
use crate::client::{Answer, ask};
use crate::daemon::TestDaemon;

fn fetch(daemon: &TestDaemon, method: &str, headers: &[(&str, &str)]) -> Answer {
    ask(daemon.ingest(), method, "/leadhook.js", headers, b"")
}

#[test]
fn any_page_may_load_the_script_and_it_is_small() {
    let daemon = TestDaemon::start(FORMS);
    let answer = fetch(&daemon, "GET", &[("origin", "https://elsewhere.example")]);
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(
        answer.header("cross-origin-resource-policy"),
        Some("cross-origin")
    );
    assert!(answer.body.len() < 4096, "{}", answer.body.len());
    assert!(answer.body.is_ascii() && answer.body.contains("'use strict'"));
}

#[test]
fn a_browser_that_has_the_script_is_told_so() {
    let daemon = TestDaemon::start(FORMS);
    let first = fetch(&daemon, "GET", &[]);
    assert_eq!(first.header("cache-control"), Some("public, max-age=3600"));
    let tag = first.header("etag").expect("a tag").to_owned();
    let again = fetch(
        &daemon,
        "GET",
        &[("if-none-match", &format!("\"x\", W/{tag}"))],
    );
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert_eq!(again.header("etag"), Some(tag.as_str()));
    assert_eq!(
        fetch(&daemon, "GET", &[("if-none-match", "\"x\"")]).status,
        200
    );
}

#[test]
fn the_script_is_only_fetched() {
    let daemon = TestDaemon::start(FORMS);
    let answer = fetch(&daemon, "POST", &[]);
    assert_eq!(
        (answer.status, answer.header("allow")),
        (405, Some("GET, HEAD"))
    );
}
