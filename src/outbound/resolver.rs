//! Turns the host of a receiver into addresses that it may have.
//!
//! ureq asks before each request and connects to exactly what it is told here. An address written
//! as such is answered at once; for names see [`Lookups`]. Each address goes through the guard at
//! each request; of a name with several, those that are refused are dropped.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::domain::delivery::{Fault, Stage};
use crate::domain::webhook::Receiver;

use super::lookup::Lookups;
use super::target::{Target, admit, admit_plain};
use super::trail;

/// How many of the addresses are tried; what ureq has room for.
const ADDRESSES_MAX: usize = 16;

/// The resolver of one receiver.
pub(super) struct Guarded {
    pub(super) receiver: Receiver,
    pub(super) target: Target,
    pub(super) proxy: Option<Target>,
    pub(super) lookups: Lookups,
    /// Set when the client is shut down.
    pub(super) stop: Arc<AtomicBool>,
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        trail::reached(Stage::Resolve);
        let target = match &self.proxy {
            Some(proxy) if uri.authority() == proxy.uri.authority() => proxy,
            _ => &self.target,
        };
        let mut resolved = self.empty();
        match target.address {
            Some(address) => {
                self.admit(target, address)?;
                resolved.push(SocketAddr::new(address, target.port));
            }
            None => {
                let found = self.look_up(&target.host, *timeout.after)?;
                for address in self.admitted(target, &found)? {
                    resolved.push(SocketAddr::new(address, target.port));
                }
            }
        }
        trail::reached(Stage::Connect);
        Ok(resolved)
    }
}

impl Guarded {
    fn look_up(&self, host: &str, limit: Duration) -> Result<Arc<[IpAddr]>, Error> {
        let now = Instant::now();
        let deadline = now.checked_add(limit).unwrap_or(now);
        let believe = self.receiver.dns_cache;
        let found = self.lookups.addresses(host, believe, deadline, &self.stop);
        found.map_err(|failure| halt(Stage::Resolve, failure.words(host, self.receiver.timeout)))
    }

    fn admit(&self, target: &Target, address: IpAddr) -> Result<(), Error> {
        let mut admitted = admit(&self.receiver.private, &target.host, address);
        // The way to a proxy may be plain; what goes through it is checked with the config.
        if self.proxy.is_none() {
            admitted = admitted.and_then(|()| admit_plain(&self.receiver, target, address));
        }
        admitted.map_err(|detail| halt(Stage::Guard, detail))
    }

    /// Those that the guard lets pass; why the first one was refused where none is left.
    fn admitted(&self, target: &Target, found: &[IpAddr]) -> Result<Vec<IpAddr>, Error> {
        let mut admitted = Vec::new();
        let mut refused = None;
        for address in found {
            match self.admit(target, *address) {
                Ok(()) => admitted.push(*address),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        match refused {
            Some(error) if admitted.is_empty() => Err(error),
            _ => {
                admitted.truncate(ADDRESSES_MAX);
                Ok(admitted)
            }
        }
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guarded")
    }
}

/// A fault on its way through ureq.
#[derive(Debug)]
pub(super) struct Halt(pub(super) Fault);

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.detail)
    }
}

impl std::error::Error for Halt {}

fn halt(stage: Stage, detail: String) -> Error {
    Error::Other(Box::new(Halt(Fault { stage, detail })))
}
