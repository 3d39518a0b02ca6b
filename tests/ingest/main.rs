//! Ingest over HTTP: every answer that it gives, and what it promises beyond them.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
mod duplicates;
mod full;
mod lasting;
mod limits;
mod privacy;
#[path = "../harness/receiver.rs"]
mod receiver;
mod refusals;
#[path = "../harness/still_disk.rs"]
mod still_disk;
mod tally;
mod visitors;

use std::net::SocketAddr;

use client::{Answer, ask};
use daemon::TestDaemon;

/// Sources of every kind of auth, and one that is slow to let in.
const SOURCES: &str = "
[[source]]
name = \"website\"
auth = \"none\"
rate_per_minute = 0
[[source]]
name = \"shop\"
auth = \"none\"
rate_per_minute = 0
[[source]]
name = \"partner\"
auth = { bearer = [\"new-partner-token-1\", \"old-partner-token-1\"] }
[[source]]
name = \"calls\"
auth = { header = \"X-Api-Key\", secret = \"calls-secret-012345\" }
[[source]]
name = \"chat\"
auth = { query = \"token\", secret = \"chat-secret-0123456\" }
[[source]]
name = \"slow\"
auth = \"none\"
rate_per_minute = 2
";

/// A lead of no interest.
const LEAD: &str = r#"{"email":"ada@example.com"}"#;

/// A daemon with [`SOURCES`] and no webhook.
fn daemon() -> TestDaemon {
    TestDaemon::start(SOURCES)
}

/// Posts a body that says nothing of its type, or what these headers say.
fn post(daemon: &TestDaemon, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    ask(daemon.ingest(), "POST", path, headers, body)
}

/// Posts JSON to the website of a daemon that listens here; for threads.
fn post_to(ingest: SocketAddr, headers: &[(&str, &str)], json: &str) -> Answer {
    ask(ingest, "POST", "/in/website", headers, json.as_bytes())
}

/// The answer is a refusal with this status and code, and a sentence.
#[track_caller]
fn is_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (status, code),
        "{}",
        answer.body
    );
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let message = answer.json()["error"]["message"].to_string();
    assert!(message.len() > 10, "{message}");
}
