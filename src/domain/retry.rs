//! How long to wait after a failed attempt.

use std::time::Duration;

/// The waits of one webhook, and how far they may be stretched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The wait after the first failed attempt, after the second, and so on; when they are used
    /// up, the delivery has failed.
    pub waits: Vec<Duration>,
    /// A wait is drawn from this many percent below to this many above; 0 to 50. Deliveries that
    /// failed together do not come back together.
    pub jitter_percent: u32,
    /// `Retry-After` may lengthen a wait up to this.
    pub retry_after_max: Duration,
    /// After nothing but failures for so long the webhook is suspended; none: never.
    pub suspend_after: Option<Duration>,
    /// How often a suspended webhook is probed with something that waits.
    pub probe_every: Duration,
}

/// The default waits, in seconds: 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h, 8 h, 12 h, then
/// every 24 h; 12 retries over a good three days.
pub const DEFAULT_WAITS_S: [u64; 12] = [
    5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400, 86_400,
];

impl Default for Schedule {
    fn default() -> Schedule {
        Schedule {
            waits: DEFAULT_WAITS_S.map(Duration::from_secs).to_vec(),
            jitter_percent: 20,
            retry_after_max: Duration::from_secs(3600),
            suspend_after: Some(Duration::from_secs(6 * 3600)),
            probe_every: Duration::from_secs(600),
        }
    }
}

impl Schedule {
    /// The wait after attempt number `attempt` (from 1), or none when it was the last.
    ///
    /// `dice` is a random number that spreads the waits. `retry_after` is what the receiver asked
    /// for: it lengthens the wait up to the ceiling and never shortens it.
    pub fn wait_after(
        &self,
        attempt: u32,
        retry_after: Option<Duration>,
        dice: u64,
    ) -> Option<Duration> {
        let step = usize::try_from(attempt.checked_sub(1)?).ok()?;
        let spread = self.spread(*self.waits.get(step)?, dice);
        let asked = retry_after.unwrap_or_default().min(self.retry_after_max);
        Some(spread.max(asked))
    }

    /// `dice` 0 gives the shortest wait, `u64::MAX` the longest.
    fn spread(&self, wait: Duration, dice: u64) -> Duration {
        let range = 2 * u64::from(self.jitter_percent) * 1000;
        let drawn = u64::try_from(u128::from(dice) * u128::from(range) / u128::from(u64::MAX))
            .unwrap_or(range);
        let permille_of_percent = 100_000 - u64::from(self.jitter_percent) * 1000 + drawn;
        let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX / 200_000);
        Duration::from_millis(ms.saturating_mul(permille_of_percent) / 100_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn the_waits_end_after_a_good_three_days() {
        let schedule = Schedule::default();
        let total: Duration = (1..)
            .map_while(|n| schedule.wait_after(n, None, u64::MAX / 2))
            .sum();
        assert!(total > 72 * HOUR && total < 90 * HOUR, "{total:?}");
        assert_eq!(schedule.wait_after(13, None, 0), None);
    }

    #[test]
    fn jitter_stays_within_its_percentage() {
        let schedule = Schedule::default();
        assert_eq!(
            schedule.wait_after(1, None, 0),
            Some(Duration::from_secs(4))
        );
        assert_eq!(
            schedule.wait_after(1, None, u64::MAX),
            Some(Duration::from_secs(6))
        );
    }

    #[test]
    fn retry_after_lengthens_up_to_the_ceiling_and_never_shortens() {
        let schedule = Schedule::default();
        let asked = |seconds| schedule.wait_after(1, Some(Duration::from_secs(seconds)), 0);
        assert_eq!(asked(1), Some(Duration::from_secs(4)));
        assert_eq!(asked(90), Some(Duration::from_secs(90)));
        assert_eq!(asked(999_999), Some(HOUR));
    }
}
