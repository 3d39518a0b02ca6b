//! The OpenAPI document is true.

use serde_json::Value;

use crate::daemon::{TestDaemon, WEBSITE, webhook};
use crate::{daemon, get, json, post};

#[test]
fn every_endpoint_of_the_description_answers_and_every_member_of_a_lead_is_described() {
    let crm = webhook("crm", "http://127.0.0.1:9/", "");
    let daemon = TestDaemon::start(&format!("{WEBSITE}{crm}"));
    daemon.post("website", r#"{"name":"Ada"}"#);
    post(&daemon, "/deliveries/cancel", r#"{"lead":9}"#);
    let described = json(&daemon, "/openapi.json");
    let paths = described["paths"].as_object().expect("paths");
    assert!(paths.len() >= 8, "only {} paths", paths.len());
    for (path, methods) in paths {
        if methods.get("get").is_some() {
            let path = path.trim_start_matches("/api/v1").replace("{lead_id}", "1");
            let path = path
                .replace("{account_id}", "1")
                .replace("{profile_id}", "1")
                .replace("{task_id}", "1")
                .replace("{delivery_id}", "1-1-crm")
                .replace("/sources/{name}", "/sources/website")
                .replace("/webhooks/{name}", "/webhooks/crm");
            let answer = get(&daemon, &path);
            assert_eq!(answer.status, 200, "{path}");
            is_described(&described, &methods["get"], &answer.json(), &path);
        }
    }
    let members = described["components"]["schemas"]["Lead"]["properties"].as_object();
    let lead = json(&daemon, "/leads/1");
    for name in lead.as_object().expect("a lead").keys() {
        assert!(
            members.is_some_and(|members| members.contains_key(name)),
            "{name}"
        );
    }
}

/// Every member of an answer is in the schema that the description names for it.
#[track_caller]
fn is_described(described: &Value, method: &Value, answer: &Value, path: &str) {
    let schema = &method["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
    let schema = schema.as_str().expect("a schema").trim_start_matches('#');
    let schema = described.pointer(schema).expect(path);
    let Some(members) = schema["properties"].as_object() else {
        return;
    };
    for name in answer.as_object().expect("an object").keys() {
        assert!(members.contains_key(name), "{path}: {name}");
    }
}

/// A list of leads was called a text, and so was whether webhooks hear of them: a client made of the
/// description sent what is refused.
#[test]
fn what_a_body_takes_is_described_as_what_it_is() {
    let described = json(&daemon(), "/openapi.json");
    let body = |path: &str| {
        let content = &described["paths"][path]["post"]["requestBody"]["content"];
        content["application/json"]["schema"]["properties"].clone()
    };
    let import = body("/api/v1/import");
    for (name, kind) in [
        ("leads", "array"),
        ("notify", "boolean"),
        ("source", "string"),
    ] {
        assert_eq!(import[name]["type"], kind, "{name}");
    }
    let rights = &body("/api/v1/tokens")["rights"]["enum"];
    assert_eq!(rights, &serde_json::json!(["read", "full"]));
}

#[test]
fn every_schema_that_is_named_is_there() {
    let daemon = daemon();
    let described = json(&daemon, "/openapi.json");
    let text = described.to_string();
    let schemas = described["components"]["schemas"]
        .as_object()
        .expect("schemas");
    let named = text.split("#/components/schemas/").skip(1);
    for name in named.map(|rest| rest.split('"').next().unwrap_or_default()) {
        assert!(schemas.contains_key(name), "{name}");
    }
}
