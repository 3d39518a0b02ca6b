//! HMAC signatures over HTTP, as each service writes them. The signatures were made by another
//! program: Python's `hmac`.

use std::time::Duration;

use crate::daemon::{SECRET, TestDaemon};
use crate::{BODY, NOW_S, is_unauthorized, known_by, post, post_form, source};

/// A service: its name, its table, and headers that it sends with [`BODY`] at [`NOW_S`].
type Service = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const SERVICES: [Service; 7] = [
    (
        "plain",
        "hmac = \"X-Signature\"",
        &[(
            "x-signature",
            "9a6acaff6363ea6c268e8ec2c45650335a857b36434860148376ef25fa5bef56",
        )],
    ),
    (
        "typeform",
        "hmac = \"typeform-signature\", encoding = \"base64\", prefix = \"sha256=\"",
        &[(
            "typeform-signature",
            "sha256=mmrK/2Nj6mwmjo7CxFZQM1qFezZDSGAUg3bvJfpb71Y=",
        )],
    ),
    (
        "stripe",
        "hmac = \"stripe-signature\", elements = true",
        &[(
            "stripe-signature",
            "t=1769954941,v1=5fcde19ec2541f157fa4642ccb47e06b10cf2e85601c0b3ab3017a83958a1fc0,v0=00",
        )],
    ),
    (
        "webflow",
        "hmac = \"x-webflow-signature\", signed = \"{timestamp}:{body}\", timestamp = \"x-webflow-timestamp\"",
        &[
            ("x-webflow-timestamp", "1769954941000"),
            (
                "x-webflow-signature",
                "49c7d0e5f3296b00a7e136fa093ac9a17c4a66c77f9dfb3464fda26c72b7d1a4",
            ),
        ],
    ),
    (
        "ctm",
        "hmac = \"x-ctm-signature\", algorithm = \"sha1\", encoding = \"base64\", signed = \"{timestamp}{body}\", timestamp = \"x-ctm-time\"",
        &[
            ("x-ctm-time", "1769954941"),
            ("x-ctm-signature", "69V7eFrZkG3TbcRxAaHyw9ih+vQ="),
        ],
    ),
    (
        "ctm-date",
        "hmac = \"x-ctm-signature\", algorithm = \"sha1\", encoding = \"base64\", signed = \"{timestamp}{body}\", timestamp = \"x-ctm-time\"",
        &[
            ("x-ctm-time", "2026-02-01T14:09:01Z"),
            ("x-ctm-signature", "MM/R+HdtEPYiM4jmhYtcbAAMpGw="),
        ],
    ),
    (
        "callrail",
        "hmac = \"signature\", algorithm = \"sha1\", encoding = \"base64\"",
        &[("signature", "G5+a1rFRugSnL7StYCCCmAKAli4=")],
    ),
];

fn daemon() -> TestDaemon {
    let sources = SERVICES
        .iter()
        .map(|(name, table, _)| known_by(name, table));
    TestDaemon::start(&sources.collect::<String>())
}

fn is_timed(table: &str) -> bool {
    table.contains("elements") || table.contains("timestamp")
}

#[test]
fn what_each_service_signs_is_taken() {
    let daemon = daemon();
    for (name, _, headers) in SERVICES {
        let answer = post(&daemon, &format!("/in/{name}"), headers, BODY);
        assert_eq!(answer.status, 201, "{name}: {}", answer.body);
    }
}

#[test]
fn one_byte_of_the_body_or_the_signature_spoils_it() {
    let daemon = daemon();
    for (name, _, headers) in SERVICES {
        let path = format!("/in/{name}");
        let altered = BODY.replace("ada", "bda");
        is_unauthorized(
            &post(&daemon, &path, headers, &altered),
            &["no signature fits"],
        );
        let spaced = format!("{BODY}\n");
        is_unauthorized(
            &post(&daemon, &path, headers, &spaced),
            &["no signature fits"],
        );
        let (last, rest) = headers.split_last().expect("a header");
        let flip = |c: char| if c == '9' { '8' } else { '9' };
        let at = last.1.rfind(|c: char| c.is_ascii_digit()).expect("a digit");
        let mut wrong = last.1.to_owned();
        let flipped = flip(last.1[at..].chars().next().expect("a digit"));
        wrong.replace_range(at..=at, &flipped.to_string());
        // In the list of elements, the last digit is not one of the signature that counts.
        if name != "stripe" {
            let headers = [rest, &[(last.0, wrong.as_str())]].concat();
            is_unauthorized(&post(&daemon, &path, &headers, BODY), &[]);
        }
    }
    assert_eq!(daemon.store().counts().expect("counts").leads, 0);
}

#[test]
fn a_missing_or_unreadable_header_is_named() {
    let daemon = daemon();
    for (name, table, headers) in SERVICES {
        let path = format!("/in/{name}");
        let header = headers[headers.len() - 1].0;
        is_unauthorized(&post(&daemon, &path, &[], BODY), &[header, "is missing"]);
        for value in ["", "!", "sha256=", "t=1,v1=x", "0"] {
            let value = [(header, value)];
            let answer = post(&daemon, &path, &value, BODY);
            let message = if is_timed(table) {
                ""
            } else {
                "not of that form"
            };
            is_unauthorized(&answer, &[header, message]);
        }
    }
}

#[test]
fn a_signature_that_is_too_old_or_from_the_future_is_refused_and_says_by_how_much() {
    let mut daemon = daemon();
    for (minutes, status) in [(5, 201), (10, 401)] {
        daemon.restart();
        let now = crate::daemon::BEGIN.after(Duration::from_secs(60 * minutes));
        daemon.set_clock(now);
        for (name, table, headers) in SERVICES {
            let answer = post(&daemon, &format!("/in/{name}"), headers, BODY);
            let expected = if is_timed(table) { status } else { 201 };
            assert_eq!(answer.status, expected, "{name} after {minutes} minutes");
            if answer.status == 401 {
                is_unauthorized(&answer, &["600 s", "300 s are tolerated"]);
            }
        }
    }
    daemon.set_clock(leadhook::domain::time::Timestamp((NOW_S - 301) * 1000));
    for (name, table, headers) in SERVICES.into_iter().filter(|(_, table, _)| is_timed(table)) {
        let answer = post(&daemon, &format!("/in/{name}"), headers, BODY);
        assert_eq!(answer.status, 401, "{name} {table}");
    }
}

#[test]
fn the_time_cannot_be_exchanged_for_a_fresh_one() {
    let daemon = daemon();
    daemon.set_clock(crate::daemon::BEGIN.after(Duration::from_secs(3600)));
    let fresh = (NOW_S + 3600).to_string();
    let signature = SERVICES[2].2[0].1.replace("1769954941", &fresh);
    let stripe = [("stripe-signature", signature.as_str())];
    is_unauthorized(
        &post(&daemon, "/in/stripe", &stripe, BODY),
        &["no signature fits"],
    );
    // Of two times the first counts, for the tolerance as for the signature.
    let both = format!("t={fresh},{}", SERVICES[2].2[0].1);
    let stripe = [("stripe-signature", both.as_str())];
    is_unauthorized(&post(&daemon, "/in/stripe", &stripe, BODY), &[]);
    let ctm = [("x-ctm-time", fresh.as_str()), SERVICES[4].2[1]];
    is_unauthorized(
        &post(&daemon, "/in/ctm", &ctm, BODY),
        &["no signature fits"],
    );
    let no_time = [SERVICES[4].2[1]];
    is_unauthorized(
        &post(&daemon, "/in/ctm", &no_time, BODY),
        &["x-ctm-time is missing"],
    );
    let odd_time = [("x-ctm-time", "yesterday"), SERVICES[4].2[1]];
    is_unauthorized(
        &post(&daemon, "/in/ctm", &odd_time, BODY),
        &["x-ctm-time is not"],
    );
}

#[test]
fn during_a_rotation_both_secrets_are_valid_and_later_only_the_new_one() {
    let table = "hmac = \"stripe-signature\", elements = true";
    let mut daemon = TestDaemon::start(&known_by("stripe", table));
    let old = "v1=2c06420e8530330aea93737ee0f8cdfb2137ffeb917bc8db737fb3c61dc33353";
    let new = "v1=5fcde19ec2541f157fa4642ccb47e06b10cf2e85601c0b3ab3017a83958a1fc0";
    let status = |daemon: &TestDaemon, list: &str| {
        let header = format!("t={NOW_S},{list}");
        let headers = [("stripe-signature", header.as_str())];
        post(daemon, "/in/stripe", &headers, BODY).status
    };
    assert_eq!((status(&daemon, old), status(&daemon, new)), (201, 201));
    let auth = format!("auth = {{ {table}, secret = \"new-signing-secret-1\" }}");
    daemon.reload(&source("stripe", &auth)).expect("a reload");
    assert_eq!((status(&daemon, old), status(&daemon, new)), (401, 201));
    // Whoever signs may rotate as well, and sends both.
    assert_eq!(status(&daemon, &format!("{old},{new}")), 201);
    let many = format!("{}{new}", "v1=00,".repeat(100));
    assert_eq!(status(&daemon, &many), 401);
}

#[test]
fn a_signed_form_is_checked_on_its_bytes() {
    let daemon = TestDaemon::start(&known_by("form", "hmac = \"x-signature\""));
    let body = "email=ada%40example.com";
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"new-signing-secret-1");
    let tag = ring::hmac::sign(&key, body.as_bytes());
    let hex: String = tag.as_ref().iter().map(|b| format!("{b:02X}")).collect();
    let headers = [("x-signature", hex.as_str())];
    assert_eq!(post_form(&daemon, "/in/form", &headers, body).status, 201);
    let same_meaning = "email=ada@example.com";
    is_unauthorized(&post_form(&daemon, "/in/form", &headers, same_meaning), &[]);
}

#[test]
fn a_post_by_standard_webhooks_is_taken_once_in_its_time() {
    let auth = format!("auth = {{ standard_webhooks = true, secret = \"{SECRET}\" }}");
    let daemon = TestDaemon::start(&source("hook", &auth));
    let id = ("webhook-id", "msg_1");
    let time = ("webhook-timestamp", "1769954941");
    let right = (
        "webhook-signature",
        "v1,AAAA v1,5VjrijOubfyrUbXsdGA6vgHe7I/7Xv5xyk7uQon9ues=",
    );
    let answer = |headers: &[(&str, &str)]| post(&daemon, "/in/hook", headers, BODY);
    assert_eq!(answer(&[id, time, right]).status, 201);
    is_unauthorized(&answer(&[time, right]), &["webhook-id"]);
    is_unauthorized(&answer(&[id, right]), &["webhook-timestamp"]);
    is_unauthorized(&answer(&[id, time]), &["webhook-signature"]);
    is_unauthorized(
        &answer(&[("webhook-id", "msg_2"), time, right]),
        &["no signature"],
    );
    daemon.turn_clock(Duration::from_secs(301));
    is_unauthorized(&answer(&[id, time, right]), &["301 s"]);
}
