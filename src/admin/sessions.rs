//! Who is signed in to the pages: sessions in memory, and a limit on guessing.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Caller;
use crate::domain::time::Timestamp;
use crate::http::address::limit_key;
use crate::system::Dice;

/// A session ends so long after it began.
pub(super) const LIFE: Duration = Duration::from_secs(12 * 3600);
/// More are not kept; the oldest goes.
const SESSIONS_MAX: usize = 100;
/// So many wrong tokens may come from one address,
const WRONG_MAX: u32 = 10;
/// within this time; then it waits.
const WRONG_WITHIN: Duration = Duration::from_secs(600);
/// Addresses that are remembered at once.
const ADDRESSES_MAX: usize = 10_000;

/// A signed-in visit.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose token it began with.
    pub(super) caller: Caller,
    /// What forms of its pages carry, so that nobody else's form can act for it.
    pub(super) form_key: String,
    began: Timestamp,
}

/// All sessions. A restart ends them.
pub(super) struct Sessions {
    dice: Dice,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    sessions: HashMap<String, Session>,
    wrong: HashMap<IpAddr, (Timestamp, u32)>,
}

impl Sessions {
    pub(super) fn new(dice: Dice) -> Sessions {
        Sessions {
            dice,
            inner: Mutex::default(),
        }
    }

    /// Begins a session and gives its id.
    pub(super) fn begin(&self, caller: Caller, now: Timestamp) -> String {
        let id = self.dice.id("");
        let session = Session {
            caller,
            form_key: self.dice.id(""),
            began: now,
        };
        let mut inner = self.lock();
        let oldest = inner.sessions.iter().min_by_key(|(_, one)| one.began);
        if inner.sessions.len() >= SESSIONS_MAX
            && let Some(oldest) = oldest.map(|(id, _)| id.clone())
        {
            inner.sessions.remove(&oldest);
        }
        inner.sessions.insert(id.clone(), session);
        id
    }

    /// The session of this id, if it still holds.
    pub(super) fn find(&self, id: &str, now: Timestamp) -> Option<Session> {
        let mut inner = self.lock();
        inner
            .sessions
            .retain(|_, session| now < session.began.after(LIFE));
        inner.sessions.get(id).cloned()
    }

    /// Ends a session.
    pub(super) fn end(&self, id: &str) {
        self.lock().sessions.remove(id);
    }

    /// Whether this address has guessed too often to be heard now.
    pub(super) fn is_shut_to(&self, client: IpAddr, now: Timestamp) -> bool {
        let inner = self.lock();
        let wrong = inner.wrong.get(&limit_key(client));
        wrong.is_some_and(|(since, n)| *n >= WRONG_MAX && now < since.after(WRONG_WITHIN))
    }

    /// Counts a wrong token.
    pub(super) fn note_wrong(&self, client: IpAddr, now: Timestamp) {
        let mut inner = self.lock();
        if inner.wrong.len() >= ADDRESSES_MAX {
            inner
                .wrong
                .retain(|_, (since, _)| now < since.after(WRONG_WITHIN));
        }
        // A flood from everywhere must not fill the memory.
        if inner.wrong.len() >= ADDRESSES_MAX {
            inner.wrong.clear();
        }
        let entry = inner.wrong.entry(limit_key(client)).or_insert((now, 0));
        if now >= entry.0.after(WRONG_WITHIN) {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_guesses_from_everywhere_does_not_fill_the_memory() {
        let sessions = Sessions::new(Dice::of_system());
        for n in 0..25_000_u32 {
            sessions.note_wrong(IpAddr::from(n.to_be_bytes()), Timestamp(n.into()));
        }
        assert!(sessions.lock().wrong.len() <= ADDRESSES_MAX);
    }
}
