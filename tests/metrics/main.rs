//! `/metrics`: its format, what each metric tells of a daemon at work, and the files for Prometheus and
//! Grafana that build on it.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
mod format;
mod packaged;
mod page;
mod posts;
mod queue;
#[path = "../harness/receiver.rs"]
mod receiver;
mod store;

use daemon::TestDaemon;
use page::Page;

const LEAD: &str = r#"{"email":"canary@example.com"}"#;

/// What `/metrics` says at the moment.
fn scrape(daemon: &TestDaemon) -> Page {
    let answer = daemon.get("/metrics");
    assert_eq!(answer.status, 200, "{}", answer.body);
    Page::parse(&answer.body).unwrap_or_else(|error| panic!("{error}\n{}", answer.body))
}
