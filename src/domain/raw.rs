//! What was posted, as a tree of names and values, whatever syntax it came in.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// A posted value. Names keep their order; nothing is interpreted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw {
    /// JSON's `null`.
    Null,
    /// A text.
    Text(String),
    /// A number with the digits it was written with, however long.
    Number(String),
    /// True or false.
    Flag(bool),
    /// Values in a row, also a name that came more than once.
    List(Vec<Raw>),
    /// Names and values; each name once.
    Map(Vec<(String, Raw)>),
}

/// Why a body is no JSON: the place and the reason, without a word of the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// From 1.
    pub line: usize,
    /// From 1; 0 where the line is at fault as a whole.
    pub column: usize,
    /// Such as `expected value`.
    pub reason: String,
    /// Whether it is JSON, only with more than [`NAMES_MAX`] names in one object.
    pub too_many_names: bool,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let JsonError {
            line,
            column,
            reason,
            ..
        } = self;
        write!(
            f,
            "the body is not JSON: {reason} at line {line}, column {column}"
        )
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Raw {
    /// Reads JSON (RFC 8259). A leading byte order mark is passed over (section 8.1), and half a
    /// character is read as U+FFFD (section 8.2). Deeper than 127 levels is an error.
    pub fn from_json(bytes: &[u8]) -> Result<Raw, JsonError> {
        let bytes = without_mark(bytes);
        let read = serde_json::from_slice(bytes).or_else(|error| match whole_characters(bytes) {
            Some(whole) => serde_json::from_slice(&whole),
            None => Err(error),
        });
        read.map_err(|error| {
            let text = error.to_string();
            let reason = text
                .split(" at line ")
                .next()
                .unwrap_or_default()
                .to_owned();
            JsonError {
                line: error.line(),
                column: error.column(),
                reason,
                // The visitor takes any JSON, and objects to nothing else.
                too_many_names: error.is_data(),
            }
        })
    }

    /// Makes a map of the pairs of a form; a name that comes again makes a list. None where there
    /// are more than [`NAMES_MAX`] names.
    pub fn from_form(pairs: impl IntoIterator<Item = (String, String)>) -> Option<Raw> {
        let mut names = Names::default();
        for (name, text) in pairs {
            names.add(name, Raw::Text(text))?;
        }
        Some(Raw::Map(names.entries))
    }

    /// What is at `path`: a name, or names with dots between them. A name that has dots itself is
    /// found too. The first place that fits counts.
    pub fn at(&self, path: &str) -> Option<&Raw> {
        let Raw::Map(entries) = self else {
            return None;
        };
        let under = |name: &str| entries.iter().find(|(known, _)| known == name);
        under(path).map(|(_, raw)| raw).or_else(|| {
            path.match_indices('.')
                .find_map(|(dot, _)| under(&path[..dot])?.1.at(&path[dot + 1..]))
        })
    }

    /// Takes out what is at `path`, as [`Raw::at`] finds it.
    pub fn take(&mut self, path: &str) -> Option<Raw> {
        let Raw::Map(entries) = self else {
            return None;
        };
        if let Some(at) = entries.iter().position(|(known, _)| known == path) {
            return Some(entries.remove(at).1);
        }
        path.match_indices('.').find_map(|(dot, _)| {
            let mut under = entries.iter_mut();
            let (_, raw) = under.find(|(known, _)| *known == path[..dot])?;
            raw.take(&path[dot + 1..])
        })
    }
}

/// `bytes` without a leading byte order mark.
pub fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

/// `json` with U+FFFD for each escaped surrogate that stands alone; none where none does. A script
/// that cuts a text after so many characters leaves half an emoji, and posts it like this.
fn whole_characters(json: &[u8]) -> Option<Vec<u8>> {
    const ESCAPE_BYTES: usize = 6;
    let unit = |at: usize| {
        let digits = json.get(at..at + ESCAPE_BYTES)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let is_high = |at| unit(at).is_some_and(|unit| (0xd800..0xdc00).contains(&unit));
    let is_low = |at| unit(at).is_some_and(|unit| (0xdc00..0xe000).contains(&unit));
    let mut whole = json.to_vec();
    let mut at = 0;
    while let Some(found) = json.get(at..)?.iter().position(|byte| *byte == b'\\') {
        at += found;
        if is_high(at) && is_low(at + ESCAPE_BYTES) {
            at += 2 * ESCAPE_BYTES;
        } else if is_high(at) || is_low(at) {
            whole[at..at + ESCAPE_BYTES].copy_from_slice(b"\\ufffd");
            at += ESCAPE_BYTES;
        } else {
            // Past what is escaped: it may be a backslash itself.
            at += 2;
        }
    }
    (whole != json).then_some(whole)
}

/// The most names in one object or form. No honest post has as many.
pub const NAMES_MAX: usize = 1000;

/// From so many names on, they are not compared one by one.
const NAMES_FEW: usize = 32;

/// Names with their values as they come.
#[derive(Default)]
struct Names {
    entries: Vec<(String, Raw)>,
    /// Where each name is among them, once there are more than a few.
    places: HashMap<String, usize>,
}

impl Names {
    /// Adds `value` under `name`; a second value of the same name makes a list of both. None when
    /// there are too many names.
    fn add(&mut self, name: String, value: Raw) -> Option<()> {
        let Some(at) = self.place(&name) else {
            if self.entries.len() >= NAMES_MAX {
                return None;
            }
            if !self.places.is_empty() {
                self.places.insert(name.clone(), self.entries.len());
            }
            self.entries.push((name, value));
            return Some(());
        };
        match &mut self.entries[at].1 {
            Raw::List(values) => values.push(value),
            single => {
                let first = std::mem::replace(single, Raw::Null);
                *single = Raw::List(vec![first, value]);
            }
        }
        Some(())
    }

    fn place(&mut self, name: &str) -> Option<usize> {
        if self.entries.len() <= NAMES_FEW {
            return self.entries.iter().position(|(known, _)| known == name);
        }
        if self.places.is_empty() {
            let numbered = self.entries.iter().zip(0..);
            self.places = numbered.map(|((name, _), at)| (name.clone(), at)).collect();
        }
        self.places.get(name).copied()
    }
}

/// The name under which serde_json hands over a number that is not a small integer, with its digits.
const NUMBER: &str = "$serde_json::private::Number";

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Raw, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Raw, E> {
        Ok(Raw::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Raw, E> {
        Ok(Raw::Number(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Raw, E> {
        Ok(Raw::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Raw, E> {
        Ok(Raw::Number(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Raw::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut names = Names::default();
        while let Some(name) = map.next_key::<String>()? {
            names.add(name, map.next_value()?).ok_or_else(|| {
                A::Error::custom(format_args!("more than {NAMES_MAX} names in one object"))
            })?;
        }
        let mut entries = names.entries;
        match entries.as_mut_slice() {
            [(name, Raw::Text(digits))] if name == NUMBER => {
                Ok(Raw::Number(std::mem::take(digits)))
            }
            _ => Ok(Raw::Map(entries)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_repeated_names_keep_all_their_values() {
        let raw = Raw::from_json(br#"{"a": 12345678901234567890123, "b": 1.50, "a": null}"#);
        let a = Raw::List(vec![
            Raw::Number("12345678901234567890123".into()),
            Raw::Null,
        ]);
        assert_eq!(
            raw,
            Ok(Raw::Map(vec![
                ("a".into(), a),
                ("b".into(), Raw::Number("1.50".into()))
            ]))
        );
    }

    #[test]
    fn a_path_leads_through_maps_and_takes_names_with_dots_as_they_are() {
        let json = br#"{"a":{"b":"1","c":{"d":"2"}},"a.b":"3","x.y":{"z":"4"},"l":["5"]}"#;
        let mut raw = Raw::from_json(json).expect("JSON");
        for (path, found) in [
            ("a.b", Some("3")),
            ("a.c.d", Some("2")),
            ("x.y.z", Some("4")),
            ("a.x", None),
            ("l.0", None),
            ("", None),
            ("..", None),
        ] {
            let text = found.map(|text| Raw::Text(text.into()));
            assert_eq!(raw.at(path), text.as_ref(), "{path}");
            assert_eq!(raw.take(path), text, "{path}");
        }
        assert_eq!(raw.at("a.b"), Some(&Raw::Text("1".into())));
        assert_eq!(raw.at("a.c.d"), None);
    }

    #[test]
    fn broken_json_is_an_error_with_its_place() {
        let error = Raw::from_json(b"{\n  \"a\": secret\n}").expect_err("no JSON");
        assert_eq!(
            (error.line, error.column, error.reason.as_str()),
            (2, 8, "expected value")
        );
        assert!(Raw::from_json(&[b'['; 100_000]).is_err());
        let many: String = (0..=NAMES_MAX).map(|n| format!("\"{n}\":1,")).collect();
        let error =
            Raw::from_json(format!("{{{many}\"last\":1}}").as_bytes()).expect_err("too many");
        assert_eq!(error.reason, "more than 1000 names in one object");
    }

    /// A thousand names that come again and again are not looked through each time.
    #[test]
    fn many_names_are_found_by_their_places() {
        let mut names = Names::default();
        for name in (0..NAMES_MAX).map(|n| n.to_string()) {
            names.add(name, Raw::Null).expect("room");
        }
        assert_eq!(names.places.len(), NAMES_MAX);
        assert_eq!(names.place("999"), Some(999));
        names.add("999".to_owned(), Raw::Null).expect("room");
        assert_eq!(names.entries.len(), NAMES_MAX);
    }
}
