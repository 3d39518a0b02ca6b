//! Nothing is lost: what a mapping does not know, and a lead that nobody could answer, are kept as type
//! `Other` with all that was posted; or refused, where the source says so.

use serde_json::json;

use crate::House;

const CALLS: &str = "preset = \"callrail\"";
const STRANGE: &str = r#"{"event":"sold","item":{"colour":"red"}}"#;

#[test]
fn a_post_in_which_the_mapping_finds_nothing_is_kept_with_all_its_values() {
    let house = House::with(CALLS);
    let payload = house.lead(STRANGE);
    assert_eq!(payload["lead_type"], "Other");
    assert_eq!(
        payload["additional_fields"],
        json!({
            "event": "sold",
            "item.colour": "red",
            "Unmapped": "nothing was posted where the source's mapping looks for it"
        })
    );
}

#[test]
fn or_it_is_refused_with_the_reason() {
    let house = House::with(&format!("{CALLS}\nunmapped = \"refuse\""));
    let answer = house.post(STRANGE);
    assert_eq!(
        (answer.status, answer.code()),
        (422, "nothing_mapped".into())
    );
    let answer = house.post(r#"{"id":"CAL1","duration":61}"#);
    assert_eq!((answer.status, answer.code()), (422, "no_contact".into()));
    let answer =
        house.post(r#"{"id":"CAL1","duration":61,"customer_phone_number":"+17045550100"}"#);
    assert_eq!(answer.status, 201, "{}", answer.body);
}

#[test]
fn what_a_mapping_says_by_itself_does_not_make_a_lead_of_an_empty_post() {
    let house =
        House::with("[source.fields]\nlead_source = { const = \"fair\" }\nemail = \"mail\"");
    for body in ["{}", r#"{"mail":""}"#] {
        let answer = house.post(body);
        assert_eq!(
            (answer.status, answer.code()),
            (422, "empty_submission".into())
        );
    }
    assert_eq!(house.lead(r#"{"x":"y"}"#)["lead_source"], "fair");
}

#[test]
fn a_form_that_nobody_can_answer_is_kept_as_other_and_says_why() {
    let house = House::with("");
    let payload = house.lead(r#"{"message":"Call me","form_name":"Contact"}"#);
    assert_eq!(payload["lead_type"], "Other");
    let labels = &payload["additional_fields"];
    assert_eq!(
        labels["Unmapped"],
        "no name, e-mail address or phone number was posted"
    );
    assert_eq!(labels["form_name"], "Contact");
    assert!(payload.to_string().contains("Call me"), "{payload}");
}

#[test]
fn an_address_under_any_name_is_a_contact() {
    for body in [
        r#"{"Ihre Mail":"ada@example.com"}"#,
        r#"{"Rufnummer":"+47 22 33 44 55"}"#,
        r#"{"name":"Ada"}"#,
        r#"{"company":"Acme"}"#,
    ] {
        assert_eq!(
            House::with("").lead(body)["lead_type"],
            "Web Form",
            "{body}"
        );
    }
    for body in [
        r#"{"q":"a@b"}"#,
        r#"{"q":"see https://a.example/@b"}"#,
        r#"{"q":"+1"}"#,
    ] {
        assert_eq!(House::with("").lead(body)["lead_type"], "Other", "{body}");
    }
}

#[test]
fn types_that_stand_for_themselves_need_nobody() {
    for lead_type in ["transaction", "event", "other"] {
        let payload =
            House::with("").lead(&format!(r#"{{"lead_type":"{lead_type}","notes":"x"}}"#));
        assert_eq!(payload["additional_fields"], json!({}), "{lead_type}");
    }
    for recording in ["recording", "play_recording", "voicemail", "play_voicemail"] {
        let call =
            format!(r#"{{"lead_type":"phone_call","{recording}":"https://a.example/1.mp3"}}"#);
        assert_eq!(House::with("").lead(&call)["lead_type"], "Phone Call");
    }
}

#[test]
fn a_chat_that_has_just_begun_may_still_say_who_it_is() {
    let house = House::with("lead_type = \"Chat\"\nunmapped = \"refuse\"");
    let begun = house.post(r#"{"external_id":"c1","chat_status":"In Progress"}"#);
    assert_eq!(begun.status, 201, "{}", begun.body);
    let ended =
        house.post(r#"{"external_id":"c1","chat_status":"Completed","email":"ada@example.com"}"#);
    assert_eq!((ended.status, ended.lead_id()), (200, begun.lead_id()));
    assert_eq!(house.payload(2)["lead_type"], "Chat");
}

#[test]
fn the_same_post_again_says_nothing_new_and_an_update_needs_no_contact() {
    for body in [
        r#"{"external_id":"7","message":"x","form_name":"Contact"}"#,
        r#"{"external_id":"7","message":"x","form_name":"Contact","lead_type":"web_form"}"#,
    ] {
        let house = House::with("");
        assert_eq!(house.post(body).status, 201);
        assert_eq!(house.post(body).json()["result"], "unchanged", "{body}");
    }
    let house = House::with("unmapped = \"refuse\"");
    house.post(r#"{"external_id":"7","email":"ada@example.com"}"#);
    let update = house.post(r#"{"external_id":"7","message":"x"}"#);
    assert_eq!(update.json()["result"], "updated");
}

#[test]
fn a_robot_does_not_hear_that_its_post_lacks_something() {
    let house = House::with("unmapped = \"refuse\"");
    let answer = house.post("_gotcha=x&message=buy");
    assert_eq!(answer.status, 201, "{}", answer.body);
}
