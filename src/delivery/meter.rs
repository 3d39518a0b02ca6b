//! What a crew has sent since the start: its attempts by outcome, its deliveries by their end, and how
//! long both took.

use std::time::Duration;

use crate::domain::delivery::{Next, Outcome, Stage};
use crate::metrics::{Counter, Histogram};

/// The deliveries of one webhook.
#[derive(Debug)]
pub struct Meter {
    /// How long the attempts took.
    pub attempt_duration: Histogram,
    /// From the commit of an event to its first attempt.
    pub first_attempt_delay: Histogram,
    attempts: [Counter; OUTCOMES.len() + Stage::ALL.len()],
    ended: [Counter; ENDS.len()],
}

/// How an answered attempt may end: well, or by its status, a 2xx too where the rules of its webhook say
/// so. An unanswered one ends at a stage.
const OUTCOMES: [&str; 6] = [SUCCESS, "2xx", "3xx", "4xx", "5xx", "other"];
/// The receiver has the event.
pub const SUCCESS: &str = "success";
const OTHER: usize = OUTCOMES.len() - 1;
/// How a delivery may end.
const ENDS: [&str; 3] = ["delivered", "failed", "cancelled"];

impl Default for Meter {
    fn default() -> Meter {
        Meter {
            attempt_duration: Histogram::of_durations(),
            first_attempt_delay: Histogram::of_durations(),
            attempts: Default::default(),
            ended: Default::default(),
        }
    }
}

impl Meter {
    /// An attempt ended.
    pub(super) fn attempted(&self, outcome: &Outcome, duration: Duration) {
        self.attempt_duration.observe(duration);
        let at = match outcome {
            _ if outcome.is_success() => 0,
            Outcome::Answered(answer) => match usize::from(answer.status / 100) {
                hundreds @ 2..=5 => hundreds - 1,
                _ => OTHER,
            },
            Outcome::Unanswered(fault) => OUTCOMES.len() + fault.stage as usize,
        };
        self.attempts[at].increment();
    }

    /// The result of an attempt is on disk.
    pub(super) fn recorded(&self, next: Next) {
        let at = match next {
            Next::Delivered => 0,
            Next::Failed => 1,
            Next::Cancelled => 2,
            Next::Retry(_) | Next::Wait => return,
        };
        self.ended[at].increment();
    }

    /// How many attempts came to each outcome: success, the class of a status, or the stage that failed.
    pub fn attempts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let stages = Stage::ALL.iter().map(|stage| stage.name());
        let names = OUTCOMES.into_iter().chain(stages);
        names.zip(self.attempts.iter().map(Counter::count))
    }

    /// How many deliveries ended in each way.
    pub fn ended(&self) -> impl Iterator<Item = (&'static str, u64)> {
        ENDS.into_iter().zip(self.ended.iter().map(Counter::count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::{Answer, Fault};

    #[test]
    fn every_outcome_has_a_place_of_its_own() {
        let meter = Meter::default();
        let answered = |status| {
            Outcome::Answered(Answer {
                status,
                ..Answer::default()
            })
        };
        let unanswered = |stage| {
            let detail = String::new();
            Outcome::Unanswered(Fault { stage, detail })
        };
        let outcomes = [204, 302, 410, 550, 102].map(answered);
        for outcome in outcomes.into_iter().chain(Stage::ALL.map(unanswered)) {
            meter.attempted(&outcome, Duration::ZERO);
        }
        assert!(
            meter
                .attempts()
                .all(|(name, count)| count == u64::from(name != "2xx"))
        );
        let names: Vec<&str> = meter.attempts().map(|(name, _)| name).collect();
        assert_eq!(names[..3], ["success", "2xx", "3xx"]);
        assert_eq!(names[5..7], ["other", "prepare"]);
    }
}
