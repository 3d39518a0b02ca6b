//! Points in time as leads and the queue know them; nobody here reads a clock.

use std::fmt;
use std::time::Duration;

use jiff::tz::TimeZone;

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// Whole seconds since 1970, as signatures want them.
    pub fn unix_seconds(self) -> u64 {
        self.0 / 1000
    }

    /// This time and `wait` more; stays at the end of time instead of wrapping.
    pub fn after(self, wait: Duration) -> Timestamp {
        let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        Timestamp(self.0.saturating_add(ms))
    }

    /// How long it is from this time until `later`; zero where that has passed.
    pub fn until(self, later: Timestamp) -> Duration {
        Duration::from_millis(later.0.saturating_sub(self.0))
    }

    /// With milliseconds: `2026-02-01T14:09:01.250Z`.
    pub fn precise(self) -> String {
        let ms = i64::try_from(self.0).unwrap_or(i64::MAX);
        let instant = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX);
        format!("{instant:.3}")
    }

    /// As a clock on a wall of this zone shows it; none where `format` is none that strftime knows.
    pub fn local(self, zone: &TimeZone, format: &str) -> Option<String> {
        let ms = i64::try_from(self.0).ok()?;
        let local = jiff::Timestamp::from_millisecond(ms).ok()?;
        let local = local.to_zoned_datetime(zone.clone());
        jiff::fmt::strtime::format(format, &local).ok()
    }

    /// Reads an ISO 8601 date (`2026-02-01`), a date with time and offset
    /// (`2026-02-01T14:09:01Z`), or one without an offset, which is taken as UTC.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let text = text.trim();
        let ms = match text.parse::<jiff::Timestamp>() {
            Ok(instant) => instant.as_millisecond(),
            Err(_) => {
                let local = text.parse::<jiff::civil::DateTime>().ok()?;
                TimeZone::UTC.to_timestamp(local).ok()?.as_millisecond()
            }
        };
        u64::try_from(ms).ok().map(Timestamp)
    }
}

/// UTC, ISO 8601, whole seconds, with `Z`: `2026-02-01T14:09:01Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = i64::try_from(self.unix_seconds()).unwrap_or(i64::MAX);
        let instant = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
        instant.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_printed_in_whole_utc_seconds_and_read_in_its_usual_spellings() {
        let time = Timestamp(1_769_954_941_999);
        assert_eq!(time.to_string(), "2026-02-01T14:09:01Z");
        for spelling in [
            "2026-02-01T14:09:01Z",
            "2026-02-01T15:09:01+01:00",
            " 2026-02-01 14:09:01 ",
        ] {
            assert_eq!(
                Timestamp::parse(spelling),
                Some(Timestamp(1_769_954_941_000)),
                "{spelling}"
            );
        }
        assert_eq!(
            Timestamp::parse("2026-02-01")
                .map(|t| t.to_string())
                .as_deref(),
            Some("2026-02-01T00:00:00Z")
        );
        assert_eq!(Timestamp::parse("tomorrow"), None);
    }
}
