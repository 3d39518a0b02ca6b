//! What the store promises when the power goes, the disk fails or fills up, or the file is not what
//! it should be: nothing acknowledged is lost, nothing is half there, and nobody is told otherwise.
//!
//! Much of it is random and repeatable: every failure names the seed that shows it again.
//! `LEADHOOK_FAULTS=all` tries every place where the usual run tries some.

#![allow(
    clippy::print_stdout,
    reason = "figures, of which the trials make their table"
)]

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
#[path = "../harness/receiver.rs"]
mod receiver;
#[path = "../harness/still_disk.rs"]
mod still_disk;

mod answers;
mod chance;
mod damage;
mod disk;
mod ends;
mod files;
mod io_errors;
mod journal;
mod machine;
mod memory;
mod power;
mod records;
mod scenario;
mod space;
mod tape;

/// Whether the long form was asked for.
fn everything() -> bool {
    std::env::var("LEADHOOK_FAULTS").is_ok_and(|value| value == "all")
}
