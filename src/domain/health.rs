//! The health of a webhook: whether its receiver takes what it is sent, and what holds it up.

use std::time::Duration;

use super::delivery::Outcome;
use super::time::Timestamp;

/// How a webhook is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// The run of failures that goes on; none after a success.
    pub failing: Option<Failing>,
    /// Why nothing is sent.
    pub hold: Option<Hold>,
    /// When it last went on after a hold: what was put off before is due.
    pub went_on: Option<Timestamp>,
}

/// A run of nothing but failures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The first of them.
    pub since: Timestamp,
    /// How many there were.
    pub failures: u64,
    /// The last one in words; no personal data, no secret.
    pub last: String,
    /// When that was.
    pub last_at: Timestamp,
}

/// What holds a webhook up. Nothing that waits for it ages meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Who wants it so.
    pub why: Why,
    /// Since when.
    pub since: Timestamp,
}

/// Why a webhook is held up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A person has paused it.
    Paused,
    /// Its receiver wants nothing more.
    Stopped,
    /// There was nothing but failures for too long. It is probed, and goes on by itself.
    Suspended,
}

impl Why {
    /// The word for it in logs, the API and pages.
    pub fn name(self) -> &'static str {
        Condition::of(self).name()
    }
}

/// The health of a webhook in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The last attempt succeeded, or there was none.
    Healthy,
    /// The last attempt failed.
    Failing,
    /// As [`Why::Paused`].
    Paused,
    /// As [`Why::Stopped`].
    Stopped,
    /// As [`Why::Suspended`].
    Suspended,
}

impl Condition {
    /// All of them.
    pub const ALL: [Condition; 5] = [
        Condition::Healthy,
        Condition::Failing,
        Condition::Paused,
        Condition::Stopped,
        Condition::Suspended,
    ];

    fn of(why: Why) -> Condition {
        match why {
            Why::Paused => Condition::Paused,
            Why::Stopped => Condition::Stopped,
            Why::Suspended => Condition::Suspended,
        }
    }

    /// The word for it in logs, the API and pages.
    pub fn name(self) -> &'static str {
        match self {
            Condition::Healthy => "healthy",
            Condition::Failing => "failing",
            Condition::Paused => "paused",
            Condition::Stopped => "stopped",
            Condition::Suspended => "suspended",
        }
    }
}

/// So much is kept of what the last failure said.
const LAST_CHARS_MAX: usize = 300;

impl Health {
    /// All of it in one word.
    pub fn condition(&self) -> Condition {
        match (self.hold, &self.failing) {
            (Some(hold), _) => Condition::of(hold.why),
            (None, Some(_)) => Condition::Failing,
            (None, None) => Condition::Healthy,
        }
    }

    /// Whether there is nothing to say of it.
    pub fn is_well(&self) -> bool {
        self.hold.is_none() && self.failing.is_none()
    }

    /// Since when it is in this condition, where it is not healthy.
    pub fn since(&self) -> Option<Timestamp> {
        let failing = || self.failing.as_ref().map(|failing| failing.since);
        self.hold.map(|hold| hold.since).or_else(failing)
    }

    /// What an attempt makes of it. After nothing but failures for `suspend_after` it is suspended;
    /// none: never.
    pub fn attempted(
        &mut self,
        outcome: &Outcome,
        now: Timestamp,
        suspend_after: Option<Duration>,
    ) {
        match outcome.is_success() {
            true => {
                self.failing = None;
                if self.hold.is_some_and(|hold| hold.why == Why::Suspended) {
                    self.go_on(now);
                }
            }
            false => self.failed(outcome, now),
        }
        if outcome.stops_webhook() {
            self.hold_up(Why::Stopped, now);
        } else if let (None, Some(failing), Some(limit)) = (self.hold, &self.failing, suspend_after)
            && failing.since.until(now) >= limit
        {
            self.hold_up(Why::Suspended, now);
        }
    }

    fn failed(&mut self, outcome: &Outcome, now: Timestamp) {
        let before = self.failing.take();
        let (since, failures) = before.map_or((now, 0), |run| (run.since, run.failures));
        let mut last = outcome.to_string();
        if let Some((end, _)) = last.char_indices().nth(LAST_CHARS_MAX) {
            last.truncate(end);
        }
        self.failing = Some(Failing {
            since,
            failures: failures + 1,
            last,
            last_at: now,
        });
    }

    /// Holds it up, unless it is for this reason already; tells whether that changed anything.
    pub fn hold_up(&mut self, why: Why, now: Timestamp) -> bool {
        if self.hold.is_some_and(|hold| hold.why == why) {
            return false;
        }
        self.hold = Some(Hold { why, since: now });
        true
    }

    /// Lets it go on, whatever held it up; tells whether that changed anything. Who goes on begins
    /// anew: a run of failures from before does not count.
    pub fn go_on(&mut self, now: Timestamp) -> bool {
        if self.hold.take().is_none() {
            return false;
        }
        self.failing = None;
        self.went_on = Some(now);
        true
    }

    /// Whether a delivery that was put off at `put_off` is due at `now` all the same, since the
    /// webhook went on in between.
    pub fn hastens(&self, put_off: Timestamp, now: Timestamp) -> bool {
        // A time that is still to come was told by a clock that has jumped back since.
        self.went_on
            .is_some_and(|went_on| put_off < went_on && went_on <= now)
    }

    /// Whether it is worth a write when `stored` is on disk: every transition, and of a run of
    /// failures the 1st, 2nd, 4th, 8th …
    pub fn is_news(&self, stored: &Health) -> bool {
        let begun = |health: &Health| health.failing.as_ref().map(|failing| failing.since);
        let round = |health: &Health| {
            let failing = health.failing.as_ref();
            failing.map(|failing| failing.failures.checked_ilog2())
        };
        (self.hold, self.went_on, begun(self), round(self))
            != (stored.hold, stored.went_on, begun(stored), round(stored))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::{Answer, Fault, Stage};

    const HOUR: Duration = Duration::from_secs(3600);
    const NOW: Timestamp = Timestamp(1_000_000_000);

    fn answered(status: u16) -> Outcome {
        Outcome::Answered(Answer {
            status,
            ..Answer::default()
        })
    }

    fn after(outcomes: &[(u16, u32)]) -> Health {
        let mut health = Health::default();
        for (status, hour) in outcomes {
            health.attempted(&answered(*status), NOW.after(*hour * HOUR), Some(6 * HOUR));
        }
        health
    }

    #[test]
    fn a_run_of_failures_begins_with_the_first_and_ends_with_a_success() {
        let failing = after(&[(200, 0), (500, 1), (503, 2)]).failing;
        let failing = failing.expect("a run");
        assert_eq!(
            (failing.since, failing.failures, failing.last.as_str()),
            (NOW.after(HOUR), 2, "503")
        );
        assert_eq!(after(&[(500, 1), (200, 2)]), Health::default());
    }

    #[test]
    fn nothing_but_failures_for_long_enough_suspends_until_one_succeeds() {
        let condition = |outcomes: &[(u16, u32)]| after(outcomes).condition();
        assert_eq!(condition(&[(500, 0), (500, 5)]), Condition::Failing);
        assert_eq!(condition(&[(500, 0), (500, 6)]), Condition::Suspended);
        assert_eq!(
            condition(&[(500, 0), (200, 3), (500, 6)]),
            Condition::Failing
        );
        let back = after(&[(500, 0), (500, 6), (500, 7), (200, 8)]);
        assert_eq!(back.condition(), Condition::Healthy);
        assert!(back.hastens(NOW.after(7 * HOUR), NOW.after(9 * HOUR)));
        assert!(!back.hastens(NOW.after(8 * HOUR), NOW.after(9 * HOUR)));
        assert!(
            !back.hastens(NOW, NOW.after(HOUR)),
            "a clock that jumped back"
        );
    }

    #[test]
    fn what_a_person_or_the_receiver_holds_up_no_late_success_lets_go_on() {
        for (why, condition) in [
            (Why::Paused, Condition::Paused),
            (Why::Stopped, Condition::Stopped),
        ] {
            let mut health = Health::default();
            health.hold_up(why, NOW);
            health.attempted(&answered(200), NOW.after(HOUR), None);
            assert_eq!(health.condition(), condition);
            assert!(health.go_on(NOW) && !health.go_on(NOW));
        }
        assert_eq!(after(&[(410, 0)]).condition(), Condition::Stopped);
    }

    #[test]
    fn only_transitions_and_powers_of_two_are_news() {
        let refused = Outcome::Unanswered(Fault {
            stage: Stage::Connect,
            detail: "connection refused".to_owned(),
        });
        let (mut health, mut stored) = (Health::default(), Health::default());
        let mut news = 0;
        for n in 0..1000 {
            health.attempted(&refused, Timestamp(n), None);
            if health.is_news(&stored) {
                stored = health.clone();
                news += 1;
            }
        }
        assert_eq!(news, 10);
    }
}
