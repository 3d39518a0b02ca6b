//! The same post again: by its `Idempotency-Key`, by its `external_id`, one after the other and all
//! at once.

use std::sync::Barrier;
use std::thread;

use serde_json::json;

use crate::client::Answer;
use crate::daemon::TestDaemon;
use crate::{LEAD, daemon, is_refused, post_to};

fn keyed(daemon: &TestDaemon, source: &str, key: &str, body: &str) -> Answer {
    daemon.post_with(source, &[("idempotency-key", key)], body)
}

fn leads(daemon: &TestDaemon) -> u64 {
    daemon.store().counts().expect("counts").leads
}

#[test]
fn the_same_key_gets_the_same_answer_again() {
    let daemon = daemon();
    let first = keyed(&daemon, "website", "key-1", LEAD);
    assert_eq!(first.status, 201);
    assert_eq!(first.header("idempotent-replayed"), None);
    let again = keyed(&daemon, "website", "key-1", LEAD);
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(keyed(&daemon, "website", "key-2", LEAD).lead_id(), 2);
    assert_eq!(leads(&daemon), 2);
}

#[test]
fn the_answer_to_an_update_is_given_again_and_the_update_is_not_made_again() {
    let daemon = daemon();
    let post = |key, city| {
        let body = format!(r#"{{"external_id":"7","city":"{city}"}}"#);
        keyed(&daemon, "website", key, &body).json()["result"].clone()
    };
    assert_eq!(post("a", "Oslo"), "created");
    assert_eq!(post("b", "Bergen"), "updated");
    assert_eq!(post("c", "Oslo"), "updated");
    assert_eq!(post("b", "Bergen"), "updated");
    let lead = daemon.store().lead(1).expect("a store").expect("a lead");
    assert_eq!(lead.lead.revision, 3);
}

#[test]
fn the_same_key_with_another_body_is_422_and_changes_nothing() {
    let daemon = daemon();
    assert_eq!(keyed(&daemon, "website", "key", LEAD).status, 201);
    let other = keyed(&daemon, "website", "key", r#"{"email":"eva@example.com"}"#);
    is_refused(&other, 422, "idempotency_key_reused");
    assert_eq!(leads(&daemon), 1);
    assert_eq!(keyed(&daemon, "website", "key", LEAD).status, 201);
}

#[test]
fn sources_know_nothing_of_each_others_keys() {
    let daemon = daemon();
    assert_eq!(keyed(&daemon, "website", "key", LEAD).lead_id(), 1);
    assert_eq!(keyed(&daemon, "shop", "key", LEAD).lead_id(), 2);
}

#[test]
fn a_key_outlives_a_restart() {
    let mut daemon = daemon();
    let first = keyed(&daemon, "website", "key", LEAD);
    daemon.restart();
    let again = keyed(&daemon, "website", "key", LEAD);
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(leads(&daemon), 1);
}

#[test]
fn a_refused_post_does_not_use_up_its_key() {
    let daemon = daemon();
    is_refused(
        &keyed(&daemon, "website", "key", "{}"),
        422,
        "empty_submission",
    );
    assert_eq!(keyed(&daemon, "website", "key", LEAD).status, 201);
}

#[test]
fn a_key_has_1_to_255_bytes_and_comes_once() {
    let daemon = daemon();
    assert_eq!(
        keyed(&daemon, "website", &"k".repeat(255), LEAD).status,
        201
    );
    for key in [String::new(), "k".repeat(256)] {
        is_refused(
            &keyed(&daemon, "website", &key, LEAD),
            400,
            "bad_idempotency_key",
        );
    }
    let twice = [("idempotency-key", "a"), ("Idempotency-Key", "b")];
    is_refused(
        &daemon.post_with("website", &twice, LEAD),
        400,
        "bad_idempotency_key",
    );
}

/// So many connections at once.
const AT_ONCE: usize = 16;

/// What all of these posts are answered, made at the same moment.
fn at_once(post: impl Fn(usize) -> Answer + Sync) -> Vec<Answer> {
    let start = Barrier::new(AT_ONCE);
    thread::scope(|scope| {
        let one = |n| {
            let (start, post) = (&start, &post);
            scope.spawn(move || {
                start.wait();
                post(n)
            })
        };
        let threads: Vec<_> = (0..AT_ONCE).map(one).collect();
        threads
            .into_iter()
            .map(|t| t.join().expect("an answer"))
            .collect()
    })
}

#[test]
fn one_key_from_many_connections_at_once_makes_one_lead() {
    let daemon = daemon();
    let ingest = daemon.ingest();
    let answers = at_once(|_| post_to(ingest, &[("idempotency-key", "key")], LEAD));
    let replayed = |answer: &&Answer| answer.header("idempotent-replayed").is_some();
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 201 && answer.lead_id() == 1)
    );
    assert_eq!(answers.iter().filter(replayed).count(), AT_ONCE - 1);
    assert_eq!(leads(&daemon), 1);
    daemon.verify();
}

#[test]
fn one_external_id_from_many_connections_at_once_makes_one_lead() {
    let daemon = daemon();
    let ingest = daemon.ingest();
    let answers = at_once(|n| {
        let city = ["Oslo", "Bergen"][n % 2];
        let lead = format!(r#"{{"external_id":"7","city":"{city}"}}"#);
        post_to(ingest, &[], &lead)
    });
    assert!(answers.iter().all(|answer| answer.lead_id() == 1));
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!((created, leads(&daemon)), (1, 1));
    let updated = answers
        .iter()
        .filter(|a| a.json()["result"] == "updated")
        .count();
    let lead = daemon.store().lead(1).expect("a store").expect("a lead");
    assert_eq!(
        usize::try_from(lead.lead.revision).expect("few"),
        1 + updated
    );
    daemon.verify();
}

#[test]
fn leads_posted_at_once_get_numbers_of_their_own() {
    let daemon = daemon();
    let ingest = daemon.ingest();
    let answers = at_once(|_| post_to(ingest, &[], LEAD));
    let mut ids: Vec<u64> = answers.iter().map(Answer::lead_id).collect();
    ids.sort_unstable();
    assert_eq!(json!(ids), json!((1..=AT_ONCE).collect::<Vec<_>>()));
}
