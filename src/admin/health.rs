//! Health: whether the process lives, whether it takes leads, and how everything is.
//!
//! `/healthz` is 503 with reasons when the store cannot write, its writer or a crew is stuck, the
//! disk is nearly full, a backup is overdue or was not taken away, or a webhook was stopped by its
//! receiver or is suspended. A webhook that merely fails is
//! listed and no reason: its deliveries wait and are tried again.

use std::time::Duration;

use serde_json::{Value, json};

use super::api::{Desk, backup, webhook_shown};
use crate::alerts::Alerts;
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

/// Everything that health is made of.
pub(super) fn health(desk: &Desk) -> Response {
    let state = desk.store.state();
    let crews = desk.crews.health();
    let free_bytes = desk.store.free_bytes();
    let backups = desk.upkeep.health();
    let reasons = reasons_of(desk, &state, &crews, free_bytes);
    let counts = desk.store.counts().ok();
    let count = |count: fn(&crate::store::Counts) -> u64| counts.as_ref().map(count);
    let webhooks = crews.iter().map(|crew| webhook(&desk.store, crew));
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
        "alerts": alerts_shown(&desk.alerts),
        "backup": backups.as_ref().map(backup::shown),
        "webhooks": webhooks.collect::<Vec<Value>>(),
        "removed_webhooks": removed_webhooks(&desk.store),
    });
    Response::json(
        if reasons.is_empty() { 200 } else { 503 },
        format!("{health:#}\n"),
    )
}

/// Who would be told, and what is not in order.
fn alerts_shown(alerts: &Alerts) -> Value {
    let health = alerts.health();
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
pub(super) fn reasons(desk: &Desk) -> Vec<String> {
    let (state, free_bytes) = (desk.store.state(), desk.store.free_bytes());
    reasons_of(desk, &state, &desk.crews.health(), free_bytes)
}

fn reasons_of(
    desk: &Desk,
    state: &State,
    crews: &[CrewHealth],
    free_bytes: Option<u64>,
) -> Vec<String> {
    let mut reasons = Vec::new();
    if !state.takes_leads() {
        reasons.push(state.sentence());
    } else if free_bytes.is_some_and(|free| free < desk.low_space_bytes) {
        reasons.push(State::LowSpace.sentence());
    }
    if desk.store.writer_busy_for() > WRITER_STUCK_AFTER {
        reasons.push("the writer of the store is stuck: the disk does not answer".to_owned());
    }
    for crew in crews {
        if crew.stuck {
            reasons.push(format!("the crew of webhook {} is stuck", crew.name));
        }
        reasons.extend(held_up(&crew.name, &crew.health));
    }
    reasons.extend(desk.upkeep.health().iter().flat_map(backup_reasons));
    reasons
}

/// Those that the config has no longer, and for which something waits.
fn removed_webhooks(store: &Store) -> Vec<Value> {
    let all = store.webhooks().into_iter();
    let kept = all.filter(|known| {
        known.removed.is_some() && store.waiting(known.number, 1).is_ok_and(|n| n > 0)
    });
    kept.map(|known| webhook_shown(store, &known, None, WAITING_COUNTED_MAX))
        .collect()
}

fn webhook(store: &Store, crew: &CrewHealth) -> Value {
    let enrolled = store.webhook(crew.number);
    enrolled.map_or(Value::Null, |enrolled| {
        webhook_shown(store, &enrolled, Some(crew), WAITING_COUNTED_MAX)
    })
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
