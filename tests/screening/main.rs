//! What the owner's settings make of a lead.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
#[path = "../harness/receiver.rs"]
mod receiver;

mod analysis;
mod conditions;
mod house;
mod location;
mod mmdb;
mod rules;
mod spam;
