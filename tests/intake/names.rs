//! Which field a posted name means.

use leadhook::domain::lead_type::LeadType;
use serde_json::json;

use crate::house::{form, labels, lead, lead_of};

#[test]
fn a_field_is_known_by_its_name_whatever_its_case_and_its_hyphens() {
    for name in [
        "email_address",
        "Email_Address",
        "EMAIL-ADDRESS",
        " email address ",
    ] {
        let payload = lead(&format!(r#"{{"{name}":"ada@example.com"}}"#));
        assert_eq!(payload["email_address"], "ada@example.com", "{name}");
        assert_eq!(payload["additional_fields"], json!({}), "{name}");
    }
}

#[test]
fn common_other_names_find_their_field() {
    for (alias, field) in [
        ("name", "contact_name"),
        ("your_name", "contact_name"),
        ("full-name", "contact_name"),
        ("company", "contact_company_name"),
        ("Organisation", "contact_company_name"),
        ("message", "notes"),
        ("comments", "notes"),
        ("utm_source", "lead_source"),
        ("utm_medium", "lead_medium"),
        ("utm_campaign", "lead_campaign"),
        ("utm_content", "lead_content"),
        ("utm_term", "lead_keyword"),
        ("fbclid", "facebook_click_id"),
        ("_fbp", "facebook_browser_id"),
        ("page_url", "lead_url"),
        ("landing_page", "landing_url"),
        ("postcode", "zip"),
        ("gclid", "gclid"),
        ("ip", "ip_address"),
    ] {
        assert_eq!(form(format!("{alias}=0815"))[field], "0815", "{alias}");
    }
    for (alias, field) in [("email", "email_address"), ("tel", "phone_number")] {
        let payload = form(format!("{alias}=x@y"));
        assert_eq!(payload[field], "x@y");
        assert_eq!(payload[format!("contact_{field}")], "x@y");
    }
}

#[test]
fn a_first_and_a_last_name_are_a_name() {
    assert_eq!(
        form("last_name=Ness&first_name=Eva")["contact_name"],
        "Eva Ness"
    );
    assert_eq!(form("fname=Eva")["contact_name"], "Eva");
    let payload = form("name=Dr+Eva+Ness&first_name=Eva&last_name=Ness");
    assert_eq!(payload["contact_name"], "Dr Eva Ness");
    assert_eq!(
        payload["additional_fields"],
        json!({"first_name": "Eva", "last_name": "Ness"})
    );
}

#[test]
fn the_words_of_a_person_go_where_the_type_has_a_field_for_them() {
    for (lead_type, field) in [
        (LeadType::Chat, "message"),
        (LeadType::TextMessage, "message"),
        (LeadType::Email, "email_message"),
        (LeadType::Appointment, "notes"),
    ] {
        assert_eq!(lead_of(lead_type, r#"{"message":"Hi"}"#)[field], "Hi");
    }
}

#[test]
fn what_has_no_field_keeps_its_label_as_it_came() {
    assert_eq!(
        labels(r#"{"City*":"Oslo","  Größe (m²) ":"80","form_id":7,"agree":true}"#),
        r#"{"City*":"Oslo","Größe (m²)":"80","form_id":"7","agree":"true"}"#
    );
}

#[test]
fn a_field_of_another_type_is_an_additional_field() {
    assert_eq!(
        labels(r#"{"call_duration_seconds":61,"subject":"Hi"}"#),
        r#"{"call_duration_seconds":"61","subject":"Hi"}"#
    );
}

#[test]
fn whose_lead_it_is_comes_from_the_config_and_never_from_a_post() {
    let payload = lead(r#"{"account_id":99,"profile":"Mallory","lead_id":5,"trigger":"x"}"#);
    assert_eq!(payload["account_id"], json!(1));
    assert_eq!(payload["profile"], "My Profile");
    assert_eq!(payload["lead_id"], json!(1));
    assert_eq!(
        payload["additional_fields"],
        json!({"account_id": "99", "profile": "Mallory", "lead_id": "5", "trigger": "x"})
    );
}

#[test]
fn a_type_is_read_as_label_and_in_snake_form_whatever_the_case() {
    for (written, label) in [
        ("Phone Call", "Phone Call"),
        ("phone_call", "Phone Call"),
        ("TEXT_MESSAGE", "Text Message"),
        ("web form", "Web Form"),
        ("Other", "Other"),
    ] {
        let payload = lead(&format!(r#"{{"lead_type":"{written}","city":"Oslo"}}"#));
        assert_eq!(payload["lead_type"], label);
        assert_eq!(payload["additional_fields"], json!({}));
    }
}

#[test]
fn a_type_that_there_is_not_stays_readable_and_the_source_decides() {
    let payload = lead(r#"{"lead_type":"Fax","city":"Oslo"}"#);
    assert_eq!(payload["lead_type"], "Web Form");
    assert_eq!(payload["additional_fields"], json!({"lead_type": "Fax"}));
}

#[test]
fn of_two_types_the_second_is_not_lost() {
    let payload = lead(r#"{"lead_type":"Chat","Lead-Type":"Email","message":"Hi"}"#);
    assert_eq!(payload["lead_type"], "Chat");
    assert_eq!(payload["additional_fields"], json!({"Lead-Type": "Email"}));
}

#[test]
fn the_type_counts_wherever_it_stands_in_the_post() {
    let payload = lead(r#"{"message":"Hi","call_status":"x","lead_type":"chat"}"#);
    assert_eq!(payload["message"], "Hi");
}
