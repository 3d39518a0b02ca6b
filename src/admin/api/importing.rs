//! Importing old leads, a part with each call.

use std::sync::Arc;

use serde_json::{Value, json};

use super::leads::{profile, renamed};
use super::{Body, Call, Desk, Done, Endpoint, Kind, Parameter, Rights, failed, parameter};
use crate::domain::decision::Owner;
use crate::domain::intake::{self, Refusal, Visitor};
use crate::domain::lead_type::LeadType;
use crate::domain::raw::Raw;
use crate::domain::source::{Auth, IMPORTED, Source};
use crate::domain::time::Timestamp;
use crate::http::Response;
use crate::store::{IdempotencyKey, Old, TakeOver, TakenOver};

const SOURCE_BYTES_MAX: usize = 100;
/// So many leads with one call.
const LEADS_MAX: usize = 1000;

pub(super) const ENDPOINTS: &[Endpoint] = &[Endpoint {
    method: "POST",
    path: "/import",
    rights: Rights::Full,
    about: "Takes over old leads with their dates, as export writes them or with the names of a post, up to 1000 with \
            one call. One that is there already (by its source and external id, or by date and content) is left as it \
            is. Tells of each, in their order, whether it is new or known, or what is wrong with it.",
    parameters: &[],
    body: Some(Body::Parameters(&[MEMBERS])),
    answers: (200, "Imported"),
    answer: import,
}];

const MEMBERS: &[Parameter] = &[
    parameter("leads", Kind::Leads(LEADS_MAX), "The leads."),
    parameter(
        "source",
        Kind::Text,
        "The source of those that do not say theirs; import without it.",
    ),
    parameter(
        "notify",
        Kind::Flag,
        "Webhooks hear of them as of any other; they do not without it.",
    ),
    parameter("dry_run", Kind::Flag, "Nothing is stored."),
];

fn import(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let mut body = call.body()?;
    let refused =
        |field, message: &str| Response::error(422, "invalid_value", Some(field), message);
    let mut is_set = |name| match body.take(name) {
        None | Some(Raw::Null | Raw::Flag(false)) => Ok(false),
        Some(Raw::Flag(true)) => Ok(true),
        Some(_) => Err(refused(name, "this is true or false")),
    };
    let how = match (is_set("dry_run")?, is_set("notify")?) {
        (true, _) => TakeOver::Try,
        (false, true) => TakeOver::Notify,
        (false, false) => TakeOver::Silently,
    };
    let source = match body.take("source") {
        Some(Raw::Text(name)) if is_source(&name) => name,
        None | Some(Raw::Null) => IMPORTED.to_owned(),
        Some(_) => return Err(refused("source", "this is the name of a source")),
    };
    let leads = match body.take("leads") {
        Some(Raw::List(leads)) if leads.len() <= LEADS_MAX => leads,
        _ => return Err(refused("leads", "this is a list of up to 1000 leads")),
    };
    let read: Vec<Result<Old, Refusal>> = leads
        .into_iter()
        .map(|lead| old(desk, lead, &source))
        .collect();
    let well = read.iter().filter_map(|old| old.as_ref().ok().cloned());
    let taken = desk
        .store
        .take_over(well.collect(), how)
        .map_err(|error| failed(&error))?;
    let is_new = |one: &&TakenOver| matches!(one, TakenOver::New(Some(_)));
    call.done.set(match taken.iter().filter(is_new).count() {
        0 => Done::Nothing,
        made => Done::Leads(made as u64),
    });
    let mut taken = taken.into_iter();
    let told = read.iter().map(|old| match old {
        Err(refusal) => json!({
            "result": "refused",
            "code": refusal.code,
            "field": refusal.field,
            "message": refusal.message,
        }),
        Ok(_) => match taken.next() {
            Some(TakenOver::Known(lead)) => json!({ "result": "known", "lead_id": lead }),
            Some(TakenOver::New(lead)) => json!({ "result": "new", "lead_id": lead }),
            None => Value::Null,
        },
    });
    let told: Vec<Value> = told.collect();
    Ok(Response::json(200, json!({ "results": told }).to_string()))
}

fn is_source(name: &str) -> bool {
    (1..=SOURCE_BYTES_MAX).contains(&name.len()) && !name.contains(char::is_control)
}

/// Reads one lead, be it as the API shows it or as somebody else calls its fields.
fn old(desk: &Desk, mut raw: Raw, source: &str) -> Result<Old, Refusal> {
    let refusal = |field: &str, message: &str| Refusal {
        code: "invalid_value",
        field: Some(field.to_owned()),
        message: message.to_owned(),
    };
    let text = |raw: &Raw, name: &str| match raw.at(name) {
        Some(Raw::Text(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        _ => None,
    };
    let (kind, created, updated) = (
        text(&raw, "lead_type"),
        text(&raw, "date_created"),
        text(&raw, "last_updated"),
    );
    if kind.is_some_and(|kind| LeadType::parse(&kind).is_none()) {
        return Err(refusal("lead_type", "there is no such type of leads"));
    }
    let date = "this is no date: 2026-02-01, or with a time 2026-02-01T14:09:01Z";
    let is_date = |text: &str| Timestamp::parse(text).is_some();
    if created.is_some_and(|text| !is_date(&text)) {
        return Err(refusal("date_created", date));
    }
    let updated = match updated {
        None => None,
        Some(text) => Some(Timestamp::parse(&text).ok_or_else(|| refusal("last_updated", date))?),
    };
    let key = format!("{raw:?}");
    let key = IdempotencyKey::new(IMPORTED, key.as_bytes(), key.as_bytes());
    let named = text(&raw, "source").filter(|name| is_source(name));
    // What export adds: it is said by other fields, or is given anew.
    for name in [
        "lead_id",
        "last_updated",
        "revision",
        "source",
        "account",
        "account_id",
        "profile",
    ] {
        raw.take(name);
    }
    if raw.at("field_mappings").is_some() {
        raw.take("custom_fields");
    }
    let profile = profile(desk, &mut raw).or_else(|_| profile(desk, &mut Raw::Null))?;
    let owner = Owner {
        account: desk.configured.account.clone(),
        profile: profile.clone(),
    };
    let source = named.unwrap_or_else(|| source.to_owned());
    let mut reader = Source::new(
        &source,
        LeadType::WebForm,
        profile,
        Auth::Bearer(Vec::new()),
    );
    if let Some(known) = desk.configured.source(&source) {
        reader.derivation = known.derivation.clone();
    }
    let submission = intake::read(renamed(raw), &reader, &Visitor::default())?;
    Ok(Old {
        source: source.into(),
        owner: Arc::new(owner),
        submission,
        updated,
        key,
    })
}
