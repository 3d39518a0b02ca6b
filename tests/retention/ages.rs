//! Ages of leads, spam, deliveries, attempts and revisions.

use std::time::{Duration, Instant};

use leadhook::store::DeliveryId;

use crate::daemon::{BEGIN, Setting, TestDaemon, WEBSITE, wait_until, webhook};
use crate::receiver::{Receiver, Reply};
use crate::still_disk::StillDisk;
use crate::{DAY, counts, pass_days, post, start};

#[test]
fn an_old_lead_goes_with_all_that_belongs_to_it_and_a_newer_one_stays() {
    let receiver = Receiver::always(Reply::status(200));
    let daemon = start("leads = \"30d\"", &webhook("crm", &receiver.url(), ""));
    let old = post(
        &daemon,
        r#"{"external_id":"x","notes":"old","email":"ada@example.com"}"#,
    );
    daemon.wait_until_drained();
    daemon.turn_clock(DAY * 20);
    let newer = post(&daemon, r#"{"notes":"newer","email":"ada@example.com"}"#);
    daemon.wait_until_drained();
    pass_days(&daemon, 11);
    assert_eq!(daemon.store().lead(old), Ok(None));
    assert!(daemon.store().lead(newer).expect("a store").is_some());
    let left = counts(&daemon);
    assert_eq!((left.leads, left.events, left.finished), (1, 1, 1));
    // Its external id is free for another one, and its id is never given again.
    let again = post(&daemon, r#"{"external_id":"x","notes":"again"}"#);
    assert_eq!(again, newer + 1);
    daemon.verify();
}

#[test]
fn a_lead_that_was_changed_counts_from_its_change() {
    let daemon = start("leads = \"30d\"", "");
    let changed = post(&daemon, r#"{"external_id":"x","notes":"first"}"#);
    post(&daemon, r#"{"notes":"other"}"#);
    daemon.turn_clock(DAY * 20);
    post(&daemon, r#"{"external_id":"x","notes":"second"}"#);
    pass_days(&daemon, 11);
    assert!(daemon.store().lead(changed).expect("a store").is_some());
    assert_eq!(counts(&daemon).leads, 1);
}

#[test]
fn what_waits_stays_however_old_it_is() {
    let receiver = Receiver::script(|request, _| {
        let text = String::from_utf8_lossy(&request.body);
        Reply::status(if text.contains("refused") { 410 } else { 200 })
    });
    let daemon = start("leads = \"30d\"", &webhook("crm", &receiver.url(), ""));
    post(&daemon, r#"{"notes":"taken"}"#);
    daemon.wait_until_drained();
    let waits = post(&daemon, r#"{"notes":"refused"}"#);
    receiver.wait_for(2);
    pass_days(&daemon, 400);
    assert!(daemon.store().lead(waits).expect("a store").is_some());
    assert_eq!((counts(&daemon).leads, counts(&daemon).pending), (1, 1));
}

#[test]
fn spam_goes_sooner_than_other_leads() {
    let daemon = start("spam = \"10d\"", "");
    let spam = post(&daemon, r#"{"notes":"cheap pills","_gotcha":"filled"}"#);
    let lead = post(&daemon, r#"{"notes":"a tap drips"}"#);
    pass_days(&daemon, 11);
    assert_eq!(daemon.store().lead(spam), Ok(None));
    assert!(daemon.store().lead(lead).expect("a store").is_some());
}

#[test]
fn attempts_go_first_then_deliveries_and_what_failed_stays_with_its_lead() {
    let receiver = Receiver::script(|request, _| {
        let text = String::from_utf8_lossy(&request.body);
        Reply::status(if text.contains("refused") { 422 } else { 200 })
    });
    let quick = "retry = [\"1s\", \"1s\"]\njitter_percent = 0";
    let rules = "attempts = \"10d\"\ndeliveries = \"20d\"";
    let daemon = start(rules, &webhook("crm", &receiver.url(), quick));
    let taken = post(&daemon, r#"{"notes":"taken"}"#);
    let refused = post(&daemon, r#"{"notes":"refused"}"#);
    wait_until("all ended", || {
        daemon.turn_clock(Duration::from_secs(1));
        counts(&daemon).pending == 0
    });
    let of = |lead| DeliveryId {
        webhook: 0,
        lead,
        revision: 1,
    };
    let attempts = |lead| daemon.store().attempts(of(lead), 9).expect("a store").len();
    assert_eq!((attempts(taken), attempts(refused)), (1, 3));
    pass_days(&daemon, 11);
    assert_eq!((attempts(taken), attempts(refused)), (0, 0));
    let kept = daemon.store().delivery(of(taken)).expect("a store");
    assert_eq!(kept.expect("a delivery").attempts, 1);
    pass_days(&daemon, 11);
    assert_eq!(daemon.store().delivery(of(taken)), Ok(None));
    assert!(
        daemon
            .store()
            .delivery(of(refused))
            .expect("a store")
            .is_some()
    );
    assert_eq!(counts(&daemon).leads, 2);
}

#[test]
fn old_revisions_go_and_the_lead_stays_what_it_is() {
    let daemon = start("revisions = \"10d\"", "");
    let lead = post(&daemon, r#"{"external_id":"x","notes":"one"}"#);
    post(&daemon, r#"{"external_id":"x","notes":"two"}"#);
    daemon.turn_clock(DAY * 5);
    post(&daemon, r#"{"external_id":"x","notes":"three"}"#);
    pass_days(&daemon, 6);
    // The second was replaced later than ten days ago.
    assert_eq!(counts(&daemon).events, 2);
    pass_days(&daemon, 6);
    assert_eq!(counts(&daemon).events, 1);
    let newest = daemon
        .store()
        .lead(lead)
        .expect("a store")
        .expect("the lead");
    assert_eq!(newest.lead.revision, 3);
    // And it goes on from there.
    assert_eq!(post(&daemon, r#"{"external_id":"x","notes":"four"}"#), lead);
    daemon.verify();
}

#[test]
fn a_revision_stays_as_long_as_there_is_a_delivery_of_it() {
    let receiver = Receiver::always(Reply::status(200));
    let rules = "revisions = \"10d\"\ndeliveries = \"20d\"\nattempts = \"0s\"";
    let daemon = start(rules, &webhook("crm", &receiver.url(), ""));
    post(&daemon, r#"{"external_id":"x","notes":"one"}"#);
    post(&daemon, r#"{"external_id":"x","notes":"two"}"#);
    daemon.wait_until_drained();
    daemon.turn_clock(DAY * 11);
    daemon.verify();
    assert_eq!(counts(&daemon).events, 2);
    pass_days(&daemon, 11);
    assert_eq!((counts(&daemon).events, counts(&daemon).finished), (1, 0));
}

#[test]
fn leads_come_in_and_go_out_at_the_same_time() {
    let daemon = start("leads = \"30d\"", "");
    for n in 0..600 {
        post(
            &daemon,
            &format!(r#"{{"external_id":"x{n}","notes":"old {n}"}}"#),
        );
    }
    daemon.turn_clock(DAY * 31);
    for n in 0..200 {
        post(&daemon, &format!(r#"{{"notes":"new {n}"}}"#));
    }
    wait_until("only the new ones", || counts(&daemon).leads == 200);
    daemon.verify();
}

#[test]
fn a_stop_does_not_wait_for_the_rest_that_a_slow_disk_is_given() {
    // After a bite of three seconds nothing ended the pause of twelve: the supervisor would have killed it.
    let disk = StillDisk::default();
    let mut setting = Setting::default();
    setting.location = Some(disk.location());
    let rules = format!("\n[retention]\nleads = \"30d\"\n{WEBSITE}");
    let mut daemon = TestDaemon::start_with(setting, &rules);
    post(&daemon, r#"{"notes":"old"}"#);
    disk.set(true);
    daemon.turn_clock(DAY * 31);
    wait_until("a bite", || disk.is_waited_for());
    let began = Instant::now();
    wait_until("a slow bite", || began.elapsed() > Duration::from_secs(3));
    disk.set(false);
    wait_until("its end", || counts(&daemon).leads == 0);
    let began = Instant::now();
    daemon.stop();
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn what_is_let_go_can_be_kept_for_ever() {
    let for_ever = "spam = \"0s\"\ndeliveries = \"0s\"\nattempts = \"0s\"";
    let daemon = start(&format!("{for_ever}\nrevisions = \"1d\""), "");
    let spam = post(&daemon, r#"{"notes":"cheap pills","_gotcha":"filled"}"#);
    post(&daemon, r#"{"external_id":"x","notes":"one"}"#);
    post(&daemon, r#"{"external_id":"x","notes":"two"}"#);
    pass_days(&daemon, 5000);
    assert!(daemon.store().lead(spam).expect("a store").is_some());
}

#[test]
fn a_clock_that_is_wrongly_set_ahead_lets_nothing_go_for_a_day() {
    // By a clock that stood ten years ahead for a minute, every lead was old, and gone.
    let daemon = start("leads = \"365d\"", "");
    post(&daemon, r#"{"name":"Ada"}"#);
    let ahead = BEGIN.after(10 * 365 * DAY);
    daemon.set_clock(ahead);
    daemon.turn_clock(DAY * 23 / 24);
    assert_eq!(counts(&daemon).leads, 1);
    daemon.set_clock(BEGIN.after(DAY));
    for _ in 0..3 {
        daemon.turn_clock(DAY);
    }
    assert_eq!(counts(&daemon).leads, 1);
    // Who leaves it so for longer means it.
    daemon.set_clock(ahead);
    wait_until("what is old to go", || {
        daemon.turn_clock(DAY / 24);
        counts(&daemon).leads == 0
    });
}
