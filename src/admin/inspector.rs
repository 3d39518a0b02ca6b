//! The inspector: a receiver inside the daemon that keeps the last requests it got, and says
//! whether their signature holds. In memory only.
//!
//! It answers as the query of its address says, so that one can watch a failing receiver:
//! `/inspector/NAME?status=500&delay=2s`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

use super::{Keys, read};
use crate::domain::contact::mentions;
use crate::domain::signature::{Headers, examine};
use crate::domain::time::Timestamp;
use crate::domain::units::{parse_duration, show_duration};
use crate::http::Request;
use crate::http::forms::form_fields;

/// Names are free to choose, so their number is limited.
const NAMES_MAX: usize = 100;
/// Anybody on this machine may post here, so all of it together is limited; the oldest goes.
const BYTES_MAX: usize = 16 << 20;

type ByName = BTreeMap<String, VecDeque<Seen>>;

pub(super) struct Inspector {
    keep: usize,
    keys: RwLock<Keys>,
    seen: Mutex<ByName>,
}

/// A request that arrived.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The name in its path.
    pub(super) name: String,
    /// When it arrived.
    pub(super) at: Timestamp,
    /// Its headers; a value that is not UTF-8 is shown with U+FFFD.
    pub(super) headers: Vec<(String, String)>,
    /// Its body, likewise.
    pub(super) body: String,
    /// What became of its signature.
    pub(super) signature: Signature,
    /// What it was answered.
    pub(super) reply: Reply,
}

impl Seen {
    /// What it takes of the memory, nearly.
    fn bytes(&self) -> usize {
        let headers = self.headers.iter();
        let headers: usize = headers.map(|(name, value)| name.len() + value.len()).sum();
        headers + self.body.len()
    }
}

/// Lets go of the oldest request; tells how much that frees.
fn drop_oldest(all: &mut ByName) -> usize {
    let lists = all.values_mut().filter(|list| !list.is_empty());
    let oldest = lists.min_by_key(|list| list.back().map(|seen| seen.at));
    oldest
        .and_then(VecDeque::pop_back)
        .map_or(0, |seen| seen.bytes())
}

/// How a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// 200 to 599.
    pub(super) status: u16,
    /// The wait before it; at most [`DELAY_MAX`].
    pub(super) delay: Duration,
}

const STATUSES: RangeInclusive<u16> = 200..=599;
/// As long as a webhook's timeout can be.
const DELAY_MAX: Duration = Duration::from_secs(60);

impl Reply {
    /// Reads `status=500&delay=2s`; an error says what is possible.
    pub(super) fn parse(query: &str) -> Result<Reply, String> {
        let mut reply = Reply {
            status: 204,
            delay: Duration::ZERO,
        };
        for (name, value) in form_fields(query.as_bytes()) {
            match name.as_str() {
                "status" => {
                    let status = value.parse().ok().filter(|n| STATUSES.contains(n));
                    reply.status = status.ok_or("status is a number from 200 to 599")?;
                }
                "delay" => {
                    let delay = parse_duration(&value).filter(|delay| *delay <= DELAY_MAX);
                    reply.delay = delay.ok_or("delay is 0s to 60s, as in delay=500ms")?;
                }
                _ => return Err("the inspector knows ?status=500 and ?delay=2s".to_owned()),
            }
        }
        Ok(reply)
    }

    /// `500 after 2s`
    pub(super) fn words(self) -> String {
        match self.delay.is_zero() {
            true => self.status.to_string(),
            false => format!("{} after {}", self.status, show_duration(self.delay)),
        }
    }
}

/// What became of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    /// It holds.
    Holds,
    /// It does not, and why.
    Fails(String),
    /// There is no webhook of this name, or it does not sign.
    Unchecked,
}

impl Inspector {
    /// Keeps the last `keep` requests for each name.
    pub(super) fn new(keep: usize) -> Inspector {
        Inspector {
            keep,
            keys: RwLock::default(),
            seen: Mutex::default(),
        }
    }

    pub(super) fn set_keys(&self, keys: Keys) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    pub(super) fn take(&self, name: &str, reply: Reply, request: &Request, now: Timestamp) {
        let headers = request.head.all_headers();
        let headers = headers
            .map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value).into_owned()));
        let seen = Seen {
            name: name.to_owned(),
            at: now,
            headers: headers.collect(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
            signature: self.check(name, request, now),
            reply,
        };
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= NAMES_MAX && !all.contains_key(name) {
            return;
        }
        let list = all.entry(name.to_owned()).or_default();
        if list.len() >= self.keep {
            list.pop_back();
        }
        list.push_front(seen);
        let mut bytes: usize = all.values().flatten().map(Seen::bytes).sum();
        while bytes > BYTES_MAX {
            bytes -= drop_oldest(&mut all);
        }
    }

    fn check(&self, name: &str, request: &Request, now: Timestamp) -> Signature {
        let keys = read(&self.keys);
        let Some(keys) = keys.get(name).filter(|keys| !keys.is_empty()) else {
            return Signature::Unchecked;
        };
        let headers = Headers {
            id: request.head.header("webhook-id"),
            timestamp: request.head.header("webhook-timestamp"),
            signature: request.head.header("webhook-signature"),
        };
        match examine(keys, headers, &request.body, now) {
            Ok(()) => Signature::Holds,
            Err(why) => Signature::Fails(why),
        }
    }

    /// Lets go of the requests that name one of `known_by`.
    pub(super) fn forget(&self, known_by: &BTreeSet<String>) {
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for list in all.values_mut() {
            list.retain(|seen| !mentions(seen.body.as_bytes(), known_by));
        }
    }

    /// The names that something has arrived under, each with the number of requests that are kept.
    pub(super) fn names(&self) -> Vec<(String, usize)> {
        let all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = all.iter().map(|(name, list)| (name.clone(), list.len()));
        counts.collect()
    }

    /// The requests of one name, or of all, the newest first.
    pub(super) fn seen(&self, name: Option<&str>) -> Vec<Seen> {
        let all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen: Vec<Seen> = all
            .iter()
            .filter(|(known, _)| name.is_none_or(|name| name == known.as_str()))
            .flat_map(|(_, list)| list.iter().cloned())
            .collect();
        seen.sort_by_key(|seen| std::cmp::Reverse(seen.at));
        seen
    }
}
