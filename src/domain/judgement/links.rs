//! Links in a text, and how they are put there.

use super::hosts::is_listed;

/// What links a text has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Links {
    /// How many.
    pub(super) count: usize,
    /// One of them hides where it leads.
    pub(super) is_short: bool,
    /// They are written as a page or a forum has them: `<a href=…`, `[url=…]`.
    pub(super) is_markup: bool,
}

impl Links {
    /// Adds the links of a text.
    pub(super) fn add(&mut self, text: &str) {
        let ends_word = |c: char| {
            let is_around = matches!(
                c,
                '<' | '>' | '"' | '\'' | '(' | ')' | '[' | ']' | ',' | '='
            );
            is_around || c.is_whitespace()
        };
        // A host has a dot, but one inside of the word; behind a scheme it may be a mere name.
        let may_link = |word: &&str| word.trim_end_matches('.').contains(['.', '/']);
        for word in text.split(ends_word).filter(may_link) {
            let Some(host) = host(word) else { continue };
            self.count += 1;
            self.is_short |= is_listed(SHORT, host);
        }
        self.is_markup |= text.contains('<') && has(text, "<a href");
        self.is_markup |= text.contains('[') && (has(text, "[url") || has(text, "[link="));
    }
}

/// Services that shorten addresses, one a line, sorted.
const SHORT: &str = include_str!("short_links.txt");

/// The host that a word links to; none where it is no link.
fn host(word: &str) -> Option<&str> {
    let after = |prefix: &str| {
        let begin = word.get(..prefix.len())?;
        begin
            .eq_ignore_ascii_case(prefix)
            .then(|| &word[prefix.len()..])
    };
    let rest = after("https://").or(after("http://")).or(after("www."));
    let (rest, is_bare) = match rest {
        Some(rest) => (rest, false),
        None => (word, true),
    };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    if !is_bare {
        return (!host.is_empty()).then_some(host);
    }
    // Without a scheme only what nothing else than a link to a short address can be.
    (rest.len() > host.len() + 1 && is_listed(SHORT, host)).then_some(host)
}

fn has(text: &str, part: &str) -> bool {
    let mut windows = text.as_bytes().windows(part.len());
    windows.any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}
