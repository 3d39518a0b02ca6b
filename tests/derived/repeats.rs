//! Whether a person came before, and whether he said the same.

use std::time::Duration;

use leadhook::domain::contact::Kind;

use crate::{edit, lead, posted, start, start_with};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn status(daemon: &crate::TestDaemon, body: &str) -> String {
    let lead = posted(daemon, body);
    lead["lead_status"].as_str().expect("a status").to_owned()
}

#[test]
fn a_person_is_known_again_by_address_number_or_visitor_id() {
    let daemon = start_with("[account]\ndefault_country = \"DE\"\n");
    for (body, expected) in [
        (
            r#"{"email":"ada@example.com","phone":"030 1234567","user_id":"1-a"}"#,
            "Unique",
        ),
        (r#"{"email":" ADA@Example.com "}"#, "Repeat"),
        (r#"{"phone":"+49 (0)30 123 45 67"}"#, "Repeat"),
        (
            r#"{"lead_type":"Phone Call","caller_number":"030/1234567"}"#,
            "Repeat",
        ),
        (r#"{"contact_email_address":"ada@example.com"}"#, "Repeat"),
        (r#"{"user_id":"1-a"}"#, "Repeat"),
        (r#"{"email":"eva@example.com","name":"Ada"}"#, "Unique"),
        (
            r#"{"lead_type":"Phone Call","caller_number":"anonymous"}"#,
            "Unique",
        ),
        (
            r#"{"lead_type":"Phone Call","caller_number":"anonymous"}"#,
            "Unique",
        ),
        (r#"{"name":"Nobody"}"#, "Unique"),
        (r#"{"name":"Nobody"}"#, "Unique"),
        (
            r#"{"email":"eva@example.com","lead_status":"Unique"}"#,
            "Unique",
        ),
    ] {
        assert_eq!(status(&daemon, body), expected, "{body}");
    }
    daemon.verify();
}

#[test]
fn a_lead_of_another_profile_is_no_earlier_one() {
    let config = "[[profile]]\nid = 1\nname = \"A\"\n[[profile]]\nid = 2\nname = \"B\"\n\
        [[source]]\nname = \"website\"\nauth = \"none\"\nprofile = \"A\"\n\
        [[source]]\nname = \"other\"\nauth = \"none\"\nprofile = \"B\"\n";
    let daemon = crate::TestDaemon::start(config);
    let body = r#"{"email":"ada@example.com"}"#;
    daemon.post("other", body);
    assert_eq!(status(&daemon, body), "Unique");
    assert_eq!(status(&daemon, body), "Repeat");
    daemon.post("other", body);
    assert_eq!(lead(&daemon, 4)["lead_status"], "Repeat");
}

#[test]
fn who_gives_his_address_later_is_known_from_then_on() {
    let daemon = start();
    let chat = |more: &str| format!(r#"{{"external_id":"c","lead_type":"Chat"{more}}}"#);
    posted(&daemon, r#"{"email":"ada@example.com"}"#);
    assert_eq!(
        status(&daemon, &chat(r#","chat_status":"In Progress""#)),
        "Unique"
    );
    let known = posted(&daemon, &chat(r#","email":"ada@example.com""#));
    assert_eq!(known["lead_status"], "Repeat");
    assert_eq!(known["previous_values"]["lead_status"], "Unique");
}

#[test]
fn an_edit_moves_a_lead_to_its_new_address() {
    let mut daemon = start();
    posted(&daemon, r#"{"email":"old@example.com"}"#);
    posted(&daemon, r#"{"email":"ada@example.com"}"#);
    edit(
        &daemon,
        1,
        r#"{"email_address":"new@example.com","contact_email_address":null}"#,
    );
    for again in [false, true] {
        let of = |text: &str| daemon.store().leads_of(Kind::Email, text).expect("a store");
        assert_eq!(of("old@example.com"), [0; 0], "{again}");
        assert_eq!(of("NEW@example.com"), [1]);
        assert_eq!(of("nobody"), [0; 0]);
        daemon.verify();
        if !again {
            daemon.restart();
        }
    }
    assert_eq!(status(&daemon, r#"{"email":"old@example.com"}"#), "Unique");
    assert_eq!(status(&daemon, r#"{"email":"new@example.com"}"#), "Repeat");
    assert_eq!(lead(&daemon, 1)["lead_status"], "Unique");
}

#[test]
fn the_same_of_the_same_person_within_a_day_is_a_duplicate() {
    let daemon = start();
    let is_duplicate = |body: &str| posted(&daemon, body)["duplicate"].clone();
    let first = r#"{"email":"ada@example.com","message":"The tap drips","Size":"80","consent_time":"2026-02-01T14:09:01Z"}"#;
    assert_eq!(is_duplicate(first), false);
    let again = first.replace("14:09:01", "14:10:44");
    assert_eq!(is_duplicate(&again), true);
    for other in [
        r#"{"email":"ada@example.com","message":"It still drips","Size":"80"}"#,
        r#"{"email":"ada@example.com","message":"The tap drips","Size":"90"}"#,
        r#"{"email":"eva@example.com","message":"The tap drips","Size":"80"}"#,
        r#"{"email":"ada@example.com","notes":"The tap drips","Size":"80","lead_type":"Event"}"#,
        r#"{"message":"The tap drips","Size":"80"}"#,
        r#"{"message":"The tap drips","Size":"80"}"#,
    ] {
        assert_eq!(is_duplicate(other), false, "{other}");
    }
    assert_eq!(is_duplicate(first), true);
    daemon.turn_clock(DAY + Duration::from_secs(1));
    assert_eq!(is_duplicate(first), false);
}

#[test]
fn a_lead_stays_a_duplicate_or_none_whatever_is_edited_later() {
    let daemon = start();
    let body = r#"{"email":"ada@example.com","message":"The tap drips"}"#;
    posted(&daemon, body);
    posted(&daemon, body);
    edit(&daemon, 2, r#"{"notes":"called back"}"#);
    assert_eq!(lead(&daemon, 2)["duplicate"], true);
    edit(&daemon, 2, r#"{"duplicate":false,"city":"Oslo"}"#);
    edit(&daemon, 2, r#"{"city":"Bergen"}"#);
    assert_eq!(lead(&daemon, 2)["duplicate"], false);
}

#[test]
fn who_calls_twice_has_called_twice() {
    let daemon = start();
    let call = r#"{"lead_type":"Phone Call","caller_number":"+17044695324"}"#;
    posted(&daemon, call);
    let second = posted(&daemon, call);
    assert_eq!(second["lead_status"], "Repeat");
    assert_eq!(second["duplicate"], false);
}

#[test]
fn the_window_of_duplicates_is_the_sources() {
    let config = |window: &str| {
        format!(
            "[[source]]\nname = \"website\"\nauth = \"none\"\nduplicate_window = \"{window}\"\n"
        )
    };
    let body = r#"{"email":"ada@example.com"}"#;
    let mut daemon = crate::TestDaemon::start(&config("10m"));
    posted(&daemon, body);
    daemon.turn_clock(Duration::from_secs(601));
    assert_eq!(posted(&daemon, body)["duplicate"], false);
    assert_eq!(posted(&daemon, body)["duplicate"], true);
    daemon.reload(&config("0s")).expect("a config");
    assert_eq!(posted(&daemon, body)["duplicate"], false);
}
