//! Pages of which sites may post by script and read the answer.

use crate::client::{Answer, ask};
use crate::daemon::{Setting, TestDaemon};
use crate::{FORMS, PAGE, count, form};

fn preflight(daemon: &TestDaemon, source: &str, origin: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        (
            "access-control-request-headers",
            "content-type,idempotency-key",
        ),
    ];
    ask(
        daemon.ingest(),
        "OPTIONS",
        &format!("/in/{source}"),
        &headers,
        b"",
    )
}

fn allowed(answer: &Answer) -> Option<&str> {
    answer.header("access-control-allow-origin")
}

#[test]
fn a_listed_site_may_post_by_script() {
    let daemon = TestDaemon::start(FORMS);
    for origin in ["https://www.example.com", "http://localhost:3000"] {
        let answer = preflight(&daemon, "website", origin);
        assert_eq!((answer.status, allowed(&answer)), (204, Some(origin)));
        assert_eq!(answer.header("vary"), Some("Origin"));
        assert_eq!(answer.header("access-control-allow-methods"), Some("POST"));
        assert_eq!(answer.header("access-control-max-age"), Some("600"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        let names = answer
            .header("access-control-allow-headers")
            .expect("names");
        assert!(names.contains("content-type") && names.contains("idempotency-key"));
        let answer = form(&daemon, "website", &[("origin", origin)], "email=a%40x");
        assert_eq!((answer.status, allowed(&answer)), (201, Some(origin)));
        assert_eq!(answer.header("vary"), Some("Origin"));
    }
}

#[test]
fn another_site_gets_no_leave_and_its_posts_are_refused() {
    let daemon = TestDaemon::start(FORMS);
    for origin in [
        "https://evil.example",
        "http://www.example.com",
        "https://www.example.com:8443",
        "https://www.example.com.evil.example",
        "null",
    ] {
        let answer = preflight(&daemon, "website", origin);
        assert_eq!((answer.status, allowed(&answer)), (204, None), "{origin}");
        assert_eq!(answer.header("access-control-allow-methods"), None);
        assert_eq!(answer.header("vary"), Some("Origin"));
        let answer = form(&daemon, "website", &[("origin", origin)], "email=a%40x");
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "origin_not_allowed")
        );
        assert_eq!(allowed(&answer), None);
    }
    assert_eq!(count(&daemon), 0);
}

#[test]
fn programs_without_an_origin_and_our_own_pages_may_post() {
    let daemon = TestDaemon::start(FORMS);
    assert_eq!(form(&daemon, "website", &[], "email=a%40x").status, 201);
    let ours = [("origin", "http://localhost")];
    assert_eq!(form(&daemon, "website", &ours, "email=a%40x").status, 201);
    let proxied = [
        ("origin", "https://leads.example.com"),
        ("sec-fetch-site", "same-origin"),
    ];
    assert_eq!(
        form(&daemon, "website", &proxied, "email=a%40x").status,
        201
    );
}

#[test]
fn without_listed_sites_a_form_may_be_anywhere_and_no_script_reads_the_answer() {
    let daemon = TestDaemon::start(FORMS);
    let elsewhere = [("origin", "https://elsewhere.example")];
    let answer = form(&daemon, "anywhere", &elsewhere, "email=a%40x");
    assert_eq!((answer.status, allowed(&answer)), (201, None));
    assert_eq!(
        preflight(&daemon, "anywhere", "https://elsewhere.example").status,
        405
    );
}

#[test]
fn a_script_can_read_what_is_wrong_and_when_to_come_back() {
    let paced = FORMS.replacen("rate_per_minute = 0", "rate_per_minute = 6", 1);
    let setting = Setting::default().with("ingest", "body_bytes_max = \"1 KiB\"");
    let daemon = TestDaemon::start_with(setting, &paced);
    let large = format!("notes={}", "x".repeat(2000));
    let json = ("content-type", "application/json");
    let post = |headers: &[(&str, &str)], body: &str| {
        ask(
            daemon.ingest(),
            "POST",
            "/in/website",
            headers,
            body.as_bytes(),
        )
    };
    let unreadable = ("content-type", "image/png");
    for (answer, status) in [
        (post(&[PAGE, json], "{}"), 422),
        (post(&[PAGE, json], "{"), 400),
        (post(&[PAGE, json], &large), 413),
        (post(&[PAGE, unreadable], "x"), 415),
        (post(&[PAGE, json, ("idempotency-key", "")], "{}"), 400),
        (post(&[PAGE, json], "{}"), 422),
        (post(&[PAGE, json], "{}"), 429),
    ] {
        assert_eq!((answer.status, allowed(&answer)), (status, Some(PAGE.1)));
        let exposed = answer.header("access-control-expose-headers");
        assert_eq!(exposed, Some("retry-after"));
        assert_eq!(answer.header("retry-after").is_some(), status == 429);
    }
}
