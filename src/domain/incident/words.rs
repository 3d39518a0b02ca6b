//! Alerts in words: what happened, since when, what it means for leads, what to do next. No personal
//! data: names of the config, times, causes.

use super::{Alert, News, Trouble};
use crate::domain::event::Event;
use crate::domain::field::Field;
use crate::domain::lead::{Lead, Values};
use crate::domain::lead_type::LeadType;
use crate::domain::letter::labels::capital;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// One message to the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// One line.
    pub title: String,
    /// The whole of it.
    pub text: String,
    /// What it tells.
    pub alerts: Vec<Alert>,
}

impl Message {
    /// An event that says the same where a template looks for a lead: nothing but its message.
    pub fn event(&self, id: &str, now: Timestamp) -> Event {
        let mut values = Values::default();
        values.set(Field::Message, Some(Value::Text(self.text.clone())));
        Event {
            id: id.to_owned(),
            lead: Lead {
                id: 0,
                revision: 1,
                lead_type: LeadType::Other,
                created: now,
                updated: now,
                source: String::new(),
                external_id: None,
                values,
                overridden: Vec::new(),
                derived: Vec::new(),
            },
            changes: Vec::new(),
            phase: None,
            heard_by: Vec::new(),
            body: None,
            test: false,
        }
    }
}

/// With more to tell than this at once, one message tells it all.
const TOLD_SINGLY_MAX: usize = 3;

/// Puts what there is to tell into messages, no more than `messages_max`.
pub fn compose(alerts: Vec<Alert>, messages_max: usize) -> Vec<Message> {
    if alerts.len() > messages_max.min(TOLD_SINGLY_MAX) {
        return vec![summary(alerts)];
    }
    alerts.into_iter().map(single).collect()
}

fn single(alert: Alert) -> Message {
    Message {
        title: title(&alert),
        text: text(&alert),
        alerts: vec![alert],
    }
}

fn summary(alerts: Vec<Alert>) -> Message {
    let texts: Vec<String> = alerts
        .iter()
        .map(|alert| format!("{}\n{}", title(alert), text(alert)))
        .collect();
    Message {
        title: format!("{} things to know about your leads", alerts.len()),
        text: texts.join("\n\n"),
        alerts,
    }
}

/// What happened, on one line.
pub(super) fn title(alert: &Alert) -> String {
    let subject = &alert.finding.subject;
    let title = match alert.finding.trouble {
        Trouble::Failing => format!("webhook {subject} fails"),
        Trouble::Suspended => format!("webhook {subject} is suspended"),
        Trouble::Stopped => format!("webhook {subject} was stopped by its receiver"),
        Trouble::GivenUp => format!("a delivery to webhook {subject} has failed for good"),
        Trouble::DiskFull => "the disk is full: no leads are taken".to_owned(),
        Trouble::StoreFailed => "the database cannot be used: no leads are taken".to_owned(),
        Trouble::Silence => format!("no lead from source {subject} for unusually long"),
        Trouble::BackupOld => "there is no recent backup".to_owned(),
        Trouble::ClockOff => format!("the clock of webhook {subject} differs from ours"),
        Trouble::Unclaimed => {
            format!("leads wait for webhook {subject}, which the config has no longer")
        }
    };
    match alert.news {
        News::Opened | News::Changed => capital(&title),
        News::Reminder => format!("Still: {title}"),
        News::Recovered => format!("Over: {title}"),
    }
}

fn text(alert: &Alert) -> String {
    let finding = &alert.finding;
    if let (News::Recovered, Some(over)) = (alert.news, alert.over) {
        let when = format!("It began at {} and was over at {over}.", finding.since);
        return format!("{when} {}", aftermath(finding.trouble));
    }
    let mut text = format!("Since {}.", finding.since);
    if !finding.detail.is_empty() {
        text.push_str(&format!(
            " {}.",
            capital(finding.detail.trim_end_matches('.'))
        ));
    }
    let (meaning, advice) = explained(finding.trouble, &finding.subject);
    format!("{text}\n{meaning}\nWhat to do: {advice}")
}

/// What it means for leads, and what to do.
fn explained(trouble: Trouble, subject: &str) -> (&'static str, String) {
    const KEPT: &str = "All leads are kept, in order; nothing is lost.";
    match trouble {
        Trouble::Failing => (
            "All leads are kept and tried again by themselves; nothing is lost.",
            "see whether the receiver works and whether its url and secret are still right.".to_owned(),
        ),
        Trouble::Suspended => (
            "All leads are kept, and go out in order as soon as the receiver answers a probe.",
            "mend the receiver, or correct its url or secret in the config and reload.".to_owned(),
        ),
        Trouble::Stopped => (
            KEPT,
            format!("if you want it to go on, mend the receiver, then: leadhook resume {subject}"),
        ),
        Trouble::GivenUp => (
            "The lead is kept, but this receiver does not have it and will not get it by itself.",
            "the log says which lead and why; mend the cause. What else fails within a day is in the \
             log only."
                .to_owned(),
        ),
        Trouble::DiskFull => (
            "Leads that were taken are safe. New ones are refused with 503: forms keep what was typed, \
             and services that repeat a post lose nothing; others may.",
            "make room on the disk of the database; it goes on by itself.".to_owned(),
        ),
        Trouble::StoreFailed => (
            "Leads that were taken are on disk. New ones are refused with 503: forms keep what was typed, \
             and services that repeat a post lose nothing; others may.",
            "look at the log and at the disk; what has to be done stands there and at /readyz."
                .to_owned(),
        ),
        Trouble::Silence => (
            "This may be a quiet time, or a form, a tracker or its secret that does not work any more.",
            format!("send a lead to {subject} yourself, and see whether it arrives."),
        ),
        Trouble::ClockOff => (
            "Leads are sent all the same, but a receiver that checks signatures refuses them when clocks \
             are more than five minutes apart.",
            "see whether the time of this machine is right (timedatectl); if it is, tell who runs the \
             receiver."
                .to_owned(),
        ),
        Trouble::Unclaimed => (
            "The leads are kept, but this receiver does not get what waits for it.",
            format!(
                "add {subject} to the config again and reload, and it gets them in order; or take them out with: \
                 leadhook cancel --webhook {subject}"
            ),
        ),
        Trouble::BackupOld => (
            "All leads are on disk, on this machine only.",
            "see why no backup is made.".to_owned(),
        ),
    }
}

/// What an end means for leads.
fn aftermath(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Failing | Trouble::Suspended | Trouble::Stopped => {
            "What waited is being delivered, in order. Nothing was lost."
        }
        Trouble::DiskFull | Trouble::StoreFailed => {
            "Leads are taken again. What was posted meanwhile was refused with 503."
        }
        Trouble::Silence => "Leads come again.",
        Trouble::BackupOld => "There is a recent backup again.",
        Trouble::Unclaimed => {
            "What waited is being delivered, or was cancelled; `leadhook deliveries` shows which."
        }
        Trouble::GivenUp | Trouble::ClockOff => "",
    }
}

/// A digest: how many leads came by each source, what waits for each webhook, what is wrong.
pub fn digest(
    span: (Timestamp, Timestamp),
    leads: &[(String, u64)],
    waiting: &[(String, usize)],
    open: &[Alert],
) -> (String, String) {
    let total: u64 = leads.iter().map(|(_, n)| n).sum();
    let mut text = format!("From {} to {}.\n\nLeads: {total}\n", span.0, span.1);
    for (source, n) in leads {
        text.push_str(&format!("  {source}: {n}\n"));
    }
    let waiting: Vec<_> = waiting.iter().filter(|(_, n)| *n > 0).collect();
    match waiting.is_empty() {
        true => text.push_str("\nEvery webhook has all that it wants; nothing waits.\n"),
        false => text.push_str("\nWaiting to be delivered\n"),
    }
    for (webhook, n) in waiting {
        text.push_str(&format!("  {webhook}: {n}\n"));
    }
    if !open.is_empty() {
        text.push_str("\nNot in order\n");
        for alert in open {
            text.push_str(&format!(
                "  {}, since {}\n",
                title(alert),
                alert.finding.since
            ));
        }
    }
    (format!("Your leads: {total}"), text)
}
