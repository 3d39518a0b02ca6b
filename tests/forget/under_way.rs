//! Forgetting while the lead is on its way, while a backup is made, and of many leads at once.

use serde_json::json;

use crate::daemon::{TestDaemon, WEBSITE, webhook};
use crate::receiver::{Gate, Receiver, Reply};
use crate::{ADA, back_up, call, forget, holding, post, start, wait_until};

#[test]
fn what_waits_or_was_taken_is_not_sent_any_more_and_what_is_under_way_is_told() {
    let gate = Gate::default();
    let receiver = {
        let gate = gate.clone();
        Receiver::script(move |_, _| Reply::status(204).after(&gate))
    };
    let hook = webhook("crm", &receiver.url(), "in_flight = 1");
    let daemon = TestDaemon::start(&format!("{WEBSITE}{hook}"));
    for n in 1..=20 {
        post(
            &daemon,
            &format!(r#"{{"email":"ada@example.com","message":"{n}"}}"#),
        );
    }
    let eva = post(&daemon, r#"{"email":"eva@example.com"}"#);
    receiver.wait_for(1);
    let erased = forget(&daemon, ADA);
    assert_eq!(
        (&erased["cancelled"], &erased["webhooks"][0]["received"]),
        (&json!(20), &json!("perhaps"))
    );
    gate.open();
    daemon.wait_until_drained();
    let sent: Vec<u64> = receiver
        .requests()
        .iter()
        .map(|request| {
            let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
            body["lead_id"].as_u64().expect("a lead")
        })
        .collect();
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert_eq!(sent[1], eva);
    daemon.verify();
}

#[test]
fn forgetting_while_a_backup_is_made_leaves_nothing_in_the_next_one() {
    let mut daemon = start("");
    for n in 1..=300 {
        post(&daemon, &format!(r#"{{"email":"n{n}@example.com"}}"#));
    }
    post(&daemon, r#"{"email":"ada@example.com"}"#);
    assert_eq!(call(&daemon, "POST", "/backup", "").status, 202);
    forget(&daemon, ADA);
    let backup = back_up(&daemon);
    daemon.verify();
    daemon.stop();
    let journal = daemon.directory().join("journal");
    assert_eq!(holding(&journal, &["ada@example.com"]), []);
    let bytes = std::fs::read(backup).expect("a backup");
    assert!(!bytes.windows(15).any(|window| window == b"ada@example.com"));
}

#[test]
fn a_person_of_many_leads_goes_by_several_calls_while_leads_come_in() {
    let daemon = start("");
    for n in 1..=600 {
        let whose = if n % 6 == 0 { "eva" } else { "ada" };
        post(
            &daemon,
            &format!(r#"{{"email":"{whose}@example.com","user_id":"v"}}"#),
        );
    }
    let first = forget(
        &daemon,
        r#""user_id":"v","email_address":"eva@example.com""#,
    );
    assert_eq!(
        (first["leads"].as_array().map(Vec::len), &first["remaining"]),
        (Some(512), &json!(88))
    );
    post(&daemon, r#"{"email":"new@example.com"}"#);
    let rest = forget(&daemon, r#""user_id":"v""#);
    assert_eq!(
        (rest["leads"].as_array().map(Vec::len), &rest["remaining"]),
        (Some(88), &json!(0))
    );
    wait_until("one lead", || {
        daemon
            .store()
            .counts()
            .is_ok_and(|counts| counts.leads == 1)
    });
    daemon.verify();
}
