//! Each kind of trouble, from its beginning to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::*;

#[test]
fn a_webhook_that_fails_is_told_once_and_so_is_its_recovery() {
    let crm = Receiver::script(|_, n| Reply::status(if n <= 4 { 503 } else { 200 }));
    let ops = Receiver::always(Reply::status(200));
    let mut daemon = TestDaemon::start(&watched(&crm, &ops, ""));
    daemon.post("website", r#"{"name":"Ada Lovelace"}"#);
    attempted(&daemon, 1, 1);
    assert_eq!(ops.count(), 0);
    daemon.turn_clock(31 * MINUTE);
    let opened = alert(&ops, 1);
    assert_eq!(opened["title"], "Webhook crm fails");
    let text = opened["text"].as_str().expect("a text");
    assert!(
        text.contains("nothing is lost") && text.contains("503"),
        "{text}"
    );
    assert!(!text.contains("Ada"), "{text}");
    for n in 2..=5 {
        attempted(&daemon, 1, n);
        daemon.turn_clock(2 * HOUR);
    }
    daemon.wait_until_drained();
    wait_until("well again", || open(&daemon).is_empty());
    daemon.restart();
    daemon.turn_clock(11 * MINUTE);
    ops.wait_for(2);
    daemon.turn_clock(48 * HOUR);
    let both = [
        pair("webhook_failing", "opened"),
        pair("webhook_failing", "recovered"),
    ];
    assert_eq!(told(&ops), both);
    daemon.verify();
}

#[test]
fn a_webhook_that_is_suspended_is_told_as_what_became_of_its_failures_and_so_is_its_end() {
    let mood = Arc::new(AtomicU64::new(503));
    let asked = mood.clone();
    let crm = Receiver::script(move |_, _| Reply::status(asked.load(Ordering::SeqCst) as u16));
    let ops = Receiver::always(Reply::status(200));
    let pace = "suspend_after = \"1h\"\nprobe_every = \"1h\"\n";
    let config =
        watched(&crm, &ops, "").replacen("\"1h\"]\n", &format!("\"1h\", \"1d\"]\n{pace}"), 1);
    let mut daemon = TestDaemon::start(&config);
    daemon.post("website", r#"{"name":"Ada"}"#);
    for (n, wait) in [10, 60, 600, 1800, 1800].into_iter().enumerate() {
        attempted(&daemon, 1, (n + 1).min(4));
        daemon.turn_clock(Duration::from_secs(wait));
    }
    assert_eq!(alert(&ops, 1)["title"], "Webhook crm fails");
    assert_eq!(alert(&ops, 2)["title"], "Webhook crm is suspended");
    // A probe that fails is no news, and neither is a restart.
    daemon.restart();
    attempted(&daemon, 1, 6);
    mood.store(200, Ordering::SeqCst);
    daemon.turn_clock(HOUR);
    daemon.wait_until_drained();
    wait_until("well again", || open(&daemon).is_empty());
    daemon.turn_clock(11 * MINUTE);
    ops.wait_for(3);
    let whole = [
        pair("webhook_failing", "opened"),
        pair("webhook_suspended", "changed"),
        pair("webhook_suspended", "recovered"),
    ];
    assert_eq!(told(&ops), whole);
}

#[test]
fn a_restart_repeats_nothing() {
    let crm = Receiver::always(Reply::status(410));
    let ops = Receiver::always(Reply::status(200));
    let mut daemon = TestDaemon::start(&watched(&crm, &ops, ""));
    daemon.post("website", r#"{"name":"Ada"}"#);
    let stopped = alert(&ops, 1);
    assert!(
        stopped["text"]
            .as_str()
            .expect("a text")
            .contains("leadhook resume crm")
    );
    daemon.restart();
    daemon.turn_clock(MINUTE);
    wait_until("looked", || open(&daemon) == ["webhook_stopped"]);
    daemon.restart();
    assert_eq!(told(&ops), [pair("webhook_stopped", "opened")]);
    // A day later it is told once more, and never again.
    daemon.turn_clock(24 * HOUR);
    ops.wait_for(2);
    daemon.turn_clock(24 * HOUR);
    wait_until("looked", || open(&daemon) == ["webhook_stopped"]);
    assert_eq!(told(&ops)[1..], [pair("webhook_stopped", "reminder")]);
}

#[test]
fn the_first_delivery_that_fails_for_good_is_told_and_the_next_ones_are_not() {
    let crm = Receiver::always(Reply::status(422));
    let ops = Receiver::always(Reply::status(200));
    let daemon = TestDaemon::start(&watched(&crm, &ops, ""));
    for lead in 1..=3 {
        daemon.post("website", r#"{"name":"Ada"}"#);
        for n in 1..=3 {
            attempted(&daemon, lead, n);
            daemon.turn_clock(2 * MINUTE);
        }
        daemon.wait_until_drained();
    }
    ops.wait_for(1);
    let given_up = |told: &[(String, String)]| {
        told.iter()
            .filter(|(kind, _)| kind == "delivery_failed")
            .count()
    };
    assert_eq!(given_up(&told(&ops)), 1, "{:?}", told(&ops));
}

#[test]
fn a_full_disk_is_told_and_when_there_is_room_again() {
    let free = Arc::new(AtomicU64::new(u64::MAX));
    let mut setting = Setting::default().with("store", "low_space = \"1 MiB\"");
    let asked = free.clone();
    setting.free_space = Some(Arc::new(move || asked.load(Ordering::SeqCst)));
    let ops = Receiver::always(Reply::status(200));
    let crm = Receiver::always(Reply::status(200));
    let daemon = TestDaemon::start_with(setting, &watched(&crm, &ops, ""));
    free.store(1000, Ordering::SeqCst);
    wait_until("a full disk", || {
        daemon.post("website", r#"{"name":"Ada"}"#).status == 503
    });
    assert_eq!(
        alert(&ops, 1)["title"],
        "The disk is full: no leads are taken"
    );
    free.store(u64::MAX, Ordering::SeqCst);
    wait_until("room", || {
        daemon.get("/readyz").status == 200 && open(&daemon).is_empty()
    });
    daemon.turn_clock(11 * MINUTE);
    ops.wait_for(2);
    assert_eq!(
        told(&ops),
        [pair("disk_full", "opened"), pair("disk_full", "recovered")]
    );
}

#[test]
fn a_source_is_told_of_when_it_is_silent_for_too_long_and_when_it_speaks_again() {
    let crm = Receiver::always(Reply::status(200));
    let ops = Receiver::always(Reply::status(200));
    let source = "alert_after_silence = \"2d\"\n";
    let config = watched(&crm, &ops, "").replacen(
        "auth = \"none\"\n",
        &format!("auth = \"none\"\n{source}"),
        1,
    );
    let daemon = TestDaemon::start(&config);
    daemon.turn_clock(47 * HOUR);
    daemon.post("website", r#"{"name":"Ada"}"#);
    crm.wait_for(1);
    daemon.turn_clock(47 * HOUR);
    daemon.turn_clock(2 * HOUR);
    assert_eq!(
        alert(&ops, 1)["title"],
        "No lead from source website for unusually long"
    );
    daemon.post("website", r#"{"name":"Bob"}"#);
    crm.wait_for(2);
    daemon.turn_clock(MINUTE);
    wait_until("speaks again", || open(&daemon).is_empty());
    daemon.turn_clock(11 * MINUTE);
    ops.wait_for(2);
    assert_eq!(
        told(&ops),
        [
            pair("source_silent", "opened"),
            pair("source_silent", "recovered")
        ]
    );
}

#[test]
fn many_troubles_at_once_are_one_message() {
    let down = Receiver::always(Reply::status(410));
    let ops = Receiver::always(Reply::status(200));
    let mut config = watched(&down, &ops, "[alerts]\nper_hour = 2\n");
    for n in 0..20 {
        config.push_str(&webhook(&format!("w{n}"), &down.url(), ""));
    }
    let daemon = TestDaemon::start(&config);
    daemon.post("website", r#"{"name":"Ada"}"#);
    wait_until("all stopped", || open(&daemon).len() == 21);
    for _ in 0..10 {
        daemon.turn_clock(MINUTE);
        wait_until("looked", || open(&daemon).len() == 21);
    }
    assert!(ops.count() <= 2, "{}", ops.count());
    daemon.turn_clock(HOUR);
    wait_until("all told", || told(&ops).len() >= 21);
    assert!(ops.count() <= 4, "{}", ops.count());
}

#[test]
fn a_receiver_whose_clock_is_far_off_is_told_and_noted_with_the_attempt() {
    for (date, words) in [
        ("Sun, 01 Feb 2026 14:20:01 GMT", "is 660 s ahead of ours"),
        // It was said to be "-541 seconds ahead".
        ("Sun, 01 Feb 2026 14:00:00 GMT", "is 541 s behind ours"),
    ] {
        let crm = Receiver::always(Reply::full(200, &[("date", date)], b""));
        let ops = Receiver::always(Reply::status(200));
        let daemon = TestDaemon::start(&watched(&crm, &ops, ""));
        daemon.post("website", r#"{"name":"Ada"}"#);
        attempted(&daemon, 1, 1);
        daemon.turn_clock(MINUTE);
        let told = alert(&ops, 1);
        assert_eq!(told["title"], "The clock of webhook crm differs from ours");
        let detail = told["alerts"][0]["detail"].as_str().unwrap_or_default();
        assert_eq!(detail, format!("it {words}"));
        let log = daemon.setting.log();
        assert!(log.contains(&format!("its clock {words}")), "{log}");
    }
}

#[test]
fn backups_that_are_not_made_are_told() {
    let crm = Receiver::always(Reply::status(200));
    let ops = Receiver::always(Reply::status(200));
    // A directory cannot be where a file is.
    let backup = "[backup]\ndirectory = \"leadhook.redb/here\"\n";
    let daemon = TestDaemon::start(&watched(&crm, &ops, backup));
    wait_until("told", || {
        daemon.turn_clock(MINUTE);
        ops.count() > 0
    });
    assert_eq!(alert(&ops, 1)["title"], "There is no recent backup");
    assert!(told(&ops).contains(&pair("backup_old", "opened")));
}
