//! The log says what happened and never what a lead says, nor any secret.

use crate::client::ask;
use crate::daemon::{SECRET, TestDaemon, wait_until, webhook};
use crate::receiver::{Receiver, Reply};
use crate::{SOURCES, post};

/// In everything that must not be logged.
const CANARY: &str = "canary";

fn has_no_canary(text: &str) {
    let line = text
        .lines()
        .find(|line| line.to_lowercase().contains(CANARY));
    assert_eq!(line, None);
    for secret in [
        SECRET,
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "partner-token",
        "calls-secret",
        "chat-secret",
        "test-admin-token",
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
}

/// Says the canary wherever a receiver can.
fn talkative(status: u16) -> Reply {
    let headers = [
        ("location", "https://u:canary@x.example/?canary"),
        ("x-canary", "canary"),
    ];
    Reply::full(status, &headers, b"canary: what you sent was {canary}")
}

/// Posts that are refused, with the canary wherever a client can put it.
fn post_canaries(daemon: &TestDaemon) {
    for (path, headers, body) in [
        (
            "/in/website",
            &[("idempotency-key", "canary")][..],
            "{\"canary\":1}",
        ),
        ("/in/website?canary=canary", &[], "{\"email\":\"canary"),
        ("/in/website", &[("content-type", "text/canary")], "canary"),
        ("/in/canary?canary", &[], "canary"),
        ("/canary", &[], "canary"),
        (
            "/in/partner",
            &[("authorization", "Bearer canary")],
            "canary",
        ),
        ("/in/chat?token=canary", &[], "canary"),
        (
            "/in/chat?token=chat-secret-0123456&canary=1",
            &[],
            "canary=1",
        ),
    ] {
        post(daemon, path, headers, body.as_bytes());
    }
    let long = format!("{{\"canary\":\"{}\"}}", CANARY.repeat(20_000));
    assert_eq!(daemon.post("website", &long).status, 422);
    ask(
        daemon.admin(),
        "GET",
        "/inspector/canary?canary",
        &[("authorization", "Bearer canary")],
        b"",
    );
    ask(daemon.admin(), "POST", "/inspector/canary", &[], b"canary");
}

#[test]
fn no_personal_data_and_no_secret_gets_into_the_log() {
    let receiver = Receiver::sequence(vec![talkative(500), talkative(302), talkative(410)]);
    let url = format!("{}?key=canary-key", receiver.url());
    let hooks = webhook("crm", &url, "retry = [\"1s\", \"1s\"]");
    let gone = webhook("gone", "http://127.0.0.1:9/canary?canary", "");
    let daemon = TestDaemon::start(&format!("{SOURCES}{hooks}{gone}"));
    let lead = r#"{"name":"Canary Bird","email":"canary@example.com","canary":"canary","external_id":"canary"}"#;
    let keyed = [
        ("idempotency-key", "canary"),
        ("referer", "https://canary.example/canary"),
        ("user-agent", "canary"),
    ];
    for status in [201, 201] {
        assert_eq!(daemon.post_with("website", &keyed, lead).status, status);
    }
    post_canaries(&daemon);
    for n in 1..=3 {
        receiver.wait_for(n);
        wait_until("a recorded attempt", || {
            daemon
                .setting
                .log()
                .matches("attempt failed webhook=crm")
                .count()
                >= n
        });
        daemon.turn_clock(std::time::Duration::from_secs(60));
    }
    let log = daemon.setting.log();
    for line in [
        "lead stored",
        "result=repeated",
        "post refused",
        "status=422",
        "redirect to",
        "is stopped",
    ] {
        assert!(log.contains(line), "{line} is not in\n{log}");
    }
    has_no_canary(&log);
}

#[test]
fn a_refusal_tells_a_stranger_nothing_of_the_content_or_the_secret() {
    let daemon = crate::daemon();
    for (path, body) in [
        ("/in/partner", "canary"),
        ("/in/chat?token=canary", "canary"),
        ("/in/website", "{\"a\":canary}"),
        ("/in/canary", "canary"),
    ] {
        let answer = post(
            &daemon,
            path,
            &[("authorization", "Bearer canary")],
            body.as_bytes(),
        );
        assert!(answer.status >= 400);
        has_no_canary(&answer.body);
    }
}

#[test]
fn neither_config_nor_webhooks_show_secrets_when_they_are_printed() {
    let config = format!(
        "{SOURCES}{}",
        webhook("crm", "http://127.0.0.1:1/h?key=canary", "")
    );
    let text = format!("[admin]\ntoken = \"test-admin-token-0123\"\n{config}");
    let env = leadhook::config::Env::default();
    let config = leadhook::config::parse(&text, "x", std::path::Path::new(""), &env);
    has_no_canary(&format!("{config:?}"));
}
