//! Facebook: its handshake by GET, then posts that it signs.

use crate::client::{Answer, ask};
use crate::daemon::TestDaemon;
use crate::{BODY, is_unauthorized, post, source};

fn daemon() -> TestDaemon {
    let auth = "auth = { facebook = true, secret = \"app-secret-01234567\", verify_token = \"verify-token-0001\" }";
    let other = "auth = { hmac = \"x-hub-signature-256\", secret = \"app-secret-01234567\" }";
    TestDaemon::start(&(source("facebook", auth) + &source("other", other)))
}

fn handshake(daemon: &TestDaemon, query: &str) -> Answer {
    let path = format!("/in/facebook?{query}");
    ask(daemon.ingest(), "GET", &path, &[], b"")
}

#[test]
fn the_handshake_gives_the_challenge_back_as_plain_text() {
    let daemon = daemon();
    let query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=verify-token-0001";
    let answer = handshake(&daemon, query);
    assert_eq!((answer.status, answer.body.as_str()), (200, "1158201444"));
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(daemon.store().counts().expect("counts").leads, 0);
    assert!(!daemon.setting.log().contains("1158201444"));
}

#[test]
fn a_handshake_without_the_token_learns_nothing() {
    let daemon = daemon();
    for query in [
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=verify-token-0002",
        "hub.mode=subscribe&hub.challenge=1",
        "",
    ] {
        let answer = handshake(&daemon, query);
        is_unauthorized(&answer, &["hub.verify_token"]);
    }
    for query in [
        "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=verify-token-0001",
        "hub.mode=subscribe&hub.verify_token=verify-token-0001",
        &format!(
            "hub.mode=subscribe&hub.verify_token=verify-token-0001&hub.challenge={}",
            "1".repeat(300)
        ),
    ] {
        let answer = handshake(&daemon, query);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "bad_handshake")
        );
    }
    let other = ask(
        daemon.ingest(),
        "GET",
        "/in/other?hub.mode=subscribe",
        &[],
        b"",
    );
    assert_eq!(other.status, 405);
    assert_eq!(other.header("allow"), Some("POST"));
}

#[test]
fn a_post_needs_the_signature_of_the_app() {
    let daemon = daemon();
    let right = "sha256=565e31b8571773c74f745d79af5b14a6c4773c23f72b09b19a29ff3b0157146d";
    let answer = |value: &str| {
        post(
            &daemon,
            "/in/facebook",
            &[("x-hub-signature-256", value)],
            BODY,
        )
    };
    assert_eq!(answer(right).status, 201);
    is_unauthorized(
        &answer(&right.replace("565e", "575e")),
        &["no signature fits"],
    );
    is_unauthorized(&answer(&right.replace("sha256=", "sha1=")), &["sha256="]);
    is_unauthorized(
        &post(&daemon, "/in/facebook", &[], BODY),
        &["x-hub-signature-256"],
    );
}
