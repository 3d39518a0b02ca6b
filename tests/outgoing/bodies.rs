//! The forms that a body can have.

use serde_json::json;

use crate::{ADA, House, body, form, json, parsed, sent, text};

#[test]
fn without_a_word_it_is_the_flat_payload_byte_by_byte() {
    let plain = sent("");
    let said = sent("format = \"flat\"");
    assert_eq!(plain.body, said.body);
    assert_eq!(plain.header("content-type"), Some("application/json"));
    assert!(text(&plain.body).starts_with("{\"trigger\":\"new\",\"lead_id\":1,"));
}

#[test]
fn the_standard_envelope_holds_the_flat_payload() {
    let house = House::with("format = \"standard\"");
    house.post(r#"{"external_id":"1","city":"Oslo"}"#);
    house.post(r#"{"external_id":"1","city":"Bergen"}"#);
    let requests = house.requests();
    let bodies: Vec<_> = requests
        .iter()
        .map(|request| parsed(&request.body))
        .collect();
    assert_eq!(bodies[0]["type"], "lead.new");
    assert_eq!(bodies[1]["type"], "lead.update");
    assert_eq!(bodies[1]["timestamp"], "2026-02-01T14:09:01Z");
    assert_eq!(bodies[1]["data"]["previous_values"]["city"], "Oslo");
    let keys: Vec<_> = bodies[0].as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["data", "timestamp", "type"]);
}

#[test]
fn a_form_of_all_fields_names_labels_in_brackets() {
    let request = sent("format = \"form\"");
    let fields = form(&request.body);
    let has = |name: &str, value: &str| fields.contains(&(name.to_owned(), value.to_owned()));
    let content_type = request.header("content-type");
    assert_eq!(content_type, Some("application/x-www-form-urlencoded"));
    assert!(has("contact_name", "Ada Lovelace") && has("quote_value", "156.80"));
    assert!(
        has("additional_fields[How many?]", "3") && has("gclid", ""),
        "{fields:?}"
    );
}

#[test]
fn a_form_of_ones_own_has_the_given_names_in_their_order() {
    let keys = "format = \"form\"\nbody = { To = \"me & you\", Body = \"{headline}\\n{city?}\", Mail = \"{email}\" }";
    assert_eq!(body(keys), "To=me%20%26%20you&Mail=ada%40example.com");
}

#[test]
fn a_text_is_sent_as_it_is() {
    let request = sent("format = \"text\"\nbody = \"{name} <{email}> {{x}}\"");
    assert_eq!(text(&request.body), "Ada Lovelace <ada@example.com> {x}");
    assert_eq!(
        request.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
}

#[test]
fn a_text_without_a_body_tells_the_lead_in_lines() {
    assert_eq!(
        body("format = \"text\""),
        "New web form: Ada Lovelace, +4722123456\n\nName: Ada Lovelace\nCompany: Engines\n\
         Phone: +4722123456\nE-mail: ada@example.com\nNotes: The tap drips\nHow many?: 3\n\
         City*: Oslo\nQuote value: 156.80"
    );
}

#[test]
fn json_can_be_written_in_the_look_of_the_config() {
    let keys = "[webhook.body]\ntext = \"{headline}\"\nlist = [1, { deep = \"{quote_value}\" }]\nyes = true";
    let expected = r#"{"text":"New web form: Ada Lovelace, +4722123456","list":[1,{"deep":156.80}],"yes":true}"#;
    assert_eq!(body(keys), expected);
}

#[test]
fn no_value_breaks_out_of_its_string() {
    let hostile = "\\\",\\\"admin\\\":true,\\\"x\\\":\\\"{email}\\u0000\\n</script>\\ud83d\\ude00";
    let lead = format!("{{\"message\":\"{hostile}\"}}");
    let sent = json(r#"{"note": "> {message} <", "alone": "{message}"}"#, &lead);
    let said = "\",\"admin\":true,\"x\":\"{email}\u{fffd}\n</script>😀";
    assert_eq!(sent, json!({"note": format!("> {said} <"), "alone": said}));
}

#[test]
fn a_changed_template_applies_to_what_waits() {
    let down =
        crate::Receiver::sequence(vec![crate::Reply::status(500), crate::Reply::status(200)]);
    let webhook = |body: &str| {
        format!(
            "{}[[webhook]]\nname = \"crm\"\nunsigned = true\nallow_private = true\nurl = \"{}\"\nbody = '{body}'\n",
            crate::WEBSITE,
            down.url()
        )
    };
    let mut daemon = crate::TestDaemon::start(&webhook(r#"{"a": "{city}"}"#));
    daemon.post("website", r#"{"city":"Oslo"}"#);
    crate::daemon::wait_until("a failed attempt", || {
        daemon.setting.log().contains("attempt failed")
    });
    assert_eq!(
        daemon.reload(&webhook(r#"{"b": "{city}"}"#)),
        Ok(Vec::new())
    );
    daemon.turn_clock(std::time::Duration::from_secs(60));
    let requests = down.wait_for(2);
    assert_eq!(text(&requests[0].body), r#"{"a":"Oslo"}"#);
    assert_eq!(text(&requests[1].body), r#"{"b":"Oslo"}"#);
    let id = |n: usize| requests[n].header("webhook-id").map(str::to_owned);
    assert_eq!(id(0), id(1));
}

#[test]
fn a_body_beyond_all_bounds_is_a_recorded_failure() {
    let many = "{payload}".repeat(16_000);
    let house = House::with(&format!(
        "retry = [\"1s\"]\nformat = \"text\"\nbody = \"{many}\""
    ));
    let answer = house.daemon.post("website", ADA);
    assert_eq!(answer.status, 201);
    crate::daemon::wait_until("a failed attempt", || {
        house.daemon.setting.log().contains("more than 16777216")
    });
    assert_eq!(house.requests().len(), 0);
}
