//! Values that are words: one of a set, a title, a name.

use super::nearest::nearest;
use super::section::{Section, Text, quoted};

const TITLE_CHARS_MAX: usize = 200;
const NAME_CHARS_MAX: usize = 64;

impl<'r> Section<'r> {
    /// One word of a fixed set.
    pub(super) fn choice<T: Copy>(&self, key: &str, words: &[(&str, T)], default: T) -> T {
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let find = |typed: &str| words.iter().find(|(name, _)| *name == typed);
        let text = self.text(key);
        let chosen = text.and_then(|text| self.as_word(key, &text, &names, |typed| find(typed)));
        chosen.map_or(default, |(_, value)| *value)
    }

    /// Words of a fixed set; an empty list where the key is absent.
    pub(super) fn words<T>(
        &self,
        key: &str,
        names: &[&str],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let texts = self.texts(key).unwrap_or_default();
        let words = texts
            .iter()
            .filter_map(|text| self.as_word(key, text, names, &parse));
        words.collect()
    }

    /// What `parse` makes of a text; a problem where that is nothing.
    pub(super) fn as_word<T>(
        &self,
        key: &str,
        text: &Text<'_>,
        names: &[&str],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let word = parse(&text.value);
        if word.is_none() {
            let what = format!("{} is not known here", quoted(text.raw));
            let meant = nearest(text.raw, names.iter().copied());
            let hint = match (meant, names) {
                (Some(meant), _) => format!("did you mean {}?", quoted(meant)),
                (None, []) => "there are none to choose from".to_owned(),
                (None, names) => format!("one of: {}", names.join(", ")),
            };
            self.refuse(text.at, key, what, hint);
        }
        word
    }

    /// A name to show to people: 1 to 200 characters.
    pub(super) fn title(&self, key: &str) -> Option<Text<'r>> {
        let text = self.text(key)?;
        let fits = (1..=TITLE_CHARS_MAX).contains(&text.value.chars().count());
        if !fits || text.value.trim().is_empty() || text.value.contains(char::is_control) {
            let hint = format!("1 to {TITLE_CHARS_MAX} characters on one line");
            self.refuse(text.at, key, "this is no name", hint);
        }
        Some(text)
    }

    /// A name that is part of URLs and file names: 1 to 64 lower-case letters, digits, `-` and `_`;
    /// none of `taken`, to which it is added.
    pub(super) fn name(&self, taken: &mut Vec<String>) -> String {
        let Some(text) = self.text("name") else {
            if self.value("name").is_none() {
                self.missing("name", r#"give it a short name: name = "website""#);
            }
            return String::new();
        };
        let fits = (1..=NAME_CHARS_MAX).contains(&text.value.len());
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
        if !fits || !text.value.bytes().all(allowed) {
            let what = format!("{} cannot be a name", quoted(text.raw));
            let hint = "1 to 64 lower-case letters, digits, - and _";
            self.refuse(text.at, "name", what, hint);
        } else if taken.contains(&text.value) {
            let hint = "by its name each one is known: choose another";
            self.refuse(text.at, "name", "this name is used twice", hint);
        }
        taken.push(text.value.clone());
        text.value
    }
}
