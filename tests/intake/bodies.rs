//! The syntax of bodies: JSON and its numbers, and what a broken one says.

use leadhook::domain::intake::Visitor;
use leadhook::domain::lead_type::LeadType;
use leadhook::domain::raw::Raw;
use leadhook::domain::source::Source;
use serde_json::json;

use crate::house::{History, labels, lead, public_form, read_of, source};

#[test]
fn a_byte_order_mark_is_passed_over() {
    assert_eq!(Raw::from_json(b"\xef\xbb\xbf{}"), Ok(Raw::Map(Vec::new())));
}

#[test]
fn a_name_that_comes_twice_keeps_both_values() {
    assert_eq!(
        lead(r#"{"city":"Oslo","city":"Bergen"}"#)["city"],
        "Oslo, Bergen"
    );
    assert_eq!(labels(r#"{"a":"1","a":"2","a":"3"}"#), r#"{"a":"1, 2, 3"}"#);
}

#[test]
fn an_error_tells_the_place_and_nothing_of_the_content() {
    for body in [
        &b"{\"email\":\"canary@example.com\" \"x\":1}"[..],
        b"{\"email\":\"canary@example.com",
        b"{\"email\":\"canary\xff@example.com\"}",
        b"{\"email\":canary}",
        b"canary",
        b"",
    ] {
        let error = Raw::from_json(body).expect_err("no JSON");
        assert!(!error.reason.contains("canary"), "{error:?}");
        assert_eq!(error.line, 1, "{error:?}");
    }
}

#[test]
fn the_name_that_the_json_reader_uses_for_numbers_is_harmless_in_a_post() {
    let payload = lead(r#"{"quote_value":{"$serde_json::private::Number":"drop"},"city":"Oslo"}"#);
    assert_eq!(payload["quote_value"], json!(null));
    assert_eq!(payload["additional_fields"], json!({"quote_value": "drop"}));
}

#[test]
fn a_public_form_tells_the_visitors_address_and_page_and_a_service_tells_none() {
    let visitor = Visitor {
        address: "203.0.113.5".parse().ok(),
        page: Some("https://www.example.com/contact".into()),
        ..Visitor::default()
    };
    let payload = |source: Source, json: &str| {
        let submission = read_of(&source, json, &visitor).expect("a submission");
        History::of(&submission).payload()
    };
    let form = payload(public_form(), r#"{"city":"Oslo"}"#);
    assert_eq!(form["ip_address"], "203.0.113.5");
    assert_eq!(form["lead_url"], "https://www.example.com/contact");
    let said = payload(public_form(), r#"{"ip":"198.51.100.7","page":"/a"}"#);
    assert_eq!(said["ip_address"], "198.51.100.7");
    assert_eq!(said["lead_url"], "/a");
    let service = source(LeadType::WebForm);
    assert!(payload(service, r#"{"city":"Oslo"}"#)["ip_address"].is_null());
}

#[test]
fn half_an_emoji_costs_a_character_and_not_the_lead() {
    for (written, read) in [
        (r"cut \ud83d", "cut \u{fffd}"),
        (r"\uDE00 cut", "\u{fffd} cut"),
        (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
        (
            r"😀 \ud83d\ude00 \\ud83d \u00e9\ud83d.",
            "😀 😀 \\ud83d é\u{fffd}.",
        ),
    ] {
        assert_eq!(
            lead(&format!(r#"{{"notes":"{written}"}}"#))["notes"],
            read,
            "{written}"
        );
    }
    for broken in [
        r#"{"a":"\ud83d"#,
        r#"{"a":"\ud83d\"#,
        r#"{"a":"\ud8zz"}"#,
        r#"{"a":"\ud8"}"#,
    ] {
        assert!(Raw::from_json(broken.as_bytes()).is_err(), "{broken}");
    }
}
