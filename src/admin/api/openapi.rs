//! The description of the API, made from the table that requests are led by.

use serde_json::{Map, Value, json};

use super::{Body, Call, Desk, ENDPOINTS, Endpoint, Kind, Parameter, Rights};
use crate::domain::field::{self, Field};
use crate::domain::lead_type::LeadType;
use crate::http::Response;

pub(super) const ENDPOINTS_HERE: &[Endpoint] = &[Endpoint {
    method: "GET",
    path: "/openapi.json",
    rights: Rights::Read,
    about: "This description.",
    parameters: &[],
    body: None,
    answers: (200, "Description"),
    answer: describe,
}];

fn describe(_: &Desk, _: &Call) -> Result<Response, Response> {
    Ok(Response::json(200, format!("{:#}\n", description())))
}

fn description() -> Value {
    let mut paths = Map::new();
    for endpoint in ENDPOINTS.iter().copied().flatten() {
        let path = paths.entry(format!("/api/v1{}", endpoint.path));
        let path = path.or_insert_with(|| json!({}));
        path[endpoint.method.to_ascii_lowercase()] = operation(endpoint);
    }
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "leadhook",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Leads and where they went. Dates are UTC; what is not set is null.",
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }, { "basic": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer" },
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The token as the password of any user.",
                },
            },
            "schemas": schemas(),
        },
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let in_path = endpoint
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{'));
    let in_path = in_path.map(|name| {
        let name = name.trim_end_matches('}');
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
    });
    let parameters = in_path.chain(endpoint.parameters.iter().map(parameter));
    let (status, schema) = endpoint.answers;
    let mut responses = json!({
        "default": {
            "description": "What was wrong.",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } },
        },
    });
    responses[status.to_string()] = json!({
        "description": "All is well.",
        "content": { "application/json": { "schema": reference(schema) } },
    });
    if endpoint.method == "POST" && status == 201 {
        responses["200"] = responses["201"].clone();
    }
    let mut operation = json!({
        "summary": endpoint.about,
        "description": match endpoint.rights {
            Rights::Read => "Any token may.",
            Rights::Full => "Wants a token with full rights.",
        },
        "parameters": parameters.collect::<Vec<Value>>(),
        "responses": responses,
    });
    if let Some(body) = &endpoint.body {
        let schema = json!({ "schema": body_schema(body) });
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": schema, "application/x-www-form-urlencoded": schema },
        });
    }
    operation
}

fn body_schema(body: &Body) -> Value {
    match body {
        Body::LeadFields => reference("LeadFields"),
        Body::Parameters(parts) => {
            let members = parts.iter().copied().flatten().map(|parameter| {
                let mut schema = kind(&parameter.kind);
                schema["description"] = parameter.about.into();
                (parameter.name.to_owned(), schema)
            });
            json!({ "type": "object", "properties": members.collect::<Map<String, Value>>() })
        }
    }
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": "query",
        "description": parameter.about,
        "schema": kind(&parameter.kind),
    })
}

fn kind(kind: &Kind) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::Number(first, last) => {
            json!({ "type": "integer", "minimum": first, "maximum": last })
        }
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Time => json!({
            "type": "string",
            // Empty counts as not asked for.
            "anyOf": [{ "format": "date" }, { "format": "date-time" }, { "maxLength": 0 }],
            "example": "2026-02-01T14:09:01Z",
        }),
        Kind::Leads(max) => {
            json!({ "type": "array", "items": reference("LeadFields"), "maxItems": max })
        }
    }
}

/// Answers of which the members are named and no more is said.
const PLAIN: &[(&str, &[&str])] = &[
    (
        "Erased",
        &[
            "leads",
            "remaining",
            "unreadable",
            "events",
            "deliveries",
            "cancelled",
            "attempts",
            "files",
            "webhooks",
            "journal",
            "backups",
        ],
    ),
    (
        "Everything",
        &["lead_id", "revisions", "deliveries", "files"],
    ),
    ("Imported", &["results"]),
    (
        "Accounts",
        &[
            "accounts",
            "page_number",
            "accounts_per_page",
            "total_pages",
            "total_accounts",
        ],
    ),
    ("Account", &["account_id", "account_name"]),
    (
        "Profiles",
        &[
            "account_id",
            "profiles",
            "page_number",
            "profiles_per_page",
            "total_pages",
            "total_profiles",
        ],
    ),
    ("Profile", &["profile_id", "profile_name"]),
    ("Sources", &["sources"]),
    ("Refused", &["source", "refused"]),
    ("Statistics", &["days", "webhooks"]),
    ("Tokens", &["tokens"]),
    ("Token", &["name", "rights", "token"]),
    ("Revoked", &["revoked"]),
    ("Audit", &["audit"]),
    ("Webhooks", &["webhooks"]),
    (
        "Webhook",
        &[
            "name",
            "condition",
            "since",
            "hold",
            "removed",
            "expires",
            "waiting",
            "oldest_waiting",
            "in_flight",
            "failures_in_a_row",
            "last_failure",
            "last_failure_at",
            "clock_off_s",
            "since_start",
        ],
    ),
    ("Deliveries", &["deliveries", "unreadable", "next_cursor"]),
    (
        "Delivery",
        &[
            "delivery_id",
            "lead_id",
            "revision",
            "webhook",
            "trigger",
            "state",
            "since",
            "next_attempt",
            "waits_for",
            "cancelled",
            "event_id",
            "attempts",
            "payload",
        ],
    ),
    ("Attempts", &["attempts", "missed", "next_cursor"]),
    ("Meant", &["deliveries", "overtaken", "until", "task"]),
    ("Tasks", &["tasks"]),
    (
        "Task",
        &[
            "task_id", "kind", "lead", "webhook", "state", "since", "until", "begun", "meant",
            "done", "ended",
        ],
    ),
    (
        "Trial",
        &[
            "webhook",
            "lead_type",
            "trigger",
            "wanted",
            "ok",
            "request",
            "answer",
            "fault",
            "address",
            "certificate_expires",
            "ms",
            "findings",
        ],
    ),
    ("Paused", &["paused"]),
    ("Resumed", &["resumed"]),
    ("Backup", &["backup"]),
    ("Reloaded", &["reloaded", "needs_restart", "warnings"]),
];

fn schemas() -> Value {
    let mut schemas = json!({
        "Lead": { "type": "object", "required": ["lead_id", "lead_type", "date_created"], "properties": lead() },
        "LeadFields": { "type": "object", "minProperties": 1, "additionalProperties": true },
        "Leads": {
            "type": "object",
            "required": ["page_number", "leads_per_page", "leads"],
            "properties": {
                "page_number": { "type": "integer" },
                "leads_per_page": { "type": "integer" },
                "total_pages": { "type": "integer" },
                "total_leads": { "type": "integer" },
                "next_cursor": { "type": "string", "nullable": true },
                "unreadable": { "type": "array", "items": { "type": "integer" } },
                "leads": { "type": "array", "items": reference("Lead") },
            },
        },
        "Description": { "type": "object" },
        "Error": {
            "type": "object",
            "required": ["error_message", "error"],
            "properties": {
                "error_message": { "type": "string", "description": "A sentence for people." },
                "error": {
                    "type": "object",
                    "required": ["code", "message"],
                    "properties": {
                        "code": { "type": "string", "description": "Stable, for programs." },
                        "field": { "type": "string", "description": "The field or parameter at fault." },
                        "message": { "type": "string" },
                    },
                },
            },
        },
    });
    for (name, members) in PLAIN {
        let members = members.iter().map(|name| ((*name).to_owned(), json!({})));
        let members: Map<String, Value> = members.collect();
        schemas[*name] = json!({ "type": "object", "properties": members });
    }
    schemas
}

/// The members of a lead, as [`crate::domain::event::Event::lead_json`] writes them.
fn lead() -> Map<String, Value> {
    let fields = Field::ALL.iter().filter(|field| **field != Field::Account);
    let mut members: Map<String, Value> = fields
        .map(|field| {
            let schema = match field.kind() {
                field::Kind::Text => json!({ "type": "string", "nullable": true }),
                // The reference knows more than one spelling of some, so any text is allowed.
                field::Kind::Choice(choices) => {
                    json!({ "type": "string", "nullable": true, "example": choices[0] })
                }
                field::Kind::Number => json!({ "type": "number", "nullable": true }),
                field::Kind::Flag => json!({ "type": "boolean" }),
                field::Kind::Map => {
                    json!({ "type": "object", "additionalProperties": { "type": "string" } })
                }
            };
            (field.name().to_owned(), schema)
        })
        .collect();
    let types = LeadType::ALL.map(LeadType::label);
    for (name, schema) in [
        ("lead_id", json!({ "type": "integer" })),
        ("lead_type", json!({ "type": "string", "enum": types })),
        (
            "date_created",
            json!({ "type": "string", "format": "date-time" }),
        ),
        (
            "last_updated",
            json!({ "type": "string", "format": "date-time" }),
        ),
        (
            "custom_fields",
            json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        ),
        ("source", json!({ "type": "string" })),
        ("external_id", json!({ "type": "string", "nullable": true })),
        ("revision", json!({ "type": "integer" })),
    ] {
        members.insert(name.to_owned(), schema);
    }
    members
}
