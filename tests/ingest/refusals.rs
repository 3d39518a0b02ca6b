//! The table of refusals in `ingest.rs`, row by row.

use serde_json::json;

use crate::client::ask;
use crate::daemon::TestDaemon;
use crate::{LEAD, daemon, is_refused, post};

const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

type Headers<'a> = &'a [(&'a str, &'a str)];

#[test]
fn a_lead_is_created_updated_and_left_unchanged() {
    let daemon = daemon();
    let results = [
        (r#"{"external_id":"7","city":"Oslo"}"#, 201, "created"),
        (r#"{"external_id":"7","city":"Oslo"}"#, 200, "unchanged"),
        (r#"{"external_id":"7","city":"Bergen"}"#, 200, "updated"),
    ];
    for (body, status, result) in results {
        let answer = daemon.post("website", body);
        assert_eq!(answer.status, status);
        assert_eq!(answer.json(), json!({"lead_id": 1, "result": result}));
    }
    let other = daemon.post("shop", r#"{"external_id":"7","city":"Oslo"}"#);
    assert_eq!(other.json(), json!({"lead_id": 2, "result": "created"}));
}

#[test]
fn a_body_that_is_not_what_it_says_is_400() {
    let daemon = daemon();
    for body in ["", "{", "email=a@x", "{\"a\":\"\u{1}\"}", "{} {}"] {
        is_refused(&daemon.post("website", body), 400, "invalid_json");
    }
    let text = [("content-type", "text/plain")];
    is_refused(
        &post(&daemon, "/in/website", &text, b"hello"),
        400,
        "invalid_json",
    );
    let deep = "[".repeat(100_000);
    is_refused(&daemon.post("website", &deep), 400, "invalid_json");
    let latin = post(&daemon, "/in/website", &[JSON], b"{\"name\":\"J\xfcrgen\"}");
    is_refused(&latin, 400, "invalid_json");
    assert_eq!(daemon.store().counts().expect("counts").leads, 0);
}

#[test]
fn a_form_and_whatever_begins_like_json_is_read() {
    let daemon = daemon();
    let bodies: [(Headers, &[u8]); 7] = [
        (&[FORM], b"email=a%40x&City*=Oslo"),
        (&[FORM], b"{\"email\":\"a@x\"}"),
        (
            &[("content-type", "text/plain;charset=UTF-8")],
            b" {\"email\":\"a@x\"}",
        ),
        (
            &[("content-type", "application/vnd.crm+json")],
            b"{\"email\":\"a@x\"}",
        ),
        (&[], b"email=a@x"),
        (&[], b"\xef\xbb\xbf{\"email\":\"a@x\"}"),
        (&[JSON], b"\xef\xbb\xbf{\"email\":\"a@x\"}"),
    ];
    for (n, (headers, body)) in (1..).zip(bodies) {
        assert_eq!(post(&daemon, "/in/website", headers, body).lead_id(), n);
        let lead = daemon
            .store()
            .lead(n)
            .expect("a store")
            .expect("a lead")
            .lead;
        let email = lead
            .values
            .text(leadhook::domain::field::Field::EmailAddress);
        assert_eq!(email, Some("a@x"), "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn a_missing_or_wrong_secret_is_401_and_a_right_one_opens() {
    let daemon = daemon();
    let status = |path: &str, headers: &[(&str, &str)]| {
        let answer = post(&daemon, path, headers, LEAD.as_bytes());
        if answer.status == 401 {
            is_refused(&answer, 401, "unauthorized");
            assert!(answer.header("www-authenticate").is_some());
        }
        answer.status
    };
    for (path, name, right, wrong) in [
        (
            "/in/partner",
            "authorization",
            "Bearer new-partner-token-1",
            "Bearer new-partner-token-2",
        ),
        (
            "/in/partner",
            "Authorization",
            "bearer old-partner-token-1",
            "Basic old-partner-token-1",
        ),
        (
            "/in/calls",
            "x-api-key",
            "calls-secret-012345",
            "calls-secret-01234",
        ),
    ] {
        assert_eq!(status(path, &[(name, right)]), 201, "{path}");
        assert_eq!(status(path, &[(name, wrong)]), 401, "{path}");
        assert_eq!(status(path, &[(name, "")]), 401, "{path}");
        assert_eq!(status(path, &[]), 401, "{path}");
        let in_query = format!("{path}?token={}", right.replace(' ', "+"));
        assert_eq!(status(&in_query, &[]), 401, "{path}");
    }
    assert_eq!(status("/in/chat?a=b&token=chat%2Dsecret-0123456", &[]), 201);
    for query in [
        "",
        "?token=",
        "?token=chat-secret-012345",
        "?Token=chat-secret-0123456",
    ] {
        assert_eq!(status(&format!("/in/chat{query}"), &[]), 401, "{query}");
    }
    assert_eq!(status("/in/chat", &[("token", "chat-secret-0123456")]), 401);
}

#[test]
fn any_other_path_is_404_and_any_other_method_405() {
    let daemon = daemon();
    for path in [
        "/",
        "/in",
        "/in/",
        "/in/nobody",
        "/in/website/",
        "/in/website/1",
        "/healthz",
        "/inspector",
    ] {
        let code = if path.starts_with("/in/") {
            "unknown_source"
        } else {
            "not_found"
        };
        is_refused(&post(&daemon, path, &[], LEAD.as_bytes()), 404, code);
    }
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = ask(daemon.ingest(), method, "/in/website", &[], b"");
        is_refused(&answer, 405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some("POST"));
    }
}

#[test]
fn nothing_can_be_read_where_leads_are_posted() {
    let daemon = daemon();
    assert_eq!(
        daemon
            .post(
                "website",
                r#"{"external_id":"7","email":"canary@example.com"}"#
            )
            .status,
        201
    );
    for path in [
        "/",
        "/in/website",
        "/in/website?lead_id=1",
        "/in/website/1",
        "/api/v1/leads/1",
        "/livez",
    ] {
        for method in ["GET", "POST"] {
            let answer = ask(daemon.ingest(), method, path, &[], b"");
            assert!(answer.status >= 400, "{method} {path}");
            assert!(!answer.body.contains("canary"), "{method} {path}");
        }
    }
    let again = daemon.post("website", r#"{"external_id":"7","city":"Oslo"}"#);
    assert!(!again.body.contains("canary"));
}

#[test]
fn another_type_of_body_is_415_before_it_is_sent() {
    let daemon = daemon();
    for kind in ["text/html", "application/xml", "image/png"] {
        let answer = post(
            &daemon,
            "/in/website",
            &[("content-type", kind)],
            LEAD.as_bytes(),
        );
        is_refused(&answer, 415, "unsupported_media_type");
    }
    let packed = post(
        &daemon,
        "/in/website",
        &[JSON, ("content-encoding", "gzip")],
        b"x",
    );
    is_refused(&packed, 415, "unsupported_encoding");
}

#[test]
fn a_post_beyond_its_limits_is_422_with_the_field_at_fault() {
    let daemon = daemon();
    let names: Vec<String> = (0..1001).map(|n| format!("n{n}=")).collect();
    let form = post(&daemon, "/in/website", &[FORM], names.join("&").as_bytes());
    is_refused(&form, 422, "too_many_fields");
    let names: Vec<String> = (0..1001).map(|n| format!("\"n{n}\":1")).collect();
    let json = format!("{{{}}}", names.join(","));
    is_refused(&daemon.post("website", &json), 422, "too_many_fields");
    is_refused(&daemon.post("website", "[1]"), 422, "not_an_object");
    is_refused(
        &daemon.post("website", r#"{"email":""}"#),
        422,
        "empty_submission",
    );
    let long = format!(r#"{{"notes":"{}"}}"#, "x".repeat(65_537));
    let answer = daemon.post("website", &long);
    is_refused(&answer, 422, "value_too_long");
    assert_eq!(answer.json()["error"]["field"], "notes");
}

#[test]
fn more_posts_a_minute_than_the_source_allows_are_429() {
    let daemon = daemon();
    assert_eq!(daemon.post("slow", LEAD).status, 201);
    assert_eq!(daemon.post("slow", LEAD).status, 201);
    let answer = daemon.post("slow", LEAD);
    is_refused(&answer, 429, "too_many_posts");
    let wait: u64 = answer
        .header("retry-after")
        .and_then(|s| s.parse().ok())
        .expect("a wait");
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(daemon.post("website", LEAD).status, 201);
}

#[test]
fn a_wrong_secret_uses_up_nothing_of_what_a_source_allows() {
    let auth = "{ bearer = \"test-source-token-0123\" }";
    let source = format!("[[source]]\nname = \"api\"\nauth = {auth}\nrate_per_minute = 1\n");
    let daemon = TestDaemon::start(&source);
    for _ in 0..5 {
        is_refused(&daemon.post("api", LEAD), 401, "unauthorized");
    }
    let right = [("authorization", "Bearer test-source-token-0123")];
    assert_eq!(daemon.post_with("api", &right, LEAD).status, 201);
    assert_eq!(daemon.post_with("api", &right, LEAD).status, 429);
}
