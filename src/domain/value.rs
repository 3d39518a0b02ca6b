//! What a field can hold, and how it is read from what was posted.

use std::cmp::Ordering;

use super::field::{Field, Kind};

/// The value of a field that has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Not empty.
    Text(String),
    /// A decimal number.
    Number(Number),
    /// True or false.
    Flag(bool),
    /// Labels and texts in the order in which they came; no label twice.
    Map(Vec<(String, String)>),
}

impl Value {
    /// Reads `text` as the value of `field`; none when it cannot be one. The caller keeps such a
    /// text elsewhere, so nothing is lost.
    pub fn parse(field: Field, text: &str) -> Option<Value> {
        match field.kind() {
            Kind::Text => Some(Value::Text(text.to_owned())),
            Kind::Choice(choices) => {
                choice(choices, text).map(|choice| Value::Text(choice.to_owned()))
            }
            Kind::Number => Number::parse(text).map(Value::Number),
            Kind::Flag => flag(text).map(Value::Flag),
            Kind::Map => None,
        }
    }

    /// The text of a text value.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

fn choice(choices: &'static [&'static str], text: &str) -> Option<&'static str> {
    let text = text.replace('_', " ");
    // The reference's own pages print this spelling too.
    let text = if text.eq_ignore_ascii_case("In Progess") {
        "In Progress"
    } else {
        &text
    };
    choices
        .iter()
        .copied()
        .find(|choice| choice.eq_ignore_ascii_case(text))
}

fn flag(text: &str) -> Option<bool> {
    const TRUE: [&str; 4] = ["true", "yes", "1", "on"];
    const FALSE: [&str; 4] = ["false", "no", "0", "off"];
    let is = |word: &&str| word.eq_ignore_ascii_case(text);
    if TRUE.iter().any(is) {
        Some(true)
    } else if FALSE.iter().any(is) {
        Some(false)
    } else {
        None
    }
}

/// A decimal number with the digits it came with: `156.80` stays `156.80`.
#[derive(Clone, Debug)]
pub struct Number(String);

/// More digits than this are an identifier, not an amount.
const DIGITS_MAX: usize = 30;

impl Number {
    /// Reads a plain decimal number, or an amount as people write it: with a currency sign or code
    /// around it, with thousands separators, with a decimal comma. None when it is ambiguous or no
    /// number: `5k` is not 5, nor is `-.5`.
    pub fn parse(text: &str) -> Option<Number> {
        let is_digit = |c: char| c.is_ascii_digit();
        let (first, last) = (text.find(is_digit)?, text.rfind(is_digit)?);
        let (before, digits, after) = (&text[..first], &text[first..=last], &text[last + 1..]);
        let sign = if before.contains('-') { "-" } else { "" };
        let before = before.replacen(['-', '+'], "", 1);
        if !is_currency(&before) && !is_national_sign(&before) || !is_currency(after) {
            return None;
        }
        let (whole, decimals) = split(digits)?;
        if whole.len() + decimals.map_or(0, str::len) > DIGITS_MAX {
            return None;
        }
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            whole => whole,
        };
        Some(Number(match decimals {
            Some(decimals) => format!("{sign}{whole}.{decimals}"),
            None => format!("{sign}{whole}"),
        }))
    }

    /// A whole number.
    pub fn from_u64(number: u64) -> Number {
        Number(number.to_string())
    }

    /// A whole number, maybe below zero.
    pub fn from_i64(number: i64) -> Number {
        Number(number.to_string())
    }

    /// The digits, as JSON writes a number.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its sign, its whole part and its decimals, the same for the same amount: `100`, `100.0` and
    /// `100.00`, `0` and `-0`.
    fn parts(&self) -> (bool, &str, &str) {
        let (is_negative, digits) = match self.0.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, self.0.as_str()),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let decimals = decimals.trim_end_matches('0');
        let is_zero = whole == "0" && decimals.is_empty();
        (is_negative && !is_zero, whole, decimals)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        let ((negative, whole, decimals), (other_negative, other_whole, other_decimals)) =
            (self.parts(), other.parts());
        let larger = || {
            let length = whole.len().cmp(&other_whole.len());
            length.then_with(|| (whole, decimals).cmp(&(other_whole, other_decimals)))
        };
        match (negative, other_negative) {
            (false, false) => larger(),
            (true, true) => larger().reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

fn is_currency_sign(c: char) -> bool {
    matches!(c, '$' | '£' | '¥' | '\u{20a0}'..='\u{20cf}')
}

/// Whether nothing, a sign or a usual code stands beside the digits. A word may be a factor.
fn is_currency(text: &str) -> bool {
    const CODES: [&str; 33] = [
        "USD", "EUR", "GBP", "CHF", "NOK", "SEK", "DKK", "ISK", "PLN", "CZK", "HUF", "RON", "BGN",
        "TRY", "UAH", "CAD", "AUD", "NZD", "JPY", "CNY", "INR", "BRL", "MXN", "ZAR", "SGD", "HKD",
        "KRW", "ILS", "AED", "SAR", "KR", "ZŁ", "KČ",
    ];
    let text = text.trim();
    text.is_empty()
        || text
            .chars()
            .eq(text.chars().filter(|c| is_currency_sign(*c)).take(1))
        || CODES.contains(&text.to_uppercase().as_str())
}

/// `US$`, `R$`: only in front, since `5 M€` are millions.
fn is_national_sign(text: &str) -> bool {
    let text = text.trim();
    let letters = text.trim_end_matches(is_currency_sign);
    letters.len() < text.len()
        && letters.len() <= 2
        && letters.bytes().all(|b| b.is_ascii_uppercase())
}

/// Takes thousands separators out and finds the decimals: (`1234`, `50`) of `1,234.50`.
fn split(text: &str) -> Option<(String, Option<&str>)> {
    let (whole, decimals) = match text.rfind(['.', ',']) {
        None => (text, None),
        Some(at) => {
            let separator = &text[at..=at];
            let other = if separator == "." { "," } else { "." };
            let twice = text.matches(separator).count() > 1;
            let thousands = separator == ","
                && text.len() - at == 4
                && !text.contains(other)
                && !text.starts_with('0');
            if twice || thousands {
                (text, None)
            } else {
                (&text[..at], Some(&text[at + 1..]))
            }
        }
    };
    let groups: Vec<&str> = whole
        .split(['.', ',', ' ', '\'', '\u{a0}', '\u{202f}'])
        .collect();
    let grouped = groups.len() == 1
        || (groups[0].len() <= 3
            && !groups[0].starts_with('0')
            && groups[1..].iter().all(|group| group.len() == 3));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let valid = grouped && groups.iter().all(|group| digits(group)) && decimals.is_none_or(digits);
    valid.then(|| (groups.concat(), decimals))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them_and_keep_their_decimals() {
        for (written, read) in [
            ("156.87", "156.87"),
            ("156.80", "156.80"),
            ("-3", "-3"),
            ("007", "7"),
            ("$1,234.50", "1234.50"),
            ("1.234,50 €", "1234.50"),
            ("1 234,5 kr", "1234.5"),
            ("1,234", "1234"),
            ("1,234,567", "1234567"),
            ("12,50", "12.50"),
            // No amount of thousands begins with a zero: this was read as 125.
            ("0,125", "0.125"),
            ("USD 99", "99"),
        ] {
            assert_eq!(
                Number::parse(written).map(|n| n.0).as_deref(),
                Some(read),
                "{written}"
            );
        }
        for nonsense in [
            "",
            "about 5 to 7",
            "1e9",
            "1,23,45",
            ".",
            "5.",
            "12-13",
            "1.2.3",
            "0,125,000",
        ] {
            assert_eq!(Number::parse(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn the_same_amount_is_equal_however_many_zeros_it_has() {
        assert_eq!(Number::parse("100"), Number::parse("100.00"));
        assert_ne!(Number::parse("100"), Number::parse("1000"));
    }

    #[test]
    fn amounts_are_ordered_by_what_they_are_worth() {
        let amounts = [
            "-10",
            "-9.5",
            "-0.01",
            "0",
            "0.05",
            "0.5",
            "9",
            "9.99",
            "10",
            "100000000000000000000.01",
        ];
        for (i, one) in amounts.iter().enumerate() {
            for (j, other) in amounts.iter().enumerate() {
                assert_eq!(
                    Number::parse(one).cmp(&Number::parse(other)),
                    i.cmp(&j),
                    "{one} {other}"
                );
            }
        }
        assert_eq!(Number::parse("-0.00"), Number::parse("0"));
    }

    #[test]
    fn choices_are_read_whatever_their_case_and_with_the_references_misprint() {
        let read = |text| Value::parse(Field::CallStatus, text);
        assert_eq!(read("in_progess"), Some(Value::Text("In Progress".into())));
        assert_eq!(read("COMPLETED"), Some(Value::Text("Completed".into())));
        assert_eq!(read("ringing"), None);
    }
}
