//! A table of the document: each key is asked for, with its limits and its default, and what nobody
//! asked for is an unknown key.

use std::cell::RefCell;
use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::env::{Unfilled, fill};
use super::nearest::nearest;
use super::reader::Reader;

/// A table of the document, or one that is absent and leaves everything to the defaults.
pub(super) struct Section<'r> {
    pub(super) reader: &'r Reader<'r>,
    /// Where it begins: the place of what it lacks.
    pub(super) at: usize,
    /// As in [`super::reader::Findings::keys`]: `source.auth`.
    name: String,
    /// As in messages: `source "crm": auth`.
    label: String,
    table: Option<&'r DeTable<'r>>,
    asked: RefCell<BTreeSet<String>>,
}

/// A string of the document.
pub(super) struct Text<'r> {
    /// With its variables put in; may hold a secret.
    pub(super) value: String,
    /// As it was written; fit for messages where it is no secret.
    pub(super) raw: &'r str,
    pub(super) at: usize,
}

impl<'r> Section<'r> {
    /// A section of these names that begins at this offset.
    pub(super) fn new(
        reader: &'r Reader<'r>,
        name: String,
        label: String,
        at: usize,
        table: Option<&'r DeTable<'r>>,
    ) -> Section<'r> {
        Section {
            reader,
            at,
            name,
            label,
            table,
            asked: RefCell::default(),
        }
    }

    /// Reads the table `[key]`.
    pub(super) fn section<T>(&self, key: &str, walk: impl FnOnce(&Section<'r>) -> T) -> T {
        self.asked.borrow_mut().insert(key.to_owned());
        let (at, table) = match self.table.and_then(|table| table.get(key)) {
            None => (self.at, None),
            Some(value) => match value.get_ref() {
                DeValue::Table(table) => (value.span().start, Some(table)),
                _ => {
                    let hint = format!("write [{key}] on a line of its own, its keys below");
                    self.refuse(value.span().start, key, "this must be a section", hint);
                    (value.span().start, None)
                }
            },
        };
        Section::new(self.reader, key.to_owned(), key.to_owned(), at, table).walk(walk)
    }

    /// Whether it is there at all.
    pub(super) fn is_present(&self) -> bool {
        self.table.is_some()
    }

    /// Reads each `[[key]]`.
    pub(super) fn each<T>(&self, key: &str, mut walk: impl FnMut(&Section<'r>) -> T) -> Vec<T> {
        self.asked.borrow_mut().insert(key.to_owned());
        let Some(value) = self.table.and_then(|table| table.get(key)) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            let hint = format!("write [[{key}]], with two brackets: there may be several");
            self.refuse(value.span().start, key, "this must be a list", hint);
            return Vec::new();
        };
        let mut read = Vec::new();
        for (i, item) in items.iter().enumerate() {
            let at = item.span().start;
            let DeValue::Table(table) = item.get_ref() else {
                let hint = format!("write [[{key}]] on a line of its own, its keys below");
                self.refuse(at, key, "this must be a section", hint);
                continue;
            };
            let label = item_label(key, i + 1, table);
            let section = Section::new(self.reader, key.to_owned(), label, at, Some(table));
            read.push(section.walk(&mut walk));
        }
        read
    }

    /// Reads `table`, the value of `key`, as a section inside of this one.
    pub(super) fn inner<T>(
        &self,
        key: &str,
        at: usize,
        table: &'r DeTable<'r>,
        walk: impl FnOnce(&Section<'r>) -> T,
    ) -> T {
        let name = format!("{}.{key}", self.name);
        let label = format!("{}: {key}", self.label);
        Section::new(self.reader, name, label, at, Some(table)).walk(walk)
    }

    /// Reads the table at `key`, if there is one, as a section inside of this one; `hint` says how a
    /// table looks there.
    pub(super) fn table<T>(
        &self,
        key: &str,
        hint: &str,
        walk: impl FnOnce(&Section<'r>, &'r DeTable<'r>) -> T,
    ) -> Option<T> {
        let value = self.value(key)?;
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(key, value, "a table", hint);
            return None;
        };
        let at = value.span().start;
        Some(self.inner(key, at, table, |inner| walk(inner, table)))
    }

    /// The value of `key`, if there is one.
    pub(super) fn value(&self, key: &str) -> Option<&'r Spanned<DeValue<'r>>> {
        self.asked.borrow_mut().insert(key.to_owned());
        let name = format!("{}.{key}", self.name);
        self.reader.asked(name);
        self.table?.get(key)
    }

    /// The string at `key`, if there is one.
    pub(super) fn text(&self, key: &str) -> Option<Text<'r>> {
        self.as_text(key, self.value(key)?)
    }

    /// All names of `table`, which is this section's own, with their strings.
    pub(super) fn texts_by_name(&self, table: &DeTable<'_>) -> Vec<(String, String)> {
        let names = table.keys().map(|key| key.get_ref().to_string());
        let named = names.filter_map(|name| self.text(&name).map(|text| (name, text.value)));
        named.collect()
    }

    /// The strings at `key`, or the one string; none where the key is absent.
    pub(super) fn texts(&self, key: &str) -> Option<Vec<Text<'r>>> {
        let value = self.value(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            return Some(self.as_text(key, value).into_iter().collect());
        };
        let texts = items.iter().filter_map(|item| self.as_text(key, item));
        Some(texts.collect())
    }

    /// The string that `value`, one of `key`, is.
    pub(super) fn as_text(&self, key: &str, value: &'r Spanned<DeValue<'r>>) -> Option<Text<'r>> {
        self.as_written(key, value, "text", "put it in quotes")
    }

    /// The string that `value` is, where strings stand for something `wanted`.
    pub(super) fn as_written(
        &self,
        key: &str,
        value: &'r Spanned<DeValue<'r>>,
        wanted: &str,
        hint: &str,
    ) -> Option<Text<'r>> {
        let at = value.span().start;
        let DeValue::String(raw) = value.get_ref() else {
            self.wrong_type(key, value, wanted, hint);
            return None;
        };
        let (what, hint) = match fill(raw, self.reader.env) {
            Ok(value) => return Some(Text { value, raw, at }),
            Err(Unfilled::Unset(name)) => (
                format!("the environment variable {name} is unset or empty"),
                format!("set {name} for the service, or write $${{ for a literal ${{"),
            ),
            Err(Unfilled::Malformed) => (
                "${ is not followed by a name and a }".to_owned(),
                "${NAME} stands for an environment variable, $${ for a literal ${".to_owned(),
            ),
        };
        self.refuse(at, key, what, hint);
        None
    }

    /// Notes that a value of `key` is wrong: what, and what to do.
    pub(super) fn refuse(
        &self,
        at: usize,
        key: &str,
        what: impl AsRef<str>,
        hint: impl Into<String>,
    ) {
        let message = self.message(key, what.as_ref());
        self.reader.problem(at, message, Some(hint.into()));
    }

    /// Notes that the section as a whole is wrong.
    pub(super) fn refuse_whole(&self, what: &str, hint: impl Into<String>) {
        let message = format!("{}: {what}", self.label);
        self.reader.problem(self.at, message, Some(hint.into()));
    }

    /// Notes that `key` must be there, unless it may be among what could not be looked at.
    pub(super) fn missing(&self, key: &str, hint: impl Into<String>) {
        if !self.reader.has_passed_over(&self.label) {
            self.refuse(self.at, key, "this key is missing", hint);
        }
    }

    /// Warns of a credential that cannot be looked at.
    pub(super) fn pass_over(&self, at: usize, key: &str, why: &str, hint: &str) {
        let message = self.message(key, why);
        self.reader.warning(at, message, Some(hint.to_owned()));
        self.reader.pass_over(&self.label);
    }

    /// Notes that the value of `key` is of a type that cannot be.
    pub(super) fn wrong_type(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        wanted: &str,
        hint: &str,
    ) {
        let found = match value.get_ref() {
            DeValue::String(_) => "text in quotes",
            DeValue::Integer(_) => "a number alone",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let what = format!("{wanted} is wanted here, not {found}");
        self.refuse(value.span().start, key, what, hint);
    }

    /// `section: key: text`.
    pub(super) fn message(&self, key: &str, text: &str) -> String {
        match self.label.as_str() {
            "" => format!("{key}: {text}"),
            label => format!("{label}: {key}: {text}"),
        }
    }

    /// Reads the section, and refuses what was not asked for.
    pub(super) fn walk<T>(self, walk: impl FnOnce(&Section<'r>) -> T) -> T {
        let read = walk(&self);
        self.refuse_unknown();
        read
    }

    fn refuse_unknown(&self) {
        let asked = self.asked.borrow();
        for key in self.table.into_iter().flat_map(DeTable::keys) {
            let name = key.get_ref().as_ref();
            if asked.contains(name) {
                continue;
            }
            let known = asked.iter().map(String::as_str);
            let hint = match nearest(name, known.clone()) {
                Some(meant) => format!("did you mean {meant}?"),
                None => format!("known here: {}", known.collect::<Vec<_>>().join(", ")),
            };
            let shown = name.escape_debug().to_string();
            self.refuse(key.span().start, &shown, "unknown key", hint);
        }
    }
}

/// `source "crm"` where the name can be shown, else `source 2`.
fn item_label(key: &str, number: usize, table: &DeTable<'_>) -> String {
    match table.get("name").map(Spanned::get_ref) {
        Some(DeValue::String(name)) if !name.is_empty() => {
            format!("{key} {}", quoted(name))
        }
        _ => format!("{key} {number}"),
    }
}

const QUOTED_CHARS_MAX: usize = 64;

/// A text for messages: in quotes, without control characters, not too long.
pub(super) fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(QUOTED_CHARS_MAX).collect();
    let dots = if shown.len() < text.len() { "…" } else { "" };
    format!("\"{}{dots}\"", shown.escape_debug())
}
