//! What retention promises: what is old enough goes, with all that belongs to it, in bites beside the
//! load; and never what waits.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
#[path = "../harness/receiver.rs"]
mod receiver;
#[path = "../harness/still_disk.rs"]
mod still_disk;

mod ages;
mod compact;
mod files;
mod size;

use std::time::Duration;

use daemon::{TestDaemon, WEBSITE, wait_until};

pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// A daemon that keeps things as `rules` say, with this more of config.
pub(crate) fn start(rules: &str, more: &str) -> TestDaemon {
    TestDaemon::start(&format!("\n[retention]\n{rules}\n{WEBSITE}{more}"))
}

pub(crate) fn post(daemon: &TestDaemon, body: &str) -> u64 {
    let answer = daemon.post("website", body);
    assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
    answer.lead_id()
}

/// Turns the clock by so many days, and waits until all was looked through once more.
pub(crate) fn pass_days(daemon: &TestDaemon, days: u32) {
    let deeds = |log: &str| log.matches("let go of what was old").count();
    let before = deeds(&daemon.setting.log());
    daemon.turn_clock(DAY * days);
    wait_until("something to go", || deeds(&daemon.setting.log()) > before);
    daemon.verify();
}

pub(crate) fn counts(daemon: &TestDaemon) -> leadhook::store::Counts {
    daemon.store().counts().expect("counts")
}
