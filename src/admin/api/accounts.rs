//! The account and its profiles, as the config has them.

use serde_json::json;

use super::{Call, Desk, Endpoint, Rights, not_found};
use crate::http::Response;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "GET",
        path: "/accounts",
        rights: Rights::Read,
        about: "The account of the config, as a list of one.",
        parameters: &[],
        body: None,
        answers: (200, "Accounts"),
        answer: accounts,
    },
    Endpoint {
        method: "GET",
        path: "/accounts/{account_id}",
        rights: Rights::Read,
        about: "The account of this number.",
        parameters: &[],
        body: None,
        answers: (200, "Account"),
        answer: account,
    },
    Endpoint {
        method: "GET",
        path: "/accounts/{account_id}/profiles",
        rights: Rights::Read,
        about: "The profiles of the config.",
        parameters: &[],
        body: None,
        answers: (200, "Profiles"),
        answer: profiles,
    },
    Endpoint {
        method: "GET",
        path: "/accounts/{account_id}/profiles/{profile_id}",
        rights: Rights::Read,
        about: "The profile of this number.",
        parameters: &[],
        body: None,
        answers: (200, "Profile"),
        answer: profile,
    },
];

fn accounts(desk: &Desk, _: &Call) -> Result<Response, Response> {
    let account = &desk.configured.account;
    let body = json!({
        "accounts": [{ "account_id": account.id, "account_name": account.name }],
        "page_number": 1,
        "accounts_per_page": 1,
        "total_pages": 1,
        "total_accounts": 1,
    });
    Ok(Response::json(200, body.to_string()))
}

fn check(desk: &Desk, call: &Call) -> Result<(), Response> {
    match call.id() == Some(desk.configured.account.id) {
        true => Ok(()),
        false => Err(not_found("unknown_account", "account of this number")),
    }
}

fn account(desk: &Desk, call: &Call) -> Result<Response, Response> {
    check(desk, call)?;
    let account = &desk.configured.account;
    let body = json!({ "account_id": account.id, "account_name": account.name });
    Ok(Response::json(200, body.to_string()))
}

fn profiles(desk: &Desk, call: &Call) -> Result<Response, Response> {
    check(desk, call)?;
    let profiles = desk.configured.profiles.iter();
    let profiles: Vec<_> = profiles
        .map(|profile| json!({ "profile_id": profile.id, "profile_name": profile.name }))
        .collect();
    let n = profiles.len();
    let body = json!({
        "account_id": desk.configured.account.id,
        "profiles": profiles,
        "page_number": 1,
        "profiles_per_page": n,
        "total_pages": 1,
        "total_profiles": n,
    });
    Ok(Response::json(200, body.to_string()))
}

fn profile(desk: &Desk, call: &Call) -> Result<Response, Response> {
    check(desk, call)?;
    let id = call.values.get(1).and_then(|id| id.parse::<u64>().ok());
    let mut profiles = desk.configured.profiles.iter();
    let found = profiles.find(|profile| Some(profile.id) == id);
    let profile = found.ok_or_else(|| not_found("unknown_profile", "profile of this number"))?;
    let body = json!({ "profile_id": profile.id, "profile_name": profile.name });
    Ok(Response::json(200, body.to_string()))
}
