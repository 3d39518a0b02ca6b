//! What is in a letter.

use crate::mail_server::Say;
use crate::{Office, PLAN, Plan, TO};

#[test]
fn a_lead_is_a_letter_that_can_be_read_and_answered() {
    let office = Office::open();
    let body = r#"{"name":"Ada Lovelace","phone":"+441632960000","email":"ada@example.org",
        "message":"The tap drips","Preferred day":"Monday","utm_source":"news"}"#;
    office.daemon.post("website", body);
    let letter = office.server.wait_for(1);
    assert_eq!(
        letter.subject(),
        "New web form: Ada Lovelace, +441632960000"
    );
    assert_eq!(
        letter.header("From").as_deref(),
        Some("Leads <leads@example.com>")
    );
    assert_eq!(letter.header("To").as_deref(), Some(TO));
    assert_eq!(
        letter.header("Reply-To").as_deref(),
        Some("ada@example.org")
    );
    assert_eq!(
        letter.header("Auto-Submitted").as_deref(),
        Some("auto-generated")
    );
    assert_eq!(
        letter.header("Date").as_deref(),
        Some("Sun, 01 Feb 2026 14:09:01 +0000")
    );
    let text = letter.part("text/plain");
    for line in [
        "A new lead has come in. Answer this e-mail to write to the person.",
        "  Name: Ada Lovelace",
        "  Preferred day: Monday",
        "  Source of the visit: news",
        "  Source: website",
    ] {
        assert!(
            text.lines().any(|l| l == line),
            "{line:?} is not in\n{text}"
        );
    }
    assert!(text.contains("The tap drips"), "{text}");
    assert!(text.find("Ada") < text.find("The tap") && text.find("The tap") < text.find("news"));
    assert!(
        letter
            .part("text/html")
            .contains("<b>Name</b></td><td>Ada Lovelace</td>")
    );
    assert_eq!(
        (letter.from.as_str(), letter.to),
        ("leads@example.com", vec![TO.to_owned()])
    );
}

#[test]
fn an_update_says_what_changed_from_what() {
    let office = Office::open();
    office.daemon.post(
        "website",
        r#"{"external_id":"1","name":"Ada","notes":"one tap"}"#,
    );
    office.daemon.post(
        "website",
        r#"{"external_id":"1","name":"Ada","notes":"two taps"}"#,
    );
    let letter = office.server.wait_for(2);
    assert_eq!(letter.subject(), "Update of a web form: Ada (notes)");
    let text = letter.part("text/plain");
    assert!(
        text.contains("What changed\n  Notes: one tap → two taps\n"),
        "{text}"
    );
}

#[test]
fn a_letter_names_its_lead_in_english() {
    let office = Office::open();
    let posts = [
        ("Email", "Oslo", "New email: Ada"),
        ("Email", "Bergen", "Update of an email: Ada (city)"),
        ("Other", "Oslo", "New lead: Ada"),
        ("Other", "Bergen", "Update of a lead: Ada (city)"),
    ];
    for (n, (lead_type, city, subject)) in posts.into_iter().enumerate() {
        let id = format!(r#""lead_type":"{lead_type}","external_id":"{lead_type}""#);
        let lead = format!(r#"{{{id},"name":"Ada","city":"{city}"}}"#);
        office.daemon.post("website", &lead);
        assert_eq!(office.server.wait_for(n + 1).subject(), subject);
    }
}

#[test]
fn a_stranger_writes_no_header_no_html_and_no_end_of_the_letter() {
    let office = Office::open();
    let body = r#"{"name":"Eve\r\nBcc: all@example.net\r\n\r\n<script>","email":"eve@example.net\r\nBcc: x@y.z",
        "Note":"first\n.\nQUIT\n..last","\r\nX-Label: 1":"<b>bold</b>"}"#;
    office.daemon.post("website", body);
    let letter = office.server.wait_for(1);
    assert_eq!(letter.to, [TO]);
    for name in ["Bcc", "Reply-To", "X-Label"] {
        assert_eq!(letter.header(name), None, "{name}");
    }
    assert!(
        letter
            .subject()
            .starts_with("New web form: Eve Bcc: all@example.net <script>")
    );
    let text = letter.part("text/plain");
    assert!(
        text.contains("first\n    .\n    QUIT\n    ..last\n"),
        "{text}"
    );
    let html = letter.part("text/html");
    assert!(
        html.contains("&lt;b&gt;bold&lt;/b&gt;") && !html.contains("<script>"),
        "{html}"
    );
}

#[test]
fn names_of_all_languages_arrive_and_every_line_is_short_ascii() {
    let office = Office::open();
    let name = "Zoë Müller-Łukasiewicz 山田太郎 ".repeat(3);
    office.daemon.post(
        "website",
        &format!(r#"{{"name":"{name}","message":"{}"}}"#, "ä".repeat(3000)),
    );
    let letter = office.server.wait_for(1);
    assert!(
        letter
            .subject()
            .starts_with("New web form: Zoë Müller-Łukasiewicz 山田太郎 Zoë")
    );
    assert!(letter.subject().chars().count() <= 151);
    assert!(letter.message.is_ascii());
    let longest = letter.message.lines().map(str::len).max();
    assert!(longest <= Some(998), "{longest:?}");
    assert!(letter.part("text/plain").contains(&"ä".repeat(3000)));
}

#[test]
fn a_letter_that_is_sent_again_has_the_same_message_id() {
    let lost = |step: &str, n| {
        if step == "END" && n == 1 {
            Say::Close
        } else {
            Say::Well
        }
    };
    let office = Office::script(&PLAN, lost);
    let lead = office.post();
    office.attempts(lead, 1);
    office.daemon.turn_clock(std::time::Duration::from_secs(10));
    let id = office
        .server
        .wait_for(1)
        .header("Message-ID")
        .expect("an id");
    let event = office
        .daemon
        .store()
        .lead(lead)
        .expect("a store")
        .expect("a lead");
    assert_eq!(id, format!("<{}@example.com>", event.id));
}

#[test]
fn a_letter_goes_to_all_that_the_webhook_names() {
    let plan = Plan {
        to: "owner@example.com, second@example.com",
        ..PLAN
    };
    let office = Office::script(&plan, |_, _| Say::Well);
    office.post();
    assert_eq!(
        office.server.wait_for(1).to,
        ["owner@example.com", "second@example.com"]
    );
}
