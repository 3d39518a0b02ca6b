//! Conditions on a lead: which hold, here and at a webhook.

use leadhook::domain::condition::{Condition, SEARCHED_BYTES_MAX};

use crate::daemon::{TestDaemon, WEBSITE, webhook};
use crate::house::{config, lead};
use crate::receiver::{Receiver, Reply};

#[track_caller]
fn condition(toml: &str) -> Condition {
    let config = config(&format!(
        "[[webhook]]\nname = 'crm'\nurl = 'https://crm.example.com'\nunsigned = true\nwhen = {toml}\n"
    ));
    let [condition] = config.webhooks[0].filter.when.as_slice() else {
        panic!("{:?}", config.webhooks[0].filter.when);
    };
    condition.clone()
}

/// For each condition, leads of which it holds and others.
#[track_caller]
fn check(toml: &str, holds: &[&str], fails: &[&str]) {
    let condition = condition(toml);
    let (ground, leads) = (config(""), [(holds, true), (fails, false)]);
    for (json, wanted) in leads
        .iter()
        .flat_map(|(l, wanted)| l.iter().map(move |j| (j, wanted)))
    {
        assert_eq!(
            condition.holds(&lead(&ground, json)),
            *wanted,
            "{toml} {json}"
        );
    }
}

#[test]
fn texts_are_the_same_whatever_their_case_and_the_space_around_them() {
    check(
        "{ field = 'city', equals = ' ZÜRICH ' }",
        &[r#"{"city":"Zürich"}"#, r#"{"city":"zürich"}"#],
        &[r#"{"city":"Zurich"}"#, r#"{"email":"a@example.com"}"#],
    );
    check(
        "{ field = 'city', equals = ['Oslo', 'Bergen'] }",
        &[r#"{"city":"bergen"}"#],
        &[r#"{"city":"Bergen op Zoom"}"#],
    );
    check(
        "{ field = 'city', not = ['Oslo', 'Bergen'] }",
        &[r#"{"city":"Bodø"}"#, r#"{"email":"a@example.com"}"#],
        &[r#"{"city":"oslo"}"#],
    );
}

#[test]
fn amounts_are_compared_exactly_and_not_as_floats() {
    check(
        "{ field = 'sales_value', greater = 9007199254740993.10 }",
        &[r#"{"sales_value":"9007199254740993.11"}"#],
        &[
            r#"{"sales_value":"9007199254740993.1"}"#,
            r#"{"sales_value":99}"#,
            r#"{"city":"x"}"#,
        ],
    );
    check(
        "{ field = 'quote_value', greater = 9.5, less = 100 }",
        &[r#"{"quote_value":"10"}"#, r#"{"quote_value":"99.99"}"#],
        &[
            r#"{"quote_value":"9.50"}"#,
            r#"{"quote_value":"100.00"}"#,
            r#"{"quote_value":"-50"}"#,
        ],
    );
    check(
        "{ field = 'quote_value', equals = 100 }",
        &[r#"{"quote_value":"100.00"}"#],
        &[r#"{"quote_value":"1000"}"#],
    );
}

#[test]
fn labels_of_maps_are_fields_too() {
    check(
        "{ field = 'additional_fields.City*', equals = 'oslo' }",
        &[r#"{"City*":"Oslo"}"#, r#"{"CITY*":"Oslo"}"#],
        &[r#"{"City":"Oslo"}"#, r#"{"City* 2":"Oslo"}"#],
    );
    check(
        "{ field = 'field_mappings.Budget', greater = 5000 }",
        &[r#"{"field_mappings":{"Budget":"6.000,00 €"}}"#],
        &[
            r#"{"field_mappings":{"Budget":"4000"}}"#,
            r#"{"field_mappings":{"Budget":"much"}}"#,
        ],
    );
    check(
        "{ field = 'additional_fields', contains = 'urgent' }",
        &[r#"{"Question":"It is URGENT!"}"#],
        &[r#"{"message":"urgent","Urgent":"no"}"#],
    );
}

#[test]
fn a_text_contains_a_part_whatever_its_case() {
    check(
        "{ field = 'notes', contains = ['Angebot', 'größe'] }",
        &[
            r#"{"notes":"Bitte ein ANGEBOT."}"#,
            r#"{"notes":"Welche GRÖSSE? GRÖßE?"}"#,
        ],
        &[r#"{"notes":"Ange bot"}"#, r#"{"city":"Angebot"}"#],
    );
}

#[test]
fn an_expression_sees_letters_as_they_are_unless_it_says_otherwise() {
    check(
        r"{ field = 'zip', matches = '^282\d\d$' }",
        &[r#"{"zip":"28226"}"#],
        &[r#"{"zip":"28326"}"#, r#"{"zip":"282261"}"#],
    );
    check(
        "{ field = 'notes', matches = '(?i)roof|gutter' }",
        &[r#"{"notes":"New ROOF"}"#],
        &[r#"{"notes":"floor"}"#],
    );
}

#[test]
fn an_expression_takes_no_longer_for_a_long_text() {
    let condition = condition("{ field = 'notes', matches = '(a|a?)+$' }");
    let long = "a".repeat(60_000);
    let start = std::time::Instant::now();
    assert!(condition.holds(&lead(&config(""), &format!(r#"{{"notes":"{long}b"}}"#))));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    let late = format!(r#"{{"notes":"{}b"}}"#, "a".repeat(SEARCHED_BYTES_MAX));
    check("{ field = 'notes', matches = 'b' }", &[], &[&late]);
}

#[test]
fn what_is_not_there_can_be_asked_for() {
    check(
        "{ field = 'city', present = false }",
        &[r#"{"zip":"28226"}"#],
        &[r#"{"city":"Oslo"}"#],
    );
    check(
        "{ field = 'field_mappings.Budget', present = true }",
        &[r#"{"field_mappings":{"budget":"1"}}"#],
        &[r#"{"field_mappings":{"Size":"1"}}"#],
    );
}

#[test]
fn type_source_choices_and_flags_are_fields_too() {
    let chat = r#"{"lead_type":"Chat","message":"x"}"#;
    check(
        "{ field = 'lead_type', equals = 'chat' }",
        &[chat],
        &[r#"{"city":"Oslo"}"#],
    );
    check("{ field = 'source', equals = 'website' }", &[chat], &[]);
    check(
        "{ field = 'quotable', equals = 'not_set' }",
        &[chat],
        &[r#"{"quotable":"Yes"}"#],
    );
    check(
        "{ field = 'spam', equals = false }",
        &[chat],
        &[r#"{"spam":true,"city":"x"}"#],
    );
}

#[test]
fn a_webhook_hears_only_of_leads_of_which_all_its_conditions_hold() {
    let crm = Receiver::always(Reply::status(200));
    let when =
        r#"when = [{ field = "city", equals = "Oslo" }, { field = "sales_value", greater = 100 }]"#;
    let daemon = TestDaemon::start(&format!("{WEBSITE}{}", webhook("crm", &crm.url(), when)));
    for body in [
        r#"{"city":"Oslo","sales_value":100}"#,
        r#"{"city":"Bergen","sales_value":101}"#,
        r#"{"city":"oslo","sales_value":100.01}"#,
    ] {
        assert_eq!(daemon.post("website", body).status, 201);
    }
    daemon.wait_until_drained();
    let heard = crm.requests();
    assert_eq!(heard.len(), 1);
    assert!(String::from_utf8_lossy(&heard[0].body).contains("100.01"));
}
