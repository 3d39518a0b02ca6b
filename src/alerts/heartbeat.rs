//! The heartbeat: an address of an uptime monitor that is asked while all is well.

use std::sync::Mutex;
use std::time::Duration;

use super::lock;
use crate::domain::time::Timestamp;
use crate::domain::watch::Heartbeat;
use crate::log::Log;
use crate::outbound::{Client, Lookups, Outgoing};

/// Asks the monitor's addresses.
pub(super) struct Heart {
    well: Client,
    unwell: Option<Client>,
    every: Duration,
    /// When it was asked last, and whether all was well.
    last: Mutex<Option<(Timestamp, bool)>>,
}

impl Heart {
    pub(super) fn new(heartbeat: &Heartbeat, lookups: &Lookups) -> Result<Heart, String> {
        let client = |receiver| {
            Client::new(receiver, 1, lookups).map_err(|reason| format!("heartbeat: {reason}"))
        };
        Ok(Heart {
            well: client(&heartbeat.well)?,
            unwell: heartbeat.unwell.as_ref().map(client).transpose()?,
            every: heartbeat.every,
            last: Mutex::default(),
        })
    }

    /// Asks, where it is time to, or where it has changed whether all is well; tells when next.
    pub(super) fn beat(&self, is_well: bool, now: Timestamp, log: &Log) -> Timestamp {
        let mut last = lock(&self.last);
        let next = last.map_or(now, |(at, was_well)| {
            match was_well == is_well && at <= now {
                true => at.after(self.every),
                false => now,
            }
        });
        if now < next {
            return next;
        }
        *last = Some((now, is_well));
        let client = match is_well {
            true => Some(&self.well),
            false => self.unwell.as_ref(),
        };
        if let Some(client) = client {
            let (outcome, _) = client.send(&Outgoing::json(now, b""));
            if !outcome.is_success() {
                log.warn("the heartbeat did not arrive", &[("outcome", &outcome)]);
            }
        }
        now.after(self.every)
    }

    pub(super) fn shutdown(&self) {
        self.well.shutdown();
        self.unwell.iter().for_each(Client::shutdown);
    }
}
