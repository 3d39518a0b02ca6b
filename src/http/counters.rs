//! What a listener has seen since its start.

use crate::metrics::Counter;

/// The counters of one listener.
#[derive(Debug, Default)]
pub struct Counters {
    /// Connections taken in.
    pub accepted: Counter,
    /// Connections turned away: the server full, or too many from one address.
    pub refused: Counter,
    /// Idle connections dropped to make room for new ones.
    pub evicted: Counter,
    /// Failures of `accept`, such as "too many open files".
    pub accept_errors: Counter,
    /// Requests whose head was read.
    pub requests: Counter,
    /// Requests answered here, before or instead of the site: see the table of this module.
    pub bad_requests: Counter,
    /// Connections ended for what is no HTTP; answered by hyper.
    pub malformed: Counter,
    /// Connections closed as idle, or with a head that came too slowly.
    pub head_timeouts: Counter,
    /// Bodies that came too slowly.
    pub body_timeouts: Counter,
    /// Bodies for which there was no room beside all others.
    pub bodies_refused: Counter,
    /// Connections dropped since they did not end after their whole life.
    pub outlived: Counter,
    /// Requests in which the site panicked.
    pub panics: Counter,
}
