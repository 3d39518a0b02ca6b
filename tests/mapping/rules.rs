//! Rules in the config, from the post to the payload.

use serde_json::json;

use crate::{House, lead};

#[test]
fn what_is_mapped_finds_its_field_and_the_rest_its_path() {
    let keys = "[source.fields]\nemail = \"who.mail\"\nquote_value = \"budget\"\n\
        [source.field_mappings]\n\"Company Name\" = \"who.firm\"\n\
        [source.additional_fields]\n\"Room\" = \"rooms\"";
    let body = r#"{"who":{"mail":"Ada@Example.com","firm":"Acme","vat.no":"77"},"budget":"500,50","rooms":["Bath","Attic"],"name":"Ada","list":[{"x":1},{"x":""}],"tags":["a","b"]}"#;
    let payload = lead(keys, body);
    assert_eq!(payload["email_address"], "ada@example.com");
    assert_eq!(payload["quote_value"].to_string(), "500.50");
    assert_eq!(payload["field_mappings"], json!({"Company Name": "Acme"}));
    // With a mapping, a name alone says nothing.
    assert_eq!(payload["contact_name"], json!(null));
    let rest = json!({"Room": "Bath, Attic", "who.\"vat.no\"": "77", "name": "Ada", "list[0].x": "1", "tags": "a, b"});
    assert_eq!(payload["additional_fields"], rest);
}

#[test]
fn names_in_an_object_are_read_as_without_a_mapping() {
    let keys = "names_in = [\"data\", \"more\"]\nleave_out = \"data.token\"";
    let body = r#"{"data":{"First Name":"Ada","last_name":"Lovelace","Room":"Bath","token":"t"},"more":{"email":"ada@example.com"},"kind":"x"}"#;
    let payload = lead(keys, body);
    assert_eq!(payload["contact_name"], "Ada Lovelace");
    assert_eq!(payload["email_address"], "ada@example.com");
    assert_eq!(
        payload["additional_fields"],
        json!({"Room": "Bath", "kind": "x"})
    );
}

#[test]
fn a_rule_tries_joins_translates_and_looks_beside_the_body() {
    let keys = "[source.fields]\n\
        first_name = [\"first\", \"vorname\"]\nlast_name = \"last\"\n\
        notes = { join = [\"a\", \"b\", \"c\"], with = \" / \" }\n\
        lead_source = { const = \"fair\" }\nlead_medium = { header = \"X-Medium\" }\n\
        lead_campaign = [{ query = \"campaign\" }, { const = \"none\" }]\n\
        quotable = { path = \"ready\", values = { ja = \"Yes\", nein = \"No\" }, otherwise = \"Pending\" }\n\
        quote_value = { path = \"cents\", as = \"cents\" }\n\
        sales_value = { path = \"cents\", if = { path = \"paid\", equals = true } }\n\
        form_name = { all = \"forms[*].title\", with = \" + \" }";
    let body = r#"{"vorname":"Ada","last":"Lovelace","a":"1","c":"3","ready":"JA","cents":5,"paid":true,"forms":[{"title":"A"},{"title":"B"}]}"#;
    let house = House::with(keys);
    house.post_to(
        "/in/service?campaign=spring",
        &[("x-medium", "stand")],
        body,
    );
    let payload = house.payload(1);
    for (field, value) in [
        ("contact_name", json!("Ada Lovelace")),
        ("notes", json!("1 / 3")),
        ("lead_source", json!("fair")),
        ("lead_medium", json!("stand")),
        ("lead_campaign", json!("spring")),
        ("quotable", json!("Yes")),
        ("quote_value", json!(0.05)),
        ("sales_value", json!(5)),
        ("form_name", json!("A + B")),
    ] {
        assert_eq!(payload[field], value, "{field}");
    }
    assert_eq!(payload["additional_fields"], json!({"paid": "true"}));
}

#[test]
fn a_type_can_be_a_rule_and_its_fields_follow_it() {
    let keys = "[source.fields]\nlead_type = { path = \"kind\", values = { c = \"Chat\" }, otherwise = \"Other\" }\n\
        message = \"words\"\nexternal_id = \"id\"\nname = { const = \"Ada\" }";
    let house = House::with(keys);
    let chat = house.lead(r#"{"kind":"c","words":"Hello","id":7}"#);
    assert_eq!(
        (&chat["lead_type"], &chat["message"]),
        (&json!("Chat"), &json!("Hello"))
    );
    house.post(r#"{"kind":"x","words":"Hello","id":8}"#);
    let other = house.payload(2);
    assert_eq!(
        (&other["lead_type"], &other["notes"]),
        (&json!("Other"), &json!("Hello"))
    );
    let again = house.post(r#"{"kind":"c","words":"Hello","id":"7"}"#);
    assert_eq!(again.json()["result"], "unchanged");
}

#[test]
fn all_conditions_of_when_must_hold_and_one_test_flag_suffices() {
    let keys = "when = [{ path = \"event\", equals = [\"a\", \"b\"] }, { path = \"from\", not = \"us\" }]\n\
        test_when = [\"dry\", { query = \"test\", present = true }]\nnames_in = \".\"";
    let house = House::with(keys);
    for (body, status) in [
        (r#"{"event":"A","name":"x"}"#, 201),
        (r#"{"event":"c","name":"x"}"#, 200),
        (r#"{"event":"b","from":"us","name":"x"}"#, 200),
        (r#"{"name":"x"}"#, 200),
        (r#"{"event":"b","from":"them","name":"x","dry":"0"}"#, 201),
        (r#"{"event":"b","from":"them","name":"x","dry":"yes"}"#, 201),
    ] {
        assert_eq!(house.post(body).status, status, "{body}");
    }
    house.post_to("/in/service?test=1", &[], r#"{"event":"a","name":"x"}"#);
    let tests = [1, 2, 3, 4].map(|n| house.payload(n)["additional_fields"]["Test"] == "true");
    let mut sorted = tests;
    sorted.sort_unstable();
    assert_eq!(sorted, [false, false, true, true]);
}

#[test]
fn brackets_in_the_names_of_a_form_are_the_same_as_nested_json() {
    let keys = "[source.fields]\nemail = \"fields.email.value\"\nnotes = \"rooms\"";
    let form = lead(
        keys,
        "fields[email][value]=ada%40example.com&fields[x]=1&rooms[]=Bath&rooms[]=Attic",
    );
    let json = lead(
        keys,
        r#"{"fields":{"email":{"value":"ada@example.com"},"x":"1"},"rooms":["Bath","Attic"]}"#,
    );
    assert_eq!(form, json);
    assert_eq!(form["notes"], "Bath, Attic");
    assert_eq!(form["additional_fields"], json!({"fields.x": "1"}));
}

#[test]
fn a_source_without_a_mapping_keeps_the_labels_of_a_form_as_they_came() {
    let payload = lead("", "email=ada%40example.com&fields[x][y]=1&rooms[]=Bath");
    assert_eq!(
        payload["additional_fields"],
        json!({"fields[x][y]": "1", "rooms[]": "Bath"})
    );
}

#[test]
fn a_post_full_of_things_that_nobody_mapped_is_still_a_lead() {
    let keys = "[source.fields]\nemail = \"email\"";
    let items: Vec<String> = (0..900).map(|n| format!("{{\"n\":{n}}}")).collect();
    let long = "x".repeat(100_000);
    let body = format!(
        r#"{{"email":"ada@example.com","long":"{long}","items":[{}],"{}":1}}"#,
        items.join(","),
        "k".repeat(600)
    );
    let payload = lead(keys, &body);
    let rest = payload["additional_fields"].as_object().expect("labels");
    assert_eq!(rest.len(), 201);
    assert_eq!(rest["(values left out)"], "702");
    assert_eq!(rest["long"].as_str().map(str::len), Some(65_536));
}
