//! Texts that break careless programs, each posted as JSON, as a form and as multipart: at the
//! receiver it is what was typed, but for white space around it and for control characters.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::client::ask;
use crate::daemon::{TestDaemon, WEBSITE, webhook};
use crate::receiver::{Receiver, Reply};
use crate::{form, post_json, post_parts};

const STRINGS: [&str; 84] = [
    "",
    " ",
    "undefined",
    "null",
    "NULL",
    "(null)",
    "nil",
    "NaN",
    "true",
    "0",
    "-1",
    "1e1000",
    "0x7fffffff",
    "00123",
    "１２３",
    "0123456789012345678901234567890123456789",
    "1,000.50",
    "1.000,50",
    "2026-02-30",
    "!@#$%^&*()`~",
    "'",
    "\"",
    "'\"'",
    "\\",
    "\\\\",
    "\\\"",
    "a\\nb",
    "%",
    "%%",
    "%20",
    "%zz",
    "+",
    "a+b",
    "a=b&c=d",
    "a;b",
    "a[b]=c",
    "?a=b#c",
    "{{7*7}}",
    "${7*7}",
    "${HOME}",
    "$(touch /tmp/x)",
    "`touch /tmp/x`",
    "; rm -rf /",
    "| cat /etc/passwd",
    "../../../etc/passwd",
    "C:\\con\\con",
    "file:///etc/passwd",
    "' OR 1=1 --",
    "1; DROP TABLE leads",
    "admin'/*",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;b&gt;&amp;",
    "<!--#exec cmd=\"ls\"-->",
    "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///x\">]><a>&b;</a>",
    "]]>",
    "=1+1",
    "@SUM(A1)",
    "%s%n%d%x",
    "{0} {lead.email}",
    "a\nb",
    "a\r\nb",
    "a\r\n\r\nSet-Cookie: x=1",
    "a\tb",
    "a\0b",
    "a\u{1}\u{8}\u{1b}[31mb\u{7f}",
    "\u{85}a\u{9f}",
    "\u{feff}a",
    "a\u{200b}\u{200d}\u{2060}b",
    "\u{202e}evil\u{202c}",
    "שלום עולם",
    "مرحبا بالعالم",
    "田中さんにあげて下さい",
    "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤",
    "👩‍👩‍👧‍👦 🇩🇪 👍🏽",
    "ﷺ﷽",
    "İıſß",
    "e\u{301} é",
    "𝕳𝖊𝖑𝖑𝖔",
    "\u{10ffff}\u{e000}\u{ffff}",
    "Ω≈ç√∫˜µ≤≥÷",
    "ЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВ",
];

/// What of a text arrives: no control characters but those that people type, nothing around it.
fn arriving(text: &str) -> String {
    let typed = |c: char| !c.is_control() || "\n\r\t".contains(c);
    let text: String = text
        .chars()
        .map(|c| if typed(c) { c } else { '\u{fffd}' })
        .collect();
    text.trim().to_owned()
}

fn post_three_ways(daemon: &TestDaemon, id: &str, text: &str) {
    let json = serde_json::json!({ "id": format!("{id} json"), "v": text }).to_string();
    let form_body = form_urlencoded::Serializer::new(String::new())
        .append_pair("id", &format!("{id} form"))
        .append_pair("v", text)
        .finish();
    let parts_id = format!("{id} parts");
    let parts = form(&[
        ("name=\"id\"", parts_id.as_bytes()),
        ("name=\"v\"", text.as_bytes()),
    ]);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    for answer in [
        post_json(daemon, "website", json.as_bytes()),
        ask(
            daemon.ingest(),
            "POST",
            "/in/website",
            &headers,
            form_body.as_bytes(),
        ),
        post_parts(daemon, "website", &parts),
    ] {
        assert_eq!(answer.status, 201, "{text:?}: {}", answer.body);
    }
}

#[test]
fn every_text_arrives_unharmed_however_it_was_posted() {
    let receiver = Receiver::always(Reply::status(200));
    let hook = webhook("crm", &receiver.url(), "in_flight = 16");
    let daemon = TestDaemon::start(&format!("{WEBSITE}{hook}"));
    let long = ["x".repeat(60_000), "ä".repeat(30_000), "👍".repeat(15_000)];
    let texts: Vec<&str> = STRINGS
        .into_iter()
        .chain(long.iter().map(String::as_str))
        .collect();
    for (n, text) in texts.iter().enumerate() {
        post_three_ways(&daemon, &n.to_string(), text);
    }
    let arrived: BTreeMap<String, String> = receiver
        .wait_for(3 * texts.len())
        .iter()
        .map(|request| {
            let lead: Value = serde_json::from_slice(&request.body).expect("JSON");
            let text = |label: &str| {
                lead["additional_fields"][label]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            };
            (text("id"), text("v"))
        })
        .collect();
    for (n, text) in texts.iter().enumerate() {
        for way in ["json", "form", "parts"] {
            let expected = arriving(text);
            assert_eq!(
                arrived[&format!("{n} {way}")],
                expected,
                "{text:?} as {way}"
            );
        }
    }
    daemon.verify();
}

#[test]
fn every_text_may_be_a_name() {
    let daemon = TestDaemon::start(WEBSITE);
    for name in STRINGS {
        let body = serde_json::json!({ "city": "Oslo", name: "value" }).to_string();
        let answer = post_json(&daemon, "website", body.as_bytes());
        let fields = crate::lead(&daemon, answer.lead_id())["additional_fields"].clone();
        assert_eq!(fields[arriving(name)], "value", "{name:?} in {fields}");
    }
}

#[test]
fn every_text_may_be_in_a_field_of_its_own() {
    let daemon = TestDaemon::start(WEBSITE);
    for text in STRINGS {
        let names = [
            "email",
            "phone",
            "name",
            "lead_url",
            "country",
            "date_created",
            "lead_type",
            "quote_value",
        ];
        let mut body: BTreeMap<&str, &str> = names.into_iter().map(|name| (name, text)).collect();
        body.insert("city", "Oslo");
        let body = serde_json::json!(body).to_string();
        let answer = post_json(&daemon, "website", body.as_bytes());
        assert_eq!(answer.status, 201, "{text:?}: {}", answer.body);
        assert_eq!(crate::lead(&daemon, answer.lead_id())["city"], "Oslo");
    }
    daemon.verify();
}
