//! What a later post of the same lead changes.

use leadhook::domain::field::Field;
use leadhook::domain::intake::Visitor;
use leadhook::domain::lead_type::LeadType;
use leadhook::domain::value::Value;
use serde_json::json;

use crate::house::{History, public_form, read_of, source};

const NOTHING: [&str; 0] = [];

fn form_lead(json: &str) -> (History, impl FnMut(&mut History, &str) -> Vec<&'static str>) {
    let forms = source(LeadType::WebForm);
    let history = History::begin(&forms, json);
    (history, move |history, json| history.hear(&forms, json))
}

#[test]
fn a_repeated_post_changes_nothing() {
    let post = r#"{"email":"a@x","quote_value":100,"Size":"80","spam":false,"notes":""}"#;
    let (mut lead, mut hear) = form_lead(post);
    assert_eq!(hear(&mut lead, post), NOTHING);
    assert_eq!(
        hear(&mut lead, r#"{"quote_value":"100.00","email":"A@X"}"#),
        NOTHING
    );
}

#[test]
fn a_partial_post_leaves_all_else_as_it_was() {
    let (mut lead, mut hear) =
        form_lead(r#"{"email":"a@x","city":"Oslo","Size":"80","Colour":"red"}"#);
    assert_eq!(
        hear(&mut lead, r#"{"city":"Bergen","Size":"90"}"#),
        ["additional_fields", "city"]
    );
    let payload = lead.payload();
    assert_eq!(payload["email_address"], "a@x");
    assert_eq!(
        payload["additional_fields"],
        json!({"Size": "90", "Colour": "red"})
    );
    assert_eq!(
        payload["previous_values"],
        json!({"additional_fields": {"Size": "80", "Colour": "red"}, "city": "Oslo"})
    );
}

#[test]
fn an_empty_value_clears_its_field_or_its_label() {
    let (mut lead, mut hear) = form_lead(r#"{"email":"a@x","city":"Oslo","Size":"80"}"#);
    assert_eq!(
        hear(&mut lead, r#"{"city":null,"Size":"","zip":"1"}"#),
        ["additional_fields", "city", "zip"]
    );
    let payload = lead.payload();
    assert!(payload["city"].is_null());
    assert_eq!(payload["additional_fields"], json!({}));
    assert_eq!(payload["previous_values"]["zip"], json!(null));
}

#[test]
fn a_lead_does_not_grow_without_end_by_what_later_posts_add() {
    let (mut lead, mut hear) = form_lead(r#"{"email":"a@x","Size":"80"}"#);
    for round in 0..6 {
        let labels = (0..300).map(|n| format!("\"{round}-{n}\":\"{}\"", "x".repeat(800)));
        let labels = labels.collect::<Vec<_>>().join(",");
        hear(&mut lead, &format!("{{{labels}}}"));
    }
    let labels = &lead.payload()["additional_fields"];
    assert_eq!(labels.as_object().map(|labels| labels.len()), Some(500));
    // What is there is still heard of.
    hear(&mut lead, r#"{"Size":"9000"}"#);
    assert_eq!(lead.payload()["additional_fields"]["Size"], "9000");
    // Few labels with long texts come to an end, too.
    let (mut lead, mut hear) = form_lead(r#"{"email":"a@x"}"#);
    for n in 0..40 {
        let text = "x".repeat(60_000);
        hear(&mut lead, &format!(r#"{{"{n}":"{text}"}}"#));
    }
    assert_eq!(
        lead.payload()["additional_fields"]
            .as_object()
            .map(|labels| labels.len()),
        Some(17)
    );
}

#[test]
fn what_a_person_edited_stays_until_the_source_says_something_new() {
    let (mut lead, mut hear) = form_lead(r#"{"email":"a@x","city":"Oslo"}"#);
    lead.edit(|lead| {
        let before = lead.values.find(Field::City).cloned();
        lead.values
            .set(Field::City, Some(Value::Text("Tromsø".into())));
        lead.overridden.push((Field::City, before));
    });
    assert_eq!(hear(&mut lead, r#"{"city":"Oslo","zip":"1"}"#), ["zip"]);
    assert_eq!(lead.payload()["city"], "Tromsø");
    assert_eq!(hear(&mut lead, r#"{"city":"Bergen"}"#), ["city"]);
    assert_eq!(hear(&mut lead, r#"{"city":"Oslo"}"#), ["city"]);
}

#[test]
fn a_call_goes_on_from_in_progress_to_completed_and_never_back() {
    let calls = source(LeadType::PhoneCall);
    let mut call = History::begin(
        &calls,
        r#"{"call_status":"In Progess","caller_number":"+4721000000"}"#,
    );
    assert_eq!(call.payload()["lead_state"], "In Progress");
    assert_eq!(call.payload()["call_status"], "In Progress");
    let ended = call.hear(
        &calls,
        r#"{"call_status":"Completed","call_duration_seconds":61}"#,
    );
    assert_eq!(
        ended,
        ["lead_state", "call_status", "call_duration_seconds"]
    );
    let late = call.hear(
        &calls,
        r#"{"call_status":"In Progress","caller_number":"+4721000000"}"#,
    );
    assert_eq!(late, NOTHING);
    assert_eq!(call.payload()["call_status"], "Completed");
}

#[test]
fn a_chat_without_a_state_is_over_and_a_running_one_ends_by_either_word() {
    let chats = source(LeadType::Chat);
    assert_eq!(
        History::begin(&chats, r#"{"message":"Hi"}"#).payload()["chat_status"],
        "Completed"
    );
    let mut chat = History::begin(&chats, r#"{"message":"Hi","lead_state":"in_progress"}"#);
    assert_eq!(chat.payload()["chat_status"], "In Progress");
    assert_eq!(chat.hear(&chats, r#"{"message":"Bye"}"#), ["message"]);
    assert_eq!(
        chat.hear(&chats, r#"{"lead_state":"Completed"}"#),
        ["lead_state", "chat_status"]
    );
}

#[test]
fn a_lead_that_turns_into_a_call_has_a_call_status() {
    let forms = source(LeadType::WebForm);
    let mut lead = History::begin(&forms, r#"{"city":"Oslo"}"#);
    let changed = lead.hear(&forms, r#"{"lead_type":"Phone Call","caller_name":"Ada"}"#);
    assert_eq!(
        changed,
        ["lead_type", "call_status", "caller_name", "contact_name"]
    );
    assert_eq!(lead.payload()["call_status"], lead.payload()["lead_state"]);
    assert_eq!(lead.payload()["previous_values"]["lead_type"], "Web Form");
}

/// A source of several types names the type when the lead is new, and often only then.
#[test]
fn a_later_post_that_names_no_type_is_read_as_one_of_the_leads_own() {
    let mixed = source(LeadType::WebForm);
    let mut call = History::begin(
        &mixed,
        r#"{"lead_type":"Phone Call","call_status":"In Progress","city":"Oslo"}"#,
    );
    let ended = call.hear(
        &mixed,
        r#"{"external_id":"1","call_status":"Completed","call_duration_seconds":61,"x":"y"}"#,
    );
    assert_eq!(
        ended,
        [
            "lead_state",
            "call_status",
            "call_duration_seconds",
            "additional_fields"
        ]
    );
    assert_eq!(call.payload()["additional_fields"], json!({"x": "y"}));
    let mut chat = History::begin(&mixed, r#"{"lead_type":"chat","message":"Hi"}"#);
    assert_eq!(
        chat.hear(&mixed, r#"{"external_id":"1","message":"Bye"}"#),
        ["message"]
    );
    let chats = source(LeadType::Chat);
    let mut form = History::begin(&chats, r#"{"lead_type":"Web Form","form_name":"Contact"}"#);
    assert_eq!(
        form.hear(&chats, r#"{"external_id":"1","message":"Hi"}"#),
        ["notes"]
    );
}

#[test]
fn a_value_that_stood_in_for_another_does_not_overwrite_it() {
    let (mut lead, mut hear) = form_lead(r#"{"email":"ada@x","contact_email_address":"boss@x"}"#);
    assert_eq!(hear(&mut lead, r#"{"email":"eva@x"}"#), ["email_address"]);
    assert_eq!(lead.payload()["contact_email_address"], "boss@x");
}

#[test]
fn a_value_that_stood_in_for_another_follows_it() {
    let (mut lead, mut hear) = form_lead(r#"{"email":"ada@x"}"#);
    assert_eq!(
        hear(&mut lead, r#"{"email":"eva@x"}"#),
        ["contact_email_address", "email_address"]
    );
}

#[test]
fn the_same_form_from_another_place_is_no_change() {
    let visitor = |address: &str| Visitor {
        address: address.parse().ok(),
        page: Some(format!("https://example.com/{address}")),
        ..Visitor::default()
    };
    let read = |address| {
        read_of(&public_form(), r#"{"city":"Oslo"}"#, &visitor(address)).expect("a submission")
    };
    let mut lead = History::of(&read("203.0.113.5"));
    assert_eq!(lead.take(&read("203.0.113.99")), NOTHING);
    assert_eq!(lead.payload()["ip_address"], "203.0.113.5");
}

#[test]
fn a_lead_that_turns_out_to_be_no_spam_is_cleared() {
    let (mut lead, mut hear) = form_lead(r#"{"email":"a@x","spam":true}"#);
    assert_eq!(hear(&mut lead, r#"{"spam":false}"#), ["spam"]);
    assert_eq!(lead.payload()["previous_values"], json!({"spam": true}));
    assert_eq!(lead.payload()["spam"], json!(false));
}
