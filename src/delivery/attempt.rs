//! One attempt: the event becomes a signed request, the request an outcome.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::delivery::{Fault, Outcome, Stage};
use crate::domain::letter::letter;
use crate::domain::pace::Limits;
use crate::domain::retry::Schedule;
use crate::domain::template::Occasion;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Trigger, Webhook};
use crate::outbound::{Client, Lookups, Mailer, Outgoing};
use crate::store::{Job, RenderedEvent};

/// What a crew works with; exchanged as a whole when the config changes.
pub(super) struct Gear {
    way: Way,
    webhook: Webhook,
    pub(super) schedule: Arc<Schedule>,
    pub(super) limits: Limits,
    /// No attempt takes longer.
    pub(super) timeout: Duration,
    pub(super) name: Arc<str>,
}

/// How a receiver is reached.
enum Way {
    Http(Client),
    Mail(Mailer),
}

impl Gear {
    /// What is needed for this webhook; an error says what is wrong with its settings.
    pub(super) fn new(webhook: &Webhook, lookups: &Lookups) -> Result<Gear, String> {
        let receiver = &webhook.receiver;
        let way = match &webhook.mail {
            None => Way::Http(Client::new(receiver, webhook.in_flight, lookups)?),
            Some(route) => Way::Mail(Mailer::new(&route.smtp, &route.to, lookups)?),
        };
        Ok(Gear {
            way,
            webhook: webhook.clone(),
            schedule: Arc::new(webhook.schedule.clone()),
            limits: Limits {
                in_flight: webhook.in_flight,
                rate: webhook.rate,
                retry_after_max: webhook.schedule.retry_after_max,
            },
            timeout: webhook.receiver.timeout,
            name: webhook.name.as_str().into(),
        })
    }

    /// Ends the attempts under way, for the end of the program.
    pub(super) fn shutdown(&self) {
        match &self.way {
            Way::Http(client) => client.shutdown(),
            Way::Mail(mailer) => mailer.shutdown(),
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
    let client = match &gear.way {
        Way::Http(client) => client,
        Way::Mail(mailer) => return mailer.send(&letter(&rendered.event, job.trigger), started),
    };
    match request(&gear.webhook, rendered, job.trigger, started) {
        Ok(outgoing) => client.send(&outgoing),
        Err(reason) => unsendable(reason),
    }
}

/// What leaves for an event, at this time; the same for an attempt and for a trial.
pub(super) fn request<'a>(
    webhook: &'a Webhook,
    rendered: &'a RenderedEvent,
    trigger: Trigger,
    at: Timestamp,
) -> Result<Outgoing<'a>, String> {
    let occasion = Occasion {
        event: &rendered.event,
        trigger,
        payload: rendered.payload(trigger),
        alert: None,
    };
    Outgoing::of(webhook, &occasion, at)
}
