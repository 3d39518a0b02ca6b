//! Calls have phases: callbacks of one call are one lead, in whichever order they arrive.

use crate::House;

const STARTED: &str = r#"{"resource_id":"CAL1","customer_phone_number":"+17044695324","tracking_phone_number":"+17045550100","start_time":"2026-02-01T14:07:00Z"}"#;
const ENDED: &str = r#"{"resource_id":"CAL1","customer_phone_number":"+17044695324","tracking_phone_number":"+17045550100","start_time":"2026-02-01T14:07:00Z","answered":true,"duration":61}"#;
const NOTED: &str = r#"{"resource_id":"CAL1","customer_phone_number":"+17044695324","tracking_phone_number":"+17045550100","start_time":"2026-02-01T14:07:00Z","answered":true,"duration":61,"note":"Wants a tap"}"#;

fn twilio(status: &str, more: &str) -> String {
    format!(
        "CallSid=CA1&From=%2B17044695324&To=%2B17045550100&Direction=inbound&CallStatus={status}{more}"
    )
}

/// The results of these posts, one after the other.
fn results(house: &House, posts: &[&str]) -> Vec<String> {
    let result = |post: &&str| house.post(post).json()["result"].to_string();
    posts.iter().map(result).collect()
}

#[test]
fn callbacks_of_twilio_are_one_lead_that_runs_and_ends() {
    let house = House::with("preset = \"twilio_voice\"");
    let posts = [
        twilio("ringing", "&SequenceNumber=0"),
        twilio("in-progress", "&SequenceNumber=1"),
        twilio("completed", "&SequenceNumber=2&CallDuration=61"),
    ];
    let posts: Vec<&str> = posts.iter().map(String::as_str).collect();
    assert_eq!(
        results(&house, &posts),
        ["\"created\"", "\"updated\"", "\"updated\""]
    );
    let (first, last) = (house.payload(1), house.payload(3));
    assert_eq!(first["trigger"], "new");
    assert_eq!(first["call_status"], "In Progress");
    assert_eq!(last["trigger"], "update");
    assert_eq!(last["call_status"], "Completed");
    assert_eq!(last["call_duration"], "0h 1m 1s");
    assert_eq!(last["call_duration_seconds"], 61);
    assert_eq!(last["answer_status"], "Answered");
}

#[test]
fn a_late_callback_of_twilio_does_not_turn_a_completed_call_back() {
    let house = House::with("preset = \"twilio_voice\"");
    let posts = [
        twilio("completed", "&SequenceNumber=2&CallDuration=61"),
        twilio("ringing", "&SequenceNumber=0"),
    ];
    assert_eq!(
        results(&house, &[&posts[0], &posts[1]]),
        ["\"created\"", "\"unchanged\""]
    );
    assert_eq!(house.payload(1)["call_status"], "Completed");
}

#[test]
fn a_missed_call_says_why() {
    for (status, said) in [
        ("busy", "Busy"),
        ("no-answer", "No Answer"),
        ("canceled", "No Answer"),
    ] {
        let house = House::with("preset = \"twilio_voice\"");
        house.post(&twilio(status, ""));
        let payload = house.payload(1);
        assert_eq!(payload["answer_status"], said);
        assert_eq!(payload["call_status"], "Completed");
    }
}

#[test]
fn the_hooks_of_callrail_are_one_lead_that_runs_ends_and_is_modified() {
    let house = House::with("preset = \"callrail\"");
    assert_eq!(
        results(&house, &[STARTED, ENDED, NOTED]),
        ["\"created\"", "\"updated\"", "\"updated\""]
    );
    assert_eq!(house.payload(1)["call_status"], "In Progress");
    assert_eq!(house.payload(2)["call_status"], "Completed");
    assert_eq!(
        house.payload(3)["changed_fields"].to_string(),
        "[\"notes\"]"
    );
}

#[test]
fn a_late_hook_of_callrail_does_not_turn_a_completed_call_back() {
    let house = House::with("preset = \"callrail\"");
    assert_eq!(
        results(&house, &[ENDED, STARTED]),
        ["\"created\"", "\"unchanged\""]
    );
    assert_eq!(house.payload(1)["call_status"], "Completed");
}
