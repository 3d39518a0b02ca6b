//! What one request met on its way, step by step, for whoever tries a receiver by hand.
//!
//! Like the trail it is noted in a variable of the thread that runs the request, and only while a
//! traced one is under way; a usual delivery pays one look at an empty place.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::{Duration, Instant, UNIX_EPOCH};

use ureq::Body;
use ureq::http::Response;
use ureq::http::header::HeaderMap;

use super::client::Client;
use super::expiry;
use super::lookup::Lookups;
use super::request::Outgoing;
use super::target::{Target, shown};
use crate::domain::delivery::{Outcome, Stage};
use crate::domain::mail::Letter;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Receiver;

/// What one request met.
#[derive(Debug)]
pub struct Trace {
    /// What came of it.
    pub outcome: Outcome,
    /// How long the whole took.
    pub duration: Duration,
    /// The steps in their order, each with its time.
    pub steps: Vec<(Step, Duration)>,
    /// What it connected to; the proxy, where there is one.
    pub address: Option<SocketAddr>,
    /// The request line and the headers as they left, without what may be secret.
    pub sent: Vec<(String, String)>,
    /// The headers of the answer; none where there was none.
    pub received: Vec<(String, String)>,
    /// How far the receiver's `Date` is ahead of our clock, in seconds.
    pub clock_ahead_s: Option<i64>,
    /// When the receiver's certificate expires.
    pub expires: Option<Timestamp>,
}

/// Sends a request to a receiver on a connection of its own, and tells all that it met. An error
/// says what is wrong with the receiver's settings.
pub fn trace(
    receiver: &Receiver,
    lookups: &Lookups,
    request: &Outgoing<'_>,
) -> Result<Trace, String> {
    let target = Target::parse(&receiver.url)?;
    let client = Client::new(receiver, 1, lookups)?;
    let (outcome, duration, received, notes) = client.send_noted(request);
    let steps = notes.steps(Instant::now());
    let ours = i64::try_from(request.at.after(duration).unix_seconds()).unwrap_or(i64::MAX);
    let agreed = match &outcome {
        Outcome::Answered(_) => true,
        Outcome::Unanswered(fault) => matches!(fault.stage, Stage::Send | Stage::Answer),
    };
    let is_seen = target.https && receiver.proxy.is_none() && agreed;
    let address = notes.address;
    let expires = address.filter(|_| is_seen);
    Ok(Trace {
        expires: expires.and_then(|address| expiry::of(receiver, &target, address)),
        clock_ahead_s: received.date_s.map(|theirs| theirs - ours),
        received: received.headers,
        sent: notes.sent(),
        outcome,
        duration,
        steps,
        address,
    })
}

impl Trace {
    /// What is told of a letter, whose steps are the mail server's.
    pub fn of_mail(letter: &Letter, outcome: Outcome, duration: Duration) -> Trace {
        let subject = ("subject".to_owned(), letter.subject.clone());
        Trace {
            outcome,
            duration,
            steps: Vec::new(),
            address: None,
            sent: vec![("MAIL".to_owned(), letter.id.clone()), subject],
            received: Vec::new(),
            clock_ahead_s: None,
            expires: None,
        }
    }
}

/// A step of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Looking up the name and checking the addresses.
    Resolve,
    /// To an open connection, through the proxy if there is one.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Until the request was written.
    Send,
    /// Until the first byte of the answer.
    FirstByte,
    /// Until its last one.
    Body,
}

impl Step {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Step::Resolve => "resolve",
            Step::Connect => "connect",
            Step::Tls => "tls",
            Step::Send => "send",
            Step::FirstByte => "first_byte",
            Step::Body => "body",
        }
    }

    fn of(stage: Stage) -> Option<Step> {
        match stage {
            Stage::Prepare | Stage::Guard => None,
            Stage::Resolve => Some(Step::Resolve),
            Stage::Connect => Some(Step::Connect),
            Stage::Tls => Some(Step::Tls),
            Stage::Send => Some(Step::Send),
            Stage::Answer => Some(Step::FirstByte),
        }
    }
}

#[derive(Default)]
pub(super) struct Notes {
    begun: Vec<(Step, Instant)>,
    pub(super) address: Option<SocketAddr>,
    head: Vec<u8>,
}

thread_local! {
    static NOTES: RefCell<Option<Notes>> = const { RefCell::new(None) };
}

fn note(make: impl FnOnce(&mut Notes)) {
    NOTES.with_borrow_mut(|notes| {
        if let Some(notes) = notes {
            make(notes);
        }
    });
}

/// From here on this thread's request is noted.
pub(super) fn begin() {
    NOTES.set(Some(Notes::default()));
}

/// What was noted since.
pub(super) fn end() -> Notes {
    NOTES.take().unwrap_or_default()
}

pub(super) fn reached(stage: Stage) {
    note(|notes| notes.begins(Step::of(stage)));
}

pub(super) fn heard() {
    note(|notes| notes.begins(Some(Step::Body)));
}

pub(super) fn connected(address: SocketAddr) {
    note(|notes| notes.address = Some(address));
}

/// Keeps the beginning of what is written, up to the end of the head.
pub(super) fn written(bytes: &[u8]) {
    note(|notes| {
        if !notes.head.ends_with(END) {
            notes.head.extend_from_slice(bytes);
            if let Some(end) = notes.head.windows(END.len()).position(|four| four == END) {
                notes.head.truncate(end + END.len());
            }
        }
    });
}

const END: &[u8] = b"\r\n\r\n";

impl Notes {
    fn begins(&mut self, step: Option<Step>) {
        let last = self.begun.last().map(|(step, _)| *step);
        if let Some(step) = step
            && last != Some(step)
            && last != Some(Step::Body)
        {
            self.begun.push((step, Instant::now()));
        }
    }

    /// Each step lasts until the next one begins.
    pub(super) fn steps(&self, ended: Instant) -> Vec<(Step, Duration)> {
        let next = self.begun.iter().skip(1).map(|(_, at)| *at);
        let ends = next.chain([ended]);
        let steps = self.begun.iter().zip(ends);
        steps
            .map(|((step, at), end)| (*step, end.saturating_duration_since(*at)))
            .collect()
    }

    /// The head as it was written; a value that may be a secret is not shown.
    pub(super) fn sent(&self) -> Vec<(String, String)> {
        let text = String::from_utf8_lossy(&self.head);
        let mut lines = text.lines();
        let line = lines.next().unwrap_or_default();
        let (method, target) = line.split_once(' ').unwrap_or((line, ""));
        let target = target.split(' ').next().unwrap_or_default();
        let hidden = if target.contains('?') { "?***" } else { "" };
        let first = (method.to_owned(), format!("{}{hidden}", shown(target)));
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| {
            let name = name.to_ascii_lowercase();
            let value = match SHOWN.contains(&name.as_str()) {
                true => value.trim().to_owned(),
                false => "***".to_owned(),
            };
            (name, value)
        });
        std::iter::once(first)
            .filter(|_| !line.is_empty())
            .chain(headers)
            .collect()
    }
}

/// What leadhook itself puts into a head; a header of the owner's may be a secret.
const SHOWN: [&str; 11] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

/// What the head of an answer says.
#[derive(Default)]
pub(super) struct Received {
    headers: Vec<(String, String)>,
    /// Its `Date`, in seconds since 1970.
    date_s: Option<i64>,
}

impl Received {
    pub(super) fn of(response: &Response<Body>) -> Received {
        Received {
            headers: response.headers().iter().map(pair).collect(),
            date_s: date(response.headers()),
        }
    }
}

fn pair((name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)) -> (String, String) {
    let text = String::from_utf8_lossy(value.as_bytes());
    let value = match name.as_str() {
        "set-cookie" => "***".to_owned(),
        "location" => shown(&text),
        _ => text.chars().filter(|c| !c.is_control()).collect(),
    };
    (name.as_str().to_owned(), value)
}

fn date(headers: &HeaderMap) -> Option<i64> {
    let date = httpdate::parse_http_date(headers.get("date")?.to_str().ok()?).ok()?;
    i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}
