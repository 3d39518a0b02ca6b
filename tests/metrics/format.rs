//! How the page looks, who may see it, and what can make a series.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::client::ask;
use crate::daemon::{Directory, TestDaemon, WEBSITE, wait_until, webhook};
use crate::page::Page;
use crate::receiver::{Receiver, Reply};
use crate::{LEAD, scrape};

/// A daemon that has taken, refused, delivered and failed to deliver.
fn busy(receiver: &Receiver) -> TestDaemon {
    let crm = webhook("crm", &receiver.url(), "");
    let daemon = TestDaemon::start(&format!(
        "{WEBSITE}{crm}{}",
        webhook("chat", "http://127.0.0.1:1/", "")
    ));
    assert_eq!(daemon.post("website", LEAD).status, 201);
    assert_eq!(daemon.post("website", "{}").status, 422);
    assert_eq!(daemon.post("webseite", LEAD).status, 404);
    wait_until("both attempts", || {
        let page = scrape(&daemon);
        let counted = |webhook, outcome| {
            let labels = [("webhook", webhook), ("outcome", outcome)];
            page.value("leadhook_attempts_total", &labels)
        };
        counted("crm", "success") == 1.0 && counted("chat", "connect") == 1.0
    });
    daemon
}

#[test]
fn the_page_wants_a_token_and_says_which_format_it_is() {
    let daemon = TestDaemon::start(WEBSITE);
    assert_eq!(ask(daemon.admin(), "GET", "/metrics", &[], b"").status, 401);
    assert_eq!(
        ask(daemon.ingest(), "GET", "/metrics", &[], b"").status,
        404
    );
    let answer = daemon.get("/metrics");
    let expected = Some("text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(answer.header("content-type"), expected);
    assert!(Page::parse(&answer.body).is_ok_and(|page| page.0.len() > 20));
}

#[test]
fn nothing_that_is_posted_makes_a_series() {
    let receiver = Receiver::always(Reply::status(200));
    let daemon = busy(&receiver);
    let n_series = daemon.get("/metrics").body.lines().count();
    for n in 0..30 {
        daemon.post(&format!("canary{n}"), LEAD);
        daemon.post("website", &format!("{{\"canary{n}\":{n}}}"));
    }
    let body = daemon.get("/metrics").body;
    assert!(!body.contains("canary"), "{body}");
    assert_eq!(body.lines().count(), n_series);
    let page = scrape(&daemon);
    assert_eq!(
        page.values_of("source").into_iter().collect::<Vec<_>>(),
        ["@unknown", "website"]
    );
    assert_eq!(
        page.values_of("webhook").into_iter().collect::<Vec<_>>(),
        ["chat", "crm"]
    );
}

#[test]
fn no_count_ever_falls_also_when_a_source_and_a_webhook_go_and_come_back() {
    let receiver = Receiver::always(Reply::status(200));
    let mut daemon = busy(&receiver);
    let config = |more: &str| {
        format!(
            "{WEBSITE}{}{more}",
            webhook("chat", "http://127.0.0.1:1/", "")
        )
    };
    let before = scrape(&daemon).growing();
    let crm = webhook("crm", &receiver.url(), "");
    daemon.reload("").expect("a config without anything");
    assert!(scrape(&daemon).values_of("webhook").is_empty());
    daemon
        .reload(&config(&crm))
        .expect("the config from before");
    let after = scrape(&daemon).growing();
    for ((name, before), (same, after)) in before.iter().zip(&after) {
        assert_eq!(name, same);
        assert!(after >= before, "{name}: {before}, then {after}");
    }
    assert_eq!(before.len(), after.len());
}

/// The reader of the Python client, and the linter of Prometheus, where there are any.
#[test]
fn other_peoples_readers_accept_the_page() {
    let receiver = Receiver::always(Reply::status(200));
    let page = busy(&receiver);
    let text = page.get("/metrics").body;
    let place = Directory::new();
    let file = place.0.join("metrics");
    fs::write(&file, &text).expect("a written file");
    let run = |program: &str, arguments: &str| {
        let input = fs::File::open(&file).expect("the page");
        let mut command = Command::new(program);
        command
            .args(arguments.split_whitespace())
            .stdin(Stdio::from(input));
        command
            .current_dir(&place.0)
            .env("PYTHONPATH", place.0.join("python"));
        command.output().ok()
    };
    let install = "-m pip install --quiet --disable-pip-version-check --no-compile --retries 1 \
                   --timeout 15 --target python prometheus_client";
    match run("python3", install).is_some_and(|output| output.status.success()) {
        true => {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/metrics/check.py");
            let output = run("python3", script).expect("python3");
            assert!(output.status.success(), "{output:?}");
            let families = String::from_utf8_lossy(&output.stdout).trim().parse();
            let own = Page::parse(&text).expect("a page").0.len();
            assert_eq!(families, Ok(own));
        }
        false => skipped("prometheus_client cannot be installed"),
    }
    match run("promtool", "check metrics") {
        Some(output) => assert!(output.status.success(), "{output:?}"),
        None => skipped("no promtool"),
    }
}

fn skipped(why: &str) {
    // Not by a macro: those are silent in tests that pass.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED, {why}: it did not read /metrics"
    );
}
