//! Where leads went: the webhooks, the deliveries of a lead, and what the owner does about them.

use std::process::Command;

use crate::daemon::{SECRET, TestDaemon, WEBSITE, wait_until, webhook};
use crate::receiver::{Receiver, Reply};
use crate::{act, cell, get, sign_in};

fn failed_once(reply: Reply) -> (TestDaemon, Receiver, String) {
    let receiver = Receiver::always(reply);
    let url = format!("{}/T0/path-secret?key=query-secret", receiver.url());
    let daemon = TestDaemon::start(&format!("{WEBSITE}{}", webhook("crm", &url, "")));
    daemon.post("website", r#"{"name":"Ada"}"#);
    wait_until("a failure on disk", || {
        let health = daemon.get("/api/v1/webhooks/crm");
        health.body.contains(r#""failures_in_a_row":1"#)
    });
    let cookie = sign_in(&daemon);
    (daemon, receiver, cookie)
}

#[test]
fn the_webhooks_tell_how_they_do_and_what_waits() {
    let (daemon, _receiver, cookie) = failed_once(Reply::status(500));
    let list = get(&daemon, &cookie, "/webhooks").body;
    for shown in [
        "<a href=\"/webhooks/crm\">crm</a>",
        "<span class=\"tag bad\">failing</span>",
        &cell("Success", "0.0 % of 1"),
        &cell("Waiting", "1"),
        &cell("Oldest since (UTC)", "2026-02-01 14:09:01"),
    ] {
        assert!(list.contains(shown), "{shown} in {list}");
    }
    let one = get(&daemon, &cookie, "/webhooks/crm").body;
    for shown in [
        "<dt>The last one</dt><dd>500</dd>",
        &format!("{}{}", cell("Cause", "5xx"), cell("Attempts", "1")),
        "its next attempt, at ",
    ] {
        assert!(one.contains(shown), "{shown} in {one}");
    }
    assert_eq!(get(&daemon, &cookie, "/webhooks/nowhere").status, 404);
}

#[test]
fn a_webhook_is_paused_and_resumed_by_buttons() {
    let (daemon, _receiver, cookie) = failed_once(Reply::status(500));
    let there = Some("/webhooks/crm");
    assert_eq!(
        act(&daemon, &cookie, "/webhooks/crm/pause", "").header("location"),
        there
    );
    let paused = get(&daemon, &cookie, "/webhooks/crm").body;
    assert!(
        paused.contains(">paused</span>") && paused.contains("/webhooks/crm/resume\""),
        "{paused}"
    );
    assert!(
        get(&daemon, &cookie, "/leads/1")
            .body
            .contains("waits for its webhook, which is paused")
    );
    assert_eq!(
        act(&daemon, &cookie, "/webhooks/crm/resume", "").header("location"),
        there
    );
    assert!(
        !get(&daemon, &cookie, "/webhooks/crm")
            .body
            .contains(">paused</span>")
    );
    assert_eq!(
        act(&daemon, &cookie, "/webhooks/nowhere/pause", "").status,
        404
    );
}

#[test]
fn a_lead_shows_its_deliveries_with_what_was_said_and_why_they_wait() {
    let (daemon, _receiver, cookie) =
        failed_once(Reply::full(500, &[], b"{\"why\":\"<b>full</b>\"}"));
    let page = get(&daemon, &cookie, "/leads/1").body;
    for shown in [
        "<span class=\"tag\">pending</span>",
        "waits for its next attempt, at ",
        &cell("Attempt", "1"),
        "&lt;b&gt;full&lt;/b&gt;",
        "&quot;contact_name&quot;: &quot;Ada&quot;",
    ] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    for secret in ["path-secret", "query-secret", &SECRET[6..]] {
        assert!(!page.contains(secret), "{secret}");
    }
}

/// The line for the shell, as somebody copies it from the page.
fn line(page: &str) -> String {
    let (_, line) = page.split_once("<pre>curl ").expect("a line");
    let line = line.split("</pre>").next().expect("its end");
    let marks = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    let plain = marks
        .iter()
        .fold(line.to_owned(), |text, (from, to)| text.replace(from, to));
    format!("curl --silent {plain}")
}

#[test]
fn the_line_for_the_shell_sends_the_same_whatever_a_lead_says() {
    let receiver = Receiver::always(Reply::status(200));
    let shape = "format = \"text\"\nbody = \"@{message}\"";
    let daemon = TestDaemon::start(&format!(
        "{WEBSITE}{}",
        webhook("crm", &receiver.url(), shape)
    ));
    let message = "it's $(touch pwned) `touch pwned` \\ \"q\"\n\u{202e}!! #x";
    daemon.post(
        "website",
        &serde_json::json!({ "name": "Ada", "message": message }).to_string(),
    );
    daemon.wait_until_drained();
    let page = get(&daemon, &sign_in(&daemon), "/leads/1").body;
    let ran = Command::new("bash")
        .args(["-c", &line(&page)])
        .env("WEBHOOK_URL", receiver.url())
        .env("LC_ALL", "C.UTF-8")
        .current_dir(daemon.directory())
        .status();
    assert!(ran.expect("bash and curl").success());
    let [first, second] = &receiver.requests()[..] else {
        panic!("two requests");
    };
    assert_eq!(
        String::from_utf8_lossy(&second.body),
        String::from_utf8_lossy(&first.body)
    );
    assert_eq!(second.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(second.header("content-type"), first.header("content-type"));
    assert!(!daemon.directory().join("pwned").exists());
}

/// A webhook that has taken a lead, and one that is paused before it.
fn delivered_and_waiting() -> (TestDaemon, Receiver, String) {
    let receiver = Receiver::always(Reply::full(200, &[], b"thanks"));
    let hooks = [
        webhook("crm", &receiver.url(), ""),
        webhook("chat", "http://127.0.0.1:9/", ""),
    ];
    let daemon = TestDaemon::start(&format!("{WEBSITE}{}", hooks.concat()));
    let cookie = sign_in(&daemon);
    act(&daemon, &cookie, "/webhooks/chat/pause", "");
    daemon.post("website", r#"{"name":"Ada"}"#);
    wait_until("a delivery", || {
        daemon
            .store()
            .counts()
            .is_ok_and(|counts| counts.finished == 1)
    });
    (daemon, receiver, cookie)
}

#[test]
fn deliveries_are_counted_first_and_sent_again_with_a_second_press() {
    let (daemon, receiver, cookie) = delivered_and_waiting();
    let none = get(&daemon, &cookie, "/webhooks/crm/replay?state=failed&since=").body;
    assert!(
        none.contains("There is none") && !none.contains("Send them again"),
        "{none}"
    );
    let one = get(
        &daemon,
        &cookie,
        "/webhooks/crm/replay?state=ended&since=2026-02-01",
    )
    .body;
    assert!(
        one.contains("at the pace of the webhook: 1.") && one.contains("value=\"ended\""),
        "{one}"
    );
    assert_eq!(receiver.count(), 1);
    let begun = act(
        &daemon,
        &cookie,
        "/webhooks/crm/replay",
        "state=ended&since=2026-02-01",
    );
    assert_eq!(
        begun.header("location"),
        Some("/webhooks/crm"),
        "{}",
        begun.body
    );
    receiver.wait_for(2);
    assert_eq!(
        get(&daemon, &cookie, "/webhooks/crm/replay?since=tuesday").status,
        400
    );
    assert_eq!(
        get(&daemon, &cookie, "/webhooks/nowhere/replay").status,
        404
    );
}

#[test]
fn what_waits_is_taken_out_with_a_second_press() {
    let (daemon, _receiver, cookie) = delivered_and_waiting();
    let asked = get(&daemon, &cookie, "/webhooks/chat/cancel").body;
    assert!(asked.contains("taken out and never sent: 1."), "{asked}");
    act(&daemon, &cookie, "/webhooks/chat/cancel", "");
    wait_until("a cancelled delivery", || {
        let page = get(&daemon, &cookie, "/leads/1").body;
        page.contains(">cancelled</span>")
    });
}

#[test]
fn a_delivery_of_a_lead_is_sent_once_more_as_it_was_shown() {
    let (daemon, receiver, cookie) = delivered_and_waiting();
    let page = get(&daemon, &cookie, "/leads/1").body;
    let (_, form) = page
        .split_once("name=\"webhook\" value=\"crm\"")
        .expect("a form");
    assert!(form.contains("Send again</button>"), "{form}");
    let (_, since) = form
        .split_once("name=\"since\" value=\"")
        .expect("its time");
    let since = since.split('"').next().expect("its end");
    let form = format!("webhook=crm&state=delivered&since={since}");
    let again = act(&daemon, &cookie, "/leads/1/again", &form);
    assert_eq!(again.header("location"), Some("/leads/1"), "{}", again.body);
    receiver.wait_for(2);
    let other = act(
        &daemon,
        &cookie,
        "/leads/1/again",
        "webhook=crm&state=failed&since=1",
    );
    assert_eq!(other.status, 404);
}

#[test]
fn a_sample_is_sent_by_a_button_and_the_page_says_what_came() {
    let (daemon, receiver, cookie) = delivered_and_waiting();
    let page = act(&daemon, &cookie, "/webhooks/crm/test", "").body;
    for shown in [
        "It works",
        "POST /hook",
        "Jordan Sample",
        "200 after ",
        "thanks",
    ] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    assert!(!page.contains(&SECRET[6..]), "{page}");
    assert_eq!(
        (
            receiver.count(),
            daemon.store().counts().expect("a store").leads
        ),
        (2, 1)
    );
    let down = act(&daemon, &cookie, "/webhooks/chat/test", "").body;
    assert!(
        down.contains("It does not work") && down.contains("Nothing listens there"),
        "{down}"
    );
    assert_eq!(
        act(&daemon, &cookie, "/webhooks/nowhere/test", "").status,
        404
    );
}

#[test]
fn a_lead_is_erased_with_a_second_press_and_the_page_says_who_has_it() {
    let (daemon, _receiver, cookie) = delivered_and_waiting();
    let lead = get(&daemon, &cookie, "/leads/1").body;
    assert!(lead.contains("<a href=\"/leads/1/erase\">"), "{lead}");
    let asked = get(&daemon, &cookie, "/leads/1/erase").body;
    for shown in [
        "<dt>Deliveries that wait</dt><dd>1</dd>",
        &format!("{}{}", cell("Webhook", "crm"), cell("Where", "127.0.0.1")),
        "Erase it for good</button>",
    ] {
        assert!(asked.contains(shown), "{shown} in {asked}");
    }
    assert_eq!(get(&daemon, &cookie, "/leads/1").status, 200);
    let erased = act(&daemon, &cookie, "/leads/1/erase", "").body;
    assert!(erased.contains("It is gone."), "{erased}");
    assert_eq!(get(&daemon, &cookie, "/leads/1").status, 404);
    assert_eq!(get(&daemon, &cookie, "/leads/1/erase").status, 404);
    assert_eq!(act(&daemon, &cookie, "/leads/1/erase", "").status, 404);
}
