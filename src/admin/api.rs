//! The API under `/api/v1`: its endpoints in one table, who may call them, and how its errors look.
//!
//! Leads come in the shape of the market's reference product, so that its clients work with only the
//! base URL changed: HTTP Basic or bearer, `page_number` and `leads_per_page`, `error_message`. What
//! goes beyond it stands beside: cursors, `updated_since`, search, stable error codes. The OpenAPI
//! document is made from the same table that requests are led by, so the two cannot differ.

mod accounts;
mod attempts;
pub(super) mod backup;
mod call;
pub(super) mod deliveries;
pub(super) mod erasing;
mod importing;
mod lead_list;
mod leads;
mod openapi;
pub(super) mod reload;
mod sources;
pub(super) mod statistics;
mod tasks;
mod tokens;
pub(super) mod webhooks;

use std::sync::Arc;

use super::Reload;
use super::inspector::Inspector;
use crate::alerts::Alerts;
use crate::delivery::Crews;
use crate::domain::judgement::Judgement;
use crate::domain::phone::Country;
use crate::domain::reload::Reloaded;
use crate::domain::source::{Account, Profile, Source};
use crate::domain::time::Timestamp;
use crate::domain::webhook::Webhook;
use crate::http::{Head, Request, Response};
pub(super) use crate::store::Rights;
use crate::store::{Store, StoreError};
use crate::upkeep::Upkeep;
pub(super) use call::{Call, Done};
pub(super) use lead_list::{
    cursor as written_cursor, fits as filter_fits, page as lead_page, query as lead_query,
};
pub(super) use leads::{Unmade, make as make_lead};
pub(super) use webhooks::shown as webhook_shown;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name of his token.
    pub(super) name: String,
    /// What it allows.
    pub(super) rights: Rights,
    /// When it was made; none for one of the config.
    pub(super) made: Option<Timestamp>,
}

/// The name of those who come with a token of the config.
pub(super) const OF_CONFIG: &str = "config";

/// What an endpoint works with.
pub(super) struct Desk {
    pub(super) store: Arc<Store>,
    pub(super) crews: Arc<Crews>,
    pub(super) upkeep: Arc<Upkeep>,
    pub(super) alerts: Arc<Alerts>,
    pub(super) inspector: Option<Arc<Inspector>>,
    pub(super) configured: Arc<Configured>,
    /// Has the config read again.
    pub(super) reload: Reload,
    /// When that was last done since the start, and what came of it.
    pub(super) last_reload: Option<(Timestamp, Reloaded)>,
    /// Below so many free bytes the disk is nearly full.
    pub(super) low_space_bytes: u64,
    pub(super) now: Timestamp,
}

/// What the config says of leads, as far as the admin listener shows it.
#[derive(Clone, Debug)]
pub struct Configured {
    /// Where leads are posted to, as others call it: what stands before `/in/NAME`.
    pub ingest_url: String,
    /// The account.
    pub account: Account,
    /// Its profiles.
    pub profiles: Vec<Profile>,
    /// Where leads come from.
    pub sources: Vec<Source>,
    /// Where leads go.
    pub webhooks: Vec<Webhook>,
    /// How leads are judged.
    pub judgement: Judgement,
}

impl Configured {
    /// The countries that telephone numbers are typed in, each once.
    pub(super) fn countries(&self) -> Vec<Country> {
        let mut countries = Vec::new();
        for country in self.sources.iter().filter_map(|s| s.derivation.country) {
            if !countries.contains(&country) {
                countries.push(country);
            }
        }
        countries
    }

    /// The source of this name.
    pub(super) fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// The webhook of this name.
    pub(super) fn webhook(&self, name: &str) -> Option<&Webhook> {
        self.webhooks.iter().find(|webhook| webhook.name == name)
    }
}

/// One endpoint.
#[derive(Debug)]
pub struct Endpoint {
    /// `GET`, `POST`, `DELETE`.
    pub(super) method: &'static str,
    /// Behind `/api/v1`; a part in braces stands for a value: `/leads/{lead_id}`.
    pub(super) path: &'static str,
    /// What a token must allow.
    pub(super) rights: Rights,
    /// What it does, in a sentence.
    pub(super) about: &'static str,
    /// What may stand in the query.
    pub(super) parameters: &'static [Parameter],
    /// What may stand in the body, if it takes one.
    pub(super) body: Option<Body>,
    /// What it answers when all is well: the status, and the name of the schema.
    pub(super) answers: (u16, &'static str),
    pub(super) answer: fn(&Desk, &Call) -> Result<Response, Response>,
}

/// A parameter of a query, or a member of a body.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// What it does, in a sentence.
    pub(super) about: &'static str,
}

const fn parameter(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, kind, about }
}

/// What a parameter may be.
#[derive(Debug)]
pub(super) enum Kind {
    Text,
    /// One of these, in any case.
    Word(&'static [&'static str]),
    /// From the first to the last.
    Number(u64, u64),
    Flag,
    /// `2026-02-01` or `2026-02-01T14:09:01Z`.
    Time,
    /// Up to so many leads; in a body only.
    Leads(usize),
}

/// What a body is.
#[derive(Debug)]
pub(super) enum Body {
    /// Fields of a lead, as JSON or as a form with brackets.
    LeadFields,
    /// An object with these members.
    Parameters(&'static [&'static [Parameter]]),
}

/// All endpoints.
pub(super) const ENDPOINTS: &[&[Endpoint]] = &[
    leads::ENDPOINTS,
    erasing::ENDPOINTS,
    importing::ENDPOINTS,
    webhooks::ENDPOINTS,
    tasks::ENDPOINTS,
    deliveries::ENDPOINTS,
    attempts::ENDPOINTS,
    backup::ENDPOINTS,
    reload::ENDPOINTS,
    accounts::ENDPOINTS,
    sources::ENDPOINTS,
    statistics::ENDPOINTS,
    tokens::ENDPOINTS,
    openapi::ENDPOINTS_HERE,
];

/// The endpoint that a request leads to, and the values in its path. None where the path is not the
/// API's.
pub(super) fn route(head: &Head) -> Option<Result<(&'static Endpoint, Vec<String>), Response>> {
    let path = head.path().strip_prefix("/api/v1")?;
    let all = ENDPOINTS.iter().copied().flatten();
    let mut found: Vec<_> = all
        .filter_map(|endpoint| Some((endpoint, matched(endpoint.path, path)?)))
        .collect();
    // A path that is written out goes before one whose parts may be anything.
    let fewest = found.iter().map(|(_, values)| values.len()).min()?;
    found.retain(|(_, values)| values.len() == fewest);
    let allowed: Vec<&str> = found.iter().map(|(endpoint, _)| endpoint.method).collect();
    let mut found = found.into_iter();
    if let Some(called) = found.find(|(endpoint, _)| endpoint.method == head.method()) {
        return Some(Ok(called));
    }
    let message = format!("use {} here", allowed.join(" or "));
    let refusal = Response::error(405, "method_not_allowed", None, &message);
    Some(Err(refusal.header("allow", &allowed.join(", "))))
}

/// The values that stand in `path` where the pattern has braces.
pub(super) fn matched(pattern: &str, path: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut parts = path.trim_end_matches('/').split('/');
    for wanted in pattern.trim_end_matches('/').split('/') {
        let part = parts.next()?;
        if wanted.starts_with('{') && !part.is_empty() {
            values.push(call::unescaped(part));
        } else if wanted != part {
            return None;
        }
    }
    parts.next().is_none().then_some(values)
}

/// Does what the endpoint is for; errors as the reference words them, each with a stable code.
pub(super) fn answer(
    desk: &Desk,
    endpoint: &Endpoint,
    values: Vec<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let what = format!("{} {}", request.head.method(), request.head.path());
    let called = Call::read(endpoint, values, &request.head, request.body);
    let answered = called.and_then(|call| {
        let answer = (endpoint.answer)(desk, &call)?;
        if endpoint.method != "GET" {
            note(desk, &caller, &what, call.done.get());
        }
        Ok(answer)
    });
    worded(answered.unwrap_or_else(|refusal| refusal))
}

/// Has the log of changes tell who did it. What was done was done, also where it cannot be noted.
fn note(desk: &Desk, caller: &Caller, what: &str, done: Done) {
    let _ = match done {
        Done::Deed => desk.store.note_deed(&caller.name, what),
        Done::Leads(made) => desk.store.note_leads(&caller.name, what, made),
        Done::Nothing => Ok(()),
    };
}

/// An error with the reference's `error_message` beside what all errors here say.
pub(super) fn worded(response: Response) -> Response {
    if response.code().is_none() {
        return response;
    }
    let Ok(mut body) = serde_json::from_slice::<serde_json::Value>(response.body()) else {
        return response;
    };
    body["error_message"] = body["error"]["message"].clone();
    response.with_json(body.to_string())
}

/// An error of the store, for a caller.
fn failed(error: &StoreError) -> Response {
    let (status, code) = match error {
        StoreError::Unreadable(_) => (500, "unreadable"),
        _ => (503, "store_failed"),
    };
    Response::error(status, code, None, &error.to_string())
}

fn not_found(code: &str, what: &str) -> Response {
    Response::error(404, code, None, &format!("there is no {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_matches_its_pattern_and_gives_its_values() {
        let matched = |path| matched("/leads/{lead_id}/notes", path);
        assert_eq!(matched("/leads/7/notes"), Some(vec!["7".to_owned()]));
        assert_eq!(matched("/leads/a%20b/notes/"), Some(vec!["a b".to_owned()]));
        assert_eq!(matched("/leads//notes"), None);
        assert_eq!(matched("/leads/7"), None);
        assert_eq!(matched("/leads/7/notes/8"), None);
    }
}
