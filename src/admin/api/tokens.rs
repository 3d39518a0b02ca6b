//! Tokens: made, listed, revoked; and what was done with them.

use serde_json::json;

use super::{Body, Call, Desk, Endpoint, Kind, OF_CONFIG, Rights, failed, not_found, parameter};
use crate::domain::raw::Raw;
use crate::http::Response;
use crate::store::{DEEDS_KEPT, TOKENS_MAX, TokenRefusal};

const NAME_CHARS_MAX: usize = 64;
const DEEDS: u64 = 100;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "GET",
        path: "/tokens",
        rights: Rights::Full,
        about: "Lists the tokens that were made, without the tokens themselves.",
        parameters: &[],
        body: None,
        answers: (200, "Tokens"),
        answer: list,
    },
    Endpoint {
        method: "POST",
        path: "/tokens",
        rights: Rights::Full,
        about: "Makes a token and shows it this once.",
        parameters: &[],
        body: Some(Body::Parameters(&[&[
            parameter("name", Kind::Text, "Who has it; 1 to 64 characters."),
            parameter(
                "rights",
                Kind::Word(&["read", "full"]),
                "Whether it may only look, or change something, too.",
            ),
        ]])),
        answers: (201, "Token"),
        answer: make,
    },
    Endpoint {
        method: "DELETE",
        path: "/tokens/{name}",
        rights: Rights::Full,
        about: "Revokes a token at once.",
        parameters: &[],
        body: None,
        answers: (200, "Revoked"),
        answer: revoke,
    },
    Endpoint {
        method: "GET",
        path: "/audit",
        rights: Rights::Read,
        about: "What was changed on this listener, when and by whose token; the latest first.",
        parameters: &[parameter(
            "limit",
            Kind::Number(1, DEEDS_KEPT),
            "How much of it; 100 without it.",
        )],
        body: None,
        answers: (200, "Audit"),
        answer: audit,
    },
];

fn list(desk: &Desk, _: &Call) -> Result<Response, Response> {
    let tokens = desk.store.tokens().map_err(|error| failed(&error))?;
    let tokens: Vec<_> = tokens
        .iter()
        .map(|token| {
            json!({
                "name": token.name,
                "rights": token.rights.name(),
                "created": token.created.to_string(),
            })
        })
        .collect();
    Ok(Response::json(200, json!({ "tokens": tokens }).to_string()))
}

fn make(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let body = call.body()?;
    let text = |name| match body.at(name) {
        Some(Raw::Text(text)) => text.trim(),
        _ => "",
    };
    let refused = |field, message| Response::error(422, "invalid_value", Some(field), message);
    let name = text("name");
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
    if !fits || name.contains(char::is_control) || name.contains('/') {
        return Err(refused(
            "name",
            "a name has 1 to 64 characters and no slash",
        ));
    }
    if name == OF_CONFIG {
        let message = "this name is that of the tokens of the config; choose another one";
        return Err(refused("name", message));
    }
    let rights = match text("rights") {
        "read" => Rights::Read,
        "full" => Rights::Full,
        _ => return Err(refused("rights", "this is read or full")),
    };
    let made = desk
        .store
        .make_token(name, rights)
        .map_err(|error| failed(&error))?;
    let token = made.map_err(|refusal| match refusal {
        TokenRefusal::NameTaken => {
            refused("name", "there is a token of this name; revoke it first")
        }
        TokenRefusal::TooMany => {
            let message = format!("there are {TOKENS_MAX} tokens; revoke one first");
            Response::error(422, "too_many_tokens", None, &message)
        }
    })?;
    let body = json!({ "name": name, "rights": rights.name(), "token": token });
    Ok(Response::json(201, body.to_string()))
}

fn revoke(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let name = call.name();
    match desk
        .store
        .revoke_token(name)
        .map_err(|error| failed(&error))?
    {
        true => Ok(Response::json(200, json!({ "revoked": name }).to_string())),
        false => Err(not_found("unknown_token", "token of this name")),
    }
}

fn audit(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let limit = call.number("limit").unwrap_or(DEEDS) as usize;
    let deeds = desk.store.deeds(limit).map_err(|error| failed(&error))?;
    let deeds: Vec<_> = deeds
        .iter()
        .map(|deed| json!({ "at": deed.at.to_string(), "by": deed.by, "what": deed.what }))
        .collect();
    Ok(Response::json(200, json!({ "audit": deeds }).to_string()))
}
