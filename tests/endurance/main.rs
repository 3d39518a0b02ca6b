//! What the program does when there is too much of something: connections, time, what waits, and too
//! few descriptors or threads, or too little memory, for it. It refuses what it cannot do, stays alive,
//! and goes on by itself.
//!
//! `LEADHOOK_FAULTS=all` asks for the long form of each.

#![allow(
    clippy::print_stdout,
    reason = "figures, of which the trials make their table"
)]

#[path = "../harness/client.rs"]
mod client;
#[allow(dead_code)]
#[path = "../kill/clients.rs"]
mod clients;
#[path = "../harness/daemon.rs"]
mod daemon;
#[allow(dead_code)]
#[path = "../kill/look.rs"]
mod look;
#[allow(dead_code)]
#[path = "../kill/program.rs"]
mod program;
#[path = "../harness/receiver.rs"]
mod receiver;

mod backlog;
mod crowd;
mod exhausted;
mod memory;
mod writeback;
mod year;

use std::fs;
use std::path::Path;

use program::{FILE, Program};

/// Whether the long form was asked for.
fn everything() -> bool {
    std::env::var("LEADHOOK_FAULTS").is_ok_and(|value| value == "all")
}

/// The real binary on a database in `directory`, with these webhooks; one address may hold as many
/// connections as it likes.
fn start(directory: &Path, webhooks: &str) -> Program {
    start_as(directory, "", webhooks)
}

/// The same, with more settings of the ingest listener.
fn start_as(directory: &Path, ingest: &str, webhooks: &str) -> Program {
    let ground = format!(
        "[ingest]\nlisten = \"127.0.0.1:0\"\nconnections_per_address = 0\n{ingest}\
         [admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"0123456789abcdef\"\n\
         [store]\npath = \"{FILE}\"\nlow_space = 0\nvery_low_space = 0\nstart_delay = \"0s\"\n"
    );
    Program::spawn_as(directory, &(ground + daemon::WEBSITE + webhooks)).up()
}

/// A number of kibibytes that the kernel tells of a process: `VmHWM`, `VmSize`, `VmRSS`.
fn kib(process: &str, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find(|line| line.starts_with(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|kib| kib.parse().ok()).expect("a number")
}
