//! What is refused, and what just fits.

use leadhook::domain::intake::{
    EXTERNAL_ID_BYTES_MAX, NAME_BYTES_MAX, VALUE_BYTES_MAX, VALUES_MAX,
};
use leadhook::domain::lead_type::LeadType;
use leadhook::domain::raw::{NAMES_MAX, Raw};

use crate::house::{lead, read, refused, source};

#[test]
fn a_post_without_a_value_is_refused() {
    for json in [
        "{}",
        r#"{"email":"","notes":"  ","x":null}"#,
        r#"{"external_id":"7"}"#,
        r#"{"lead_type":"Chat"}"#,
        r#"{"additional_fields":{"a":""}}"#,
        r#"{"a":[],"b":{}}"#,
    ] {
        assert_eq!(refused(json), "empty_submission", "{json}");
    }
}

#[test]
fn a_body_that_is_no_object_is_refused() {
    for json in ["[]", "\"text\"", "7", "null", "true"] {
        assert_eq!(refused(json), "not_an_object", "{json}");
    }
}

#[test]
fn a_value_has_a_limit_and_the_refusal_names_its_field() {
    let long = |bytes| format!(r#"{{"My Notes":"{}"}}"#, "x".repeat(bytes));
    assert_eq!(
        lead(&long(VALUE_BYTES_MAX))["additional_fields"]["My Notes"]
            .as_str()
            .map(str::len),
        Some(VALUE_BYTES_MAX)
    );
    let refusal =
        read(&source(LeadType::WebForm), &long(VALUE_BYTES_MAX + 1)).expect_err("too long");
    assert_eq!(
        (refusal.code, refusal.field.as_deref()),
        ("value_too_long", Some("My Notes"))
    );
    assert!(!refusal.message.contains("xxx"));
}

#[test]
fn a_name_has_a_limit_with_the_names_around_it() {
    let name = "n".repeat(NAME_BYTES_MAX + 1);
    assert_eq!(refused(&format!(r#"{{"{name}":"x"}}"#)), "name_too_long");
    let half = "n".repeat(NAME_BYTES_MAX / 2);
    assert_eq!(
        refused(&format!(r#"{{"{half}":{{"{half}":"x"}}}}"#)),
        "name_too_long"
    );
}

#[test]
fn so_many_values_and_no_more() {
    let many = |n: usize| {
        let values: Vec<String> = (0..n).map(|n| format!(r#""f{n}":"x""#)).collect();
        format!("{{{}}}", values.join(","))
    };
    assert_eq!(
        lead(&many(VALUES_MAX))["additional_fields"]
            .as_object()
            .map(|o| o.len()),
        Some(VALUES_MAX)
    );
    assert_eq!(refused(&many(VALUES_MAX + 1)), "too_many_fields");
    let rows = format!(
        r#"{{"rows":[{}{{}}]}}"#,
        r#"{"a":1},"#.repeat(VALUES_MAX + 1)
    );
    assert_eq!(refused(&rows), "too_many_fields");
}

#[test]
fn an_external_id_has_a_limit() {
    let json = |bytes| format!(r#"{{"external_id":"{}","city":"Oslo"}}"#, "e".repeat(bytes));
    assert!(read(&source(LeadType::WebForm), &json(EXTERNAL_ID_BYTES_MAX)).is_ok());
    assert_eq!(refused(&json(EXTERNAL_ID_BYTES_MAX + 1)), "value_too_long");
}

#[test]
fn more_names_than_anybody_compares_are_refused_as_too_many() {
    let many: String = (0..=NAMES_MAX).map(|n| format!("\"{n}\":1,")).collect();
    let error = Raw::from_json(format!("{{{many}\"x\":1}}").as_bytes()).expect_err("too many");
    assert!(error.too_many_names);
    let broken = Raw::from_json(b"{").expect_err("broken");
    assert!(!broken.too_many_names);
    let pairs = (0..=NAMES_MAX).map(|n| (n.to_string(), String::new()));
    assert_eq!(Raw::from_form(pairs), None);
}

#[test]
fn json_may_be_deep_but_not_bottomless() {
    let deep =
        |levels: usize| format!(r#"{{"a":{}"x"{}}}"#, "[".repeat(levels), "]".repeat(levels));
    assert!(
        lead(&deep(100))["additional_fields"]
            .to_string()
            .contains("[0][0]")
    );
    assert!(Raw::from_json(deep(127).as_bytes()).is_err());
    assert!(Raw::from_json("[".repeat(1_000_000).as_bytes()).is_err());
}
