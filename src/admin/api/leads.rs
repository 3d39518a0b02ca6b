//! Leads: list, read, create, edit.

use std::sync::Arc;

use serde_json::json;

use super::call::no_cursor;
use super::lead_list::{self, PARAMETERS};
use super::{Body, Call, Desk, Done, Endpoint, Rights, failed, not_found};
use crate::domain::decision::Owner;
use crate::domain::intake::{self, Refusal, Visitor};
use crate::domain::lead_type::LeadType;
use crate::domain::raw::Raw;
use crate::domain::source::{Auth, FROM_API, Profile, Source};
use crate::domain::unmapped::Unmapped;
use crate::http::Response;
use crate::store::{IdempotencyKey, Post, PostResult, Receipt, Rejection, StoreError};

/// The longest `Idempotency-Key`.
const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "GET",
        path: "/leads",
        rights: Rights::Read,
        about: "Lists leads, the newest first.",
        parameters: PARAMETERS,
        body: None,
        answers: (200, "Leads"),
        answer: list,
    },
    Endpoint {
        method: "POST",
        path: "/leads",
        rights: Rights::Full,
        about: "Makes a lead; webhooks hear of it as of any other. With an Idempotency-Key a repeated call makes one \
                lead.",
        parameters: &[],
        body: Some(Body::LeadFields),
        answers: (201, "Lead"),
        answer: create,
    },
    Endpoint {
        method: "GET",
        path: "/leads/{lead_id}",
        rights: Rights::Read,
        about: "One lead as it is now.",
        parameters: &[],
        body: None,
        answers: (200, "Lead"),
        answer: one,
    },
    Endpoint {
        method: "POST",
        path: "/leads/{lead_id}",
        rights: Rights::Full,
        about: "Changes fields of a lead; webhooks hear of an update. A later post of its source changes only what \
                the source then says differently from before.",
        parameters: &[],
        body: Some(Body::LeadFields),
        answers: (200, "Lead"),
        answer: edit,
    },
];

fn list(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let (number, page) = lead_list::page(&|name| call.text(name)).ok_or_else(no_cursor)?;
    let account = call.number("account_id");
    let other_account = account.is_some_and(|id| id != desk.configured.account.id);
    let found = match other_account {
        true => Default::default(),
        false => {
            let countries = desk.configured.countries();
            let query = lead_list::query(&|name| call.text(name), &countries);
            desk.store
                .find(&query, &page)
                .map_err(|error| failed(&error))?
        }
    };
    let mut body = format!(
        r#"{{"page_number":{number},"leads_per_page":{}"#,
        page.limit
    )
    .into_bytes();
    if page.count {
        let total = found.total.unwrap_or_default();
        let pages = total.div_ceil(page.limit as u64);
        body.extend(format!(r#","total_pages":{pages},"total_leads":{total}"#).bytes());
    }
    let next = json!(found.next.map(lead_list::cursor));
    body.extend(
        format!(
            r#","next_cursor":{next},"unreadable":{},"leads":["#,
            json!(found.unreadable)
        )
        .bytes(),
    );
    for (n, event) in found.leads.iter().enumerate() {
        if n > 0 {
            body.push(b',');
        }
        body.extend(event.lead_json());
    }
    body.extend(b"]}");
    Ok(Response::json(200, body))
}

/// The number in the path; what is no number is no lead.
pub(super) fn id(call: &Call) -> Result<u64, Response> {
    call.id()
        .ok_or_else(|| not_found("unknown_lead", "lead of this id"))
}

fn one(desk: &Desk, call: &Call) -> Result<Response, Response> {
    show(desk, id(call)?, 200)
}

fn show(desk: &Desk, lead: u64, status: u16) -> Result<Response, Response> {
    let event = desk.store.lead(lead).map_err(|error| failed(&error))?;
    let event = event.ok_or_else(|| not_found("unknown_lead", "lead of this id"))?;
    Ok(Response::json(status, event.lead_json()))
}

fn refused(refusal: &Refusal) -> Response {
    Response::error(
        422,
        refusal.code,
        refusal.field.as_deref(),
        &refusal.message,
    )
}

fn edit(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let (lead, raw) = (id(call)?, renamed(call.body()?));
    match desk.store.edit(lead, raw).map_err(|error| failed(&error))? {
        None => Err(not_found("unknown_lead", "lead of this id")),
        Some(Err(refusal)) => Err(refused(&refusal)),
        Some(Ok(receipt)) => {
            Ok(show(desk, lead, 200)?.header("x-leadhook-result", receipt.result.name()))
        }
    }
}

fn create(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let mut raw = renamed(call.body()?);
    // The reference mails its own users; here webhooks are the only ones who hear of a lead.
    raw.take("send_notification");
    let made = make(desk, FROM_API, raw, key(call)?);
    let receipt = made.map_err(|unmade| match unmade {
        Unmade::Refused(refusal) => refused(&refusal),
        Unmade::Failed(error) => failed(&error),
    })?;
    let status = if receipt.result == PostResult::Created {
        201
    } else {
        200
    };
    call.done.set(match receipt.repeated {
        true => Done::Nothing,
        false => Done::Leads(1),
    });
    let answer = show(desk, receipt.lead_id, status)?;
    let answer = answer.header("x-leadhook-result", receipt.result.name());
    Ok(match receipt.repeated {
        true => answer.header("idempotent-replayed", "true"),
        false => answer,
    })
}

/// Why there is no lead.
pub(in crate::admin) enum Unmade {
    Refused(Refusal),
    Failed(StoreError),
}

/// Makes a lead of what somebody says, and waits until it is stored.
pub(in crate::admin) fn make(
    desk: &Desk,
    name: &str,
    mut raw: Raw,
    key: Option<IdempotencyKey>,
) -> Result<Receipt, Unmade> {
    let profile = profile(desk, &mut raw).map_err(Unmade::Refused)?;
    let owner = Owner {
        account: desk.configured.account.clone(),
        profile: profile.clone(),
    };
    let mut source = Source::new(name, LeadType::Other, profile, Auth::Bearer(Vec::new()));
    // Whoever asks can mend it at once.
    source.unmapped = Unmapped::Refuse;
    let submission = intake::read(raw, &source, &Visitor::default()).map_err(Unmade::Refused)?;
    let post = Post {
        source: name.into(),
        owner: Arc::new(owner),
        submission,
        files: Vec::new(),
        key,
    };
    let refused = |code, message: &str| {
        Unmade::Refused(Refusal {
            code,
            field: None,
            message: message.to_owned(),
        })
    };
    match desk.store.submit_and_wait(post).map_err(Unmade::Failed)? {
        Ok(receipt) => Ok(receipt),
        Err(Rejection::Lacks(lack)) => Err(refused(lack.code(), lack.sentence())),
        Err(Rejection::KeyReused) => {
            let message =
                "this Idempotency-Key came before with another body; use a new key for a new lead";
            Err(refused("idempotency_key_reused", message))
        }
    }
}

fn key(call: &Call) -> Result<Option<IdempotencyKey>, Response> {
    let Some(key) = &call.key else {
        return Ok(None);
    };
    if key.is_empty() || key.len() > IDEMPOTENCY_KEY_BYTES_MAX {
        let message = format!("an Idempotency-Key has 1 to {IDEMPOTENCY_KEY_BYTES_MAX} bytes");
        return Err(Response::error(400, "bad_idempotency_key", None, &message));
    }
    Ok(Some(IdempotencyKey::new(
        FROM_API,
        key.as_bytes(),
        call.bytes(),
    )))
}

/// Whose lead it is: of the profile that is named, or of the first.
pub(super) fn profile(desk: &Desk, raw: &mut Raw) -> Result<Profile, Refusal> {
    let named = match raw.take("profile_id") {
        None | Some(Raw::Null) => return Ok(desk.configured.profiles[0].clone()),
        Some(Raw::Number(text) | Raw::Text(text)) => text.parse().ok(),
        Some(_) => None::<u64>,
    };
    let mut profiles = desk.configured.profiles.iter();
    let found = profiles.find(|profile| Some(profile.id) == named);
    found.cloned().ok_or_else(|| Refusal {
        code: "unknown_profile",
        field: Some("profile_id".to_owned()),
        message: "the config has no profile of this number".to_owned(),
    })
}

/// The reference's name for our `field_mappings`.
pub(super) fn renamed(raw: Raw) -> Raw {
    let Raw::Map(entries) = raw else { return raw };
    let rename = |(name, raw): (String, Raw)| match name.as_str() {
        "custom_fields" => ("field_mappings".to_owned(), raw),
        _ => (name, raw),
    };
    Raw::Map(entries.into_iter().map(rename).collect())
}
