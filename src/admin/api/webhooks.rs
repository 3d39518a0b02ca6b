//! Webhooks: how they are, and what a person does with them.

use serde_json::json;

use super::{Call, Endpoint, Rights, failed, not_found};
use crate::http::Response;
use crate::store::StoreError;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "POST",
        path: "/webhooks/{name}/pause",
        rights: Rights::Full,
        is_noted: true,
        about: "Sends nothing more to a webhook until it is resumed; what waits for it does not age.",
        parameters: &[],
        body: None,
        answers: (200, "Paused"),
        answer: |desk, call| changed("paused", desk.crews.pause(name(call))),
    },
    Endpoint {
        method: "POST",
        path: "/webhooks/{name}/resume",
        rights: Rights::Full,
        is_noted: true,
        about: "Lets a webhook go on that is paused, suspended, or was stopped by its receiver.",
        parameters: &[],
        body: None,
        answers: (200, "Resumed"),
        answer: |desk, call| changed("resumed", desk.crews.resume(name(call))),
    },
];

fn name(call: &Call) -> &str {
    call.values.first().map_or("", String::as_str)
}

/// Whether something has changed by what was asked.
fn changed(word: &str, result: Result<Option<bool>, StoreError>) -> Result<Response, Response> {
    let changed = result.map_err(|error| failed(&error))?;
    let changed = changed.ok_or_else(|| not_found("unknown_webhook", "webhook of this name"))?;
    Ok(Response::json(200, json!({ word: changed }).to_string()))
}
