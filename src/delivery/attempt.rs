//! One attempt: the event becomes a signed request, the request an outcome.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::delivery::{Fault, Outcome, Stage};
use crate::domain::retry::Schedule;
use crate::domain::signature::SigningKey;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Webhook;
use crate::outbound::{Client, Outgoing};
use crate::store::Job;

/// What a crew works with; exchanged as a whole when the config changes.
pub(super) struct Gear {
    pub(super) client: Client,
    pub(super) keys: Vec<SigningKey>,
    pub(super) schedule: Arc<Schedule>,
    pub(super) in_flight: usize,
    /// No attempt takes longer.
    pub(super) timeout: Duration,
    pub(super) name: Arc<str>,
}

impl Gear {
    pub(super) fn new(webhook: &Webhook, client: Client) -> Gear {
        Gear {
            client,
            keys: webhook.keys.clone(),
            schedule: Arc::new(webhook.schedule.clone()),
            in_flight: webhook.in_flight,
            timeout: webhook.receiver.timeout,
            name: webhook.name.as_str().into(),
        }
    }
}

/// Sends one delivery. What cannot be sent at all is an outcome too, not a panic.
pub(super) fn attempt(gear: &Gear, job: &Job, started: Timestamp) -> (Outcome, Duration) {
    let unsendable = |detail: String| {
        (
            Outcome::Unanswered(Fault {
                stage: Stage::Prepare,
                detail,
            }),
            Duration::ZERO,
        )
    };
    let rendered = match &job.event {
        Ok(rendered) => rendered,
        Err(error) => return unsendable(error.to_string()),
    };
    let body = rendered.payload(job.trigger);
    match Outgoing::webhook(&rendered.event.id, started, &gear.keys, body) {
        Ok(outgoing) => gear.client.send(&outgoing),
        Err(reason) => unsendable(reason),
    }
}
