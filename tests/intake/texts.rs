//! What becomes of the values.

use leadhook::domain::lead_type::LeadType;
use serde_json::json;

use crate::house::{form, labels, lead, lead_of};

#[test]
fn nested_values_are_kept_under_their_path() {
    assert_eq!(
        labels(r#"{"order":{"id":"A-1","lines":[{"sku":"x"},{"sku":"y"}]},"matrix":[[1],[2]]}"#),
        r#"{"order.id":"A-1","order.lines[0].sku":"x","order.lines[1].sku":"y","matrix[0]":"1","matrix[1]":"2"}"#
    );
}

#[test]
fn a_nested_value_under_the_name_of_a_field_is_kept_beside_it() {
    let payload = lead(r#"{"city":{"name":"Oslo","code":"03"},"notes":"x"}"#);
    assert!(payload["city"].is_null());
    assert_eq!(
        payload["additional_fields"],
        json!({"city.name": "Oslo", "city.code": "03"})
    );
}

#[test]
fn a_list_of_texts_is_one_text() {
    assert_eq!(
        labels(r#"{"rooms":["kitchen","",null,"bath",3]}"#),
        r#"{"rooms":"kitchen, bath, 3"}"#
    );
    assert_eq!(
        form("rooms=kitchen&rooms=bath")["additional_fields"],
        json!({"rooms": "kitchen, bath"})
    );
}

#[test]
fn lists_of_keywords_and_topics_are_joined_as_receivers_know_them() {
    let payload = lead(
        r#"{"spotted_keywords":["buy","quote"],"lead_analysis":{"Topic Detection":["roof","price"]}}"#,
    );
    assert_eq!(payload["spotted_keywords"], "buy,quote");
    assert_eq!(
        payload["lead_analysis"],
        json!({"Topic Detection": "roof,price"})
    );
}

#[test]
fn the_maps_of_a_lead_take_their_labels_with_spaces_and_all() {
    let payload = lead(
        r#"{"lead_analysis":{"Lead Summary":"A roof","Intent Detection":"Purchase"},
            "custom_fields":{"Company Name":"Acme"},"additional_fields":{"A b*":"c"},"d":"e"}"#,
    );
    assert_eq!(
        payload["lead_analysis"],
        json!({"Lead Summary": "A roof", "Intent Detection": "Purchase"})
    );
    assert_eq!(payload["field_mappings"], json!({"Company Name": "Acme"}));
    assert_eq!(
        payload["additional_fields"].to_string(),
        r#"{"A b*":"c","d":"e"}"#
    );
}

#[test]
fn a_map_that_is_no_map_is_kept_as_it_is() {
    let payload = lead(
        r#"{"lead_analysis":"hot","additional_fields":["x"],"field_mappings":null,"city":"Oslo"}"#,
    );
    assert_eq!(payload["lead_analysis"], json!({}));
    assert_eq!(
        payload["additional_fields"],
        json!({"lead_analysis": "hot", "additional_fields": "x"})
    );
}

#[test]
fn the_own_name_goes_before_an_alias_and_the_first_before_the_second_and_none_is_lost() {
    let payload = lead(
        r#"{"email":"second@x","email_address":"first@x","mail":"third@x","e-mail":"first@x"}"#,
    );
    assert_eq!(payload["email_address"], "first@x");
    assert_eq!(
        payload["additional_fields"],
        json!({"email": "second@x", "mail": "third@x"})
    );
}

#[test]
fn an_empty_value_leaves_its_field_to_the_alias() {
    let payload = lead(r#"{"email_address":"","email":"ada@x"}"#);
    assert_eq!(payload["email_address"], "ada@x");
    assert_eq!(payload["additional_fields"], json!({}));
}

#[test]
fn two_labels_that_are_the_same_once_trimmed_are_told_apart() {
    assert_eq!(
        labels(r#"{"size":"80","size ":"90"," size":"80"}"#),
        r#"{"size":"80","size (2)":"90"}"#
    );
}

#[test]
fn control_characters_are_made_visible_and_line_breaks_kept() {
    let payload = lead(r#"{"notes":" a\u0000b\u001b[31m\r\n\tc ","x\u0000y":"z"}"#);
    assert_eq!(payload["notes"], "a\u{fffd}b\u{fffd}[31m\r\n\tc");
    assert_eq!(payload["additional_fields"], json!({"x\u{fffd}y": "z"}));
    assert_eq!(form("notes=a%00b")["notes"], "a\u{fffd}b");
}

#[test]
fn broken_utf_8_in_a_form_costs_a_character_and_not_the_lead() {
    assert_eq!(
        form(b"name=J\xfcrgen&city=M%FCnchen")["contact_name"],
        "J\u{fffd}rgen"
    );
    assert_eq!(
        form(b"name=J\xfcrgen&city=M%FCnchen")["city"],
        "M\u{fffd}nchen"
    );
}

#[test]
fn an_address_is_kept_in_lower_case_and_a_number_as_e_164() {
    let payload = lead(r#"{"email":" Ada@Example.COM ","phone":"+47 (21) 00-00.00"}"#);
    assert_eq!(payload["email_address"], "ada@example.com");
    assert_eq!(payload["contact_email_address"], "ada@example.com");
    assert_eq!(payload["phone_number"], "+4721000000");
    for number in ["0800 123", "+1", "+12 34 abc 5678"] {
        assert_eq!(
            lead(&format!(r#"{{"phone":"{number}"}}"#))["phone_number"],
            number
        );
    }
}

#[test]
fn what_a_call_and_an_email_say_of_the_person_is_the_contact() {
    let call = lead_of(
        LeadType::PhoneCall,
        r#"{"caller_number":"+1 704 469 5324","caller_name":"ADA"}"#,
    );
    for field in ["caller_number", "phone_number", "contact_phone_number"] {
        assert_eq!(call[field], "+17044695324");
    }
    assert_eq!(call["contact_name"], "ADA");
    let email = lead_of(LeadType::Email, r#"{"sender_name":"Ada","name":"Ada Ø"}"#);
    assert_eq!(email["contact_name"], "Ada Ø");
}

#[test]
fn a_choice_is_read_in_its_usual_spellings_and_anything_else_kept_beside() {
    assert_eq!(lead(r#"{"quotable":"not_set"}"#)["quotable"], "Not Set");
    assert_eq!(lead(r#"{"quotable":"YES"}"#)["quotable"], "Yes");
    let payload = lead(r#"{"quotable":"perhaps"}"#);
    assert_eq!(payload["quotable"], "Not Set");
    assert_eq!(payload["additional_fields"], json!({"quotable": "perhaps"}));
}

#[test]
fn spam_and_duplicate_are_flags_however_they_are_written() {
    for (written, flag) in [
        ("true", true),
        ("\"yes\"", true),
        ("1", true),
        ("\"0\"", false),
        ("null", false),
    ] {
        let payload = lead(&format!(r#"{{"city":"Oslo","spam":{written}}}"#));
        assert_eq!(payload["spam"], json!(flag), "{written}");
        assert_eq!(payload["duplicate"], json!(false));
    }
    assert_eq!(labels(r#"{"spam":"perhaps"}"#), r#"{"spam":"perhaps"}"#);
}

#[test]
fn the_date_of_the_lead_is_the_posts_own() {
    let payload = lead(r#"{"date_created":"2026-01-31T23:30:00-02:00","city":"Oslo"}"#);
    assert_eq!(payload["date_created"], "2026-02-01T01:30:00Z");
    assert_eq!(payload["last_updated"], "2026-02-01T14:09:01Z");
    let payload = lead(r#"{"date_created":"yesterday"}"#);
    assert_eq!(payload["date_created"], "2026-02-01T14:09:01Z");
    assert_eq!(
        payload["additional_fields"],
        json!({"date_created": "yesterday"})
    );
}
