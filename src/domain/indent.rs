//! JSON written anew for people, or as other programs write it: members in their order, numbers with
//! all their digits.

use std::fmt::Write;

use super::raw::Raw;

/// Where white space goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Nowhere.
    Compact,
    /// Behind commas and colons.
    Spaced,
    /// A line for each member, indented by two spaces.
    Lines,
}

/// JSON with line breaks; anything else as it is.
pub fn indented(body: &str) -> String {
    match Raw::from_json(body.as_bytes()) {
        Ok(raw) => of(&raw, Style::Lines),
        Err(_) => body.to_owned(),
    }
}

/// The JSON of a value.
pub fn of(raw: &Raw, style: Style) -> String {
    let mut out = String::new();
    Writer {
        out: &mut out,
        style,
    }
    .value(raw, 0);
    out
}

struct Writer<'a> {
    out: &'a mut String,
    style: Style,
}

impl Writer<'_> {
    fn value(&mut self, raw: &Raw, depth: usize) {
        match raw {
            Raw::Null => self.out.push_str("null"),
            Raw::Flag(flag) => self.push(format_args!("{flag}")),
            Raw::Number(digits) => self.out.push_str(digits),
            Raw::Text(text) => self.text(text),
            Raw::List(values) if values.is_empty() => self.out.push_str("[]"),
            Raw::Map(entries) if entries.is_empty() => self.out.push_str("{}"),
            Raw::List(values) => {
                for (n, value) in values.iter().enumerate() {
                    self.begin(n, '[', depth + 1);
                    self.value(value, depth + 1);
                }
                self.end(']', depth);
            }
            Raw::Map(entries) => {
                for (n, (name, value)) in entries.iter().enumerate() {
                    self.begin(n, '{', depth + 1);
                    self.text(name);
                    let colon = if self.style == Style::Compact {
                        ":"
                    } else {
                        ": "
                    };
                    self.out.push_str(colon);
                    self.value(value, depth + 1);
                }
                self.end('}', depth);
            }
        }
    }

    fn begin(&mut self, n: usize, bracket: char, depth: usize) {
        self.out.push(if n == 0 { bracket } else { ',' });
        match self.style {
            Style::Lines => self.line(depth),
            Style::Spaced if n > 0 => self.out.push(' '),
            Style::Spaced | Style::Compact => {}
        }
    }

    fn end(&mut self, bracket: char, depth: usize) {
        if self.style == Style::Lines {
            self.line(depth);
        }
        self.out.push(bracket);
    }

    fn line(&mut self, depth: usize) {
        self.push(format_args!("\n{:1$}", "", 2 * depth));
    }

    fn text(&mut self, text: &str) {
        let quoted = serde_json::Value::from(text);
        self.push(format_args!("{quoted}"));
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing into a text cannot fail.
        let _ = self.out.write_fmt(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_in_every_style() {
        let raw = Raw::from_json(br#"{"a":[1.50,null],"b":{},"c":"\u00e9"}"#).expect("JSON");
        assert_eq!(
            of(&raw, Style::Compact),
            r#"{"a":[1.50,null],"b":{},"c":"é"}"#
        );
        assert_eq!(
            of(&raw, Style::Spaced),
            r#"{"a": [1.50, null], "b": {}, "c": "é"}"#
        );
        let lines = "{\n  \"a\": [\n    1.50,\n    null\n  ],\n  \"b\": {},\n  \"c\": \"é\"\n}";
        assert_eq!(of(&raw, Style::Lines), lines);
        assert_eq!(indented("no JSON"), "no JSON");
    }
}
