//! The exact bytes that receivers get: a golden file for each type of lead and each trigger.
//!
//! A lead with a value in every field is posted to a daemon, then changed by its external id; what
//! arrives at a receiver is compared byte for byte with `golden/`. After a change that is meant,
//! `LEADHOOK_BLESS=1 cargo test --test payload` writes the files anew. A changed file is a changed
//! contract with every receiver: see `PAYLOAD_VERSION`.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
mod posts;
#[path = "../harness/receiver.rs"]
mod receiver;

use std::fs;
use std::path::Path;
use std::time::Duration;

use leadhook::domain::lead_type::LeadType;
use serde_json::Value;

use daemon::{TestDaemon, webhook};
use posts::{edit, whole};
use receiver::{Receiver, Reply};

/// An account with two profiles, and a source that is a system: nothing is filled in for it.
const SOURCES: &str = "
[account]
id = 7
name = \"Miller & Söhne\"
[[profile]]
id = 51497
name = \"My Profile\"
[[source]]
name = \"system\"
profile = \"My Profile\"
auth = { bearer = \"test-source-token-0123\" }
";

/// What a receiver gets of these posts, made a minute apart.
fn received(posts: &[&str]) -> Vec<Vec<u8>> {
    let receiver = Receiver::always(Reply::status(200));
    let daemon = TestDaemon::start(&format!("{SOURCES}{}", webhook("crm", &receiver.url(), "")));
    let token = ("authorization", "Bearer test-source-token-0123");
    for (n, post) in posts.iter().enumerate() {
        let answer = daemon.post_with("system", &[token], post);
        assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
        receiver.wait_for(n + 1);
        daemon.turn_clock(Duration::from_secs(60));
    }
    let requests = receiver.requests();
    requests.into_iter().map(|request| request.body).collect()
}

/// Compares with `golden/{name}.json`, or writes that file.
fn compare(name: &str, body: &[u8]) {
    let path = Path::new("tests/payload/golden").join(format!("{name}.json"));
    if std::env::var_os("LEADHOOK_BLESS").is_some() {
        fs::write(&path, body).expect("a golden file");
    }
    let golden = fs::read(&path).unwrap_or_default();
    let (got, golden) = (
        String::from_utf8_lossy(body),
        String::from_utf8_lossy(&golden),
    );
    assert!(got == golden, "{name} is\n{got}\ninstead of\n{golden}");
}

/// A whole lead of this type, and an edit of several of its fields.
fn holds_for(lead_type: LeadType) {
    let name = lead_type.label().to_lowercase().replace(' ', "_");
    let bodies = received(&[&whole(lead_type), &edit(lead_type)]);
    for (trigger, body) in ["new", "update"].iter().zip(&bodies) {
        has_all_values(body);
        compare(&format!("{name}.{trigger}"), body);
    }
}

/// A golden file in which a field is empty would say nothing of it.
fn has_all_values(body: &[u8]) {
    let payload: Value = serde_json::from_slice(body).expect("JSON");
    let fields = payload.as_object().expect("an object");
    let is_new = payload["trigger"] == "new";
    // Of what a source says itself is spam nobody looks for reasons; `suspect.new.json` has some.
    let found_here = ["spam_score", "spam_reasons"];
    let said = |name: &str| is_new && !found_here.contains(&name);
    for (name, value) in fields.iter().filter(|(name, _)| said(name)) {
        let empty = value.is_null() || value == &serde_json::json!({});
        assert!(!empty, "{name} of {} is empty", payload["lead_type"]);
    }
}

#[test]
fn a_lead_that_is_nearly_spam_says_why() {
    let post = r#"{"lead_type":"Chat","message":"Backlinks: https://a.example"}"#;
    compare("suspect.new", &received(&[post])[0]);
}

#[test]
fn a_phone_call_is_as_in_its_golden_files() {
    holds_for(LeadType::PhoneCall);
}

#[test]
fn a_web_form_is_as_in_its_golden_files() {
    holds_for(LeadType::WebForm);
}

#[test]
fn a_chat_is_as_in_its_golden_files() {
    holds_for(LeadType::Chat);
}

#[test]
fn a_text_message_is_as_in_its_golden_files() {
    holds_for(LeadType::TextMessage);
}

#[test]
fn a_transaction_is_as_in_its_golden_files() {
    holds_for(LeadType::Transaction);
}

#[test]
fn an_event_is_as_in_its_golden_files() {
    holds_for(LeadType::Event);
}

#[test]
fn an_email_is_as_in_its_golden_files() {
    holds_for(LeadType::Email);
}

#[test]
fn an_appointment_is_as_in_its_golden_files() {
    holds_for(LeadType::Appointment);
}

#[test]
fn any_other_lead_is_as_in_its_golden_files() {
    holds_for(LeadType::Other);
}

#[test]
fn what_is_not_known_of_a_lead_is_null_false_or_an_empty_object() {
    let post = r#"{"external_id":"1","contact_name":"Ada","city":"Oslo"}"#;
    let edit = r#"{"external_id":"1","city":"","notes":"moved away"}"#;
    let bodies = received(&[post, edit]);
    compare("minimal.new", &bodies[0]);
    compare("minimal.update", &bodies[1]);
}

#[test]
fn a_text_arrives_as_it_was_posted_whatever_is_in_it() {
    let post = r#"{"external_id":"1","contact_name":"Ada","notes":"\"\\/\b\u0007 </script> \u202e 😀 \u2028é"}"#;
    compare("hostile.new", &received(&[post])[0]);
}

#[test]
fn a_call_that_runs_and_ends_is_one_lead_with_two_events() {
    let start = r#"{"external_id":"c","lead_type":"Phone Call","call_status":"In Progess","caller_number":"+1 (704) 469-5324"}"#;
    let end = r#"{"external_id":"c","lead_type":"Phone Call","call_status":"Completed","call_duration_seconds":61,"answer_status":"answered"}"#;
    let bodies = received(&[start, end]);
    compare("call_started.new", &bodies[0]);
    compare("call_ended.update", &bodies[1]);
}
