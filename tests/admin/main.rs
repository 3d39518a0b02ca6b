//! The admin listener: who may ask it what, what health says, and the inspector's page.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
mod guarding;
mod health;
mod inspector;
#[path = "../harness/receiver.rs"]
mod receiver;

use client::{Answer, ask};
use daemon::TestDaemon;

/// What opens the admin listener.
const TOKEN: (&str, &str) = ("authorization", "Bearer test-admin-token-0123");

/// Asks the admin listener without a token.
fn get(daemon: &TestDaemon, path: &str) -> Answer {
    ask(daemon.admin(), "GET", path, &[], b"")
}

/// Posts to the admin listener with these headers.
fn post(daemon: &TestDaemon, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(daemon.admin(), "POST", path, headers, b"")
}
