//! Jumps of the clock: the time of day held against a clock that only ever goes on.

use std::time::Duration;

use super::time::Timestamp;

/// Below this it is no jump: so the time of day is kept right.
const JUMP_MIN_MS: u64 = 2000;

/// How far the two clocks were apart when they were looked at last.
#[derive(Clone, Copy, Debug)]
pub struct Pulse {
    apart_ms: i128,
}

/// The time of day was set, or was wrong before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// By so much.
    Ahead(Duration),
    /// By so much.
    Back(Duration),
}

impl Pulse {
    /// From now on; `steady` goes on whatever becomes of `time`.
    pub fn new(time: Timestamp, steady: Duration) -> Pulse {
        Pulse {
            apart_ms: i128::from(time.0) - steady.as_millis() as i128,
        }
    }

    /// The jump since the last look, if there was one.
    pub fn jump(&mut self, time: Timestamp, steady: Duration) -> Option<Jump> {
        let before = std::mem::replace(self, Pulse::new(time, steady));
        let by_ms = self.apart_ms - before.apart_ms;
        let by = u64::try_from(by_ms.unsigned_abs()).unwrap_or(u64::MAX);
        match by < JUMP_MIN_MS {
            true => None,
            false if by_ms > 0 => Some(Jump::Ahead(Duration::from_millis(by))),
            false => Some(Jump::Back(Duration::from_millis(by))),
        }
    }
}

/// The clock was set back while deliveries waited: those that were put off before it are due by so much
/// earlier than they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SetBack {
    at: Timestamp,
    by: Duration,
}

impl SetBack {
    /// After a jump, as of which it is `now`. One ahead undoes as much of one back.
    pub fn after(self, jump: Jump, now: Timestamp) -> SetBack {
        match jump {
            Jump::Back(by) => SetBack { at: now, by },
            Jump::Ahead(by) => SetBack {
                at: self.at,
                by: self.by.saturating_sub(by),
            },
        }
    }

    /// When a delivery is due by the clock as it is now that was put off at `put_off` until `due`.
    pub fn due(self, put_off: Timestamp, due: Timestamp) -> Timestamp {
        match put_off < self.at {
            true => Timestamp(due.0.saturating_sub(self.by.as_millis() as u64)),
            false => due,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp(1_769_954_941_000);
    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_jump_is_told_once_and_time_that_passes_is_none() {
        let mut pulse = Pulse::new(NOON, HOUR);
        assert_eq!(pulse.jump(NOON.after(HOUR), 2 * HOUR), None);
        let set_back = Timestamp(NOON.0 - 1000);
        let back = Jump::Back(HOUR + Duration::from_secs(1));
        assert_eq!(pulse.jump(set_back, 2 * HOUR), Some(back));
        assert_eq!(pulse.jump(set_back, 2 * HOUR), None);
        let ahead = Some(Jump::Ahead(24 * HOUR));
        assert_eq!(pulse.jump(set_back.after(24 * HOUR), 2 * HOUR), ahead);
        // A clock that goes a little fast is none that jumps, however long that goes on.
        for hour in 0..100 {
            let time = set_back.after(24 * HOUR + hour * (HOUR + Duration::from_secs(1)));
            assert_eq!(pulse.jump(time, (2 + hour) * HOUR), None);
        }
    }

    #[test]
    fn what_was_put_off_before_the_clock_was_set_back_waits_no_longer_for_that() {
        let (before, after) = (Timestamp(NOON.0 - 1), NOON.after(HOUR));
        let due = NOON.after(3 * HOUR);
        let back = SetBack::default().after(Jump::Back(HOUR), NOON);
        assert_eq!(back.due(before, due), NOON.after(2 * HOUR));
        assert_eq!(back.due(after, due), due);
        let undone = back.after(Jump::Ahead(HOUR), NOON.after(HOUR));
        assert_eq!(undone.due(before, due), due);
        assert_eq!(SetBack::default().due(before, due), due);
    }
}
