//! The inspector: what arrives is shown, with the truth about its signature, and does no harm.

use std::time::{Duration, Instant};

use leadhook::domain::signature::{SigningKey, sign};

use crate::client::{Answer, ask};
use crate::daemon::{BEGIN, SECRET, Setting, TestDaemon, WEBSITE, wait_until, webhook};
use crate::{TOKEN, get};

/// A daemon that is told the port of its own inspector once it has one.
fn daemon() -> TestDaemon {
    let mut daemon = TestDaemon::start(WEBSITE);
    let url = format!("http://{}/inspector/crm", daemon.admin());
    let config = format!("{WEBSITE}{}", webhook("crm", &url, ""));
    assert_eq!(daemon.reload(&config), Ok(Vec::new()));
    daemon
}

fn page(daemon: &TestDaemon, name: &str) -> Answer {
    let answer = daemon.get(&format!("/inspector{name}"));
    assert_eq!(answer.status, 200);
    answer
}

/// Posts to the inspector, signed with `secret`, as `body`.
fn deliver(daemon: &TestDaemon, name: &str, secret: &str, body: &str) {
    let keys = [SigningKey::parse(secret).expect("a key")];
    let signature = sign(&keys, "evt_1", BEGIN, body.as_bytes());
    let seconds = BEGIN.unix_seconds().to_string();
    let headers = [
        ("webhook-id", "evt_1"),
        ("webhook-timestamp", seconds.as_str()),
        ("webhook-signature", signature.as_str()),
    ];
    let path = format!("/inspector/{name}");
    let answer = ask(daemon.admin(), "POST", &path, &headers, body.as_bytes());
    assert_eq!(answer.status, 204);
}

#[test]
fn what_it_has_seen_of_a_person_is_forgotten_with_him() {
    let daemon = daemon();
    for whose in ["ada", "eva"] {
        let body = format!(r#"{{"email":"{whose}@example.com"}}"#);
        assert_eq!(daemon.post("website", &body).status, 201);
    }
    daemon.wait_until_drained();
    let erased = ask(daemon.admin(), "DELETE", "/api/v1/leads/1", &[TOKEN], b"");
    assert_eq!(erased.status, 200, "{}", erased.body);
    let page = page(&daemon, "").body;
    assert!(
        !page.contains("ada@example.com") && page.contains("eva@example.com"),
        "{page}"
    );
}

#[test]
fn a_lead_that_is_posted_is_seen_with_a_signature_that_holds() {
    let daemon = daemon();
    assert!(
        page(&daemon, "")
            .body
            .contains("No webhook has arrived yet")
    );
    assert_eq!(
        daemon
            .post("website", r#"{"email":"ada@example.com"}"#)
            .status,
        201
    );
    daemon.wait_until_drained();
    for name in ["", "/crm"] {
        let page = page(&daemon, name).body;
        assert!(page.contains("ada@example.com"), "{page}");
        assert!(page.contains("The signature holds."), "{page}");
        assert!(page.contains("webhook-id: evt_"), "{page}");
    }
    assert!(!page(&daemon, "/other").body.contains("ada@"));
}

#[test]
fn a_signature_that_does_not_hold_is_said_with_the_likely_cause() {
    let daemon = daemon();
    deliver(
        &daemon,
        "crm",
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "{}",
    );
    assert!(
        page(&daemon, "/crm")
            .body
            .contains("does not hold: no signature fits this body and secret")
    );
    ask(daemon.admin(), "POST", "/inspector/crm", &[], b"{}");
    assert!(
        page(&daemon, "/crm")
            .body
            .contains("none of webhook-id, webhook-timestamp and webhook-signature is there")
    );
    deliver(&daemon, "unknown", SECRET, "{}");
    assert!(page(&daemon, "/unknown").body.contains("was not checked"));
}

#[test]
fn a_clock_that_is_off_is_said() {
    let daemon = daemon();
    daemon.turn_clock(std::time::Duration::from_secs(400));
    deliver(&daemon, "crm", SECRET, "{}");
    assert!(
        page(&daemon, "/crm")
            .body
            .contains("webhook-timestamp is 400 s behind this clock")
    );
}

#[test]
fn whatever_a_lead_says_is_text_on_the_page() {
    let daemon = daemon();
    let hostile = r#"{"name":"<script>alert(1)</script>","company":"\"><img src=x onerror='x'>&lt;","notes":"abc\u202etxt.exe\u2066"}"#;
    assert_eq!(daemon.post("website", hostile).status, 201);
    daemon.wait_until_drained();
    ask(
        daemon.admin(),
        "POST",
        "/inspector/%3Cb%3E",
        &[("x-a", "</pre><script>")],
        b"<script>no JSON",
    );
    let page = page(&daemon, "").body;
    for harm in [
        "<script",
        "<img",
        "onerror='",
        "<b>",
        "\u{202e}",
        "\u{2066}",
    ] {
        assert!(!page.contains(harm), "{harm} in {page}");
    }
    for shown in [
        "&lt;script&gt;alert(1)",
        "&lt;img src=x",
        "&amp;lt;",
        "[U+202E]txt.exe[U+2066]",
        "&lt;script&gt;no JSON",
    ] {
        assert!(page.contains(shown), "{shown} not in {page}");
    }
}

#[test]
fn nothing_on_the_page_may_run_load_or_be_framed() {
    let daemon = daemon();
    let page = page(&daemon, "");
    let policy = page.header("content-security-policy").unwrap_or_default();
    for rule in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("script-src"), "{policy}");
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(page.header(name), Some(value));
    }
}

#[test]
fn numbers_are_shown_with_all_their_digits_and_members_in_their_order() {
    let daemon = daemon();
    deliver(
        &daemon,
        "crm",
        SECRET,
        r#"{"b":156.80,"a":12345678901234567890123,"c":[],"d":{"e":[1,null]}}"#,
    );
    let page = page(&daemon, "/crm").body;
    let shown = "{\n  &quot;b&quot;: 156.80,\n  &quot;a&quot;: 12345678901234567890123,\n  &quot;c&quot;: [],";
    assert!(page.contains(shown), "{page}");
}

#[test]
fn the_inspector_keeps_the_last_ones_and_only_so_many_names() {
    let setting = Setting::default().with("admin", "inspector_keep = 2");
    let daemon = TestDaemon::start_with(setting, WEBSITE);
    for n in 1..=3 {
        deliver(&daemon, "crm", SECRET, &format!("request-{n}"));
    }
    let kept = page(&daemon, "/crm").body;
    assert!(
        !kept.contains("request-1") && kept.contains("request-2") && kept.contains("request-3")
    );
    for n in 0..120 {
        deliver(&daemon, &format!("name-{n}"), SECRET, "x");
    }
    assert_eq!(page(&daemon, "").body.matches("<article>").count(), 101);
}

/// A hundred names with a thousand large requests each would have been more than any machine has.
#[test]
fn the_inspector_keeps_no_more_than_the_memory_bears() {
    let setting = Setting::default().with("admin", "inspector_keep = 1000");
    let daemon = TestDaemon::start_with(setting, WEBSITE);
    let large = "x".repeat(200 * 1024);
    for n in 0..100 {
        deliver(&daemon, ["crm", "chat"][n % 2], SECRET, &large);
        daemon.setting.advance(Duration::from_secs(1));
    }
    deliver(&daemon, "last", SECRET, "{}");
    let page = page(&daemon, "/last").body;
    for kept in [">crm (40)<", ">chat (41)<", ">last (1)<"] {
        assert!(page.contains(kept), "{kept} in {page}");
    }
}

#[test]
fn without_the_inspector_there_is_nothing_to_post_to() {
    let setting = Setting::default().with("admin", "inspector = false");
    let daemon = TestDaemon::start_with(setting, WEBSITE);
    assert_eq!(daemon.get("/inspector").status, 404);
    assert_eq!(
        ask(daemon.admin(), "POST", "/inspector/crm", &[TOKEN], b"{}").status,
        404
    );
    assert_eq!(get(&daemon, "/livez").status, 200);
}

#[test]
fn it_answers_as_the_query_says_and_shows_what_it_answered() {
    let daemon = daemon();
    let post = |query: &str| {
        let path = format!("/inspector/slow{query}");
        let begun = Instant::now();
        let answer = ask(daemon.admin(), "POST", &path, &[], b"{}");
        (answer.status, begun.elapsed())
    };
    assert_eq!(post("").0, 204);
    let (status, took) = post("?status=503&delay=80ms");
    assert!(status == 503 && took >= Duration::from_millis(80));
    let page = page(&daemon, "/slow").body;
    assert!(page.contains("Answered 503 after 80ms."), "{page}");
    for bad in ["?status=100", "?status=x", "?delay=61s", "?delay=2", "?x=1"] {
        assert_eq!(post(bad).0, 400, "{bad}");
    }
}

/// So that one can watch retries, and how they end.
#[test]
fn a_webhook_to_a_failing_inspector_is_tried_again() {
    let mut daemon = TestDaemon::start(WEBSITE);
    let url = format!("http://{}/inspector/crm?status=500", daemon.admin());
    let config = format!("{WEBSITE}{}", webhook("crm", &url, ""));
    assert_eq!(daemon.reload(&config), Ok(Vec::new()));
    assert_eq!(daemon.post("website", r#"{"name":"Ada"}"#).status, 201);
    for n in 1..=3 {
        wait_until("an attempt", || {
            page(&daemon, "/crm").body.matches("<article>").count() == n
        });
        wait_until("its record", || {
            daemon.setting.log().matches("attempt failed").count() == n
        });
        daemon.turn_clock(Duration::from_secs(200));
    }
    assert!(page(&daemon, "/crm").body.contains("The signature holds."));
}

#[test]
fn every_name_has_a_link_to_its_own_page() {
    let daemon = daemon();
    deliver(&daemon, "crm", SECRET, "{}");
    deliver(&daemon, "other", SECRET, "{}");
    let page = page(&daemon, "/crm").body;
    assert!(page.contains(r#"<a href="/inspector">All</a>"#), "{page}");
    let current = r#"<a href="/inspector/crm" aria-current="page">crm (1)</a>"#;
    assert!(page.contains(current), "{page}");
    assert!(page.contains(r#"<a href="/inspector/other">other (1)</a>"#));
}
