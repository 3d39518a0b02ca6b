//! The owner's rules: what they make of a lead, and that they never add twice.

use leadhook::domain::field::Field;
use leadhook::domain::lead::Lead;
use leadhook::domain::value::{Number, Value};

use crate::daemon::{TestDaemon, WEBSITE, webhook};
use crate::house::{config, edit, lead, stored};
use crate::receiver::{Receiver, Reply};

const RULES: &str = "
[[rule]]
name = 'Local'
when = { field = 'city', equals = 'Oslo' }
add = { lead_score = 10 }
[[rule]]
name = 'Large'
when = { field = 'quote_value', greater = 1000 }
set = { quotable = 'Yes' }
add = { lead_score = 25 }
[[rule]]
name = 'Very good'
when = { field = 'lead_score', greater = 30 }
set = { sales_value = 9.50 }
[[rule]]
name = 'Competitor'
when = { field = 'email_address', matches = '@rival\\.example$' }
clear = ['quotable', 'lead_score', 'sales_value']
";

fn number(lead: &Lead, field: Field) -> Option<String> {
    match lead.values.find(field) {
        Some(Value::Number(number)) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

/// `quotable`, `lead_score` and `sales_value`.
fn judged(lead: &Lead) -> (Option<&str>, Option<String>, Option<String>) {
    (
        lead.values.text(Field::Quotable),
        number(lead, Field::LeadScore),
        number(lead, Field::SalesValue),
    )
}

#[track_caller]
fn check(json: &str, quotable: &str, score: Option<&str>, sales: Option<&str>) {
    let lead = lead(&config(RULES), json);
    let text = |text: Option<&str>| text.map(str::to_owned);
    assert_eq!(
        judged(&lead),
        (Some(quotable), text(score), text(sales)),
        "{json}"
    );
}

#[test]
fn rules_apply_in_their_order_each_to_what_those_before_made() {
    check(r#"{"city":"Bergen"}"#, "Not Set", None, None);
    check(r#"{"city":"Oslo"}"#, "Not Set", Some("10"), None);
    check(
        r#"{"city":"Oslo","quote_value":2000}"#,
        "Yes",
        Some("35"),
        Some("9.50"),
    );
    check(
        r#"{"city":"Oslo","quote_value":2000,"email":"x@rival.example"}"#,
        "Not Set",
        None,
        None,
    );
}

#[test]
fn what_the_source_said_stays() {
    check(
        r#"{"city":"Oslo","quote_value":2000,"lead_score":7,"quotable":"No"}"#,
        "No",
        Some("7"),
        None,
    );
}

#[test]
fn a_rule_may_say_what_is_spam_and_what_is_not() {
    let rules = "
[[rule]]
name = 'Robots'
when = { field = 'city', equals = 'Nowhere' }
set = { spam = true }
[[rule]]
name = 'Our agency'
when = { field = 'spam_reasons.pitch', present = true }
clear = ['spam']
";
    let config = config(rules);
    let spam = |json: &str| lead(&config, json).values.is_set(Field::Spam);
    assert!(spam(r#"{"city":"Nowhere"}"#));
    assert!(!spam(
        r#"{"message":"buy backlinks [url=https://a.example]"}"#
    ));
}

#[test]
fn an_update_counts_anew_and_does_not_add_twice() {
    let daemon = TestDaemon::start(&format!("{WEBSITE}{RULES}"));
    let id = daemon
        .post(
            "website",
            r#"{"external_id":"1","city":"Oslo","quote_value":2000}"#,
        )
        .lead_id();
    for (post, score) in [
        (r#"{"external_id":"1","notes":"x"}"#, Some("35")),
        (r#"{"external_id":"1","city":"Bergen"}"#, Some("25")),
        (r#"{"external_id":"1","quote_value":5}"#, None),
        (r#"{"external_id":"1","city":"Oslo"}"#, Some("10")),
    ] {
        daemon.post("website", post);
        let lead = stored(&daemon, id);
        assert_eq!(number(&lead, Field::LeadScore).as_deref(), score, "{post}");
    }
    daemon.verify();
}

#[test]
fn a_persons_edit_stays_and_an_edit_of_what_a_rule_looks_at_counts() {
    let daemon = TestDaemon::start(&format!("{WEBSITE}{RULES}"));
    let id = daemon
        .post("website", r#"{"external_id":"1","city":"Oslo"}"#)
        .lead_id();
    edit(&daemon, id, r#"{"quote_value":3000}"#);
    let score = || number(&stored(&daemon, id), Field::LeadScore);
    assert_eq!(score().as_deref(), Some("35"));
    edit(&daemon, id, r#"{"lead_score":99,"quotable":"No"}"#);
    daemon.post("website", r#"{"external_id":"1","city":"Bergen"}"#);
    assert_eq!(score().as_deref(), Some("99"));
    assert_eq!(stored(&daemon, id).values.text(Field::Quotable), Some("No"));
    edit(&daemon, id, r#"{"lead_score":null}"#);
    assert_eq!(score(), None);
}

#[test]
fn new_rules_hold_from_the_next_change_of_a_lead_on_without_a_restart() {
    let mut daemon = TestDaemon::start(&format!("{WEBSITE}{RULES}"));
    let id = daemon
        .post("website", r#"{"external_id":"1","city":"Oslo"}"#)
        .lead_id();
    let more = RULES.replace("lead_score = 10", "lead_score = 11");
    assert_eq!(daemon.reload(&format!("{WEBSITE}{more}")), Ok(Vec::new()));
    assert_eq!(
        number(&stored(&daemon, id), Field::LeadScore).as_deref(),
        Some("10")
    );
    daemon.post("website", r#"{"external_id":"1","notes":"x"}"#);
    assert_eq!(
        number(&stored(&daemon, id), Field::LeadScore).as_deref(),
        Some("11")
    );
}

#[test]
fn a_webhook_hears_what_the_rules_made_of_a_lead() {
    let crm = Receiver::always(Reply::status(200));
    let to_crm = webhook(
        "crm",
        &crm.url(),
        "when = { field = 'lead_score', greater = 20 }",
    );
    let daemon = TestDaemon::start(&format!("{WEBSITE}{RULES}{to_crm}"));
    daemon.post("website", r#"{"city":"Oslo"}"#);
    daemon.post("website", r#"{"city":"Oslo","quote_value":1000.01}"#);
    let body = String::from_utf8(crm.wait_for(1)[0].body.clone()).expect("text");
    assert!(
        body.contains(r#""quotable":"Yes""#) && body.contains(r#""lead_score":35"#),
        "{body}"
    );
    daemon.wait_until_drained();
    assert_eq!(crm.count(), 1);
    assert_eq!(Number::parse("35"), Some(Number::from_i64(35)));
}
