//! Durations (`15s`) and sizes (`256 KiB`) as people write them, and back.

use std::time::Duration;

use super::pace::Rate;

const DURATION_UNITS_MS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

const SIZE_UNITS: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// What durations look like, for hints.
pub const DURATION_HINT: &str =
    r#"a whole number with ms, s, m, h or d behind it, in quotes: "15s""#;

/// What sizes look like, for hints.
pub const SIZE_HINT: &str =
    r#"a whole number with B, KiB, MiB or GiB behind it, in quotes: "16 MiB""#;

/// What rates look like, for hints.
pub const RATE_HINT: &str =
    r#"1 to 10000 requests in at most a day, in quotes: "10/s", "100/m", "5/10s""#;

/// Reads `10/s`, `100/m`, `5/10s`.
pub fn parse_rate(text: &str) -> Option<Rate> {
    const REQUESTS_MAX: usize = 10_000;
    const PER_MAX: Duration = Duration::from_secs(86_400);
    let (requests, per) = text.split_once('/')?;
    let requests = requests.trim().parse().ok()?;
    let per = per.trim();
    let per = match per.starts_with(|c: char| c.is_ascii_digit()) {
        true => parse_duration(per)?,
        false => parse_duration(&format!("1{per}"))?,
    };
    let possible = (1..=REQUESTS_MAX).contains(&requests) && !per.is_zero() && per <= PER_MAX;
    possible.then_some(Rate { requests, per })
}

/// Reads `500ms`, `15s`, `2m`, `1h`, `7d`.
pub fn parse_duration(text: &str) -> Option<Duration> {
    parse(text, &DURATION_UNITS_MS).map(Duration::from_millis)
}

/// Reads `512 B`, `256 KiB`, `16 MiB`, `1 GiB`, in bytes.
pub fn parse_size(text: &str) -> Option<u64> {
    parse(text, &SIZE_UNITS)
}

/// Writes a duration in the largest unit that needs no fraction.
pub fn show_duration(duration: Duration) -> String {
    let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (unit, factor) = match ms {
        0 => ("s", 1000),
        _ => largest(ms, &DURATION_UNITS_MS),
    };
    format!("{}{unit}", ms / factor)
}

/// Writes a size in the largest unit that needs no fraction.
pub fn show_size(bytes: u64) -> String {
    let (unit, factor) = match bytes {
        0 => ("B", 1),
        _ => largest(bytes, &SIZE_UNITS),
    };
    format!("{} {unit}", bytes / factor)
}

fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let digits_end = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at(digits_end);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    digits.parse::<u64>().ok()?.checked_mul(*factor)
}

fn largest(amount: u64, units: &[(&'static str, u64)]) -> (&'static str, u64) {
    units
        .iter()
        .copied()
        .find(|(_, factor)| amount.is_multiple_of(*factor))
        .unwrap_or(("", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_are_read_and_written_in_their_units() {
        for text in ["500ms", "15s", "2m", "36h", "7d", "0s"] {
            assert_eq!(
                parse_duration(text).map(show_duration).as_deref(),
                Some(text)
            );
        }
        for text in ["512 B", "256 KiB", "16 MiB", "3 GiB", "0 B"] {
            assert_eq!(parse_size(text).map(show_size).as_deref(), Some(text));
        }
        assert_eq!(parse_duration("120 s"), Some(Duration::from_secs(120)));
        assert_eq!(parse_size("1024KiB"), Some(1 << 20));
    }

    #[test]
    fn a_rate_is_so_many_in_a_span() {
        let rate = |text| parse_rate(text).map(|rate| (rate.requests, rate.per.as_millis()));
        assert_eq!(rate("1/s"), Some((1, 1000)));
        assert_eq!(rate(" 100 / m "), Some((100, 60_000)));
        assert_eq!(rate("10/10s"), Some((10, 10_000)));
        for text in [
            "", "10", "/s", "0/s", "10/0s", "10/2d", "10 per s", "20000/s", "-1/s",
        ] {
            assert_eq!(rate(text), None, "{text}");
        }
    }

    #[test]
    fn what_has_no_unit_or_does_not_fit_is_refused() {
        for text in [
            "",
            "15",
            "s",
            "1.5s",
            "-1s",
            "15 sec",
            "99999999999999999999s",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
        assert_eq!(parse_duration("18446744073709551615d"), None);
        for text in ["16", "16MB", "KiB", "18446744073709551615 KiB"] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }
}
