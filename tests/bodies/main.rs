//! Bodies of all kinds, good and nasty: each has a defined outcome, and what a lead says arrives at a
//! receiver unharmed.

mod answers;
#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
mod files;
mod json;
mod multipart;
#[path = "../harness/receiver.rs"]
mod receiver;
mod strings;

use client::{Answer, ask};
use daemon::TestDaemon;
use leadhook::domain::event::Event;
use leadhook::domain::webhook::Trigger;
use serde_json::Value;

/// Between the parts of the forms here.
pub(crate) const BOUNDARY: &str = "----leads";

/// A public source of this name, with further lines.
pub(crate) fn source(name: &str, lines: &str) -> String {
    let limit = "auth = \"none\"\nrate_per_minute = 0";
    format!("[[source]]\nname = \"{name}\"\n{limit}\n{lines}\n")
}

/// Posts JSON.
pub(crate) fn post_json(daemon: &TestDaemon, name: &str, body: &[u8]) -> Answer {
    let headers = [("content-type", "application/json")];
    ask(
        daemon.ingest(),
        "POST",
        &format!("/in/{name}"),
        &headers,
        body,
    )
}

/// Posts a multipart form, written as it is here.
pub(crate) fn post_parts(daemon: &TestDaemon, name: &str, body: &[u8]) -> Answer {
    post_parts_with(daemon, name, &[], body)
}

/// The same with further headers.
pub(crate) fn post_parts_with(
    daemon: &TestDaemon,
    name: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [&[("content-type", content_type.as_str())], headers].concat();
    ask(
        daemon.ingest(),
        "POST",
        &format!("/in/{name}"),
        &headers,
        body,
    )
}

/// A multipart form of these parts: what is behind `form-data; `, and the content.
pub(crate) fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (disposition, content) in parts {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// The lead as a receiver would get it.
pub(crate) fn lead(daemon: &TestDaemon, lead_id: u64) -> Value {
    let record = daemon.store().lead(lead_id).expect("a store");
    let event = Event {
        id: "evt_1".into(),
        lead: record.expect("a lead").lead,
        changes: Vec::new(),
        phase: None,
        heard_by: Vec::new(),
        body: None,
        test: false,
    };
    serde_json::from_slice(&event.payload(Trigger::New)).expect("JSON")
}

/// An additional field of the lead that the answer names; empty where it has none of this label.
#[track_caller]
pub(crate) fn field(daemon: &TestDaemon, answer: &Answer, label: &str) -> String {
    assert_eq!(answer.status, 201, "{}", answer.body);
    let lead = lead(daemon, answer.lead_id());
    let text = lead["additional_fields"][label].as_str();
    text.unwrap_or_default().to_owned()
}

/// The answer is a refusal with this status and code, and a sentence.
#[track_caller]
pub(crate) fn is_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (status, code),
        "{}",
        answer.body
    );
}
