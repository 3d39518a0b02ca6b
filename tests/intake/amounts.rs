//! Numbers keep the digits they came with, and never become others.

use leadhook::domain::lead_type::LeadType;

use crate::house::{lead, lead_of};

fn money(written: &str) -> (String, String) {
    let payload = lead(&format!(r#"{{"city":"Oslo","quote_value":{written}}}"#));
    (
        payload["quote_value"].to_string(),
        payload["additional_fields"].to_string(),
    )
}

#[test]
fn decimals_are_kept_exactly() {
    for (written, kept) in [
        ("156.80", "156.80"),
        ("0.10", "0.10"),
        ("100", "100"),
        ("-3.50", "-3.50"),
        ("99999999999999999999.99", "99999999999999999999.99"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("\"156.80\"", "156.80"),
        ("\"-.50\"", "null"),
    ] {
        assert_eq!(money(written).0, kept, "{written}");
    }
}

#[test]
fn an_amount_is_read_as_people_write_it() {
    for (written, read) in [
        ("$1,234.50", "1234.50"),
        ("1.234,50 €", "1234.50"),
        ("USD 99", "99"),
        ("US$ 99.90", "99.90"),
        ("99 kr", "99"),
        ("-$5", "-5"),
    ] {
        assert_eq!(money(&format!("\"{written}\"")).0, read, "{written}");
    }
}

#[test]
fn what_may_be_another_amount_is_kept_as_it_was_written() {
    for written in [
        "5k", "1.5m", "2 mio", "about 5", "5 to 7", "1e9", "50%", "5/month", "-.5", "12-13", "x",
    ] {
        let (value, labels) = money(&format!("\"{written}\""));
        assert_eq!(value, "null", "{written}");
        assert_eq!(labels, format!(r#"{{"quote_value":"{written}"}}"#));
    }
    assert_eq!(money("1e3").0, "null");
}

#[test]
fn a_number_that_is_longer_than_any_amount_is_kept_as_a_text() {
    let digits = "1234567890123456789012345678901234567890";
    assert_eq!(money(digits).0, "null");
    assert_eq!(money(digits).1, format!(r#"{{"quote_value":"{digits}"}}"#));
    let payload = lead(&format!(r#"{{"order":{digits},"zip":{digits}}}"#));
    assert_eq!(payload["additional_fields"]["order"], digits);
    assert_eq!(payload["zip"], digits);
}

#[test]
fn identifiers_keep_their_leading_zeros() {
    let payload = lead(r#"{"zip":"01234","order":"007"}"#);
    assert_eq!(payload["zip"], "01234");
    assert_eq!(payload["additional_fields"]["order"], "007");
    let order = lead_of(LeadType::Transaction, r#"{"transaction_id":"00017"}"#);
    assert_eq!(order["transaction_id"], "00017");
}
