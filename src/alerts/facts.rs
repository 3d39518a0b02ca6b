//! What is wrong at this moment: webhooks, the store, silent sources, old backups.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Gear, Shared};
use crate::delivery::CrewHealth;
use crate::domain::health::Condition;
use crate::domain::incident::{Book, Finding, Trouble};
use crate::domain::time::Timestamp;
use crate::store::{Enrolled, State};

/// So long before they are cancelled, deliveries for a webhook that is gone are told of.
const UNCLAIMED_TOLD_BEFORE: Duration = Duration::from_secs(7 * 86_400);
/// What waits is counted up to this.
const WAITING_COUNTED_MAX: usize = 10_000;

impl Shared {
    /// All findings, and when there may be another one though nobody rings. `given_up` is what was seen
    /// of deliveries that failed for good.
    pub(super) fn findings(
        &self,
        gear: &Gear,
        book: &mut Book,
        given_up: &mut HashMap<String, Timestamp>,
        now: Timestamp,
    ) -> (Vec<Finding>, Option<Timestamp>) {
        let mut findings = Vec::new();
        for crew in self.tools.crews.health() {
            findings.extend(of_webhook(&crew));
            if let Some(at) = crew.since_start.given_up
                && given_up.insert(crew.name.clone(), at) != Some(at)
            {
                findings.push(finding(Trouble::GivenUp, &crew.name, at, ""));
            }
            let off = crew.since_start.clock_off.map(|(since, off_s)| {
                let way = if off_s > 0 { "ahead of" } else { "behind" };
                let detail = format!("it is {} s {way} ours", off_s.unsigned_abs());
                finding(Trouble::ClockOff, &crew.name, since, &detail)
            });
            findings.extend(off);
        }
        findings.extend(self.unclaimed(now));
        findings.extend(self.of_store(book, now));
        findings.extend(self.of_backups(book, now));
        let due = self.silent(&gear.silences, book, now, &mut findings);
        (findings, due)
    }

    /// Webhooks that the config has no longer, and for which something waits that is soon cancelled.
    fn unclaimed(&self, now: Timestamp) -> Vec<Finding> {
        let store = &self.tools.store;
        let told = |known: &Arc<Enrolled>| {
            let (since, expires) = (known.removed?, known.expires()?);
            let is_soon = now.until(expires) <= UNCLAIMED_TOLD_BEFORE;
            if !is_soon || store.waiting(known.number, 1).ok()? == 0 {
                return None;
            }
            let n = store.waiting(known.number, WAITING_COUNTED_MAX).ok()?;
            let detail = format!("deliveries that wait: {n}; they are cancelled at {expires}");
            Some(finding(Trouble::Unclaimed, &known.name, since, &detail))
        };
        store.webhooks().iter().filter_map(told).collect()
    }

    fn of_backups(&self, book: &Book, now: Timestamp) -> Option<Finding> {
        let health = self
            .tools
            .upkeep
            .health()
            .filter(|health| health.is_overdue)?;
        let last = match health.last {
            Some(last) => format!("the last good one is of {}", last.at),
            None => "there is none yet".to_owned(),
        };
        let why = health
            .problem
            .map_or(String::new(), |(_, why)| format!(": {why}"));
        let since = known(book, Trouble::BackupOld, "").map_or(now, |known| known.since);
        Some(finding(
            Trouble::BackupOld,
            "",
            since,
            &format!("{last}{why}"),
        ))
    }

    fn of_store(&self, book: &Book, now: Timestamp) -> Option<Finding> {
        let state = self.tools.store.state();
        let trouble = match state {
            State::LowSpace | State::VeryLowSpace => Trouble::DiskFull,
            State::Failed(_) | State::Damaged(_) => Trouble::StoreFailed,
            State::Opening(_) | State::Ready | State::Stopping => return None,
        };
        let since = known(book, trouble, "").map_or(now, |known| known.since);
        Some(finding(trouble, "", since, &state.sentence()))
    }

    /// Sources from which nothing has come for too long.
    fn silent(
        &self,
        silences: &[(String, Duration)],
        book: &mut Book,
        now: Timestamp,
        findings: &mut Vec<Finding>,
    ) -> Option<Timestamp> {
        book.watched
            .retain(|(name, _)| silences.iter().any(|(source, _)| source == name));
        if silences.is_empty() {
            return None;
        }
        let tallies = self.tools.store.tallies().ok()?;
        let mut next: Option<Timestamp> = None;
        for (source, limit) in silences {
            let watched = book.watched_since(source, now);
            let last = tallies.get(source).and_then(|tally| tally.last_taken);
            let heard = last.map_or(watched, |last| last.max(watched));
            let told = heard.after(*limit);
            if now < told {
                next = Some(next.map_or(told, |next| next.min(told)));
                continue;
            }
            let detail = match last {
                Some(last) => format!("the last post that was taken came at {last}"),
                None => "none has ever come".to_owned(),
            };
            findings.push(finding(Trouble::Silence, source, heard, &detail));
        }
        next
    }
}

fn of_webhook(crew: &CrewHealth) -> Option<Finding> {
    let health = &crew.health;
    let trouble = match health.condition() {
        Condition::Failing => Trouble::Failing,
        Condition::Suspended => Trouble::Suspended,
        Condition::Stopped => Trouble::Stopped,
        // A person who pauses it knows.
        Condition::Paused | Condition::Healthy => return None,
    };
    let since = health.since()?;
    let last = health.failing.as_ref();
    let detail = last.map_or(String::new(), |failing| {
        format!("the last answer was: {}", failing.last)
    });
    Some(finding(trouble, &crew.name, since, &detail))
}

fn known<'b>(book: &'b Book, trouble: Trouble, subject: &str) -> Option<&'b Finding> {
    let mut findings = book.incidents.iter().map(|incident| &incident.finding);
    findings.find(|finding| finding.trouble == trouble && finding.subject == subject)
}

fn finding(trouble: Trouble, subject: &str, since: Timestamp, detail: &str) -> Finding {
    Finding {
        trouble,
        subject: subject.to_owned(),
        since,
        detail: detail.to_owned(),
    }
}
