//! What the answers of a receiver mean: whether it has the event, and whether it ever will.

use std::ops::RangeInclusive;

/// How answers are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// The receiver has it.
    pub success: Statuses,
    /// The receiver rejects what was sent; trying for days would not help.
    pub permanent: Statuses,
    /// What the body of a success has in it.
    pub body_contains: Option<String>,
    /// The host that a redirect leads to where it is a success.
    pub redirect_host: Option<String>,
}

/// Statuses of HTTP, as ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statuses(pub Vec<RangeInclusive<u16>>);

impl Statuses {
    /// Reads a status (`204`) or a class (`2xx`).
    pub fn parse(text: &str) -> Option<RangeInclusive<u16>> {
        let class = text.strip_suffix("xx").and_then(|class| class.parse().ok());
        match class {
            Some(class @ 2..=5) => Some(class * 100..=class * 100 + 99),
            Some(_) => None,
            None => {
                let status = text.parse().ok().filter(|n| (200..=599).contains(n))?;
                Some(status..=status)
            }
        }
    }

    fn has(&self, status: u16) -> bool {
        has(&self.0, status)
    }
}

fn has(ranges: &[RangeInclusive<u16>], status: u16) -> bool {
    ranges.iter().any(|range| range.contains(&status))
}

const SUCCESS: [RangeInclusive<u16>; 1] = [200..=299];
/// Bad request, content too large, unprocessable: the receiver rejects this content, and waiting will
/// hardly change that.
const PERMANENT: [RangeInclusive<u16>; 3] = [400..=400, 413..=413, 422..=422];

/// What a mail server says when it will not take a letter, or not for this recipient (RFC 5321 section
/// 4.2.3). No status of HTTP in use is among them.
const MAIL_REJECTIONS: RangeInclusive<u16> = 550..=556;

impl Default for Answers {
    fn default() -> Answers {
        Answers {
            success: Statuses(SUCCESS.to_vec()),
            permanent: Statuses(PERMANENT.to_vec()),
            body_contains: None,
            redirect_host: None,
        }
    }
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has the event.
    Success,
    /// Not now.
    Failure,
    /// Not this, now or later.
    Rejection,
}

impl Verdict {
    /// What a status means where a webhook says nothing of it.
    pub fn usual(status: u16) -> Verdict {
        match status {
            status if has(&SUCCESS, status) => Verdict::Success,
            status if has(&PERMANENT, status) => Verdict::Rejection,
            status if MAIL_REJECTIONS.contains(&status) => Verdict::Rejection,
            _ => Verdict::Failure,
        }
    }
}

/// An answer as far as it is judged.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The body, or the beginning of it.
    pub body: &'a [u8],
    /// Where a redirect leads to, as it came.
    pub location: Option<&'a str>,
}

impl Answers {
    /// What an answer means, and in words what it lacks where its status alone would be a success.
    pub fn judge(&self, heard: Heard<'_>) -> (Verdict, Option<String>) {
        let is_redirect = (300..400).contains(&heard.status);
        if !self.success.has(heard.status) {
            let verdict = match self.permanent.has(heard.status) {
                true => Verdict::Rejection,
                false => Verdict::Failure,
            };
            return (verdict, None);
        }
        if let Some(wanted) = self.redirect_host.as_deref().filter(|_| is_redirect)
            && heard.location.and_then(host_of) != Some(wanted)
        {
            let lacks = format!("it does not lead to {wanted}, as success_redirect says");
            return (Verdict::Failure, Some(lacks));
        }
        if let Some(wanted) = self.body_contains.as_deref().filter(|_| !is_redirect)
            && !contains(heard.body, wanted.as_bytes())
        {
            let lacks = "the body lacks what success_body_contains says";
            return (Verdict::Failure, Some(lacks.to_owned()));
        }
        (Verdict::Success, None)
    }
}

/// The host of an absolute address, as it is written.
fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', '?', '#', ':']).next()
}

fn contains(body: &[u8], wanted: &[u8]) -> bool {
    wanted.is_empty() || body.windows(wanted.len()).any(|part| part == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(answers: &Answers, status: u16, body: &str, location: Option<&str>) -> Verdict {
        let body = body.as_bytes();
        let heard = Heard {
            status,
            body,
            location,
        };
        answers.judge(heard).0
    }

    #[test]
    fn a_status_a_class_and_nothing_else_is_read() {
        assert_eq!(Statuses::parse("204"), Some(204..=204));
        assert_eq!(Statuses::parse("4xx"), Some(400..=499));
        for odd in ["1xx", "6xx", "xx", "20", "100", "600", "2XX", ""] {
            assert_eq!(Statuses::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_redirect_is_a_success_only_where_it_leads_to_the_right_host() {
        let answers = Answers {
            success: Statuses(vec![302..=302]),
            redirect_host: Some("script.googleusercontent.com".to_owned()),
            ..Answers::default()
        };
        for (location, verdict) in [
            (
                Some("https://script.googleusercontent.com/macros/echo?x"),
                Verdict::Success,
            ),
            (
                Some("https://accounts.google.com/v3/signin"),
                Verdict::Failure,
            ),
            (
                Some("https://evil.example/script.googleusercontent.com/"),
                Verdict::Failure,
            ),
            (Some("/macros/echo"), Verdict::Failure),
            (None, Verdict::Failure),
        ] {
            assert_eq!(judged(&answers, 302, "", location), verdict, "{location:?}");
        }
        assert_eq!(judged(&answers, 200, "<html>", None), Verdict::Failure);
    }

    #[test]
    fn a_success_says_what_it_must_say() {
        let answers = Answers {
            body_contains: Some("\"ok\":true".to_owned()),
            ..Answers::default()
        };
        let body = r#"{"ok":true}"#;
        assert_eq!(judged(&answers, 200, body, None), Verdict::Success);
        assert_eq!(judged(&answers, 200, "ok", None), Verdict::Failure);
        assert_eq!(judged(&answers, 422, body, None), Verdict::Rejection);
    }
}
