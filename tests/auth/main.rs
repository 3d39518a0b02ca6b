//! Who may post: every kind of auth, right, wrong, late, altered, and while a secret is exchanged.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
mod facebook;
mod signed;
mod silence;
mod tokens;
mod twilio;
mod vectors;

use client::{Answer, ask};
use daemon::TestDaemon;

/// What is posted, in UTF-8 and with a space that no parser keeps.
pub(crate) const BODY: &str = "{\"email\":\"ada@example.com\",\"message\":\"Grüße\"}";

/// When every test begins, in seconds.
pub(crate) const NOW_S: u64 = 1_769_954_941;

/// A source of this name and these lines.
pub(crate) fn source(name: &str, lines: &str) -> String {
    format!("[[source]]\nname = \"{name}\"\n{lines}\n")
}

/// A source that is known by this table; two secrets are valid.
pub(crate) fn known_by(name: &str, table: &str) -> String {
    let secrets = "secret = [\"new-signing-secret-1\", \"old-signing-secret-1\"]";
    source(name, &format!("auth = {{ {table}, {secrets} }}"))
}

/// Posts JSON with these headers.
pub(crate) fn post(
    daemon: &TestDaemon,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let headers = [&[("content-type", "application/json")], headers].concat();
    ask(daemon.ingest(), "POST", path, &headers, body.as_bytes())
}

/// Posts a form.
pub(crate) fn post_form(
    daemon: &TestDaemon,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let headers = [&[form], headers].concat();
    ask(daemon.ingest(), "POST", path, &headers, body.as_bytes())
}

/// The answer is a 401 that says these words, and stored is nothing more.
#[track_caller]
pub(crate) fn is_unauthorized(answer: &Answer, words: &[&str]) {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (401, "unauthorized")
    );
    assert!(answer.header("www-authenticate").is_some());
    let message = answer.json()["error"]["message"].to_string();
    for word in words {
        assert!(message.contains(word), "{word:?} is not in {message}");
    }
}

/// All additional fields of a lead, as one text.
pub(crate) fn additional_fields(daemon: &TestDaemon, lead_id: u64) -> String {
    let record = daemon.store().lead(lead_id).expect("a store");
    format!("{:?}", record.expect("a lead").lead.values)
}
