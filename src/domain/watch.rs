//! What the owner wants to be told of, and how.

use std::time::Duration;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::incident::Rules;
use super::mail::Route;
use super::time::Timestamp;
use super::webhook::{Receiver, Webhook};

/// `[alerts]` and `[heartbeat]` of the config, and the webhooks that are for alerts only.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// When to tell, and how often.
    pub rules: Rules,
    /// Whom alerts and digests are written to.
    pub email: Option<Route>,
    /// Webhooks that get alerts and no leads.
    pub channels: Vec<Webhook>,
    /// When a digest is written, if ever.
    pub digest: Option<Digest>,
    /// Who is told that all is well, if anybody.
    pub heartbeat: Option<Heartbeat>,
}

impl Watch {
    /// Whether nobody would hear of anything.
    pub fn is_deaf(&self) -> bool {
        self.email.is_none() && self.channels.is_empty()
    }
}

/// When a digest is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// Only on Mondays.
    pub weekly: bool,
    /// The hour of the day, 0 to 23.
    pub hour: i8,
    /// By the clock on this wall.
    pub zone: TimeZone,
}

impl Digest {
    /// The first time for a digest behind `last`; none beyond the end of the calendar.
    pub fn after(&self, last: Timestamp) -> Option<Timestamp> {
        let last = jiff::Timestamp::from_millisecond(i64::try_from(last.0).ok()?).ok()?;
        let mut day = last.to_zoned_datetime(self.zone.clone()).date();
        loop {
            let due = day
                .at(self.hour, 0, 0, 0)
                .to_zoned_datetime(self.zone.clone())
                .ok()?;
            let is_its_day = !self.weekly || day.weekday() == Weekday::Monday;
            if is_its_day && due.timestamp() > last {
                let ms = due.timestamp().as_millisecond();
                return u64::try_from(ms).ok().map(Timestamp);
            }
            day = day.tomorrow().ok()?;
        }
    }
}

/// Addresses that an uptime monitor gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Asked while all is well.
    pub well: Receiver,
    /// Asked while it is not; without it nothing is asked then.
    pub unwell: Option<Receiver>,
    /// How often.
    pub every: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_comes_at_its_hour_on_the_wall_also_when_the_clocks_change() {
        let oslo = TimeZone::get("Europe/Oslo").expect("a time zone");
        let digest = |weekly| Digest {
            weekly,
            hour: 7,
            zone: oslo.clone(),
        };
        let after = |weekly: bool, last: &str| {
            let last = Timestamp::parse(last).expect("a time");
            let next = digest(weekly).after(last).expect("a time");
            next.to_string()
        };
        assert_eq!(after(false, "2026-02-01T05:59:59Z"), "2026-02-01T06:00:00Z");
        assert_eq!(after(false, "2026-02-01T06:00:00Z"), "2026-02-02T06:00:00Z");
        assert_eq!(after(false, "2026-03-28T07:00:00Z"), "2026-03-29T05:00:00Z");
        assert_eq!(after(true, "2026-02-02T06:00:00Z"), "2026-02-09T06:00:00Z");
    }
}
