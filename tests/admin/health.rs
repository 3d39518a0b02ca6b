//! What health says, and when it fails.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};

use serde_json::{Value, json};

use crate::client::ask;
use crate::daemon::{Setting, TestDaemon, WEBSITE, wait_until, webhook};
use crate::receiver::{Receiver, Reply};
use crate::{TOKEN, get, post};

const LEAD: &str = r#"{"email":"canary@example.com"}"#;

/// Status and body of `/healthz`.
fn health(daemon: &TestDaemon) -> (u16, Value) {
    let answer = get(daemon, "/healthz");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(!answer.body.contains("canary"));
    (answer.status, answer.json())
}

#[test]
fn a_daemon_at_work_is_alive_ready_and_well() {
    let receiver = Receiver::always(Reply::status(200));
    let daemon = TestDaemon::start(&format!("{WEBSITE}{}", webhook("crm", &receiver.url(), "")));
    assert_eq!(daemon.post("website", LEAD).status, 201);
    daemon.wait_until_drained();
    for path in ["/livez", "/readyz"] {
        let answer = get(&daemon, path);
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let (status, health) = health(&daemon);
    assert_eq!(
        (status, &health["status"], &health["reasons"]),
        (200, &json!("ok"), &json!([]))
    );
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    let store = &health["store"];
    assert_eq!(
        (&store["state"], &store["leads"]),
        (&json!("ready"), &json!(1))
    );
    assert_eq!(
        (&store["pending"], &store["finished"]),
        (&json!(0), &json!(1))
    );
    assert!(store["file_bytes"].as_u64() > Some(0) && store["disk_free_bytes"].as_u64() > Some(0));
    let crm = &health["webhooks"][0];
    assert_eq!((&crm["name"], &crm["waiting"]), (&json!("crm"), &json!(0)));
    assert_eq!(
        (&crm["stopped"], &crm["last_failure"]),
        (&json!(null), &json!(null))
    );
}

#[test]
fn a_webhook_that_merely_fails_is_listed_and_no_reason() {
    let receiver = Receiver::always(Reply::status(500));
    let url = format!("{}?key=canary", receiver.url());
    let daemon = TestDaemon::start(&format!("{WEBSITE}{}", webhook("crm", &url, "")));
    assert_eq!(daemon.post("website", LEAD).status, 201);
    wait_until("a failure", || {
        health(&daemon).1["webhooks"][0]["failures_in_a_row"] == json!(1)
    });
    let (status, health) = health(&daemon);
    assert_eq!(status, 200);
    assert_eq!(health["webhooks"][0]["last_failure"], "500");
    assert_eq!(health["webhooks"][0]["waiting"], json!(1));
}

#[test]
fn a_webhook_that_its_receiver_stopped_is_a_reason_until_it_is_resumed() {
    let receiver = Receiver::sequence(vec![Reply::status(410), Reply::status(200)]);
    let daemon = TestDaemon::start(&format!("{WEBSITE}{}", webhook("crm", &receiver.url(), "")));
    assert_eq!(daemon.post("website", LEAD).status, 201);
    wait_until("a stopped webhook", || health(&daemon).0 == 503);
    let (_, stopped) = health(&daemon);
    assert_eq!(stopped["status"], "failing");
    let reason = stopped["reasons"][0].as_str().expect("a reason");
    assert!(
        reason.contains("webhook crm was stopped by its receiver at 2026-02-01T14:09:01Z"),
        "{reason}"
    );
    assert_eq!(get(&daemon, "/readyz").status, 200);
    let resumed = || post(&daemon, "/api/v1/webhooks/crm/resume", &[TOKEN]).body;
    assert_eq!(resumed(), r#"{"resumed":true}"#);
    receiver.wait_for(2);
    daemon.wait_until_drained();
    assert_eq!(resumed(), r#"{"resumed":false}"#);
    assert_eq!(health(&daemon).0, 200);
}

#[test]
fn a_disk_that_is_nearly_full_is_a_reason_and_nothing_is_ready() {
    let free = Arc::new(AtomicU64::new(1 << 30));
    let asked = free.clone();
    let mut setting = Setting::default().with("store", "low_space = \"1 MiB\"");
    setting.free_space = Some(Arc::new(move || asked.load(Ordering::SeqCst)));
    let daemon = TestDaemon::start_with(setting, WEBSITE);
    assert_eq!(health(&daemon).0, 200);
    free.store(1000, Ordering::SeqCst);
    let (status, failing) = health(&daemon);
    assert_eq!(status, 503);
    assert!(
        failing["reasons"][0]
            .to_string()
            .contains("the disk is nearly full"),
        "{failing}"
    );
    wait_until("a refused lead", || {
        daemon.post("website", LEAD).status == 503
    });
    let ready = get(&daemon, "/readyz");
    assert_eq!(
        (ready.status, ready.header("retry-after")),
        (503, Some("60"))
    );
    assert!(ready.body.contains("nearly full"), "{}", ready.body);
    assert_eq!(get(&daemon, "/livez").status, 200);
}

/// Health looked at the disk on the listener's only thread: with a disk that hangs, nobody heard any more
/// that the process lives, and supervisors killed it.
#[test]
fn a_disk_that_does_not_answer_keeps_nobody_from_hearing_that_the_process_lives() {
    let (gate, n_asked) = (Arc::new(RwLock::new(())), Arc::new(AtomicUsize::new(0)));
    let mut setting = Setting::default();
    setting.free_space = Some(Arc::new({
        let (gate, n_asked) = (gate.clone(), n_asked.clone());
        move || {
            n_asked.fetch_add(1, Ordering::SeqCst);
            drop(gate.read());
            1 << 40
        }
    }));
    let daemon = TestDaemon::start_with(setting, WEBSITE);
    let admin = daemon.admin();
    let shut = gate.write().expect("a gate");
    let before = n_asked.load(Ordering::SeqCst);
    std::thread::scope(|scope| {
        let hangs = scope.spawn(|| ask(admin, "GET", "/healthz", &[], b"").status);
        let is_asked = || n_asked.load(Ordering::SeqCst) > before;
        wait_until("a question to the disk", is_asked);
        assert_eq!(ask(admin, "GET", "/livez", &[], b"").status, 200);
        drop(shut);
        assert_eq!(hangs.join().expect("an answer"), 200);
    });
}

#[test]
fn a_database_that_is_gone_is_a_reason_and_no_empty_one_takes_its_place() {
    let mut daemon = TestDaemon::start(WEBSITE);
    assert_eq!(daemon.post("website", LEAD).status, 201);
    daemon.stop();
    std::fs::remove_file(daemon.file()).expect("the database");
    daemon
        .start_again()
        .expect("a daemon that says what is wrong");
    let (status, health) = health(&daemon);
    assert_eq!(
        (status, &health["store"]["state"]),
        (503, &json!("store_damaged"))
    );
    assert!(
        health["reasons"][0].to_string().contains("is missing"),
        "{health}"
    );
    let refused = daemon.post("website", LEAD);
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (503, "store_damaged")
    );
    assert!(!daemon.file().exists());
}
