//! Leads by GET, and the answers that services want to hear.

use crate::client::ask;
use crate::daemon::TestDaemon;
use crate::{field, is_refused, lead, post_json, source};

const TOKEN: &str = "auth = { query = \"token\", secret = \"chat-secret-0123456\" }";

fn daemon() -> TestDaemon {
    let keyed = format!("[[source]]\nname = \"keyed\"\n{TOKEN}\nallow_get = true\n");
    TestDaemon::start(
        &[
            source("get", "allow_get = true"),
            source("post", ""),
            source("empty", "answer = \"empty\""),
            source("twiml", "answer = \"twiml\""),
            keyed,
        ]
        .concat(),
    )
}

#[test]
fn a_query_is_a_lead_where_the_source_allows_it() {
    let daemon = daemon();
    let get =
        |path: &str, headers: &[(&str, &str)]| ask(daemon.ingest(), "GET", path, headers, b"");
    let answer = get("/in/get?email=ada%40example.com&City*=Oslo&x=1&x=2", &[]);
    assert_eq!(field(&daemon, &answer, "x"), "1, 2");
    assert_eq!(field(&daemon, &answer, "City*"), "Oslo");
    assert_eq!(
        lead(&daemon, answer.lead_id())["email_address"],
        "ada@example.com"
    );
    for path in ["/in/get", "/in/get?", "/in/get?email="] {
        is_refused(&get(path, &[]), 422, "empty_submission");
    }
    // What a GET says of a body it does not have is of no interest.
    assert_eq!(
        get("/in/get?a=1", &[("content-type", "image/png")]).status,
        201
    );
    let key = [("idempotency-key", "one")];
    assert_eq!(get("/in/get?a=1", &key).status, 201);
    let again = get("/in/get?a=1", &key);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    is_refused(&get("/in/get?a=2", &key), 422, "idempotency_key_reused");
}

#[test]
fn elsewhere_a_get_is_405_and_nothing_but_get_and_post_is_ever_taken() {
    let daemon = daemon();
    let ask = |method: &str, name: &str| {
        let answer = ask(
            daemon.ingest(),
            method,
            &format!("/in/{name}?a=1"),
            &[],
            b"",
        );
        (answer.status, answer.header("allow").map(str::to_owned))
    };
    assert_eq!(ask("GET", "post"), (405, Some("POST".into())));
    for method in ["PUT", "DELETE", "PATCH"] {
        assert_eq!(ask(method, "get"), (405, Some("GET, POST".into())));
    }
    assert_eq!(daemon.store().counts().expect("counts").leads, 0);
}

#[test]
fn the_token_of_an_address_does_not_become_part_of_the_lead() {
    let daemon = daemon();
    let path = "/in/keyed?token=chat-secret-0123456&city=Oslo";
    let answer = ask(daemon.ingest(), "GET", path, &[], b"");
    assert_eq!(answer.status, 201);
    let lead = lead(&daemon, answer.lead_id());
    assert_eq!(lead["city"], "Oslo");
    assert!(!lead.to_string().contains("chat-secret"), "{lead}");
    let wrong = ask(
        daemon.ingest(),
        "GET",
        "/in/keyed?token=x&city=Oslo",
        &[],
        b"",
    );
    is_refused(&wrong, 401, "unauthorized");
}

#[test]
fn each_source_answers_as_its_service_wants_to_hear_it() {
    let daemon = daemon();
    let created = post_json(&daemon, "post", b"{\"city\":\"Oslo\"}");
    assert_eq!(
        created.json(),
        serde_json::json!({"lead_id": 1, "result": "created"})
    );
    let empty = post_json(&daemon, "empty", b"{\"city\":\"Oslo\"}");
    assert_eq!((empty.status, empty.body.as_str()), (204, ""));
    assert_eq!(empty.header("content-type"), None);
    for _ in 0..2 {
        let twiml = post_json(
            &daemon,
            "twiml",
            b"{\"external_id\":\"1\",\"city\":\"Oslo\"}",
        );
        assert_eq!(twiml.status, 200);
        assert_eq!(
            twiml.header("content-type"),
            Some("text/xml; charset=utf-8")
        );
        assert_eq!(
            twiml.body,
            r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#
        );
    }
    assert_eq!(daemon.store().counts().expect("counts").leads, 3);
    is_refused(&post_json(&daemon, "twiml", b"{"), 400, "invalid_json");
    is_refused(&post_json(&daemon, "empty", b"{}"), 422, "empty_submission");
}
