//! The watchdog: whether what must go on does go on, for a supervisor that starts afresh what hangs.
//!
//! Four times in each period of the supervisor's, the writer of the store and both listeners are asked
//! for a sign of life, and the crews are looked at. While each has given its sign within half a period
//! of being asked, and no crew is at something for so much longer than it can take, the supervisor is
//! told that all is well; else it hears no more, and ends the process.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::listener::Listener;
use crate::admin::Admin;
use crate::delivery::Crews;
use crate::ingest::Ingest;
use crate::log::Log;
use crate::store::{State, Store};
use crate::system::Supervisor;

/// A large database that is opened again after an error is read from end to end.
const REOPENING_MAX: Duration = Duration::from_secs(1800);

pub(super) struct Watchdog {
    supervisor: Supervisor,
    log: Log,
    next: Instant,
    asked: HashMap<&'static str, Asked>,
    /// What hung at the last look.
    hung: Option<String>,
}

/// What must go on.
pub(super) struct Parts<'a> {
    pub(super) store: &'a Store,
    pub(super) crews: &'a Crews,
    pub(super) ingest: &'a Listener<Ingest>,
    pub(super) admin: &'a Listener<Admin>,
}

struct Asked {
    at: Instant,
    answered: Arc<AtomicBool>,
}

impl Watchdog {
    pub(super) fn new(supervisor: Supervisor, log: Log) -> Watchdog {
        Watchdog {
            supervisor,
            log,
            next: Instant::now(),
            asked: HashMap::new(),
            hung: None,
        }
    }

    /// Looks, if it is time. Tells when it is the next time; none where nobody wants to know.
    pub(super) fn look(&mut self, parts: &Parts<'_>) -> Option<Instant> {
        let period = self.supervisor.watchdog()?;
        if Instant::now() < self.next {
            return Some(self.next);
        }
        self.next = Instant::now() + period / 4;
        let hung = self.hung(parts, period / 2);
        match &hung {
            None => self.supervisor.alive(),
            Some(what) if self.hung.is_none() => {
                self.supervisor.status(&format!("{what} hangs"));
                let reason = "the supervisor hears no more signs of life, and may end the process";
                self.log.error(reason, &[("hangs", what)]);
            }
            Some(_) => {}
        }
        self.hung = hung;
        Some(self.next)
    }

    fn hung(&mut self, parts: &Parts<'_>, patience: Duration) -> Option<String> {
        let of_writer = match parts.store.state() {
            State::Opening(_) | State::Failed(_) => REOPENING_MAX,
            _ => patience,
        };
        let writer = self.ask("the writer of the store", of_writer, |sign| {
            parts.store.knock(Box::new(move |_| give(&sign)));
        });
        let ingest = self.ask("the ingest listener", patience, |sign| {
            parts.ingest.knock(move || give(&sign));
        });
        let admin = self.ask("the admin listener", patience, |sign| {
            parts.admin.knock(move || give(&sign));
        });
        let crew = || parts.crews.stuck(patience);
        let crew = || crew().map(|webhook| format!("the crew of webhook {webhook}"));
        writer.or(ingest).or(admin).map(str::to_owned).or_else(crew)
    }

    /// Asks a part again once it has answered; gives its name when it has not for too long.
    fn ask(
        &mut self,
        part: &'static str,
        patience: Duration,
        knock: impl FnOnce(Arc<AtomicBool>),
    ) -> Option<&'static str> {
        let asked = self.asked.get(part);
        match asked.filter(|asked| !asked.answered.load(Ordering::Relaxed)) {
            Some(asked) => (asked.at.elapsed() > patience).then_some(part),
            None => {
                let answered = Arc::new(AtomicBool::new(false));
                knock(answered.clone());
                let at = Instant::now();
                self.asked.insert(part, Asked { at, answered });
                None
            }
        }
    }
}

fn give(sign: &AtomicBool) {
    sign.store(true, Ordering::Relaxed);
}
