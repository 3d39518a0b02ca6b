//! What clients, monitors and receivers see of a disk that fails or fills up.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use leadhook::store::{Location, State};

use crate::daemon::{Setting, TestDaemon, WEBSITE, wait_until, webhook};
use crate::disk::{Call, Disk, Fault, Handle};
use crate::receiver::{Gate, Receiver, Reply};

const ADA: &str = r#"{"email":"ada@example.com"}"#;

/// A setting whose database is on `disk`.
fn on(disk: &Arc<Disk>) -> Setting {
    let disk = disk.clone();
    let opener = move |builder: &redb::Builder| builder.create_with_backend(Handle(disk.clone()));
    let mut setting = Setting::default();
    setting.location = Some(Location::Custom(Arc::new(opener)));
    setting
}

fn next_sync(error: ErrorKind) -> Fault {
    Fault {
        call: Call::Sync,
        at: 0,
        lasts: false,
        error,
    }
}

fn to(receiver: &Receiver) -> String {
    format!("{WEBSITE}{}", webhook("crm", &receiver.url(), ""))
}

fn wait_until_ready(daemon: &TestDaemon) {
    wait_until("a store that is ready", || {
        daemon.store().state() == State::Ready
    });
}

#[test]
fn a_failed_commit_is_a_503_and_the_repeat_makes_one_lead() {
    let disk = Disk::new(Vec::new());
    let receiver = Receiver::always(Reply::status(200));
    let daemon = TestDaemon::start_with(on(&disk), &to(&receiver));
    // The header is written before the first sync and after it; either may be what fails.
    for at in 0..4 {
        let key = format!("key {at}");
        let post = || daemon.post_with("website", &[("idempotency-key", &key)], ADA);
        disk.fail(
            Fault {
                at,
                ..next_sync(ErrorKind::Other)
            },
            at as u64,
        );
        let first = post();
        if at < 2 {
            assert_eq!((first.status, first.code().as_str()), (503, "store_failed"));
            assert_eq!(first.header("retry-after"), Some("10"));
        }
        disk.heal();
        wait_until_ready(&daemon);
        let second = post();
        assert_eq!((second.status, second.lead_id()), (201, at as u64 + 1));
        // What comes of its delivery must not be what meets the next fault.
        daemon.wait_until_drained();
    }
    daemon.wait_until_drained();
    assert_eq!(daemon.store().counts().expect("counts").events, 4);
    daemon.verify();
}

#[test]
fn an_attempt_that_could_not_be_recorded_is_made_again_with_the_same_id() {
    let disk = Disk::new(Vec::new());
    let gate = Gate::default();
    let receiver = Receiver::sequence(vec![Reply::status(200).after(&gate), Reply::status(200)]);
    let daemon = TestDaemon::start_with(on(&disk), &to(&receiver));
    assert_eq!(daemon.post("website", ADA).status, 201);
    receiver.wait_for(1);
    disk.fail(next_sync(ErrorKind::Other), 1);
    gate.open();
    let requests = receiver.wait_for(2);
    assert_eq!(
        requests[0].header("webhook-id"),
        requests[1].header("webhook-id")
    );
    daemon.wait_until_drained();
    daemon.verify();
}

#[test]
fn a_daemon_whose_disk_fails_while_it_starts_stays_up_and_goes_on_with_the_disk() {
    // All at once: a store that cannot open looks again after seconds.
    let trials: Vec<_> = (0..8)
        .map(|at| std::thread::spawn(move || start_on_a_failing_disk(at)))
        .collect();
    for trial in trials {
        trial.join().expect("what was promised");
    }
}

/// The disk fails at the sync number `at` of a start.
fn start_on_a_failing_disk(at: usize) {
    let receiver = Receiver::always(Reply::status(200));
    let disk = Disk::new(Vec::new());
    let mut daemon = TestDaemon::start_with(on(&disk), &to(&receiver));
    daemon.stop();
    let fault = Fault {
        at,
        ..next_sync(ErrorKind::Other)
    };
    disk.fail(fault, at as u64);
    let started = daemon.start_again();
    assert!(started.is_ok(), "sync {at}: {started:?}");
    // A later sync may be one of the post's own.
    wait_until("a lead that is taken", || {
        daemon.post("website", ADA).status == 201
    });
    let running = daemon.daemon.as_mut().expect("a daemon");
    running.next_event(Duration::from_millis(1));
    receiver.wait_for(1);
    daemon.wait_until_drained();
    daemon.verify();
}

#[test]
fn a_reload_that_could_not_be_noted_changes_no_webhook() {
    let disk = Disk::new(Vec::new());
    let (old, new) = (Receiver::always(Reply::status(200)), Receiver::fast());
    let mut daemon = TestDaemon::start_with(on(&disk), &to(&old));
    disk.fail(next_sync(ErrorKind::Other), 1);
    let other = format!("{WEBSITE}{}", webhook("other", &new.url(), ""));
    let refused = daemon.reload(&other).expect_err("a disk that fails");
    assert!(refused.contains("cannot note the webhooks"), "{refused}");
    wait_until_ready(&daemon);
    assert_eq!(daemon.post("website", ADA).status, 201);
    old.wait_for(1);
    daemon.wait_until_drained();
    assert_eq!(new.count(), 0);
}

#[test]
fn what_an_error_of_the_disk_kept_from_going_goes_an_hour_later() {
    // It was looked for again only a day later.
    let disk = Disk::new(Vec::new());
    let rules = format!("\n[retention]\nleads = \"30d\"\n{WEBSITE}");
    let daemon = TestDaemon::start_with(on(&disk), &rules);
    assert_eq!(daemon.post("website", ADA).status, 201);
    disk.fail(next_sync(ErrorKind::Other), 1);
    daemon.turn_clock(Duration::from_secs(31 * 86_400));
    wait_until("a failure", || {
        daemon.setting.log().contains("retention reason")
    });
    wait_until_ready(&daemon);
    assert_eq!(daemon.store().counts().map(|counts| counts.leads), Ok(1));
    daemon.turn_clock(Duration::from_secs(3600));
    wait_until("no lead", || {
        daemon
            .store()
            .counts()
            .is_ok_and(|counts| counts.leads == 0)
    });
    daemon.verify();
}

#[test]
fn low_space_is_told_to_clients_and_monitors_and_passes() {
    let free = Arc::new(AtomicU64::new(1 << 40));
    let tells = free.clone();
    let mut setting = Setting::default()
        .with("store", "low_space = \"1 MiB\"")
        .with("store", "very_low_space = \"64 KiB\"");
    setting.free_space = Some(Arc::new(move || tells.load(Ordering::SeqCst)));
    let daemon = TestDaemon::start_with(setting, WEBSITE);
    assert_eq!(daemon.post("website", ADA).status, 201);
    free.store(1000, Ordering::SeqCst);
    wait_until("a refusal", || daemon.post("website", ADA).status == 503);
    let refused = daemon.post("website", ADA);
    assert_eq!(refused.code(), "insufficient_storage");
    assert_eq!(refused.header("retry-after"), Some("60"));
    assert_eq!(daemon.get("/readyz").status, 503);
    assert_eq!(daemon.get("/livez").status, 200);
    let health = daemon.get("/healthz");
    assert_eq!(health.status, 503);
    assert!(health.body.contains("the disk is full"), "{}", health.body);
    free.store(1 << 40, Ordering::SeqCst);
    wait_until("leads again", || daemon.post("website", ADA).status == 201);
    assert_eq!(daemon.get("/healthz").status, 200);
}
