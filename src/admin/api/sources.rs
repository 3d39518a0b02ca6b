//! The sources: what came by each, and the last posts that were refused.

use serde_json::{Value, json};

use super::{Call, Desk, Endpoint, Rights, failed, not_found};
use crate::domain::source::Source;
use crate::domain::tally::{Refusals, Tally};
use crate::http::Response;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "GET",
        path: "/sources",
        rights: Rights::Read,
        about: "What came by each source of the config, by those that were in it, and by none.",
        parameters: &[],
        body: None,
        answers: (200, "Sources"),
        answer: list,
    },
    Endpoint {
        method: "GET",
        path: "/sources/{name}/refused",
        rights: Rights::Read,
        about: "The last refused posts of a source, the newest first; of @unknown, those that named none.",
        parameters: &[],
        body: None,
        answers: (200, "Refused"),
        answer: refused,
    },
];

fn list(desk: &Desk, _: &Call) -> Result<Response, Response> {
    let mut tallies = desk.store.tallies().map_err(|error| failed(&error))?;
    let sources = desk.configured.sources.iter();
    let mut listed: Vec<Value> = sources
        .map(|source| {
            let tally = tallies.remove(&source.name).unwrap_or_default();
            shown(&source.name, Some(source), &tally)
        })
        .collect();
    listed.extend(tallies.iter().map(|(name, tally)| shown(name, None, tally)));
    let body = json!({ "sources": listed });
    Ok(Response::json(200, body.to_string()))
}

fn shown(name: &str, source: Option<&Source>, tally: &Tally) -> Value {
    let last_refusal = tally.refusals.first().map(|entry| &entry.last);
    json!({
        "name": name,
        "configured": source.is_some(),
        "lead_type": source.map(|source| source.lead_type.label()),
        "auth": source.map(|source| source.auth.kind()),
        "taken": tally.taken,
        "ignored": tally.ignored,
        "refused": tally.refused,
        "last_taken": tally.last_taken.map(|at| at.to_string()),
        "last_refused": last_refusal.map(|post| post.at.to_string()),
        "last_code": last_refusal.map(|post| post.code.as_str()),
    })
}

fn refused(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let tallies = desk.store.tallies().map_err(|error| failed(&error))?;
    let name = call.name();
    let refusals = match tallies.get(name) {
        Some(tally) => tally.refusals.as_slice(),
        None if desk.configured.source(name).is_some() => &[],
        None => return Err(not_found("unknown_source", "source of this name")),
    };
    let listed: Vec<Value> = refusals.iter().map(one).collect();
    let body = json!({ "source": name, "refused": listed });
    Ok(Response::json(200, body.to_string()))
}

fn one(entry: &Refusals) -> Value {
    let post = &entry.last;
    let mut shown = json!({
        "count": entry.count,
        "first": entry.first.to_string(),
        "last": post.at.to_string(),
        "status": post.status,
        "code": post.code,
        "bytes": post.bytes,
        "client": post.client.to_string(),
        "place": post.place,
    });
    if let Some(body) = &post.body {
        shown["body"] = String::from_utf8_lossy(body).into();
    }
    shown
}
