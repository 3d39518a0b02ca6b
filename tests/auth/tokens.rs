//! Secrets that are sent as they are: a password, a key in the body. Bearer, header and query are
//! among the tests of ingest.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::daemon::TestDaemon;
use crate::{BODY, additional_fields, is_unauthorized, known_by, post, post_form};

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

#[test]
fn a_user_and_a_password_open_and_nothing_else_does() {
    let daemon = TestDaemon::start(&known_by("crm", "basic = \"müller\""));
    let answer = |value: &str| post(&daemon, "/in/crm", &[("authorization", value)], BODY);
    for right in ["müller:new-signing-secret-1", "müller:old-signing-secret-1"] {
        assert_eq!(answer(&basic(right)).status, 201, "{right}");
    }
    for wrong in [
        "müller:new-signing-secret-2",
        "mueller:new-signing-secret-1",
        "müller",
        "müller:",
        ":new-signing-secret-1",
        "müller:new-signing-secret-1 ",
        "",
    ] {
        is_unauthorized(&answer(&basic(wrong)), &["Authorization: Basic"]);
    }
    for wrong in [
        "Bearer new-signing-secret-1",
        "Basic !!!",
        "Basic",
        "Basic ",
    ] {
        is_unauthorized(&answer(wrong), &[]);
    }
    let none = post(&daemon, "/in/crm", &[], BODY);
    is_unauthorized(&none, &[]);
    let challenge = none.header("www-authenticate");
    assert!(challenge.is_some_and(|scheme| scheme.starts_with("Basic realm=")));
}

#[test]
fn a_key_in_the_body_opens_and_stays_out_of_the_lead() {
    let daemon = TestDaemon::start(&format!(
        "{}{}",
        known_by("ads", "body = \"google_key\""),
        known_by("nested", "body = \"data.key\"")
    ));
    let json = r#"{"lead_id":"7","google_key":"new-signing-secret-1","city":"Oslo"}"#;
    let nested = r#"{"data":{"key":"old-signing-secret-1","town":"Oslo"}}"#;
    let form = "google_key=old-signing-secret-1&city=Oslo";
    for answer in [
        post(&daemon, "/in/ads", &[], json),
        post(&daemon, "/in/nested", &[], nested),
        post_form(&daemon, "/in/ads", &[], form),
    ] {
        assert_eq!(answer.status, 201, "{}", answer.body);
        let fields = additional_fields(&daemon, answer.lead_id());
        assert!(fields.contains("Oslo"), "{fields}");
        assert!(!fields.contains("signing-secret"), "{fields}");
    }
}

#[test]
fn a_key_that_is_missing_wrong_or_elsewhere_does_not_open() {
    let daemon = TestDaemon::start(&known_by("ads", "body = \"google_key\""));
    for body in [
        r#"{"city":"Oslo"}"#,
        r#"{"google_key":"new-signing-secret-2"}"#,
        r#"{"google_key":null}"#,
        r#"{"google_key":["new-signing-secret-1"]}"#,
        r#"{"google_key":"x","google_key":"new-signing-secret-1"}"#,
        r#"{"data":{"google_key":"new-signing-secret-1"}}"#,
        r#"["new-signing-secret-1"]"#,
    ] {
        is_unauthorized(&post(&daemon, "/in/ads", &[], body), &["google_key"]);
    }
    let header = [("google_key", "new-signing-secret-1")];
    is_unauthorized(&post(&daemon, "/in/ads", &header, "{\"a\":1}"), &[]);
    assert_eq!(daemon.store().counts().expect("counts").leads, 0);
}

#[test]
fn a_number_can_be_the_key() {
    let secret = "secret = \"12345678901234567890\"";
    let auth = format!("auth = {{ body = \"key\", {secret} }}");
    let daemon = TestDaemon::start(&crate::source("ads", &auth));
    let body = r#"{"key":12345678901234567890,"city":"Oslo"}"#;
    assert_eq!(post(&daemon, "/in/ads", &[], body).status, 201);
}

#[test]
fn a_wrong_key_or_signature_uses_up_nothing_of_what_a_source_allows() {
    let limited =
        |name: &str, table: &str| format!("{}rate_per_minute = 1\n", known_by(name, table));
    let sources = limited("ads", "body = \"key\"") + &limited("hook", "hmac = \"x-signature\"");
    let daemon = TestDaemon::start(&sources);
    let right = r#"{"key":"new-signing-secret-1","city":"Oslo"}"#;
    let signature = "9a6acaff6363ea6c268e8ec2c45650335a857b36434860148376ef25fa5bef56";
    for _ in 0..3 {
        is_unauthorized(&post(&daemon, "/in/ads", &[], BODY), &[]);
        is_unauthorized(&post(&daemon, "/in/hook", &[], BODY), &[]);
    }
    let signed = [("x-signature", signature)];
    for status in [201, 429] {
        assert_eq!(post(&daemon, "/in/ads", &[], right).status, status);
        assert_eq!(post(&daemon, "/in/hook", &signed, BODY).status, status);
    }
}
