//! A trial: a sample lead sent to one webhook as a delivery would send it, and what there is to say
//! about that. Nothing is stored, nothing is repeated.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::domain::advice::{Finding, Meeting, findings};
use crate::domain::decision::Owner;
use crate::domain::delivery::Outcome;
use crate::domain::event::Event;
use crate::domain::lead_type::LeadType;
use crate::domain::letter::letter;
use crate::domain::sample::sample;
use crate::domain::source::{Account, Profile, Source};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Trigger, Webhook};
use crate::outbound::{Lookups, Mailer, Trace, trace};
use crate::store::RenderedEvent;
use crate::system::{Clock, Dice};

use super::attempt::request;

/// What is to be sent.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Of which type; if it is not said, one that the webhook wants.
    pub lead_type: Option<LeadType>,
    /// On which occasion; likewise.
    pub trigger: Option<Trigger>,
    /// Whose it is; its source is one that the webhook wants.
    pub owner: Owner,
    /// The name of its source.
    pub source: String,
}

/// What came of a trial.
#[derive(Debug)]
pub struct Trial {
    /// The type of the sample.
    pub lead_type: LeadType,
    /// Its trigger.
    pub trigger: Trigger,
    /// Whether the webhook's filter would let such a lead pass; it was sent in any case.
    pub is_wanted: bool,
    /// The body that was sent.
    pub body: Vec<u8>,
    /// What the request met.
    pub trace: Trace,
    /// Whether the receiver has it.
    pub is_success: bool,
    /// What is wrong, and how to mend it.
    pub findings: Vec<Finding>,
}

impl Sample {
    /// A sample for a webhook, of the first of `sources` that it takes leads of.
    pub fn new(webhook: &Webhook, sources: &[Source], account: &Account) -> Sample {
        let wanted = &webhook.filter.sources;
        let takes = |source: &&Source| wanted.is_empty() || wanted.contains(&source.name);
        let source = sources.iter().find(takes);
        let no_profile = || Profile {
            id: account.id,
            name: account.name.clone(),
        };
        Sample {
            lead_type: None,
            trigger: None,
            owner: Owner {
                account: account.clone(),
                profile: source.map_or_else(no_profile, |source| source.profile.clone()),
            },
            source: source.map_or_else(|| "sample".to_owned(), |source| source.name.clone()),
        }
    }
}

/// Sends a sample to a webhook. An error says what is wrong with the webhook's settings.
pub fn try_out(
    webhook: &Webhook,
    what: &Sample,
    lookups: &Lookups,
    clock: &Clock,
    dice: &Dice,
) -> Result<Trial, String> {
    let filter = &webhook.filter;
    let lead_type = what.lead_type.or(filter.lead_types.first().copied());
    let lead_type = lead_type.unwrap_or(LeadType::WebForm);
    let trigger = what.trigger.or(filter.triggers.first().copied());
    let trigger = trigger.unwrap_or(Trigger::New);
    let now = clock.now();
    let id = dice.id("evt_");
    let event = sample(id, lead_type, trigger, &what.source, &what.owner, now);
    let is_wanted = filter.wants(event.facts(trigger));
    let (trace, body) = match &webhook.mail {
        None => send(webhook, event, trigger, lookups, now)?,
        Some(route) => {
            let letter = letter(&event, trigger);
            let mailer = Mailer::new(&route.smtp, &route.to, lookups)?;
            let (outcome, duration) = mailer.send(&letter, now);
            (
                Trace::of_mail(&letter, outcome, duration),
                letter.text.into_bytes(),
            )
        }
    };
    let is_success = trace.outcome.is_success();
    let timeout = match &webhook.mail {
        None => webhook.receiver.timeout,
        Some(route) => route.smtp.timeout,
    };
    let findings = findings(&Meeting {
        outcome: &trace.outcome,
        is_success,
        is_proxied: webhook.receiver.proxy.is_some(),
        took: trace.duration,
        timeout,
        is_mail: webhook.mail.is_some(),
        body_bytes: body.len(),
        headers: &trace.received,
        clock_ahead_s: trace.clock_ahead_s,
        expires: trace.expires,
        now,
    });
    Ok(Trial {
        lead_type,
        trigger,
        is_wanted,
        body,
        trace,
        is_success,
        findings,
    })
}

/// Sends the event as a delivery would.
fn send(
    webhook: &Webhook,
    event: Event,
    trigger: Trigger,
    lookups: &Lookups,
    now: Timestamp,
) -> Result<(Trace, Vec<u8>), String> {
    let rendered = RenderedEvent::new(event);
    let outgoing = request(webhook, &rendered, trigger, now)?;
    let trace = trace(&webhook.receiver, lookups, &outgoing)?;
    Ok((trace, outgoing.body().to_vec()))
}

impl Trial {
    /// All of it as JSON, for programs. `name` is the webhook's.
    pub fn json(&self, name: &str) -> String {
        let trace = &self.trace;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (answer, fault) = match &trace.outcome {
            Outcome::Answered(answer) => {
                let headers = &trace.received;
                let answer = json!({
                    "status": answer.status,
                    "headers": headers,
                    "body": text(&answer.excerpt),
                });
                (answer, Value::Null)
            }
            Outcome::Unanswered(fault) => {
                let (stage, detail) = (fault.stage.words(), &fault.detail);
                (Value::Null, json!({ "stage": stage, "detail": detail }))
            }
        };
        let findings = self.findings.iter();
        let findings = findings.map(|found| json!({ "what": found.what, "cure": found.cure }));
        let mut times = Map::new();
        for (step, time) in &trace.steps {
            times.insert(step.name().to_owned(), ms(*time));
        }
        times.insert("all".to_owned(), ms(trace.duration));
        let line = trace.sent.first();
        json!({
            "webhook": name,
            "lead_type": self.lead_type.label(),
            "trigger": self.trigger.name(),
            "wanted": self.is_wanted,
            "ok": self.is_success,
            "request": {
                "method": line.map(|(method, _)| method),
                "target": line.map(|(_, target)| target),
                "headers": trace.sent.get(1..).unwrap_or_default(),
                "body": text(&self.body),
            },
            "answer": answer,
            "fault": fault,
            "address": trace.address.map(|address| address.to_string()),
            "certificate_expires": trace.expires.map(|at| at.to_string()),
            "ms": times,
            "findings": findings.collect::<Vec<_>>(),
        })
        .to_string()
    }
}

/// Milliseconds with microseconds behind the point.
fn ms(time: Duration) -> Value {
    json!(time.as_micros() as f64 / 1000.0)
}
