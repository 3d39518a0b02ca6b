//! How much a client may take: time, bytes, connections.

use std::time::Duration;

use crate::domain::webhook::Network;

/// The limits of one listener. The defaults suit a public one.
#[derive(Clone, Debug)]
pub struct Limits {
    /// From the accept, or the end of the last answer, to the end of the headers; thus also how
    /// long a connection may be idle. 10 s.
    pub head_timeout: Duration,
    /// From the end of the headers to the end of the body. 15 s.
    pub body_timeout: Duration,
    /// Of a body, where the site does not say otherwise. 256 KiB.
    pub body_bytes_max: usize,
    /// Of all bodies under way together, until their requests are answered; each counts beyond its
    /// first 8 KiB. What goes beyond is refused. 16 MiB.
    pub bodies_bytes_max: usize,
    /// Header lines of a request. 64; over 100 is no use, as hyper stops there.
    pub headers_max: usize,
    /// The request line and all headers, and likewise the trailers. 16 KiB.
    pub head_bytes_max: usize,
    /// Open connections. When it is reached, the one that is idle longest makes room; keep it below
    /// the limit of open files less what the store and the deliveries need. 8,192.
    pub connections_max: usize,
    /// Open connections from one address (IPv6: one /64); loopback is exempt. 64; 0: no limit.
    pub connections_per_address: usize,
    /// Proxies, which speak for many clients: exempt from `connections_per_address`.
    pub trusted_proxies: Vec<Network>,
    /// How long a connection may live, however busy; this rids us of clients that send and never
    /// read. 300 s.
    pub life: Duration,
    /// What it then gets to finish its request. 5 s.
    pub life_grace: Duration,
    /// How much of an unwanted body is read and thrown away: closing on unread bytes makes the
    /// client's system drop the answer. 64 KiB.
    pub drain_bytes_max: usize,
    /// For how long. 1 s.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(15),
            body_bytes_max: 256 * 1024,
            bodies_bytes_max: 16 << 20,
            headers_max: 64,
            head_bytes_max: 16 * 1024,
            connections_max: 8192,
            connections_per_address: 64,
            trusted_proxies: Vec::new(),
            life: Duration::from_secs(300),
            life_grace: Duration::from_secs(5),
            drain_bytes_max: 64 * 1024,
            drain_timeout: Duration::from_secs(1),
        }
    }
}
