//! Health: whether the process lives, whether it takes leads, and how everything is.
//!
//! `/healthz` is 503 with reasons when the store cannot write, its writer or a crew is stuck, the
//! disk is nearly full, a backup is overdue or was not taken away, or a webhook was stopped by its
//! receiver or is suspended. A webhook that merely fails is
//! listed and no reason: its deliveries wait and are tried again.

use std::time::Duration;

use serde_json::{Value, json};

use super::Admin;
use super::api::{backup, webhook_shown};
use crate::delivery::CrewHealth;
use crate::domain::health::{Health, Hold, Why};
use crate::http::Response;
use crate::store::{State, Store};
use crate::upkeep::BackupHealth;

/// A group of writes takes milliseconds; one that takes longer than this is stuck.
const WRITER_STUCK_AFTER: Duration = Duration::from_secs(30);

/// Waiting deliveries are counted up to this.
const WAITING_COUNTED_MAX: usize = 10_000;

/// 200 when leads are taken, else 503 with the reason in words.
pub(super) fn ready(store: &Store) -> Response {
    let state = store.state();
    match state.takes_leads() {
        true => Response::text(200, "ok\n"),
        false => {
            let wait = Duration::from_secs(state.retry_after_s().into());
            Response::text(503, format!("{}\n", state.sentence())).retry_after(wait)
        }
    }
}

/// What is wrong with backups.
fn backup_reasons(health: &BackupHealth) -> Vec<String> {
    let mut reasons = Vec::new();
    if health.is_overdue {
        let problem = health.problem.as_ref();
        let why = problem.map_or(String::new(), |(_, why)| format!(": {why}"));
        reasons.push(match health.last {
            Some(last) => format!("the last good backup is of {}{why}", last.at),
            None => format!("there is no backup yet{why}"),
        });
    }
    if let Some(problem) = &health.hook_problem {
        reasons.push(format!("backup.run {problem}"));
    }
    reasons
}

impl Admin {
    /// Everything that health is made of.
    pub(super) fn health(&self) -> Response {
        let state = self.store.state();
        let crews = self.crews.health();
        let free_bytes = self.store.free_bytes();
        let backups = self.upkeep.health();
        let reasons = self.reasons_of(&state, &crews, free_bytes);
        let counts = self.store.counts().ok();
        let count = |count: fn(&crate::store::Counts) -> u64| counts.as_ref().map(count);
        let health = json!({
            "status": if reasons.is_empty() { "ok" } else { "failing" },
            "reasons": reasons,
            "version": env!("CARGO_PKG_VERSION"),
            "store": {
                "state": state.code(),
                "leads": count(|counts| counts.leads),
                "events": count(|counts| counts.events),
                "pending": count(|counts| counts.pending),
                "finished": count(|counts| counts.finished),
                "file_bytes": count(|counts| counts.file_bytes),
                "disk_free_bytes": free_bytes,
            },
            "alerts": self.alerts(),
            "backup": backups.as_ref().map(backup::shown),
            "webhooks": crews.iter().map(|crew| self.webhook(crew)).collect::<Vec<Value>>(),
            "removed_webhooks": self.removed_webhooks(),
        });
        Response::json(
            if reasons.is_empty() { 200 } else { 503 },
            format!("{health:#}\n"),
        )
    }

    /// Who would be told, and what is not in order.
    fn alerts(&self) -> Value {
        let health = self.alerts.health();
        let channels = health.channels.iter().map(|channel| {
            let failing = channel.failing.as_ref();
            json!({
                "name": channel.name,
                "failing_since": failing.map(|(since, _)| since.to_string()),
                "last_failure": failing.map(|(_, why)| why),
            })
        });
        let open = health.open.iter().map(|alert| {
            json!({
                "kind": alert.finding.trouble.code(),
                "subject": alert.finding.subject,
                "since": alert.finding.since.to_string(),
            })
        });
        json!({
            "set": !health.channels.is_empty(),
            "channels": channels.collect::<Vec<Value>>(),
            "open": open.collect::<Vec<Value>>(),
        })
    }

    /// What is not well, in a sentence each.
    pub(super) fn reasons(&self) -> Vec<String> {
        self.reasons_of(
            &self.store.state(),
            &self.crews.health(),
            self.store.free_bytes(),
        )
    }

    fn reasons_of(
        &self,
        state: &State,
        crews: &[CrewHealth],
        free_bytes: Option<u64>,
    ) -> Vec<String> {
        let mut reasons = Vec::new();
        if !state.takes_leads() {
            reasons.push(state.sentence());
        } else if free_bytes.is_some_and(|free| free < self.low_space_bytes) {
            reasons.push(State::LowSpace.sentence());
        }
        if self.store.writer_busy_for() > WRITER_STUCK_AFTER {
            reasons.push("the writer of the store is stuck: the disk does not answer".to_owned());
        }
        for crew in crews {
            if crew.stuck {
                reasons.push(format!("the crew of webhook {} is stuck", crew.name));
            }
            reasons.extend(held_up(&crew.name, &crew.health));
        }
        reasons.extend(self.upkeep.health().iter().flat_map(backup_reasons));
        reasons
    }

    /// Those that the config has no longer, and for which something waits.
    fn removed_webhooks(&self) -> Vec<Value> {
        let all = self.store.webhooks().into_iter();
        let kept = all.filter(|known| {
            known.removed.is_some() && self.store.waiting(known.number, 1).is_ok_and(|n| n > 0)
        });
        kept.map(|known| webhook_shown(&self.store, &known, None, WAITING_COUNTED_MAX))
            .collect()
    }

    fn webhook(&self, crew: &CrewHealth) -> Value {
        let enrolled = self.store.webhook(crew.number);
        let enrolled = enrolled.as_deref();
        enrolled.map_or(Value::Null, |enrolled| {
            webhook_shown(&self.store, enrolled, Some(crew), WAITING_COUNTED_MAX)
        })
    }
}

/// Why a webhook is held up, where that was not a person's own wish.
fn held_up(name: &str, health: &Health) -> Option<String> {
    let Hold { why, since } = health.hold?;
    match why {
        Why::Paused => None,
        Why::Stopped => Some(format!(
            "webhook {name} was stopped by its receiver at {since}; `leadhook resume {name}` lets it go on"
        )),
        Why::Suspended => Some(format!(
            "webhook {name} is suspended since {since}, after nothing but failures; it is probed, and goes on by itself"
        )),
    }
}
