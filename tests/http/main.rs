//! The HTTP front, spoken to over raw sockets.

#![allow(
    clippy::print_stdout,
    reason = "figures, of which the trials make their table"
)]

mod bodies;
mod connections;
mod corners;
mod harness;
mod refusals;
mod stopping;
