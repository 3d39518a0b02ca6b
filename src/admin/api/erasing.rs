//! Erasing: one lead, or all leads of a person; and what there is of a person.

use serde_json::{Value, json};

use super::deliveries::of_lead;
use super::lead_list::CONTACTS;
use super::leads::id;
use super::{Body, Call, Desk, Endpoint, Kind, Parameter, Rights, failed, not_found, parameter};
use crate::domain::contact;
use crate::domain::raw::Raw;
use crate::domain::url::Url;
use crate::domain::webhook::Trigger;
use crate::http::Response;
use crate::store::{Received, StoreError, Traces};

/// So many leads are erased by one call: it ends within seconds.
const AT_ONCE: usize = 512;
/// So many are told of what there is.
const TOLD: usize = 100_000;

/// Whom it is about.
const WHOM: &[Parameter] = &[
    parameter(
        "email_address",
        Kind::Text,
        "Of this e-mail address, in any case.",
    ),
    parameter(
        "phone_number",
        Kind::Text,
        "Of this telephone number, however it is written.",
    ),
    parameter("user_id", Kind::Text, "Of this visitor."),
    parameter("lead_id", Kind::Text, "This lead alone."),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "DELETE",
        path: "/leads/{lead_id}",
        rights: Rights::Full,
        about: "Erases a lead: its events, deliveries, attempts and files, and every trace in indexes. What waits for \
                delivery is not sent. Tells which webhooks had received it, and until when backups have it.",
        parameters: &[],
        body: None,
        answers: (200, "Erased"),
        answer: erase_one,
    },
    Endpoint {
        method: "GET",
        path: "/leads/{lead_id}/everything",
        rights: Rights::Read,
        about: "Everything that is kept of a lead: all its revisions with what changed, the bodies as they were posted \
                where they are kept, deliveries with their attempts, the names of its files.",
        parameters: &[],
        body: None,
        answers: (200, "Everything"),
        answer: everything,
    },
    Endpoint {
        method: "GET",
        path: "/person",
        rights: Rights::Read,
        about: "What there is of a person who has or had this contact: what forget would erase. Nothing, where no \
                contact is named.",
        parameters: WHOM,
        body: None,
        answers: (200, "Erased"),
        answer: look,
    },
    Endpoint {
        method: "POST",
        path: "/forget",
        rights: Rights::Full,
        about: "Erases the leads of a person, the oldest first, up to 512 with one call: while remaining is not 0, the \
                same is to be called again.",
        parameters: &[],
        body: Some(Body::Parameters(&[WHOM])),
        answers: (200, "Erased"),
        answer: forget,
    },
];

fn erase_one(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let erased = erase(desk, &[id(call)?]).map_err(|error| failed(&error))?;
    if let Some(lead) = erased.unreadable.first() {
        let message = format!("lead {lead} cannot be read; `leadhook verify` says why");
        return Err(Response::error(500, "unreadable", None, &message));
    }
    match erased.leads.is_empty() {
        true => Err(not_found("unknown_lead", "lead of this id")),
        false => Ok(told(desk, &erased, 0)),
    }
}

fn everything(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let lead = id(call)?;
    let store = |error: StoreError| failed(&error);
    let revisions = desk.store.revisions(lead).map_err(store)?;
    if revisions.is_empty() {
        return Err(not_found("unknown_lead", "lead of this id"));
    }
    let deliveries = of_lead(desk, lead).map_err(store)?;
    let traces = desk.store.traces(&[lead]).map_err(store)?;
    let mut body = format!(r#"{{"lead_id":{lead},"revisions":["#).into_bytes();
    for (n, event) in revisions.iter().enumerate() {
        let posted = event.body.as_deref().map(String::from_utf8_lossy);
        let more = json!({
            "revision": event.lead.revision,
            "event_id": event.id,
            "source": event.lead.source,
            "external_id": event.lead.external_id,
            "posted": posted,
        });
        body.extend(if n > 0 { "," } else { "" }.bytes());
        // The lead with its own order of names, and numbers as they were written.
        body.extend(more.to_string().trim_end_matches('}').bytes());
        body.extend(br#","lead":"#);
        body.extend(event.payload(Trigger::Update));
        body.push(b'}');
    }
    let rest = json!({ "deliveries": deliveries, "files": traces.files }).to_string();
    body.extend(b"],");
    body.extend(rest.trim_start_matches('{').bytes());
    Ok(Response::json(200, body))
}

fn look(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let leads = leads(desk, &|name| call.text(name).map(str::to_owned))?;
    let shown = &leads[..leads.len().min(TOLD)];
    let traces = desk.store.traces(shown).map_err(|error| failed(&error))?;
    Ok(told(desk, &traces, leads.len() - shown.len()))
}

fn forget(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let body = call.body()?;
    let said = |name: &str| match body.at(name) {
        Some(Raw::Text(text) | Raw::Number(text)) => Some(text.clone()),
        _ => None,
    };
    let is_named = CONTACTS.iter().any(|(name, _)| said(name).is_some());
    if !is_named && said("lead_id").is_none() {
        let message = "say whom: email_address, phone_number, user_id or lead_id";
        return Err(Response::error(422, "no_contact", None, message));
    }
    let leads = leads(desk, &said)?;
    let now = &leads[..leads.len().min(AT_ONCE)];
    let erased = erase(desk, now).map_err(|error| failed(&error))?;
    Ok(told(desk, &erased, leads.len() - now.len()))
}

/// The leads of the person who is named, the oldest first.
fn leads(desk: &Desk, said: &dyn Fn(&str) -> Option<String>) -> Result<Vec<u64>, Response> {
    if let Some(text) = said("lead_id") {
        let wrong = |_| {
            Response::error(
                422,
                "invalid_value",
                Some("lead_id"),
                "this is the number of a lead",
            )
        };
        return Ok(vec![text.parse().map_err(wrong)?]);
    }
    let countries = desk.configured.countries();
    let mut ways = Vec::new();
    for (name, kind) in CONTACTS {
        let Some(text) = said(name) else { continue };
        let written = contact::written(kind, &text, &countries);
        if written.is_empty() {
            let message = "this is no contact by which a person can be found";
            return Err(Response::error(422, "invalid_value", Some(name), message));
        }
        ways.extend(written);
    }
    let found = desk.store.leads_of_person(&ways);
    found.map_err(|error| failed(&error))
}

/// Erases leads; an attempt that is under way meanwhile may reach its webhook.
pub(in crate::admin) fn erase(desk: &Desk, leads: &[u64]) -> Result<Traces, StoreError> {
    let before = desk.crews.holding(leads);
    let mut erased = desk.upkeep.erase(leads)?;
    if let Some(inspector) = &desk.inspector {
        inspector.forget(&erased.known_by);
    }
    for webhook in before.into_iter().chain(desk.crews.holding(leads)) {
        erased.hear(webhook, Received::Perhaps);
    }
    Ok(erased)
}

fn told(desk: &Desk, traces: &Traces, remaining: usize) -> Response {
    Response::json(200, shown(desk, traces, remaining).to_string())
}

/// What was erased, or would be, for programs.
pub(in crate::admin) fn shown(desk: &Desk, traces: &Traces, remaining: usize) -> Value {
    let webhooks = traces.received.iter().map(|(number, received)| {
        let known = desk.store.webhook(*number);
        let name = known.map_or_else(String::new, |known| known.name.to_string());
        let configured = desk.configured.webhook(&name);
        let host = configured.and_then(|webhook| match &webhook.mail {
            Some(route) => Some(route.to.join(", ")),
            None => Some(Url::parse(&webhook.receiver.url).ok()?.host.to_string()),
        });
        json!({ "name": name, "host": host, "received": match received {
            Received::Yes => "yes",
            Received::Perhaps => "perhaps",
        } })
    });
    let remains = desk.upkeep.remains();
    json!({
        "leads": traces.leads,
        "remaining": remaining,
        "unreadable": traces.unreadable,
        "events": traces.events,
        "deliveries": traces.deliveries,
        "cancelled": traces.waiting,
        "attempts": traces.attempts,
        "files": traces.files.len(),
        "webhooks": webhooks.collect::<Vec<Value>>(),
        "journal": remains.journal,
        "backups": {
            "number": remains.backups,
            "until": remains.until.map(|until| until.to_string()),
            "handed_over": remains.handed_over,
        },
    })
}
