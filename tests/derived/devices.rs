//! The visitor's device, as far as his browser tells.

use leadhook::domain::field::Field;
use leadhook::domain::intake::Visitor;
use leadhook::domain::lead_type::LeadType;
use serde_json::json;

use crate::client::ask;
use crate::pure::{form, lead, service, texts};
use crate::start;

const FIELDS: [Field; 4] = [
    Field::OperatingSystem,
    Field::Browser,
    Field::DeviceType,
    Field::DeviceMake,
];
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
const WINDOWS: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0";

#[test]
fn system_browser_kind_and_make_are_told_by_the_user_agent() {
    let lines = include_str!("devices.txt").lines();
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with('#')).collect();
    assert!(lines.len() > 50, "{}", lines.len());
    for line in lines {
        let parts: Vec<&str> = line.splitn(5, ';').collect();
        let visitor = Visitor {
            user_agent: Some(parts[4].to_owned()),
            ..Visitor::default()
        };
        let lead = lead(&form(), &visitor, r#"{"email":"a@x.com"}"#);
        assert_eq!(texts(&lead, FIELDS), parts[..4], "{}", parts[4]);
    }
}

#[test]
fn a_hostile_user_agent_costs_nothing_but_itself() {
    for text in [
        "(".repeat(5000),
        "Android;".repeat(3000),
        "é(Linux; Android; ;".to_owned(),
        "bot".to_owned(),
        "(Android 1; \u{7})".to_owned(),
    ] {
        let visitor = Visitor {
            user_agent: Some(text),
            ..Visitor::default()
        };
        let lead = lead(&form(), &visitor, r#"{"email":"a@x.com"}"#);
        assert!(texts(&lead, FIELDS).iter().all(|text| text.len() < 1100));
    }
}

#[test]
fn a_bot_behind_a_letter_that_is_no_ascii_is_named() {
    // The fuzzer found that the name was cut out of the middle of that letter: a panic.
    let visitor = Visitor {
        user_agent: Some("é\u{fffd}python-requests/2.32".to_owned()),
        ..Visitor::default()
    };
    let lead = lead(&form(), &visitor, r#"{"email":"a@x.com"}"#);
    assert_eq!(texts(&lead, FIELDS)[1], "python-requests 2");
}

#[test]
fn the_device_is_the_visitors_and_not_that_of_a_service() {
    let visitor = Visitor {
        user_agent: Some(IPHONE.to_owned()),
        ..Visitor::default()
    };
    let body = json!({"email": "a@x.com"}).to_string();
    let by_service = lead(&service(LeadType::WebForm), &visitor, &body);
    assert_eq!(texts(&by_service, FIELDS), ["", "", "", ""]);
    let told = json!({"email": "a@x.com", "user_agent": WINDOWS}).to_string();
    for source in [service(LeadType::WebForm), form()] {
        let lead = lead(&source, &visitor, &told);
        assert_eq!(
            texts(&lead, FIELDS),
            ["Windows 10", "Firefox 128", "Desktop", ""]
        );
    }
    let posted = json!({"email": "a@x.com", "browser": "Own"}).to_string();
    let lead = lead(&form(), &visitor, &posted);
    assert_eq!(texts(&lead, FIELDS), ["", "Own", "", ""]);
}

#[test]
fn a_visitor_who_comes_again_with_another_device_does_not_mix_them() {
    let daemon = start();
    let post = |agent: &str, body: &str| {
        let headers = [("content-type", "application/json"), ("user-agent", agent)];
        let answer = ask(
            daemon.ingest(),
            "POST",
            "/in/website",
            &headers,
            body.as_bytes(),
        );
        assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
        crate::lead(&daemon, 1)
    };
    let first = post(WINDOWS, r#"{"external_id":"1","email":"a@x.com"}"#);
    assert_eq!(first["operating_system"], "Windows 10");
    let second = post(IPHONE, r#"{"external_id":"1","city":"Oslo"}"#);
    assert_eq!(second["city"], "Oslo");
    assert_eq!(second["browser"], "Firefox 128");
    assert!(second["device_make"].is_null());
}
