//! Words: found at once, found when indexed, and not found when they are gone.

use std::time::Duration;

use leadhook::domain::listing::Query;
use leadhook::domain::raw::Raw;
use leadhook::domain::words::words_sought;
use leadhook::store::Page;

use crate::daemon::{TestDaemon, wait_until};
use crate::{daemon, find, ids};

fn search(text: &str) -> Query {
    Query {
        words: words_sought(text),
        ..Query::default()
    }
}

fn post(daemon: &TestDaemon, message: &str) {
    let body = serde_json::json!({ "name": "Ada", "message": message });
    assert_eq!(daemon.post("website", &body.to_string()).status, 201);
}

/// Posts so many leads that some are indexed: each has its number, and whether it is odd or even.
fn post_many(daemon: &TestDaemon, n: u64) {
    for number in 1..=n {
        let parity = if number % 2 == 0 { "even" } else { "odd" };
        post(daemon, &format!("number n{number} {parity}"));
        daemon.setting.advance(Duration::from_millis(10));
    }
}

fn wait_for_segments(daemon: &TestDaemon, n: u64) {
    wait_until("an index of words", || {
        daemon.store().indexed().is_ok_and(|indexed| indexed == n)
    });
}

fn edit(daemon: &TestDaemon, lead: u64, json: &str) {
    let raw = Raw::from_json(json.as_bytes()).expect("JSON");
    let edited = daemon.store().edit(lead, raw).expect("a store");
    edited.expect("a lead").expect("an edit");
}

#[test]
fn a_lead_is_found_by_the_beginnings_of_its_words_as_soon_as_it_is_acknowledged() {
    let daemon = daemon();
    post(&daemon, "Der Heißwasserbereiter tropft");
    post(&daemon, "the boiler drips");
    assert_eq!(ids(&daemon, &search("heiss")), [1]);
    assert_eq!(ids(&daemon, &search("ADA drip")), [2]);
    assert_eq!(ids(&daemon, &search("ada")), [2, 1]);
    assert_eq!(ids(&daemon, &search("ada roof")), [0; 0]);
}

#[test]
fn the_index_finds_what_looking_at_every_lead_finds() {
    let daemon = daemon();
    post_many(&daemon, 1500);
    let before = ids(&daemon, &search("even"));
    wait_for_segments(&daemon, 1);
    assert_eq!(ids(&daemon, &search("even")), before);
    assert_eq!(before.len(), 750);
    assert_eq!(
        ids(&daemon, &search("n77 odd")),
        (770..780)
            .rev()
            .filter(|n| n % 2 == 1)
            .chain([77])
            .collect::<Vec<u64>>()
    );
    daemon.verify();
}

#[test]
fn an_indexed_lead_that_changes_is_found_by_its_new_words_and_not_by_its_old_ones() {
    let daemon = daemon();
    post_many(&daemon, 1030);
    wait_for_segments(&daemon, 1);
    edit(
        &daemon,
        5,
        r#"{"notes":"wants a heat pump","contact_name":"Grace"}"#,
    );
    assert_eq!(ids(&daemon, &search("heat pump")), [5]);
    assert_eq!(
        ids(&daemon, &search("ada n5")).iter().find(|id| **id == 5),
        None
    );
    daemon.verify();
}

#[test]
fn a_segment_of_which_much_has_changed_is_made_again() {
    let daemon = daemon();
    post_many(&daemon, 1030);
    wait_for_segments(&daemon, 1);
    for lead in 1..=80 {
        edit(&daemon, lead, r#"{"notes":"called back"}"#);
    }
    for _ in 1030..2050 {
        post(&daemon, "one more");
    }
    wait_until("no stale leads", || {
        daemon.store().stale().is_ok_and(|stale| stale == 0)
    });
    assert_eq!(ids(&daemon, &search("called")).len(), 80);
    daemon.verify();
}

#[test]
fn pages_of_a_search_follow_each_other_without_a_gap_and_know_their_total() {
    let daemon = daemon();
    post_many(&daemon, 1100);
    wait_for_segments(&daemon, 1);
    let mut page = Page {
        limit: 100,
        count: true,
        ..Page::default()
    };
    let mut seen = Vec::new();
    loop {
        let found = find(&daemon, &search("odd"), &page);
        assert_eq!(found.total, Some(550));
        seen.extend(found.leads.iter().map(|event| event.lead.id));
        page.after = found.next;
        if page.after.is_none() {
            break;
        }
    }
    assert_eq!(
        seen,
        (1..=1100)
            .rev()
            .filter(|n| n % 2 == 1)
            .collect::<Vec<u64>>()
    );
}

#[test]
fn the_index_survives_a_restart() {
    let mut daemon = daemon();
    post_many(&daemon, 1030);
    wait_for_segments(&daemon, 1);
    daemon.restart();
    assert_eq!(ids(&daemon, &search("n1000")), [1000]);
    assert_eq!(daemon.store().indexed(), Ok(1));
}
