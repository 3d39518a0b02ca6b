//! Webhooks: how they are, and what a person does with them.

use serde_json::json;

use super::{Call, Desk, Endpoint, Rights, failed, not_found};
use crate::http::Response;

pub(super) const ENDPOINTS: &[Endpoint] = &[Endpoint {
    method: "POST",
    path: "/webhooks/{name}/resume",
    rights: Rights::Full,
    is_noted: true,
    about: "Lets a webhook go on that its receiver has stopped.",
    parameters: &[],
    body: None,
    answers: (200, "Resumed"),
    answer: resume,
}];

fn resume(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let name = call.values.first().map_or("", String::as_str);
    let resumed = desk.crews.resume(name);
    let resumed = resumed.ok_or_else(|| not_found("unknown_webhook", "webhook of this name"))?;
    let was_stopped = resumed.map_err(|error| failed(&error))?;
    Ok(Response::json(
        200,
        json!({ "resumed": was_stopped }).to_string(),
    ))
}
