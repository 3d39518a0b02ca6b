//! The HTTP front, spoken to over raw sockets.

mod bodies;
mod connections;
mod harness;
mod refusals;
mod stopping;
