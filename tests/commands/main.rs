//! The binary itself: what is typed, what it prints, how it ends, and what signals do to it.

#[path = "../harness/client.rs"]
mod client;
mod config;
mod database;
mod doctor;
mod grammar;
mod importing;
mod logs;
mod looking;
mod newcomer;
mod owning;
mod people;
mod process;
#[path = "../harness/receiver.rs"]
mod receiver;
mod reloading;
mod signals;
mod steering;
mod tailing;
mod trying;
mod unit;
mod writing;
