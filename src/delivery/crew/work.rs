//! What a thread of a crew does with one delivery: send it, say so, have it recorded.

use std::sync::Arc;
use std::time::Duration;

use super::Crew;
use crate::delivery::Made;
use crate::delivery::attempt::{Gear, attempt};
use crate::domain::delivery::{Next, Outcome};
use crate::store::{Job, Recorded, Report, StoreError};

/// Lets go of a lead when its result is committed, and also if it never comes to that.
struct Hold {
    crew: Arc<Crew>,
    lead: u64,
    /// What cannot be recorded would only be sent again and again.
    for_good: bool,
    /// The receiver wants nothing more, which the store does not know yet.
    stops: bool,
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut state = self.crew.lock();
        state.recording -= 1;
        state.stops -= usize::from(self.stops);
        if !self.for_good {
            state.held.remove(&self.lead);
        }
    }
}

impl Crew {
    /// Makes one attempt.
    pub(super) fn deliver(self: &Arc<Crew>, job: Job) {
        let gear = self.gear();
        let started = self.tools.clock.now();
        if job.attempts == 0 {
            // Until then it has been due since it was committed.
            self.meter
                .first_attempt_delay
                .observe(job.due.until(started));
        }
        let (outcome, duration) = attempt(&gear, &job, started);
        let mut hold = Hold {
            crew: self.clone(),
            lead: job.id.lead,
            for_good: false,
            stops: outcome.stops_webhook(),
        };
        if self.note(&gear, &job, &outcome) {
            return;
        }
        self.meter.attempted(&outcome, duration);
        if outcome.is_success() {
            self.log_delivered(&job, &outcome, duration);
        }
        let made = Made {
            delivery: job.id,
            webhook: gear.name.clone(),
            trigger: job.trigger,
            number: job.attempts + 1,
            started,
            duration,
            is_success: outcome.is_success(),
            outcome: outcome.to_string(),
            // Until the store has decided.
            next: Next::Wait,
        };
        let report = Report {
            delivery: job.id,
            schedule: gear.schedule.clone(),
            started,
            duration,
            outcome,
        };
        self.tools.store.record(
            report,
            Box::new(move |recorded| {
                hold.for_good = matches!(&recorded, Err(StoreError::Unreadable(_)));
                hold.crew.recorded(made, recorded);
            }),
        );
    }

    /// Notes how the attempt ended; tells whether it was broken off and counts for nothing.
    fn note(&self, gear: &Gear, job: &Job, outcome: &Outcome) -> bool {
        let now = self.tools.clock.now();
        let mut state = self.lock();
        state.under_way.remove(&job.id.lead);
        state.recording += 1;
        // At once: what else was taken is not sent any more.
        state.stops += usize::from(outcome.stops_webhook());
        if state.broken_off && matches!(outcome, Outcome::Unanswered(_)) {
            return true;
        }
        let before = state.since_start.clock_off;
        if let Outcome::Answered(answer) = outcome {
            let since = before.map_or(now, |(since, _)| since);
            state.since_start.clock_off = answer.clock_off_s.map(|off_s| (since, off_s));
        }
        let changed = before != state.since_start.clock_off;
        state.pace.ended(outcome, &gear.limits, now);
        if state.probing {
            state.probed(outcome);
        }
        drop(state);
        if changed {
            (self.tools.on_change)();
        }
        false
    }

    fn log_delivered(&self, job: &Job, outcome: &Outcome, duration: Duration) {
        self.tools.log.info(
            "delivered",
            &[
                ("webhook", &self.gear().name),
                ("lead", &job.id.lead),
                ("revision", &job.id.revision),
                ("trigger", &job.trigger.name()),
                ("attempt", &(job.attempts + 1)),
                ("status", outcome),
                ("ms", &duration.as_millis()),
            ],
        );
    }

    /// Hears what the store made of an attempt. Runs on the writer's thread.
    fn recorded(&self, mut made: Made, recorded: Result<Option<Recorded>, StoreError>) {
        let log = &self.tools.log;
        let lead = made.delivery.lead;
        let recorded = match recorded {
            Ok(Some(recorded)) => recorded,
            Ok(None) => return,
            Err(error) => {
                log.error(
                    match error {
                        StoreError::Unreadable(_) => {
                            "an attempt could not be recorded; nothing more of the lead is sent before the next start"
                        }
                        _ => "an attempt could not be recorded; it will be made again",
                    },
                    &[
                        ("webhook", &made.webhook),
                        ("lead", &lead),
                        ("error", &error),
                    ],
                );
                return;
            }
        };
        self.meter.recorded(recorded.next);
        if recorded.next == Next::Failed {
            self.lock().since_start.given_up = Some(self.tools.clock.now());
            (self.tools.on_change)();
        }
        if recorded.next != Next::Delivered {
            log.warn(
                "attempt failed",
                &[
                    ("webhook", &made.webhook),
                    ("lead", &lead),
                    ("attempt", &recorded.attempt),
                    ("outcome", &made.outcome),
                    ("ms", &made.duration.as_millis()),
                    ("next", &recorded.next),
                ],
            );
        }
        (made.number, made.next) = (recorded.attempt, recorded.next);
        self.feed.push(made);
    }
}
