//! The pace of a webhook: how many requests may be under way, how many may begin, and how a receiver
//! that comes back is met: with one request, then two, then four.

use std::collections::VecDeque;
use std::time::Duration;

use super::delivery::Outcome;
use super::time::Timestamp;

/// So many requests in any span of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At least 1.
    pub requests: usize,
    /// How long the span is.
    pub per: Duration,
}

/// What the config allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests under way at once.
    pub in_flight: usize,
    /// Requests that begin; none: as many as it can take.
    pub rate: Option<Rate>,
    /// `Retry-After` is believed up to this.
    pub retry_after_max: Duration,
}

/// A wait by the clock. One that the clock jumps back behind is over: no jump makes it longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wait {
    from: Timestamp,
    until: Timestamp,
}

impl Wait {
    /// A wait that begins now.
    pub fn begin(now: Timestamp, length: Duration) -> Wait {
        Wait {
            from: now,
            until: now.after(length),
        }
    }

    /// How long it goes on; zero where it is over.
    pub fn left(self, now: Timestamp) -> Duration {
        match now < self.from {
            true => Duration::ZERO,
            false => now.until(self.until),
        }
    }
}

/// Where the next request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It may begin.
    Now,
    /// Not for so long.
    In(Duration),
    /// When one that is under way has ended; while it starts slowly, also when one has hung for so long.
    AfterAnother(Option<Duration>),
}

/// So many failures in a row, and the next success meets a receiver that comes back.
const AWAY_AFTER: u32 = 8;
/// While it starts slowly, one that has been under way for so long makes nobody wait any more: else one
/// that hangs would hold up all others for its whole timeout.
const HANGS_AFTER: Duration = Duration::from_secs(2);

const TOO_MANY_REQUESTS: u16 = 429;
const UNAVAILABLE: u16 = 503;

/// What has been sent lately, and what came of it.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    /// So many may be under way while it starts slowly; none: all that the config allows.
    window: Option<usize>,
    failures: u32,
    /// The receiver has asked for silence.
    silence: Wait,
    /// When the last ones began, as many as the rate needs to know.
    begun: VecDeque<Timestamp>,
}

impl Pace {
    /// Meets the receiver as one that comes back.
    pub fn start_slowly(&mut self) {
        self.window = Some(1);
    }

    /// Whether another request may begin while those are under way that began then.
    pub fn turn(
        &mut self,
        limits: &Limits,
        began: impl ExactSizeIterator<Item = Timestamp>,
        now: Timestamp,
    ) -> Turn {
        let silence = self.silence.left(now);
        if !silence.is_zero() {
            return Turn::In(silence);
        }
        if began.len() >= limits.in_flight {
            return Turn::AfterAnother(None);
        }
        if let Some(window) = self.window {
            let hang_in = began.map(|began| Wait::begin(began, HANGS_AFTER).left(now));
            let fresh: Vec<Duration> = hang_in.filter(|left| !left.is_zero()).collect();
            if fresh.len() >= window {
                return Turn::AfterAnother(fresh.into_iter().min());
            }
        }
        match limits.rate {
            Some(rate) if self.free(rate, now) == 0 => Turn::In(self.next_free(rate, now)),
            _ => Turn::Now,
        }
    }

    /// How many may begin now as far as the rate goes; none: any number.
    pub fn room(&mut self, limits: &Limits, now: Timestamp) -> Option<usize> {
        limits.rate.map(|rate| self.free(rate, now))
    }

    /// A request begins.
    pub fn begin(&mut self, limits: &Limits, now: Timestamp) {
        if limits.rate.is_some() {
            self.begun.push_back(now);
        }
    }

    /// A request has ended so.
    pub fn ended(&mut self, outcome: &Outcome, limits: &Limits, now: Timestamp) {
        if let Outcome::Answered(answer) = outcome
            && [TOO_MANY_REQUESTS, UNAVAILABLE].contains(&answer.status)
            && let Some(asked) = answer.retry_after
        {
            self.silence = Wait::begin(now, asked.min(limits.retry_after_max));
        }
        if !outcome.is_success() {
            self.failures = self.failures.saturating_add(1);
            // Who has just come back and fails again is met anew.
            self.window = self.window.map(|_| 1);
            return;
        }
        if self.failures >= AWAY_AFTER {
            self.start_slowly();
        }
        self.failures = 0;
        // One more for each success doubles what is under way from round to round.
        self.window = self
            .window
            .map(|window| window + 1)
            .filter(|window| *window < limits.in_flight);
    }

    fn free(&mut self, rate: Rate, now: Timestamp) -> usize {
        // What began later than now was told by a clock that has jumped back since.
        let counts = |begun: &Timestamp| *begun <= now && begun.until(now) < rate.per;
        self.begun.retain(counts);
        rate.requests.saturating_sub(self.begun.len())
    }

    fn next_free(&self, rate: Rate, now: Timestamp) -> Duration {
        let full = self.begun.len().saturating_sub(rate.requests);
        let oldest = self.begun.get(full).copied().unwrap_or(now);
        now.until(oldest.after(rate.per))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::Answer;

    const SECOND: Duration = Duration::from_secs(1);
    const NOW: Timestamp = Timestamp(1_000_000_000);
    const FREE: Limits = Limits {
        in_flight: 8,
        rate: None,
        retry_after_max: Duration::from_secs(60),
    };

    const NOBODY: std::iter::Empty<Timestamp> = std::iter::empty();

    fn answered(status: u16, retry_after_s: Option<u64>) -> Outcome {
        Outcome::Answered(Answer {
            status,
            retry_after: retry_after_s.map(Duration::from_secs),
            ..Answer::default()
        })
    }

    /// How many may be under way at once.
    fn width(pace: &mut Pace) -> usize {
        let full = |n: &usize| {
            let turn = pace.turn(&FREE, vec![NOW; *n].into_iter(), NOW);
            matches!(turn, Turn::AfterAnother(_))
        };
        (0..100).find(full).expect("a limit")
    }

    #[test]
    fn a_receiver_that_comes_back_is_met_with_one_then_two_then_four() {
        let mut pace = Pace::default();
        assert_eq!(width(&mut pace), 8);
        pace.start_slowly();
        let mut widths = vec![width(&mut pace)];
        for _ in 0..3 {
            for _ in 0..width(&mut pace) {
                pace.ended(&answered(200, None), &FREE, NOW);
            }
            widths.push(width(&mut pace));
        }
        assert_eq!(widths, [1, 2, 4, 8]);
        pace.start_slowly();
        pace.ended(&answered(200, None), &FREE, NOW);
        pace.ended(&answered(500, None), &FREE, NOW);
        assert_eq!(width(&mut pace), 1);
    }

    #[test]
    fn one_that_hangs_while_it_starts_slowly_makes_nobody_wait_for_long() {
        let mut pace = Pace::default();
        pace.start_slowly();
        let mut turn = |began: &[Timestamp], now| pace.turn(&FREE, began.iter().copied(), now);
        let later = NOW.after(2 * SECOND);
        assert_eq!(turn(&[NOW], NOW), Turn::AfterAnother(Some(2 * SECOND)));
        assert_eq!(turn(&[NOW], later), Turn::Now);
        // Where all of them hang, it is one more every two seconds, up to what the config allows.
        let another = turn(&[NOW, later], later.after(SECOND));
        assert_eq!(another, Turn::AfterAnother(Some(SECOND)));
        assert_eq!(turn(&[NOW; 8], later), Turn::AfterAnother(None));
        // A clock that jumped back makes nobody wait for what it said before.
        assert_eq!(turn(&[later], NOW), Turn::Now);
    }

    #[test]
    fn many_failures_in_a_row_make_the_next_success_a_slow_start_and_a_few_do_not() {
        for (failures, after) in [(7, 8), (8, 2)] {
            let mut pace = Pace::default();
            for _ in 0..failures {
                pace.ended(&answered(500, None), &FREE, NOW);
            }
            assert_eq!(width(&mut pace), 8);
            pace.ended(&answered(200, None), &FREE, NOW);
            assert_eq!(width(&mut pace), after);
        }
    }

    #[test]
    fn no_span_ever_sees_more_than_its_rate() {
        let rate = Some(Rate {
            requests: 3,
            per: 10 * SECOND,
        });
        let limits = Limits { rate, ..FREE };
        let mut pace = Pace::default();
        let mut begun = Vec::new();
        for ms in (0..60_000).step_by(100) {
            let now = Timestamp(NOW.0 + ms);
            while pace.turn(&limits, NOBODY, now) == Turn::Now {
                pace.begin(&limits, now);
                begun.push(ms);
            }
        }
        assert_eq!(begun.len(), 18);
        assert!(begun.windows(4).all(|four| four[3] - four[0] >= 10_000));
        assert_eq!(
            pace.turn(&limits, NOBODY, Timestamp(NOW.0 + 59_900)),
            Turn::In(SECOND / 10)
        );
        // A clock that jumped back does not make anybody wait for what it said before.
        assert_eq!(pace.turn(&limits, NOBODY, NOW), Turn::Now);
    }

    #[test]
    fn a_429_with_retry_after_silences_the_whole_webhook_up_to_the_ceiling() {
        let mut pace = Pace::default();
        pace.ended(&answered(429, Some(30)), &FREE, NOW);
        assert_eq!(pace.turn(&FREE, NOBODY, NOW), Turn::In(30 * SECOND));
        assert_eq!(pace.turn(&FREE, NOBODY, NOW.after(30 * SECOND)), Turn::Now);
        pace.ended(&answered(503, Some(3600)), &FREE, NOW);
        assert_eq!(pace.turn(&FREE, NOBODY, NOW), Turn::In(60 * SECOND));
        assert_eq!(pace.turn(&FREE, NOBODY, Timestamp(NOW.0 - 1)), Turn::Now);
        pace.ended(&answered(500, Some(30)), &FREE, NOW.after(60 * SECOND));
        assert_eq!(pace.turn(&FREE, NOBODY, NOW.after(60 * SECOND)), Turn::Now);
    }
}
