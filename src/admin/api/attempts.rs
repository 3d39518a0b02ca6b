//! The newest attempts, of all deliveries, as they are made: what `leadhook tail` follows.

use serde_json::{Value, json};

use super::call::no_cursor;
use super::{Call, Desk, Endpoint, Kind, Parameter, Rights, parameter};
use crate::delivery::{Made, Place};
use crate::domain::time::Timestamp;
use crate::http::Response;

const LIMIT: u64 = 50;
const LIMIT_MAX: u64 = 500;

pub(super) const ENDPOINTS: &[Endpoint] = &[Endpoint {
    method: "GET",
    path: "/attempts",
    rights: Rights::Read,
    about: "The newest attempts of all deliveries since the start, in the order in which they ended; about a thousand are \
            kept. Those of one delivery are all with it.",
    parameters: PARAMETERS,
    body: None,
    answers: (200, "Attempts"),
    answer: list,
}];

const PARAMETERS: &[Parameter] = &[
    parameter(
        "limit",
        Kind::Number(1, LIMIT_MAX),
        "How many to answer with at most; 50 without it.",
    ),
    parameter(
        "cursor",
        Kind::Text,
        "Goes on behind an earlier answer: its next_cursor, also where no more came. `missed` tells how many were made \
         since and are kept no longer.",
    ),
];

fn list(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let place = match call.text("cursor") {
        None => None,
        Some(text) => Some(read_cursor(text).ok_or_else(no_cursor)?),
    };
    let limit = call.number("limit").unwrap_or(LIMIT).min(LIMIT_MAX) as usize;
    let part = desk.crews.feed().behind(place, limit);
    let body = json!({
        "attempts": part.attempts.iter().map(shown).collect::<Vec<Value>>(),
        "missed": part.missed,
        "next_cursor": format!("{:x}-{:x}", part.next.begun.0, part.next.count),
    });
    Ok(Response::json(200, body.to_string()))
}

fn read_cursor(text: &str) -> Option<Place> {
    let (begun, count) = text.split_once('-')?;
    let number = |hex| u64::from_str_radix(hex, 16).ok();
    Some(Place {
        begun: Timestamp(number(begun)?),
        count: number(count)?,
    })
}

fn shown(made: &Made) -> Value {
    let id = made.delivery;
    json!({
        "delivery_id": format!("{}-{}-{}", id.lead, id.revision, made.webhook),
        "lead_id": id.lead,
        "revision": id.revision,
        "webhook": &*made.webhook,
        "trigger": made.trigger.name(),
        "number": made.number,
        "started": made.started.to_string(),
        "ms": u64::try_from(made.duration.as_millis()).unwrap_or(u64::MAX),
        "success": made.is_success,
        "outcome": made.outcome,
        "next": made.next.to_string(),
    })
}
