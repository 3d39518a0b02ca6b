//! Nothing of a person is left, byte for byte.

use std::time::Duration;

use leadhook::store::compact;
use serde_json::json;

use crate::daemon::{TestDaemon, WEBSITE, wait_until, webhook};
use crate::receiver::{Receiver, Reply};
use crate::{ADA, BACKUP, back_up, call, forget, holding, post, post_picture, start};

/// All that only Ada has brought.
const HERS: [&str; 8] = [
    "ada@example.com",
    "ada.old@example.com",
    "Lovelace",
    "1234567",
    "pfirsichbaum",
    "crm-ada-7",
    "her-picture",
    "walnussbaum",
];

fn everything(daemon: &TestDaemon) {
    let body = json!({
        "name": "Ada Lovelace", "email": "ada.old@example.com", "phone": "+4930 1234567",
        "message": "Der Pfirsichbaum ist morsch", "external_id": "crm-ada-7",
    });
    let keyed = [("idempotency-key", "k1")];
    let made = daemon.post_with("website", &keyed, &body.to_string());
    assert_eq!(made.status, 201, "{}", made.body);
    let edited = call(
        daemon,
        "POST",
        "/leads/1",
        r#"{"email_address":"ada@example.com","notes":"Walnussbaum"}"#,
    );
    assert_eq!(edited.status, 200, "{}", edited.body);
    post_picture(daemon, "Ada@Example.com", "her-picture");
    // Refused, and kept with its body.
    let refused = daemon.post(
        "website",
        r#"{"email":"ada@example.com","message":"Walnussbaum"#,
    );
    assert_eq!(refused.status, 400, "{}", refused.body);
}

#[test]
fn after_forget_and_compact_no_file_has_a_word_of_the_person() {
    let receiver = Receiver::always(Reply::status(500));
    let source = WEBSITE.replace(
        "auth =",
        "files = \"keep\"\nkeep_body = true\nkeep_refused = true\nauth =",
    );
    let hook = webhook("crm", &receiver.url(), "");
    let mut daemon = TestDaemon::start(&format!("{BACKUP}{source}{hook}"));
    everything(&daemon);
    let eva = post(
        &daemon,
        r#"{"email":"eva@example.com","message":"Quittenbaum"}"#,
    );
    receiver.wait_for(2);
    let told = daemon.get("/api/v1/sources/website/refused");
    assert!(told.body.contains("ada@example.com"), "{}", told.body);
    let erased = forget(&daemon, ADA);
    assert_eq!(erased["leads"], json!([1, 2]), "{erased}");
    assert_eq!(
        (&erased["files"], &erased["remaining"]),
        (&json!(1), &json!(0))
    );
    let told = daemon.get("/api/v1/sources/website/refused");
    assert!(!told.body.contains("ada@example.com"), "{}", told.body);
    daemon.verify();
    // Which begins the journal anew.
    back_up(&daemon);
    daemon.stop();
    compact(&daemon.file(), 16 << 20, &mut |_, _| Ok(())).expect("a compact file");
    assert_eq!(holding(daemon.directory(), &HERS), []);
    let others = holding(daemon.directory(), &["quittenbaum"]);
    assert!(
        others.len() >= 2,
        "the test itself finds nothing: {others:?}"
    );
    daemon.start_again().expect("a start");
    daemon.verify();
    assert_eq!(
        call(&daemon, "GET", &format!("/leads/{eva}"), "").status,
        200
    );
    // A repeated post is a new one: nobody knows any more that it is repeated.
    let body = r#"{"email":"ada@example.com"}"#;
    let again = daemon.post_with("website", &[("idempotency-key", "k1")], body);
    assert_eq!(again.status, 201, "{}", again.body);
    assert_eq!(
        call(&daemon, "GET", "/leads/4", "").json()["lead_status"],
        "Unique"
    );
}

#[test]
fn the_words_of_an_erased_lead_leave_the_index() {
    let mut daemon = start("");
    for n in 1..=1030 {
        let word = if n == 500 { "pfirsichbaum" } else { "birnbaum" };
        post(
            &daemon,
            &format!(r#"{{"email":"n{n}@example.com","message":"{word}"}}"#),
        );
        daemon.setting.advance(Duration::from_millis(10));
    }
    wait_until("an index of words", || daemon.store().indexed() == Ok(1));
    let erased = forget(&daemon, r#""email_address":"n500@example.com""#);
    assert_eq!(erased["leads"], json!([500]));
    let list = call(&daemon, "GET", "/leads?search=birn&leads_per_page=1", "").json();
    assert_eq!(list["total_leads"], 1029);
    daemon.verify();
    back_up(&daemon);
    daemon.stop();
    compact(&daemon.file(), 16 << 20, &mut |_, _| Ok(())).expect("a compact file");
    assert_eq!(holding(daemon.directory(), &["pfirsichbaum", "n500@"]), []);
}

#[test]
fn what_a_crash_broke_off_is_finished_after_the_next_start() {
    let mut daemon = start("");
    let keyed = [("idempotency-key", "k1")];
    let body = r#"{"email":"ada@example.com"}"#;
    daemon.post_with("website", &keyed, body);
    // As far as the first commit goes.
    daemon.store().erase(vec![1]).expect("a store");
    assert_eq!(
        daemon.store().unfinished_erasures().map(|all| all.len()),
        Ok(1)
    );
    daemon.restart();
    wait_until("all finished", || {
        daemon.store().unfinished_erasures() == Ok(Vec::new())
    });
    let again = daemon.post_with("website", &keyed, body);
    assert_eq!(again.status, 201, "its key is gone, too: {}", again.body);
    daemon.verify();
}
