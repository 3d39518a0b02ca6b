//! Lists: each filter, both orders, pages and totals.

use std::time::Duration;

use leadhook::domain::lead_type::LeadType;
use leadhook::domain::listing::{Order, Query, fingerprint};
use leadhook::domain::raw::Raw;
use leadhook::store::Page;

use crate::daemon::{BEGIN, TestDaemon};
use crate::{daemon, find, ids};

/// Four leads, a minute apart.
fn four(daemon: &TestDaemon) {
    for body in [
        r#"{"name":"A","utm_source":"google","quote_value":10,"spam":true}"#,
        r#"{"name":"B","utm_source":"Bing","lead_type":"Phone Call"}"#,
        r#"{"name":"C","quotable":"Yes","sales_value":0}"#,
        r#"{"name":"D","duplicate":true,"lead_status":"Repeat"}"#,
    ] {
        assert_eq!(daemon.post("website", body).status, 201);
        daemon.setting.advance(Duration::from_secs(60));
    }
}

fn minute(n: u64) -> Option<leadhook::domain::time::Timestamp> {
    Some(BEGIN.after(Duration::from_secs(60 * n)))
}

fn with(set: impl FnOnce(&mut Query)) -> Query {
    let mut query = Query::default();
    set(&mut query);
    query
}

#[test]
fn each_filter_finds_what_it_says_and_nothing_else() {
    let daemon = daemon();
    four(&daemon);
    let website = Some(fingerprint("website"));
    for (query, found) in [
        (with(|_| ()), &[4, 3, 2, 1][..]),
        (with(|q| q.lead_type = Some(LeadType::PhoneCall)), &[2]),
        (with(|q| q.repeat = Some(true)), &[4]),
        (with(|q| q.spam = Some(true)), &[1]),
        (with(|q| q.spam = Some(false)), &[4, 3, 2]),
        (with(|q| q.duplicate = Some(true)), &[4]),
        (with(|q| q.quoted = Some(true)), &[1]),
        (with(|q| q.sold = Some(true)), &[3]),
        (with(|q| q.sold = Some(false)), &[4, 2, 1]),
        (with(|q| q.quotable = Some(1)), &[3]),
        (with(|q| q.profile = Some(1)), &[4, 3, 2, 1]),
        (with(|q| q.profile = Some(2)), &[]),
        (with(|q| q.source = website), &[4, 3, 2, 1]),
        (with(|q| q.attribution[0] = Some(fingerprint("bing"))), &[2]),
        (
            with(|q| (q.created_from, q.created_until) = (minute(1), minute(2))),
            &[3, 2],
        ),
    ] {
        assert_eq!(ids(&daemon, &query), found, "{query:?}");
    }
}

#[test]
fn an_edit_moves_a_lead_to_the_front_of_what_was_updated() {
    let daemon = daemon();
    four(&daemon);
    let raw = Raw::from_json(br#"{"quotable":"No"}"#).expect("JSON");
    daemon
        .store()
        .edit(1, raw)
        .expect("a store")
        .expect("a lead")
        .expect("an edit");
    let updated = Query {
        order: Order::Updated,
        ..Query::default()
    };
    assert_eq!(ids(&daemon, &updated), [1, 4, 3, 2]);
    let since = Query {
        updated_from: minute(3),
        ascending: true,
        ..updated
    };
    assert_eq!(ids(&daemon, &since), [4, 1]);
    daemon.verify();
}

#[test]
fn pages_follow_each_other_by_number_and_by_cursor() {
    let daemon = daemon();
    four(&daemon);
    for ascending in [true, false] {
        for spam in [None, Some(false)] {
            let query = Query {
                ascending,
                spam,
                ..Query::default()
            };
            let all = ids(&daemon, &query);
            let mut page = Page {
                limit: 2,
                ..Page::default()
            };
            let mut by_cursor = Vec::new();
            let mut by_number = Vec::new();
            for n in 0..3 {
                let found = find(&daemon, &query, &page);
                by_cursor.extend(found.leads.iter().map(|event| event.lead.id));
                let skip = Page {
                    skip: 2 * n,
                    after: None,
                    limit: 2,
                    count: true,
                };
                let numbered = find(&daemon, &query, &skip);
                by_number.extend(numbered.leads.iter().map(|event| event.lead.id));
                match found.next {
                    Some(next) => page.after = Some(next),
                    None => break,
                }
            }
            assert_eq!(by_cursor, all);
            assert_eq!(by_number, all[..by_number.len()]);
        }
    }
}
