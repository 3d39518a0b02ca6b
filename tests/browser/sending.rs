//! What a visitor sends arrives once, or stays in the form with the reason.

use std::collections::BTreeSet;

use leadhook::http::forms::form_fields;
use serde_json::json;

use crate::Site;
use crate::chromium::Chromium;
use crate::client::ask;
use crate::daemon::{TestDaemon, WEBSITE};
use crate::receiver::{Receiver, Reply};

const FORM: &str = "<!doctype html><meta charset=utf-8><p id=thanks hidden>Thanks!</p>
    <script src='/leadhook.js'></script>
    <form action='/in/website' method=post data-leadhook='#thanks'>
    <input name=name value=Ada><button>Send</button></form>
    <script>
    onload = function () {
        document.querySelector('button').click();
        document.querySelector('button').click();
        setInterval(function () {
            var shown = !document.getElementById('thanks').hidden;
            if (shown) fetch('/report', { method: 'POST' });
        }, 20);
    };
    </script>";

/// A network that breaks, a server that is full, and one that says when to come back.
#[test]
fn a_post_is_repeated_under_the_same_key_until_it_is_taken() {
    let daemon = TestDaemon::start(WEBSITE);
    let script = ask(daemon.ingest(), "GET", "/leadhook.js", &[], b"").body;
    let posts = std::sync::atomic::AtomicUsize::new(0);
    let server = Receiver::script(move |request, _| match request.line.as_str() {
        "GET / HTTP/1.1" => Reply::full(200, &[("content-type", "text/html")], FORM.as_bytes()),
        "GET /leadhook.js HTTP/1.1" => Reply::full(200, &[], script.as_bytes()),
        "POST /in/website HTTP/1.1" => {
            match posts.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                0 => Reply::Reset,
                1 => Reply::full(503, &[("retry-after", "1")], b"{}"),
                2 => Reply::full(429, &[("retry-after", "1")], b"{}"),
                _ => Reply::full(201, &[], b"{}"),
            }
        }
        _ => Reply::status(204),
    });
    let Some(browser) = Chromium::open(&format!("http://{}/", server.address())) else {
        return;
    };
    let arrived = |line: &str| {
        let requests = server.requests().into_iter();
        let arrived = requests.filter(|request| request.line.starts_with(line));
        arrived.collect::<Vec<_>>()
    };
    crate::daemon::wait_until("thanks", || !arrived("POST /report").is_empty());
    drop(browser);
    let posts = arrived("POST /in/website");
    assert_eq!(posts.len(), 4);
    let key = |body: &[u8]| {
        let pairs = form_fields(body);
        let key = pairs
            .into_iter()
            .find(|(name, _)| name == "_idempotency_key");
        key.expect("a key").1
    };
    let keys: BTreeSet<String> = posts.iter().map(|post| key(&post.body)).collect();
    assert_eq!(keys.len(), 1);
    assert!(posts[3].at - posts[1].at >= std::time::Duration::from_secs(2));
}

#[test]
fn what_is_wrong_is_said_and_what_was_typed_stays() {
    let contact = "<lead><p id=thanks hidden>Thanks!</p>
        <form action='INGEST/in/website' method=post data-leadhook='#thanks'>
        <input name=name value=Ada><textarea name=message></textarea><button>Send</button></form>
        <script>
        onload = function () {
            var text = document.querySelector('textarea');
            text.value = 'x'.repeat(70000);
            document.querySelector('button').click();
            var said = function () { return (document.querySelector('[role=alert]') || {}).textContent; };
            until(said, function () {
                report([said(), text.value.length, document.getElementById('thanks').hidden]);
            });
        };
        </script>";
    let site = Site::new(&[("/contact", contact)]);
    if let Some(report) = site.visit("/contact") {
        let why = "the value has more than 65536 bytes";
        assert_eq!(report, json!([why, 70000, true]));
        assert_eq!(site.daemon.store().counts().expect("counts").leads, 0);
    }
}

/// A web server in front refused a large file with a page of its own, and the visitor read about an
/// "Unexpected token".
#[test]
fn a_refusal_of_somebody_elses_is_told_in_words_for_the_visitor() {
    let daemon = TestDaemon::start(WEBSITE);
    let script = ask(daemon.ingest(), "GET", "/leadhook.js", &[], b"").body;
    let alert = "(document.querySelector('[role=alert]') || {}).textContent";
    let form = FORM
        .replace("!document.getElementById('thanks').hidden", alert)
        .replace("method: 'POST' }", "method: 'POST', body: shown }");
    let server = Receiver::script(move |request, _| match request.line.as_str() {
        "GET / HTTP/1.1" => Reply::full(200, &[("content-type", "text/html")], form.as_bytes()),
        "GET /leadhook.js HTTP/1.1" => Reply::full(200, &[], script.as_bytes()),
        "POST /in/website HTTP/1.1" => Reply::full(413, &[], b"<html>Too large</html>"),
        _ => Reply::status(204),
    });
    let Some(browser) = Chromium::open(&format!("http://{}/", server.address())) else {
        return;
    };
    let told = || {
        let requests = server.requests().into_iter();
        let mut reports = requests.filter(|request| request.line.starts_with("POST /report"));
        reports.next().map(|report| report.body)
    };
    crate::daemon::wait_until("a reason", || told().is_some());
    drop(browser);
    let told = String::from_utf8(told().expect("a reason")).expect("a text");
    assert_eq!(told, "Sending failed. Please try again.");
}
