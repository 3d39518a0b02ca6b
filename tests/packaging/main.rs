//! What comes along with the binary, and how it gets on with the system that it is installed on.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
mod deb;
#[path = "../commands/process.rs"]
#[allow(dead_code, reason = "each test has its own part of it")]
mod process;
mod proxies;
mod readme;
#[path = "../harness/receiver.rs"]
mod receiver;
mod rpm;
mod shells;
#[path = "../harness/still_disk.rs"]
mod still_disk;
mod supervisor;
mod unit;

/// Says that a test could not be made here, and why.
#[allow(
    clippy::print_stderr,
    reason = "a test that was passed over must say so"
)]
fn passed_over(why: &str) {
    eprintln!("passed over: {why}");
}
