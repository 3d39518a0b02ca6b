//! Filters: what receivers need done to a text before they take it.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::TemplateError;
use super::slot::Said;
use crate::domain::html::escaped;
use crate::domain::mail::{is_address, one_line};
use crate::domain::time::Timestamp;

/// Changes what a placeholder says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// `&`, `<` and `>` as Slack wants them.
    Slack,
    /// A backslash before what Markdown would take for a sign of its own.
    Markdown,
    /// What would be a tag or an entity in HTML.
    Html,
    /// Percent-encoded, but for letters, digits and `-._~`.
    Url,
    /// On one line.
    Line,
    /// Nothing, if it cannot be an e-mail address.
    Address,
    /// Of a name, all words but the last; the only one where there is but one.
    FirstName,
    /// Of a name, the last of several words, or nothing.
    LastName,
    /// At most so many characters; the last of them is then `…`.
    Truncate(usize),
    /// A date as seconds since 1970.
    Unix,
    /// A date as milliseconds since 1970.
    UnixMs,
    /// A date in the account's time zone.
    Local(TimeZone, String),
}

const NAMES: [&str; 13] = [
    "default",
    "slack",
    "markdown",
    "html",
    "url",
    "line",
    "address",
    "first_name",
    "last_name",
    "truncate",
    "unix",
    "unix_ms",
    "local",
];
const LOCAL_FORMAT: &str = "%Y-%m-%d %H:%M";
const TRUNCATE_MAX: usize = 1_000_000;

impl Filter {
    /// Reads `name:arg`, which begins at `at` of its text.
    pub(super) fn parse(
        at: usize,
        name: &str,
        arg: Option<&str>,
        time_zone: &TimeZone,
    ) -> Result<Filter, TemplateError> {
        let error = |what: String, hint: &str| Err(TemplateError::new(at, what, hint));
        let filter = match name {
            "truncate" => {
                let chars = arg.and_then(|arg| arg.trim().parse().ok());
                return match chars.filter(|n| (1..=TRUNCATE_MAX).contains(n)) {
                    Some(chars) => Ok(Filter::Truncate(chars)),
                    None => error(
                        "truncate needs a number of characters".into(),
                        "1 to 1000000: {message|truncate:500}",
                    ),
                };
            }
            "local" => {
                let format = arg.unwrap_or(LOCAL_FORMAT);
                return match Timestamp(0).local(time_zone, format) {
                    Some(_) => Ok(Filter::Local(time_zone.clone(), format.to_owned())),
                    None => error(
                        "this is no format of a date".into(),
                        "as strftime writes it: {date_created|local:%d.%m.%Y %H:%M}",
                    ),
                };
            }
            "default" => {
                let hint = "{city|default:unknown}; {city?} leaves the member out";
                return error("default needs a text".into(), hint);
            }
            "slack" => Filter::Slack,
            "markdown" => Filter::Markdown,
            "html" => Filter::Html,
            "url" => Filter::Url,
            "line" => Filter::Line,
            "address" => Filter::Address,
            "first_name" => Filter::FirstName,
            "last_name" => Filter::LastName,
            "unix" => Filter::Unix,
            "unix_ms" => Filter::UnixMs,
            _ => {
                return Err(TemplateError {
                    unknown: Some((name.to_owned(), NAMES.map(str::to_owned).to_vec())),
                    ..TemplateError::new(at, format!("there is no filter {name:?}"), "")
                });
            }
        };
        match arg {
            None => Ok(filter),
            Some(_) => error(format!("{name} takes nothing behind a colon"), "{name|url}"),
        }
    }

    /// The same, changed. Nothing stays nothing, and a text that is no date stays as it is.
    pub(super) fn apply<'a>(&self, said: Said<'a>) -> Said<'a> {
        if matches!(said, Said::Nothing) {
            return said;
        }
        let date = || Timestamp::parse(&said.text());
        let changed = match self {
            Filter::Unix => date().map(|time| Said::Bare(time.unix_seconds().to_string().into())),
            Filter::UnixMs => date().map(|time| Said::Bare(time.0.to_string().into())),
            Filter::Local(zone, format) => date()
                .and_then(|time| time.local(zone, format))
                .map(|text| Said::Text(text.into())),
            Filter::Address if is_address_of_domain(&said.text()) => None,
            Filter::Address => Some(Said::Nothing),
            Filter::FirstName | Filter::LastName => {
                let text = said.text();
                let name = text.trim();
                let (first, last) = match name.rsplit_once(char::is_whitespace) {
                    Some((first, last)) => (first.trim_end(), Some(last)),
                    None => (name, None),
                };
                let part = match self {
                    Filter::FirstName => Some(first),
                    _ => last,
                };
                Some(part.map_or(Said::Nothing, |part| Said::Text(part.to_owned().into())))
            }
            _ => {
                let text = said.text();
                Some(Said::Text(Cow::Owned(self.written(&text))))
            }
        };
        changed.unwrap_or(said)
    }

    fn written(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        match self {
            Filter::Truncate(chars) => match text.char_indices().nth(*chars) {
                None => out.push_str(text),
                Some(_) => {
                    out.extend(text.chars().take(chars - 1));
                    out.push('…');
                }
            },
            Filter::Url => percent_encode(text, &mut out),
            Filter::Line => out = one_line(text, usize::MAX),
            Filter::Html => out = escaped(text),
            _ => {
                for c in text.chars() {
                    match self.replaced(c) {
                        Some(entity) => out.push_str(entity),
                        None if self.is_sign(c) => out.extend(['\\', c]),
                        None => out.push(c),
                    }
                }
            }
        }
        out
    }

    fn replaced(&self, c: char) -> Option<&'static str> {
        match (self, c) {
            (Filter::Slack, '&') => Some("&amp;"),
            (Filter::Slack, '<') => Some("&lt;"),
            (Filter::Slack, '>') => Some("&gt;"),
            _ => None,
        }
    }

    fn is_sign(&self, c: char) -> bool {
        matches!(self, Filter::Markdown)
            && matches!(
                c,
                '\\' | '*' | '_' | '~' | '`' | '|' | '[' | ']' | '<' | '>' | '#'
            )
    }
}

/// Services refuse an address whose host is no domain.
fn is_address_of_domain(text: &str) -> bool {
    is_address(text)
        && text
            .rsplit('@')
            .next()
            .is_some_and(|host| host.contains('.'))
}

/// Adds `text`, percent-encoded but for what is never a sign in a URL (RFC 3986 section 2.3).
pub(crate) fn percent_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => out.push(char::from(byte)),
            false => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

/// `text`, percent-encoded.
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    percent_encode(text, &mut encoded);
    encoded
}
