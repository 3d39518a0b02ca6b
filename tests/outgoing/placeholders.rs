//! Placeholders: what they can name, what becomes of what is missing, and filters.

use serde_json::json;

use crate::{ADA, House, body, json, parsed};

#[test]
fn a_string_that_is_one_placeholder_keeps_the_type() {
    let template = r#"{"id": "{lead_id}", "quote": "{quote_value}", "spam": "{spam}", "labels": "{additional_fields}",
        "none": "{city}", "no_labels": "{field_mappings}", "changed": "{changed_fields}", "text": "{lead_id} "}"#;
    assert_eq!(
        json(
            template,
            r#"{"name":"Ada","quote_value":"12.5","How many?":"3"}"#
        ),
        json!({"id": 1, "quote": 12.5, "spam": false, "labels": {"How many?": "3"},
            "none": null, "no_labels": {}, "changed": [], "text": "1 "})
    );
}

#[test]
fn money_keeps_its_decimals() {
    assert_eq!(
        body(r#"body = '{"quote": "{quote_value}"}'"#),
        r#"{"quote":156.80}"#
    );
}

#[test]
fn labels_are_named_behind_a_dot_with_quotes_where_needed() {
    let template = r#"{"a": "{additional_fields.City*}", "b": "{additional_fields.'How many?'}", "c": "{additional_fields.'How many?'?}",
        "d": "{additional_fields.Size?}"}"#;
    assert_eq!(
        json(template, ADA),
        json!({"a": "Oslo", "b": "3", "c": "3"})
    );
}

#[test]
fn the_event_the_source_the_account_and_the_profile_can_be_named() {
    let template = r#"["{trigger}", "{lead_type}", "{source}", "{account}", "{account_id}", "{profile}", "{date_created}", "{last_updated}", "{event_id}"]"#;
    let house = House::with(&format!("body = '{template}'"));
    let request = house.request(ADA);
    let time = "2026-02-01T14:09:01Z";
    let id = request.header("webhook-id");
    let expected = json!([
        "new",
        "Web Form",
        "website",
        "My Business",
        1,
        "My Business",
        time,
        time,
        id
    ]);
    assert_eq!(parsed(&request.body), expected);
}

#[test]
fn what_is_missing_is_left_out_on_request() {
    let template = r#"{"a": "{city?}", "b": "in {city?}", "list": ["{city?}", {"what is around": "{city?} {state??}"}, {"name": "city", "value": "{city??}"},
        {"name": "mail", "value": "{email??}"}], "around": {"city": "{city??}"}, "kept": "[{city}]"}"#;
    assert_eq!(
        json(template, ADA),
        json!({"list": [{"name": "mail", "value": "ada@example.com"}], "kept": "[]"})
    );
}

#[test]
fn a_default_stands_for_what_is_missing_and_is_a_number_where_one_belongs() {
    let template = r#"["{city|default:unknown}", "{email|default:unknown}", "{sales_value|default:0}", "{state|default:'a|b}'}"]"#;
    assert_eq!(
        json(template, ADA),
        json!(["unknown", "ada@example.com", 0, "a|b}"])
    );
}

#[test]
fn short_names_find_the_person_whatever_the_type_of_the_lead() {
    let template = r#"["{name}", "{email}", "{phone}", "{message}"]"#;
    let call = r#"{"lead_type":"Phone Call","caller_name":"Bob","caller_number":"+4798765432"}"#;
    assert_eq!(
        json(template, call),
        json!(["Bob", null, "+4798765432", null])
    );
    let chat = r#"{"lead_type":"Chat","name":"Eve","message":"Hello"}"#;
    assert_eq!(json(template, chat), json!(["Eve", null, null, "Hello"]));
    let mail = r#"{"lead_type":"Email","sender_name":"Joe","email_message":"Hi"}"#;
    assert_eq!(json(template, mail), json!(["Joe", null, null, "Hi"]));
}

#[test]
fn an_update_tells_what_changed_and_the_first_event_nothing() {
    let house = House::with(r#"body = '["{headline}", "{changes}", "{changed_fields}"]'"#);
    house.post(r#"{"external_id":"1","name":"Ada","city":"Oslo"}"#);
    house.post(r#"{"external_id":"1","name":"Ada","city":"Bergen","zip":"5003"}"#);
    let requests = house.requests();
    assert_eq!(
        parsed(&requests[0].body),
        json!(["New web form: Ada", null, []])
    );
    let changed = json!([
        "Update of a web form: Ada (city, postcode)",
        "City: Oslo → Bergen\nPostcode: (nothing) → 5003",
        ["city", "zip"]
    ]);
    assert_eq!(parsed(&requests[1].body), changed);
}

#[test]
fn the_flat_payload_can_be_part_of_a_body() {
    let sent = json(r#"{"event": "lead", "data": "{payload}"}"#, ADA);
    assert_eq!(sent["data"]["contact_name"], "Ada Lovelace");
}

#[test]
fn filters_do_to_a_text_what_a_receiver_wants() {
    let lead = r#"{"message":"<a> & *b* _c_ \"d\"\nøæå 😀","email":"nobody at all","lead_url":"https://example.com/?a=b&c","host":"a.b@localhost"}"#;
    for (placeholder, said) in [
        ("{message|slack}", "&lt;a&gt; &amp; *b* _c_ \"d\"\nøæå 😀"),
        (
            "{message|markdown}",
            "\\<a\\> & \\*b\\* \\_c\\_ \"d\"\nøæå 😀",
        ),
        (
            "{message|html|line}",
            "&lt;a&gt; &amp; *b* _c_ &quot;d&quot; øæå 😀",
        ),
        ("{message|truncate:5}", "<a> …"),
        ("{message|truncate:5|slack}", "&lt;a&gt; …"),
        ("{message|truncate:1000|line}", "<a> & *b* _c_ \"d\" øæå 😀"),
        ("{lead_url|url}", "https%3A%2F%2Fexample.com%2F%3Fa%3Db%26c"),
        ("{email|address}", ""),
        ("{additional_fields.host|address}", ""),
        ("[{email|address|default:none}]", "[none]"),
    ] {
        let house = House::with(&format!("format = \"text\"\nbody = '{placeholder}'"));
        let request = house.request(lead);
        assert_eq!(crate::text(&request.body), said, "{placeholder}");
    }
}

#[test]
fn a_name_of_one_field_fills_two() {
    let body = r#"{"names": [{"first": "{name??|first_name}"}, {"last": "{name??|last_name}"}]}"#;
    for (name, names) in [
        (
            "Ada  King Lovelace",
            json!([{"first": "Ada  King"}, {"last": "Lovelace"}]),
        ),
        (" Ada ", json!([{"first": "Ada"}])),
    ] {
        let sent = json(body, &format!(r#"{{"name":"{name}"}}"#));
        assert_eq!(sent["names"], names);
    }
}

#[test]
fn dates_are_told_in_seconds_milliseconds_and_local_time() {
    let before = "[account]\ntime_zone = \"Europe/Oslo\"\n";
    let template = r#"["{date_created|unix}", "{date_created|unix_ms}", "{date_created|local}", "{date_created|local:%d.%m.%Y %H:%M %Z}", "{city|unix}"]"#;
    let receiver = crate::Receiver::always(crate::Reply::status(200));
    let house = House::to(receiver, before, &format!("body = '{template}'"));
    let request = house.request(r#"{"city":"Oslo"}"#);
    let (s, ms) = (1_769_954_941, 1_769_954_941_000_u64);
    let expected = json!([s, ms, "2026-02-01 15:09", "01.02.2026 15:09 CET", "Oslo"]);
    assert_eq!(parsed(&request.body), expected);
}

#[test]
fn values_of_the_webhook_are_put_in_when_the_config_is_read() {
    let keys = "values = { to = \"+47 \\\"1\\\"\", chat = 17 }\nbody = '{\"to\": \"{values.to}\", \"chat\": \"{values.chat}\"}'";
    assert_eq!(body(keys), r#"{"to":"+47 \"1\"","chat":"17"}"#);
}
