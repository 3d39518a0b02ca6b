//! What the store tells the daemon, as lines of the log, and for the supervisor.

use std::fmt;
use std::sync::mpsc::Sender;
use std::time::Duration;

use super::Event;
use crate::domain::health::Condition;
use crate::log::Log;
use crate::store::{HealthChange, Notice, State};
use crate::system::Supervisor;

/// A start that repairs the database may take so long until its next percent.
const NEXT_PERCENT_MAX: Duration = Duration::from_secs(600);

/// A repair is no reason to lose patience with a start.
pub(super) fn tell_state(supervisor: &Supervisor, state: &State) {
    if let State::Opening(_) = state {
        supervisor.wait_for(NEXT_PERCENT_MAX);
    }
    supervisor.status(&state.sentence());
}

pub(super) fn log_state(log: &Log, state: &State, sender: &Sender<Event>) {
    let sentence = state.sentence();
    let values: [(&str, &dyn fmt::Display); 2] = [("state", &state.code()), ("reason", &sentence)];
    match state {
        State::Ready => {
            log.info("store", &values);
            let _ = sender.send(Event::StoreReady);
        }
        State::Opening(_) | State::Stopping => log.info("store", &values),
        State::LowSpace | State::VeryLowSpace | State::Failed(_) | State::Damaged(_) => {
            log.error("store", &values);
        }
    }
}

/// Tells of what changes with a webhook; each attempt has a line of its own elsewhere.
pub(super) fn log_notice(log: &Log, notice: &Notice) {
    let HealthChange {
        webhook,
        before,
        after,
        ..
    } = match notice {
        Notice::Health(change) => change,
        // The attempt has its line.
        Notice::GivenUp(_) => return,
        Notice::Store(sentence) => return log.warn("store", &[("notice", sentence)]),
    };
    let last = after.failing.as_ref().or(before.failing.as_ref());
    let last = last.map_or("", |failing| &failing.last);
    let values: [(&str, &dyn fmt::Display); 2] = [("webhook", webhook), ("last_failure", &last)];
    match after.condition() {
        Condition::Healthy => log.info("the webhook is well", &values[..1]),
        Condition::Paused => log.info("the webhook is paused", &values[..1]),
        Condition::Failing => log.warn("the webhook fails", &values),
        Condition::Stopped => log.error(
            "the receiver wants nothing more; the webhook is stopped until `leadhook resume`",
            &values,
        ),
        Condition::Suspended => log.error(
            "nothing but failures for too long; the webhook is suspended, and probed",
            &values,
        ),
    }
}
