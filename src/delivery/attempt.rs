//! One attempt: the event becomes a signed request, the request an outcome.

use std::panic::{AssertUnwindSafe, catch_unwind};
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
    made(|| {
        let rendered = job.event.as_ref().map_err(ToString::to_string)?;
        let client = match &gear.way {
            Way::Http(client) => client,
            Way::Mail(mailer) => {
                return Ok(mailer.send(&letter(&rendered.event, job.trigger), started));
            }
        };
        let outgoing = request(&gear.webhook, rendered, job.trigger, started)?;
        Ok(client.send(&outgoing))
    })
}

/// What cannot be made is a failure of its delivery, also where it is a fault of ours: of a thread that
/// ended over it, the lead would stay under way for ever.
fn made(work: impl FnOnce() -> Result<(Outcome, Duration), String>) -> (Outcome, Duration) {
    let detail = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => return done,
        Ok(Err(reason)) => reason,
        Err(_) => "leadhook itself broke off over it; please report that".to_owned(),
    };
    let stage = Stage::Prepare;
    (Outcome::Unanswered(Fault { stage, detail }), Duration::ZERO)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_that_breaks_the_program_is_a_failed_attempt_and_no_dead_thread() {
        let (outcome, _) = made(|| panic!("a letter that nobody thought of"));
        let said = "making the request: leadhook itself broke off over it; please report that";
        assert_eq!(outcome.to_string(), said);
    }
}
