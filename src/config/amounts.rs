//! Values that are amounts: counts, sizes, time spans; and flags.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::env::fill;
use super::section::{Section, quoted};
use super::units::{
    DURATION_HINT, RATE_HINT, SIZE_HINT, parse_duration, parse_rate, parse_size, show_duration,
    show_size,
};
use crate::domain::pace::Rate;

/// A kind of whole number that a key may have.
pub(super) trait Whole: Copy + PartialOrd + TryFrom<u64> + TryInto<u64> {}

impl<N: Copy + PartialOrd + TryFrom<u64> + TryInto<u64>> Whole for N {}

impl<'r> Section<'r> {
    /// `true` or `false`.
    pub(super) fn flag(&self, key: &str, default: bool) -> bool {
        let Some(value) = self.value(key) else {
            return default;
        };
        match value.get_ref() {
            DeValue::Boolean(flag) => *flag,
            _ => {
                self.wrong_type(key, value, "true or false", "write it without quotes");
                default
            }
        }
    }

    /// A whole number.
    pub(super) fn count<N: Whole>(&self, key: &str, range: RangeInclusive<N>, default: N) -> N {
        let Some(value) = self.value(key) else {
            return default;
        };
        let otherwise = format!("; without this key it is {}", wide(default));
        self.as_count(key, value, range, &otherwise)
            .unwrap_or(default)
    }

    /// A whole number that must be there; `hint` is for when it is not.
    pub(super) fn number<N: Whole>(
        &self,
        key: &str,
        range: RangeInclusive<N>,
        hint: &str,
    ) -> Option<N> {
        let Some(value) = self.value(key) else {
            self.missing(key, hint);
            return None;
        };
        self.as_count(key, value, range, "")
    }

    fn as_count<N: Whole>(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        range: RangeInclusive<N>,
        otherwise: &str,
    ) -> Option<N> {
        let DeValue::Integer(_) = value.get_ref() else {
            self.wrong_type(key, value, "a whole number", "write it without quotes");
            return None;
        };
        let fitting = whole(value).and_then(|n| fit(n, &range));
        if fitting.is_none() {
            let (least, most) = (wide(*range.start()), wide(*range.end()));
            let hint = format!("{least} to {most} are allowed{otherwise}");
            self.refuse(value.span().start, key, "this is out of range", hint);
        }
        fitting
    }

    /// A number of bytes: `"256 KiB"`, or a plain number.
    pub(super) fn size<N: Whole>(&self, key: &str, range: RangeInclusive<N>, default: N) -> N {
        let Some(value) = self.value(key) else {
            return default;
        };
        let bytes = match value.get_ref() {
            DeValue::Integer(_) => whole(value),
            _ => {
                let Some(text) = self.as_written(key, value, "a size", SIZE_HINT) else {
                    return default;
                };
                let bytes = parse_size(&text.value);
                if bytes.is_none() {
                    let what = format!("{} is not a size", quoted(text.raw));
                    self.refuse(text.at, key, what, SIZE_HINT);
                    return default;
                }
                bytes
            }
        };
        bytes.and_then(|n| fit(n, &range)).unwrap_or_else(|| {
            let show = |n: N| show_size(wide(n));
            let (least, most) = (show(*range.start()), show(*range.end()));
            let default_shown = show(default);
            let hint =
                format!("{least} to {most} are allowed; without this key it is {default_shown}");
            self.refuse(value.span().start, key, "this is out of range", hint);
            default
        })
    }

    /// A time span: `"15s"`.
    pub(super) fn duration(
        &self,
        key: &str,
        range: RangeInclusive<Duration>,
        default: Duration,
    ) -> Duration {
        let Some(value) = self.value(key) else {
            return default;
        };
        let otherwise = format!("; without this key it is {}", show_duration(default));
        self.as_duration(key, value, &range, &otherwise)
            .unwrap_or(default)
    }

    /// A time span, where zero stands for none.
    pub(super) fn maybe_duration(
        &self,
        key: &str,
        range: RangeInclusive<Duration>,
        default: Option<Duration>,
    ) -> Option<Duration> {
        let Some(value) = self.value(key) else {
            return default;
        };
        let text = value.get_ref().as_str();
        let text = text.and_then(|text| fill(text, self.reader.env).ok());
        if text.and_then(|text| parse_duration(&text)) == Some(Duration::ZERO) {
            return None;
        }
        let shown = default.map_or("never".to_owned(), show_duration);
        let otherwise = format!(", or \"0s\" for never; without this key it is {shown}");
        self.as_duration(key, value, &range, &otherwise).or(default)
    }

    /// So many in a span of time: `"10/s"`, `"100/m"`, `"5/10s"`; none where the key is absent.
    pub(super) fn rate(&self, key: &str) -> Option<Rate> {
        let value = self.value(key)?;
        let text = self.as_written(key, value, "a rate", RATE_HINT)?;
        let rate = parse_rate(&text.value);
        if rate.is_none() {
            let what = format!("{} is not a rate", quoted(text.raw));
            self.refuse(text.at, key, what, RATE_HINT);
        }
        rate
    }

    /// A list of time spans, or one alone; none where the key is absent or one of them is wrong.
    pub(super) fn durations(
        &self,
        key: &str,
        range: RangeInclusive<Duration>,
    ) -> Option<Vec<Duration>> {
        let value = self.value(key)?;
        let values = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![value],
        };
        let read = |value| self.as_duration(key, value, &range, "");
        // All of them are looked at, so that all problems are told.
        let durations: Vec<_> = values.into_iter().map(read).collect();
        durations.into_iter().collect()
    }

    fn as_duration(
        &self,
        key: &str,
        value: &'r Spanned<DeValue<'r>>,
        range: &RangeInclusive<Duration>,
        otherwise: &str,
    ) -> Option<Duration> {
        let text = self.as_written(key, value, "a time span", DURATION_HINT)?;
        let Some(duration) = parse_duration(&text.value) else {
            let what = format!("{} is not a time span", quoted(text.raw));
            self.refuse(text.at, key, what, DURATION_HINT);
            return None;
        };
        if !range.contains(&duration) {
            let what = format!("{} is out of range", quoted(text.raw));
            let (least, most) = (show_duration(*range.start()), show_duration(*range.end()));
            let hint = format!("{least} to {most} are allowed{otherwise}");
            self.refuse(text.at, key, what, hint);
            return None;
        }
        Some(duration)
    }
}

fn whole(value: &Spanned<DeValue<'_>>) -> Option<u64> {
    let integer = value.get_ref().as_integer()?;
    u64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// The number as `N`, where it lies in the range.
fn fit<N: Whole>(number: u64, range: &RangeInclusive<N>) -> Option<N> {
    N::try_from(number).ok().filter(|n| range.contains(n))
}

fn wide<N: Whole>(number: N) -> u64 {
    number.try_into().unwrap_or(u64::MAX)
}
