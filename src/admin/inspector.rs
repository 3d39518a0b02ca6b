//! The inspector: a receiver inside the daemon that keeps the last requests it got, and says
//! whether their signature holds. In memory only.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError, RwLock};

use super::{Keys, read};
use crate::domain::signature::{Mismatch, verify};
use crate::domain::time::Timestamp;
use crate::http::Request;

/// Names are free to choose, so their number is limited.
const NAMES_MAX: usize = 100;

pub(super) struct Inspector {
    keep: usize,
    keys: RwLock<Keys>,
    seen: Mutex<BTreeMap<String, VecDeque<Seen>>>,
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
}

/// What became of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    /// It holds.
    Holds,
    /// It does not, and why.
    Fails(Mismatch),
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

    pub(super) fn take(&self, name: &str, request: &Request, now: Timestamp) {
        let headers = request.head.all_headers();
        let headers = headers
            .map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value).into_owned()));
        let seen = Seen {
            name: name.to_owned(),
            at: now,
            headers: headers.collect(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
            signature: self.check(name, request, now),
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
    }

    fn check(&self, name: &str, request: &Request, now: Timestamp) -> Signature {
        let keys = read(&self.keys);
        let Some(keys) = keys.get(name).filter(|keys| !keys.is_empty()) else {
            return Signature::Unchecked;
        };
        let header = |name| request.head.header(name);
        let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
        match verify(
            keys,
            id,
            timestamp,
            header("webhook-signature"),
            &request.body,
            now,
        ) {
            Ok(()) => Signature::Holds,
            Err(mismatch) => Signature::Fails(mismatch),
        }
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
