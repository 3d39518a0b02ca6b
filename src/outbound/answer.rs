//! What is taken from an answer: the status, what the receiver asks for, the beginning of the body.

use std::io::{self, Read};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ureq::http::header::{AsHeaderName, DATE, HeaderMap, LOCATION, RETRY_AFTER};
use ureq::http::{Response, StatusCode};
use ureq::{Body, Error};

use crate::domain::answers::Heard;
use crate::domain::delivery::{Answer, EXCERPT_BYTES_MAX, Wish};
use crate::domain::time::Timestamp;

use super::fault;
use super::request::Outgoing;
use super::target::shown_beside;

/// So much of a body is read, so that the connection can be kept; more than any webhook's answer
/// needs.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Reads the answer to its end or to a limit. `now` is the time that a date in `Retry-After` is
/// counted from, `limit` the time that the whole request had. Whatever happens to the body, the
/// status counts, unless the webhook looks into it. `own_path` is that of the receiver's address.
pub(super) fn read(
    response: Response<Body>,
    now: Timestamp,
    limit: Duration,
    request: &Outgoing<'_>,
    own_path: &str,
) -> Answer {
    let answers = request.answers;
    let (head, body) = response.into_parts();
    let looks_into = answers.is_some_and(|answers| answers.body_contains.is_some());
    let keep = if looks_into {
        BODY_BYTES_MAX
    } else {
        EXCERPT_BYTES_MAX
    };
    let mut excerpt = Vec::new();
    let trouble = match read_body(&mut body.into_reader(), &mut excerpt, keep) {
        Ok(()) => None,
        Err(error) => Some(note(&error, limit)),
    };
    let judged = answers.map(|answers| {
        answers.judge(Heard {
            status: head.status.as_u16(),
            body: &excerpt,
            location: first(&head.headers, LOCATION),
        })
    });
    excerpt.truncate(EXCERPT_BYTES_MAX);
    let (verdict, lacks) = judged.map_or((None, None), |(verdict, lacks)| (Some(verdict), lacks));
    let clock_off_s = clock_off(&head.headers, now);
    let text = |value: &str| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Answer {
        status: head.status.as_u16(),
        retry_after: first(&head.headers, RETRY_AFTER)
            .and_then(|value| retry_after(&text(value), now)),
        wish: first(&head.headers, "webhook-delivery").and_then(wish),
        location: location(head.status, &head.headers, own_path),
        excerpt,
        note: trouble.or(lacks).or_else(|| clock_off_s.map(clock_words)),
        verdict,
        clock_off_s,
    }
}

/// Clocks that are further apart make signatures fail soon: receivers allow five minutes.
const CLOCK_OFF_S_MAX: u64 = 120;

/// By how many seconds the clock of the receiver is too far ahead of ours, as its `Date` says.
fn clock_off(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let date = httpdate::parse_http_date(first(headers, DATE)?).ok()?;
    let theirs = date.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let off = i64::try_from(theirs).ok()? - i64::try_from(now.unix_seconds()).ok()?;
    (off.unsigned_abs() > CLOCK_OFF_S_MAX).then_some(off)
}

fn clock_words(off_s: i64) -> String {
    let way = if off_s > 0 { "ahead of" } else { "behind" };
    format!("its clock is {} s {way} ours", off_s.unsigned_abs())
}

/// The status and the whole body of an answer, which may have so many bytes.
pub(super) fn whole(response: Response<Body>, bytes_max: usize) -> io::Result<(u16, Vec<u8>)> {
    let (head, body) = response.into_parts();
    let mut bytes = Vec::new();
    let mut limited = body
        .into_reader()
        .take((bytes_max as u64).saturating_add(1));
    limited.read_to_end(&mut bytes)?;
    match bytes.len() > bytes_max {
        true => Err(too_long(bytes_max)),
        false => Ok((head.status.as_u16(), bytes)),
    }
}

fn too_long(bytes_max: usize) -> io::Error {
    let kib = bytes_max >> 10;
    let text = format!("the body is longer than {kib} KiB; the rest was not read");
    io::Error::new(io::ErrorKind::FileTooLarge, text)
}

/// Reads all of it, and keeps the first bytes.
fn read_body(body: &mut impl Read, kept: &mut Vec<u8>, keep: usize) -> io::Result<()> {
    let mut total = 0;
    let mut piece = [0; 4096];
    loop {
        let n = match body.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let room = keep - kept.len();
        kept.extend_from_slice(&piece[..n.min(room)]);
        total += n;
        if total > BODY_BYTES_MAX {
            return Err(too_long(BODY_BYTES_MAX));
        }
    }
}

/// What was wrong with a body, in words. `limit` is the time that the request had.
pub(super) fn note(error: &io::Error, limit: Duration) -> String {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref());
    match cause {
        Some(Error::Timeout(_)) => format!(
            "the body was not complete within {}",
            fault::limit_words(limit)
        ),
        Some(Error::Protocol(_)) => "the body is not valid HTTP".into(),
        _ if error.kind() == io::ErrorKind::FileTooLarge => error.to_string(),
        _ if fault::is_disconnect(error) => "the connection ended before the body did".into(),
        _ => format!("the body could not be read: {}", fault::io_words(error)),
    }
}

fn first(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Seconds, or a date (RFC 9110 section 10.2.3); a date that has passed is no wait at all.
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date: SystemTime = httpdate::parse_http_date(text).ok()?;
    let since_1970 = date.duration_since(UNIX_EPOCH).ok()?;
    Some(now.until(Timestamp(0).after(since_1970)))
}

fn wish(text: &str) -> Option<Wish> {
    match text.to_ascii_lowercase().as_str() {
        "disable" => Some(Wish::Disable),
        "abort-message" => Some(Wish::AbortMessage),
        _ => None,
    }
}

fn location(status: StatusCode, headers: &HeaderMap, own_path: &str) -> Option<String> {
    let value = headers.get(LOCATION).filter(|_| status.is_redirection())?;
    Some(shown_beside(
        &String::from_utf8_lossy(value.as_bytes()),
        own_path,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let now = Timestamp::parse("2026-02-01T14:09:01Z").expect("a time");
        for (text, expected) in [
            ("120", Some(120)),
            ("0", Some(0)),
            ("Sun, 01 Feb 2026 14:10:01 GMT", Some(60)),
            ("Sun, 01 Feb 2026 14:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            let read = retry_after(text, now).map(|wait| wait.as_secs());
            assert_eq!(read, expected, "{text}");
        }
    }
}
