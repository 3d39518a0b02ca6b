//! What is left over of a post when the rules have taken what they want.

use std::borrow::Cow;

use super::rule::Used;
use super::text::text_of;
use crate::domain::intake::{NAME_BYTES_MAX, VALUE_BYTES_MAX};
use crate::domain::raw::Raw;

/// So many values that nobody mapped are kept. A shop's order can have thousands; the lead must not
/// be refused for them.
pub const LEFT_OVER_MAX: usize = 200;

/// The label that says how many were not kept.
const MORE_LABEL: &str = "(values left out)";

/// What was not used, each text under the path that leads to it.
pub(super) fn left_over(raw: &Raw, used: &Used) -> Vec<(String, Raw)> {
    let mut rest = Rest {
        used,
        labels: Vec::new(),
        more: 0,
    };
    rest.gather(String::new(), raw);
    let Rest {
        mut labels, more, ..
    } = rest;
    if more > 0 {
        labels.push((MORE_LABEL.to_owned(), Raw::Text(more.to_string())));
    }
    labels
}

/// `raw` without what was used of it; none where that is all.
pub(super) fn unused<'r>(raw: &'r Raw, used: &Used) -> Option<Cow<'r, Raw>> {
    if used.has(raw) {
        return None;
    }
    match raw {
        Raw::Map(entries) if !entries.is_empty() => {
            let kept: Vec<(String, Raw)> = entries
                .iter()
                .filter_map(|(name, raw)| Some((name.clone(), unused(raw, used)?.into_owned())))
                .collect();
            (!kept.is_empty()).then_some(Cow::Owned(Raw::Map(kept)))
        }
        Raw::List(items) if !items.is_empty() => {
            let kept: Vec<Option<Cow<'_, Raw>>> =
                items.iter().map(|item| unused(item, used)).collect();
            // The others keep their places, and so their labels.
            kept.iter().any(Option::is_some).then(|| {
                let items = kept.into_iter();
                let items = items.map(|item| item.map_or(Raw::Null, Cow::into_owned));
                Cow::Owned(Raw::List(items.collect()))
            })
        }
        raw => Some(Cow::Borrowed(raw)),
    }
}

struct Rest<'u> {
    used: &'u Used,
    labels: Vec<(String, Raw)>,
    more: usize,
}

impl Rest<'_> {
    fn gather(&mut self, label: String, raw: &Raw) {
        if self.used.has(raw) {
            return;
        }
        // At once: a long name before many parts would be copied for each of them.
        let label = cut(label, NAME_BYTES_MAX);
        match raw {
            Raw::Map(entries) => {
                for (name, raw) in entries {
                    let name = step(name);
                    let label = match label.is_empty() {
                        true => name,
                        false => format!("{label}.{name}"),
                    };
                    self.gather(label, raw);
                }
            }
            Raw::List(items) if !self.is_plain(items) => {
                for (n, raw) in items.iter().enumerate() {
                    self.gather(format!("{label}[{n}]"), raw);
                }
            }
            raw => self.add(label, raw),
        }
    }

    /// Whether a list is one text: nothing in it has parts or was used.
    fn is_plain(&self, items: &[Raw]) -> bool {
        let mut items = items.iter();
        items.all(|item| !matches!(item, Raw::Map(_) | Raw::List(_)) && !self.used.has(item))
    }

    fn add(&mut self, label: String, raw: &Raw) {
        let Some(text) = text_of(raw) else { return };
        if self.labels.len() >= LEFT_OVER_MAX {
            self.more += 1;
            return;
        }
        let text = Raw::Text(cut(text, VALUE_BYTES_MAX));
        self.labels.push((label, text));
    }
}

/// A name as paths write it.
fn step(name: &str) -> String {
    let is_plain = !name.contains(['.', '[', ']', '|', '"']) && name.trim() == name;
    match is_plain && !name.is_empty() {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

/// At most so many bytes of `text`.
fn cut(mut text: String, bytes_max: usize) -> String {
    if text.len() > bytes_max {
        let fits = (0..=bytes_max).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(fits.unwrap_or_default());
    }
    text
}
