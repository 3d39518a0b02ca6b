//! Every request that leaves: one client per receiver, and the guard that decides where it may go.
//!
//! The way of a request: [`Outgoing`] holds what is sent; [`Client`] sends it within one deadline
//! and turns whatever happens into an outcome; its resolver asks the shared [`Lookups`] for the
//! addresses of a name and drops those that the guard (`domain::guard`) refuses; the sockets connect to exactly the
//! addresses that are left. What was checked is what is connected to, so a name that changes its
//! address in between gains nothing.
//!
//! ureq, lettre, rustls and the system's certificates are named in this module only.

mod answer;
mod client;
mod expiry;
mod fault;
mod lookup;
mod mailer;
mod request;
mod resolver;
mod socket;
mod target;
mod trace;
mod trail;
mod trust;

pub use client::Client;
pub use lookup::{Ask, Lookups};
pub use mailer::Mailer;
pub use request::{Outgoing, check_header};
pub use target::shown;
pub use trace::{Step, Trace, trace};
