//! Who is told of trouble, when, and how often.

#[path = "../harness/authority.rs"]
mod authority;
#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
#[path = "../harness/mail_server.rs"]
mod mail_server;
#[path = "../harness/receiver.rs"]
mod receiver;

mod channels;
mod letters;
mod trouble;

use std::time::Duration;

use daemon::{Setting, TestDaemon, WEBSITE, wait_until, webhook};
use leadhook::store::DeliveryId;
use receiver::{Receiver, Reply};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// A config with a webhook `crm` to this receiver, and alerts to the other one.
fn watched(crm: &Receiver, ops: &Receiver, more: &str) -> String {
    let retry = "retry = [\"10s\", \"1m\", \"10m\", \"1h\"]\njitter_percent = 0\n";
    format!(
        "{WEBSITE}{}{}{more}",
        webhook("crm", &crm.url(), retry),
        webhook("ops", &ops.url(), "alerts_only = true")
    )
}

/// An alert as it arrived.
fn alert(ops: &Receiver, n: usize) -> serde_json::Value {
    ops.wait_for(n);
    serde_json::from_slice(&ops.requests()[n - 1].body).expect("JSON")
}

/// What the alerts told: kind and news.
fn told(ops: &Receiver) -> Vec<(String, String)> {
    let mut told = Vec::new();
    for n in 1..=ops.count() {
        for one in alert(ops, n)["alerts"].as_array().expect("alerts") {
            let text = |key: &str| one[key].as_str().expect("a text").to_owned();
            told.push((text("kind"), text("news")));
        }
    }
    told
}

fn pair(kind: &str, news: &str) -> (String, String) {
    (kind.to_owned(), news.to_owned())
}

/// Waits until so many attempts for the lead are recorded.
fn attempted(daemon: &TestDaemon, lead: u64, n: usize) {
    let id = DeliveryId {
        webhook: 0,
        lead,
        revision: 1,
    };
    let recorded = || daemon.store().attempts(id, 100).expect("a store").len();
    wait_until(&format!("attempt {n}"), || recorded() >= n);
}

/// What health says is open.
fn open(daemon: &TestDaemon) -> Vec<String> {
    let health: serde_json::Value =
        serde_json::from_str(&daemon.get("/healthz").body).expect("JSON");
    let open = health["alerts"]["open"].as_array().expect("a list").clone();
    open.iter()
        .map(|one| one["kind"].as_str().expect("a kind").to_owned())
        .collect()
}
