//! Paths, rules and conditions as the config writes them, each checked at the place in its text.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::section::Section;
use crate::domain::mapping::{Condition, Holds, Path, Reading, Rule, Shape};

type Value<'r> = Spanned<DeValue<'r>>;

pub(super) const PATH_HINT: &str = r#"a path, such as "form.email" or "answers[type=email].email""#;
const RULE_HINT: &str = concat!(
    r#"a path: "form.email"; several, tried in order: ["email", "mail"]; "#,
    r#"{ join = ["first", "last"], with = " " }, { const = "text" }, { header = "x-form" } or { query = "form" }"#
);
const CONDITION_HINT: &str = r#"{ path = "event", equals = "created" }, { path = "event", not = ["deleted"] } or a path that says yes"#;

/// Reads a path.
pub(super) fn path<'r>(section: &Section<'r>, key: &str, value: &'r Value<'r>) -> Option<Path> {
    let text = section.as_written(key, value, "a path", PATH_HINT)?;
    match Path::parse(&text.value) {
        Ok(path) => Some(path),
        Err(error) => {
            let at = match text.value == text.raw {
                true => place_in(section.reader.text, value.span(), error.at),
                false => text.at,
            };
            section.refuse(at, key, error.what, error.hint);
            None
        }
    }
}

/// Where in the document the byte `at` of a string is written, whichever quotes it has.
pub(super) fn place_in(document: &str, span: Range<usize>, at: usize) -> usize {
    let written = document.get(span.clone()).unwrap_or_default();
    let quote = written.chars().next().unwrap_or('"');
    let triple: String = [quote; 3].iter().collect();
    let open = match written.strip_prefix(&triple) {
        Some(inner) if inner.starts_with("\r\n") => 5,
        Some(inner) if inner.starts_with('\n') => 4,
        Some(inner) if !inner.is_empty() => 3,
        _ => 1,
    };
    if quote == '\'' {
        return span.start + open + at;
    }
    let (mut read, mut offset) = (0, open);
    let mut chars = written.get(open..).unwrap_or_default().chars();
    while let Some(c) = chars.next().filter(|_| read < at) {
        offset += c.len_utf8();
        if c != '\\' {
            read += c.len_utf8();
            continue;
        }
        let escaped = chars.next().unwrap_or_default();
        let digits = match escaped {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let code: String = chars.by_ref().take(digits).collect();
        let code = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
        offset += escaped.len_utf8() + digits;
        read += code.map_or(1, char::len_utf8);
    }
    span.start + offset
}

/// Reads a rule: a path, a list of rules, or a table.
pub(super) fn rule<'r>(section: &Section<'r>, key: &str, value: &'r Value<'r>) -> Option<Rule> {
    match value.get_ref() {
        DeValue::String(_) => path(section, key, value).map(Rule::Path),
        DeValue::Array(items) => {
            let read: Vec<_> = items.iter().map(|item| rule(section, key, item)).collect();
            read.into_iter().collect::<Option<_>>().map(Rule::First)
        }
        DeValue::Table(table) => section.inner(key, value.span().start, table, |inner| {
            let (rule, shape) = (origin(inner), shape(inner));
            Some(match shape? {
                shape if shape == Shape::default() => rule?,
                shape => Rule::Shaped(Box::new(rule?), Box::new(shape)),
            })
        }),
        _ => {
            section.wrong_type(key, value, "a path or a rule", RULE_HINT);
            None
        }
    }
}

/// Where a table says that a text comes from.
fn origin(section: &Section<'_>) -> Option<Rule> {
    const KINDS: [&str; 6] = ["path", "join", "all", "const", "header", "query"];
    let said = KINDS.map(|kind| section.value(kind));
    let with = section.text("with");
    if said.iter().flatten().count() != 1 {
        let what = "exactly one of path, join, all, const, header and query belongs here";
        section.refuse(section.at, "path", what, RULE_HINT);
        return None;
    }
    let [path_value, join, all, ..] = said;
    if let (Some(with), None, None) = (&with, join, all) {
        section.refuse(with.at, "with", "this belongs to join or all", RULE_HINT);
    }
    if let Some(value) = path_value {
        return rule(section, "path", value);
    }
    if let Some(value) = all {
        let with = with.map_or(", ".to_owned(), |text| text.value);
        return path(section, "all", value).map(|path| Rule::All(path, with));
    }
    if let Some(join) = join {
        let parts = match rule(section, "join", join)? {
            Rule::First(parts) => parts,
            part => vec![part],
        };
        return Some(Rule::Join(
            parts,
            with.map_or(" ".to_owned(), |text| text.value),
        ));
    }
    if let Some(text) = section.text("const") {
        return Some(Rule::Const(text.value));
    }
    if let Some(text) = section.text("header") {
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
        if text.value.is_empty() || !text.value.bytes().all(is_name) {
            let hint = r#"letters, digits, - and _: header = "x-form""#;
            section.refuse(text.at, "header", "this is no name for a header", hint);
        }
        return Some(Rule::Header(text.value.to_ascii_lowercase()));
    }
    section.text("query").map(|text| Rule::Query(text.value))
}

/// What a table says that becomes of a text.
fn shape(section: &Section<'_>) -> Option<Shape> {
    let only_if = section
        .value("if")
        .map(|value| condition(section, "if", value));
    let reading = section.text("as").map(|text| {
        section.as_word(
            "as",
            &text,
            &["cents", "date", "duration"],
            |word| match word {
                "cents" => Some(Reading::Cents),
                "date" => Some(Reading::Date),
                "duration" => Some(Reading::Duration),
                _ => None,
            },
        )
    });
    let values = values(section);
    let otherwise = section.text("otherwise");
    if let (Some(text), true) = (&otherwise, values.is_empty()) {
        let hint = r#"values = { yes = "Answered" }, otherwise = "No Answer""#;
        section.refuse(text.at, "otherwise", "this belongs to values", hint);
    }
    Some(Shape {
        only_if: match only_if {
            Some(condition) => Some(condition?),
            None => None,
        },
        reading: match reading {
            Some(reading) => Some(reading?),
            None => None,
        },
        values,
        otherwise: otherwise.map(|text| text.value),
    })
}

fn values(section: &Section<'_>) -> Vec<(String, String)> {
    const HINT: &str = r#"values = { completed = "Completed", ringing = "In Progress" }"#;
    let values = section.table("values", HINT, Section::texts_by_name);
    values.unwrap_or_default()
}

/// One condition or several; none where the key is absent.
pub(super) fn conditions(section: &Section<'_>, key: &str) -> Option<Vec<Condition>> {
    let value = section.value(key)?;
    let one = |value| condition(section, key, value);
    Some(match value.get_ref() {
        DeValue::Array(items) => items.iter().filter_map(one).collect(),
        _ => one(value).into_iter().collect(),
    })
}

fn condition<'r>(section: &Section<'r>, key: &str, value: &'r Value<'r>) -> Option<Condition> {
    let table = match value.get_ref() {
        DeValue::String(_) => {
            let rule = Rule::Path(path(section, key, value)?);
            let holds = Holds::Said;
            return Some(Condition { rule, holds });
        }
        DeValue::Table(table) => table,
        _ => {
            section.wrong_type(key, value, "a condition", CONDITION_HINT);
            return None;
        }
    };
    section.inner(key, value.span().start, table, |inner| {
        let (equals, not) = (words(inner, "equals"), words(inner, "not"));
        let present = inner.value("present").map(|_| inner.flag("present", true));
        let rule = origin(inner);
        let holds = match (equals, not, present) {
            (None, None, None) => Holds::Said,
            (Some(words), None, None) => Holds::Among(words),
            (None, Some(words), None) => Holds::Beyond(words),
            (None, None, Some(present)) => Holds::Present(present),
            _ => {
                let what = "only one of equals, not and present is possible";
                inner.refuse(inner.at, "equals", what, CONDITION_HINT);
                return None;
            }
        };
        Some(Condition { rule: rule?, holds })
    })
}

/// Texts to compare with; numbers and flags are compared as they are printed.
fn words(section: &Section<'_>, key: &str) -> Option<Vec<String>> {
    let value = section.value(key)?;
    let one = |value: &Value<'_>| match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        _ => {
            section.wrong_type(key, value, "a text, or a list of texts", CONDITION_HINT);
            None
        }
    };
    Some(match value.get_ref() {
        DeValue::Array(items) => items.iter().filter_map(one).collect(),
        _ => one(value).into_iter().collect(),
    })
}
