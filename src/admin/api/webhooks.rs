//! Webhooks: how they are, what waits for them, and what a person does with them. Those that the config
//! has no longer are shown as long as something waits for them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::lead_list::TYPES;
use super::statistics::figures;
use super::{Body, Call, Desk, Endpoint, Kind, Parameter, Rights, failed, not_found, parameter};
use crate::delivery::{CrewHealth, Sample};
use crate::domain::health::Hold;
use crate::domain::lead_type::LeadType;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Trigger;
use crate::http::Response;
use crate::store::{Enrolled, Store, StoreError};

/// What waits is counted up to this.
const WAITING_COUNTED_MAX: usize = 100_000;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "GET",
        path: "/webhooks",
        rights: Rights::Read,
        about: "How every webhook is, and what waits for it; also of those that the config has no longer, as long \
                as something waits.",
        parameters: &[],
        body: None,
        answers: (200, "Webhooks"),
        answer: list,
    },
    Endpoint {
        method: "GET",
        path: "/webhooks/{name}",
        rights: Rights::Read,
        about: "How one webhook is, with its success rate, times and causes of failure since the daemon started.",
        parameters: &[],
        body: None,
        answers: (200, "Webhook"),
        answer: one,
    },
    Endpoint {
        method: "POST",
        path: "/webhooks/{name}/pause",
        rights: Rights::Full,
        about: "Sends nothing more to a webhook until it is resumed; what waits for it does not age.",
        parameters: &[],
        body: None,
        answers: (200, "Paused"),
        answer: |desk, call| changed("paused", desk.crews.pause(call.name())),
    },
    Endpoint {
        method: "POST",
        path: "/webhooks/{name}/resume",
        rights: Rights::Full,
        about: "Lets a webhook go on that is paused, suspended, or was stopped by its receiver.",
        parameters: &[],
        body: None,
        answers: (200, "Resumed"),
        answer: |desk, call| changed("resumed", desk.crews.resume(call.name())),
    },
    Endpoint {
        method: "POST",
        path: "/webhooks/{name}/test",
        rights: Rights::Full,
        about: "Sends a signed sample lead, marked as a test, to a webhook as a delivery would; answers with the request, \
                the answer, the times, whether the webhook takes it for a success, and what is wrong and how to mend it.",
        parameters: &[],
        body: Some(Body::Parameters(&[SAMPLE])),
        answers: (200, "Trial"),
        answer: test,
    },
];

const SAMPLE: &[Parameter] = &[
    parameter(
        "lead_type",
        Kind::Word(TYPES),
        "The type of the sample; without it one that the webhook wants.",
    ),
    parameter(
        "trigger",
        Kind::Word(&["new", "update"]),
        "Its trigger; likewise.",
    ),
];

/// A webhook that the config has, or for which something waits.
pub(in crate::admin) struct Known {
    /// What is stored of it.
    pub(in crate::admin) enrolled: Arc<Enrolled>,
    /// Who sends to it; none where the config has it no longer.
    pub(in crate::admin) crew: Option<CrewHealth>,
}

/// All of them, by name; those that the config has no longer come last.
pub(in crate::admin) fn known(desk: &Desk) -> Result<Vec<Known>, StoreError> {
    let mut crews = desk.crews.health();
    let mut all = Vec::new();
    for enrolled in desk.store.webhooks() {
        let crew = crews.iter().position(|crew| crew.number == enrolled.number);
        let crew = crew.map(|at| crews.swap_remove(at));
        if crew.is_some() || desk.store.waiting(enrolled.number, 1)? > 0 {
            all.push(Known { enrolled, crew });
        }
    }
    all.sort_by(|a, b| {
        let key = |known: &Known| (known.crew.is_none(), known.enrolled.name.clone());
        key(a).cmp(&key(b))
    });
    Ok(all)
}

/// A webhook for programs; what waits is counted up to `counted_max`.
pub(in crate::admin) fn shown(
    store: &Store,
    enrolled: &Enrolled,
    crew: Option<&CrewHealth>,
    counted_max: usize,
) -> Value {
    let health = &enrolled.health;
    let failing = health.failing.as_ref();
    let text = |time: Timestamp| time.to_string();
    let hold = health
        .hold
        .map(|Hold { why, since }| json!({ "why": why.name(), "since": text(since) }));
    let oldest = store.waiting_since(enrolled.number).ok().flatten();
    json!({
        "name": &*enrolled.name,
        "condition": health.condition().name(),
        "since": health.since().map(text),
        "hold": hold,
        "removed": enrolled.removed.map(text),
        "expires": enrolled.expires().map(text),
        "waiting": store.waiting(enrolled.number, counted_max).ok(),
        "oldest_waiting": oldest.map(text),
        "in_flight": crew.map_or(0, |crew| crew.in_flight),
        "failures_in_a_row": failing.map_or(0, |failing| failing.failures),
        "last_failure": failing.map(|failing| &failing.last),
        "last_failure_at": failing.map(|failing| text(failing.last_at)),
        "clock_off_s": crew.and_then(|crew| crew.since_start.clock_off).map(|(_, off_s)| off_s),
    })
}

fn list(desk: &Desk, _: &Call) -> Result<Response, Response> {
    let known = known(desk).map_err(|error| failed(&error))?;
    let shown = known.iter().map(|known| {
        let crew = known.crew.as_ref();
        shown(&desk.store, &known.enrolled, crew, WAITING_COUNTED_MAX)
    });
    let body = json!({ "webhooks": shown.collect::<Vec<Value>>() });
    Ok(Response::json(200, body.to_string()))
}

/// Also of one that the config has no longer, and for which nothing waits.
fn one(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let enrolled = enrolled(desk, call.name()).ok_or_else(unknown)?;
    let crews = desk.crews.health();
    let crew = crews.iter().find(|crew| crew.number == enrolled.number);
    let mut body = shown(&desk.store, &enrolled, crew, WAITING_COUNTED_MAX);
    let meter = desk.crews.meters().remove(&*enrolled.name);
    body["since_start"] = meter.map_or(Value::Null, |meter| figures(&meter));
    Ok(Response::json(200, body.to_string()))
}

/// The webhook of this name, also where the config has it no longer.
pub(in crate::admin) fn enrolled(desk: &Desk, name: &str) -> Option<Arc<Enrolled>> {
    let mut all = desk.store.webhooks().into_iter();
    all.find(|enrolled| &*enrolled.name == name)
}

fn test(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let said = call.members(&[SAMPLE])?;
    let webhook = desk.configured.webhook(call.name()).ok_or_else(unknown)?;
    let trigger = said.text("trigger").map(str::to_ascii_lowercase);
    let sample = Sample {
        lead_type: said.text("lead_type").and_then(LeadType::parse),
        trigger: trigger.map(|word| match word == Trigger::Update.name() {
            true => Trigger::Update,
            false => Trigger::New,
        }),
        ..Sample::new(webhook, &desk.configured.sources, &desk.configured.account)
    };
    let trial = desk.crews.try_out(webhook, &sample);
    let trial = trial.map_err(|reason| Response::error(422, "unsendable", None, &reason))?;
    Ok(Response::json(200, trial.json(&webhook.name)))
}

fn unknown() -> Response {
    not_found("unknown_webhook", "webhook of this name")
}

/// Whether something has changed by what was asked.
fn changed(word: &str, result: Result<Option<bool>, StoreError>) -> Result<Response, Response> {
    let changed = result.map_err(|error| failed(&error))?;
    let changed = changed.ok_or_else(unknown)?;
    Ok(Response::json(200, json!({ word: changed }).to_string()))
}
