//! Deliveries: what goes where, how far it has come, what its attempts met, and why it waits.

use serde_json::{Value, json};

use super::call::{no_cursor, wrong};
use super::lead_list::{Said, until};
use super::webhooks::enrolled;
use super::{Call, Desk, Endpoint, Kind, Parameter, Rights, failed, not_found, parameter};
use crate::domain::delivery::{Attempt, By, Outcome, State};
use crate::domain::time::Timestamp;
use crate::http::Response;
use crate::store::{
    Deliveries, Delivery, DeliveryId, Direction, Listed, Selection, States, StoreError,
};

/// So many are on a page.
const PER_PAGE: u64 = 50;
const PER_PAGE_MAX: u64 = 500;
/// Of one delivery no more attempts than this are shown, the first ones.
const ATTEMPTS_SHOWN: usize = 1000;

const STATES: &[&str] = &["pending", "delivered", "failed", "cancelled", "ended"];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "GET",
        path: "/deliveries",
        rights: Rights::Read,
        about: "Lists deliveries, those of the newest lead first, and of a lead those of its newest event.",
        parameters: PARAMETERS,
        body: None,
        answers: (200, "Deliveries"),
        answer: list,
    },
    Endpoint {
        method: "GET",
        path: "/deliveries/{delivery_id}",
        rights: Rights::Read,
        about: "One delivery with its attempts, and the payload that it takes to its webhook.",
        parameters: &[],
        body: None,
        answers: (200, "Delivery"),
        answer: one,
    },
];

/// Those that say which deliveries are meant.
pub(super) const SELECTORS: &[Parameter] = PARAMETERS.split_at(5).0;

const PARAMETERS: &[Parameter] = &[
    parameter("lead", Kind::Number(0, u64::MAX), "Of this lead."),
    parameter(
        "webhook",
        Kind::Text,
        "To the webhook of this name, also where the config has it no longer.",
    ),
    parameter(
        "state",
        Kind::Word(STATES),
        "In this state; ended: all but pending.",
    ),
    parameter(
        "since",
        Kind::Time,
        "Ended at this time or later; a pending one: put into its lane, or last tried. UTC.",
    ),
    parameter(
        "until",
        Kind::Time,
        "The same at this time or earlier; a date alone includes the whole day.",
    ),
    parameter(
        "limit",
        Kind::Number(1, PER_PAGE_MAX),
        "How many to answer with at most; 50 without it.",
    ),
    parameter(
        "cursor",
        Kind::Text,
        "Goes on behind an earlier page: its next_cursor. A page may have fewer than its limit, or none, though there \
         is a next one: no more than 50000 deliveries are looked at for each.",
    ),
];

/// The deliveries that these parameters mean. An error says what is wrong with which.
pub(in crate::admin) fn selection<'a>(
    desk: &Desk,
    said: Said<'a>,
) -> Result<Selection, (&'static str, &'static str)> {
    let webhook = match said("webhook") {
        None => None,
        Some(name) => {
            let known = enrolled(desk, name);
            Some(
                known
                    .ok_or(("webhook", "there is no webhook of this name"))?
                    .number,
            )
        }
    };
    let state = said("state").map(str::to_ascii_lowercase);
    let of_name = |name: &str| State::ALL.iter().find(|state| state.name() == name);
    Ok(Selection {
        lead: said("lead").and_then(|text| text.parse().ok()),
        webhook,
        states: match state.as_deref() {
            None => States::Any,
            Some(name) => of_name(name).map_or(States::Ended, |state| States::Only(*state)),
        },
        since: said("since").and_then(Timestamp::parse),
        until: said("until").and_then(until),
    })
}

/// A page of deliveries, the newest first, from behind a cursor on; None where that is none.
pub(in crate::admin) fn page(
    desk: &Desk,
    which: &Selection,
    cursor: Option<&str>,
    limit: usize,
) -> Option<Result<Deliveries, StoreError>> {
    let behind = match cursor {
        None => None,
        Some(text) => Some(read_cursor(text)?),
    };
    let direction = Direction::NewestFirst;
    Some(desk.store.deliveries(which, direction, behind, limit))
}

/// A cursor as a text of its own: nobody should take it apart.
pub(in crate::admin) fn cursor(id: DeliveryId) -> String {
    format!("{:x}-{:x}-{:x}", id.lead, id.revision, id.webhook)
}

fn read_cursor(text: &str) -> Option<DeliveryId> {
    let mut parts = text.splitn(3, '-');
    let mut number = || u64::from_str_radix(parts.next()?, 16).ok();
    Some(DeliveryId {
        lead: number()?,
        revision: number()?.try_into().ok()?,
        webhook: number()?.try_into().ok()?,
    })
}

/// What a delivery is called: its lead, the revision, and the name of its webhook.
pub(in crate::admin) fn delivery_name(desk: &Desk, id: DeliveryId) -> String {
    format!("{}-{}-{}", id.lead, id.revision, webhook_name(desk, id))
}

/// The delivery that is called so.
pub(in crate::admin) fn named(desk: &Desk, name: &str) -> Option<DeliveryId> {
    let mut parts = name.splitn(3, '-');
    Some(DeliveryId {
        lead: parts.next()?.parse().ok()?,
        revision: parts.next()?.parse().ok()?,
        webhook: enrolled(desk, parts.next()?)?.number,
    })
}

/// The name of its webhook.
pub(in crate::admin) fn webhook_name(desk: &Desk, id: DeliveryId) -> String {
    let known = desk.store.webhook(id.webhook);
    known.map_or_else(String::new, |known| known.name.to_string())
}

/// What a delivery waits for; none where it has ended.
pub(in crate::admin) fn waits_for(desk: &Desk, listed: &Listed) -> Option<String> {
    let Delivery {
        state, at, wait, ..
    } = listed.delivery;
    if state != State::Pending {
        return None;
    }
    let webhook = desk.store.webhook(listed.id.webhook);
    let hold = webhook.as_ref().and_then(|webhook| webhook.health.hold);
    let expires = webhook.and_then(|webhook| webhook.expires());
    Some(match (expires, hold) {
        (Some(at), _) => {
            format!("its webhook, which is not in the config any more; cancelled at {at}")
        }
        (None, Some(hold)) => format!(
            "its webhook, which is {} since {}",
            hold.why.name(),
            hold.since
        ),
        _ if listed.is_behind => "an earlier delivery of the same lead".to_owned(),
        _ if at > desk.now && !wait.is_zero() => format!("its next attempt, at {at}"),
        _ => "its turn".to_owned(),
    })
}

/// A delivery for programs, without its attempts.
pub(in crate::admin) fn shown(desk: &Desk, listed: &Listed) -> Value {
    let (id, delivery) = (listed.id, &listed.delivery);
    let is_pending = delivery.state == State::Pending;
    let next = is_pending && !listed.is_behind && !delivery.wait.is_zero();
    json!({
        "delivery_id": delivery_name(desk, id),
        "lead_id": id.lead,
        "revision": id.revision,
        "webhook": webhook_name(desk, id),
        "trigger": delivery.trigger.name(),
        "state": delivery.state.name(),
        "since": delivery.since().to_string(),
        "attempts": delivery.attempts,
        "next_attempt": next.then(|| delivery.at.to_string()),
        "waits_for": waits_for(desk, listed),
        "cancelled": delivery.cancelled_by.map(By::words),
    })
}

/// The same with its attempts.
fn with_attempts(desk: &Desk, listed: &Listed) -> Result<Value, StoreError> {
    let attempts = desk.store.attempts(listed.id, ATTEMPTS_SHOWN)?;
    let mut body = shown(desk, listed);
    body["attempts"] = attempts.iter().map(attempt).collect::<Vec<Value>>().into();
    Ok(body)
}

/// All deliveries of a lead with their attempts, the first one first.
pub(super) fn of_lead(desk: &Desk, lead: u64) -> Result<Vec<Value>, StoreError> {
    let which = Selection {
        lead: Some(lead),
        ..Selection::default()
    };
    let found = desk
        .store
        .deliveries(&which, Direction::OldestFirst, None, usize::MAX)?;
    let all = found.found.iter();
    all.map(|listed| with_attempts(desk, listed)).collect()
}

/// An attempt for programs.
fn attempt(attempt: &Attempt) -> Value {
    let mut shown = json!({
        "number": attempt.number,
        "started": attempt.started.to_string(),
        "ms": u64::try_from(attempt.duration.as_millis()).unwrap_or(u64::MAX),
        "success": attempt.outcome.is_success(),
        "outcome": attempt.outcome.to_string(),
    });
    match &attempt.outcome {
        Outcome::Answered(answer) => {
            shown["status"] = answer.status.into();
            shown["answer"] = String::from_utf8_lossy(&answer.excerpt).into();
            shown["location"] = json!(answer.location);
            shown["retry_after_s"] = json!(answer.retry_after.map(|wait| wait.as_secs()));
        }
        Outcome::Unanswered(fault) => shown["failed_at"] = fault.stage.name().into(),
    }
    shown
}

fn list(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let which = selection(desk, &|name| call.text(name));
    let which = which.map_err(|(name, why)| wrong(name, why))?;
    let limit = call.number("limit").unwrap_or(PER_PAGE).min(PER_PAGE_MAX) as usize;
    let page = page(desk, &which, call.text("cursor"), limit).ok_or_else(no_cursor)?;
    let page = page.map_err(|error| failed(&error))?;
    let found = page.found.iter().map(|listed| shown(desk, listed));
    let unreadable = page.unreadable.iter().map(|id| delivery_name(desk, *id));
    let body = json!({
        "deliveries": found.collect::<Vec<Value>>(),
        "unreadable": unreadable.collect::<Vec<String>>(),
        "next_cursor": page.next.map(cursor),
    });
    Ok(Response::json(200, body.to_string()))
}

fn one(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let unknown = || not_found("unknown_delivery", "delivery of this id");
    let id = named(desk, call.name()).ok_or_else(unknown)?;
    let listed = desk.store.listed(id).map_err(|error| failed(&error))?;
    let listed = listed.ok_or_else(unknown)?;
    let event = desk.store.event(id.lead, id.revision);
    let event = event.map_err(|error| failed(&error))?;
    let mut body = with_attempts(desk, &listed).map_err(|error| failed(&error))?;
    body["event_id"] = json!(event.as_ref().map(|event| &event.id));
    let mut body = body.to_string().into_bytes();
    // As it is sent: with its own order of names, and its numbers as they were written.
    body.pop();
    body.extend(br#","payload":"#);
    match &event {
        Some(event) => body.extend(event.payload(listed.delivery.trigger)),
        None => body.extend(b"null"),
    }
    body.push(b'}');
    Ok(Response::json(200, body))
}
