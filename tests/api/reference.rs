//! What clients of the reference rely on.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::client::ask;
use crate::daemon::{TestDaemon, WEBSITE};
use crate::{TOKEN, daemon, get, ids, is_refused, json, post};

#[test]
fn a_list_has_the_reference_s_members_and_a_lead_its_fields() {
    let daemon = daemon();
    daemon.post(
        "website",
        r#"{"name":"Ada","quote_value":"12.50","Budget":"low"}"#,
    );
    let list = json(&daemon, "/leads?leads_per_page=10&page_number=1");
    assert_eq!(
        (
            &list["page_number"],
            &list["leads_per_page"],
            &list["total_pages"],
            &list["total_leads"]
        ),
        (&json!(1), &json!(10), &json!(1), &json!(1))
    );
    let lead = &list["leads"][0];
    assert_eq!(
        (&lead["lead_id"], &lead["contact_name"]),
        (&json!(1), &json!("Ada"))
    );
    assert_eq!(lead["quote_value"].to_string(), "12.50");
    assert_eq!(lead["additional_fields"], json!({ "Budget": "low" }));
    assert_eq!((lead.get("trigger"), lead.get("account")), (None, None));
    assert_eq!(lead["custom_fields"], json!({}));
    assert_eq!(&json(&daemon, "/leads/1"), lead);
}

#[test]
fn a_client_may_come_by_basic_with_the_token_as_its_password() {
    let daemon = daemon();
    let basic = STANDARD.encode("anybody:test-admin-token-0123");
    let basic = format!("Basic {basic}");
    let answer = ask(
        daemon.admin(),
        "GET",
        "/api/v1/leads",
        &[("authorization", &basic)],
        b"",
    );
    assert_eq!(answer.status, 200);
    let answer = ask(daemon.admin(), "GET", "/api/v1/leads", &[], b"");
    is_refused(&answer, 401, "unauthorized");
}

#[test]
fn a_lead_is_made_of_json_and_of_a_form_with_brackets() {
    let daemon = daemon();
    let made = post(
        &daemon,
        "/leads",
        r#"{"lead_type":"phone_call","phone_number":"+4712345678","custom_fields":{"Van":"2"}}"#,
    );
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.json()["lead_type"], "Phone Call");
    assert_eq!(made.json()["custom_fields"], json!({ "Van": "2" }));
    let form = ("content-type", "application/x-www-form-urlencoded");
    let body = b"lead_type=web_form&contact_name=Ada&send_notification=false&additional_fields%5BPhone+Number%5D=5";
    let made = ask(
        daemon.admin(),
        "POST",
        "/api/v1/leads",
        &[TOKEN, form],
        body,
    );
    assert_eq!(
        made.json()["additional_fields"],
        json!({ "Phone Number": "5" }),
        "{}",
        made.body
    );
    daemon.verify();
}

#[test]
fn an_edit_changes_what_it_names_and_no_other_label() {
    let daemon = daemon();
    daemon.post("website", r#"{"name":"Ada","Budget":"low","Van":"2"}"#);
    let edited = post(
        &daemon,
        "/leads/1",
        r#"{"quotable":"Yes","quote_value":1250.00,"additional_fields":{"Van":null,"Roof":"flat"}}"#,
    );
    assert_eq!(
        edited.json()["additional_fields"],
        json!({ "Budget": "low", "Roof": "flat" }),
        "{}",
        edited.body
    );
    assert_eq!(edited.json()["quote_value"].to_string(), "1250.00");
    assert_eq!(edited.json()["revision"], 2);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let as_curl = ask(
        daemon.admin(),
        "POST",
        "/api/v1/leads/1",
        &[TOKEN, form],
        br#"{"notes":"x"}"#,
    );
    assert_eq!(as_curl.json()["notes"], "x", "{}", as_curl.body);
    is_refused(
        &post(&daemon, "/leads/1", r#"{"quotable":"Maybe"}"#),
        422,
        "invalid_value",
    );
    is_refused(&post(&daemon, "/leads/9", "{}"), 404, "unknown_lead");
    is_refused(&post(&daemon, "/leads/1", "{"), 400, "invalid_json");
}

#[test]
fn each_parameter_of_a_list_does_what_it_says() {
    let daemon = daemon();
    for body in [
        r#"{"name":"A","utm_source":"google","utm_medium":"cpc","utm_campaign":"Spring Sale","quote_value":10}"#,
        r#"{"name":"B","lead_type":"Phone Call","spam":true}"#,
        r#"{"name":"C","quotable":"Pending","sales_value":5}"#,
    ] {
        daemon.post("website", body);
        daemon.setting.advance(Duration::from_secs(86_400));
    }
    for (query, found) in [
        ("", &[3, 2, 1][..]),
        ("?order=asc", &[1, 2, 3]),
        ("?leads_per_page=2&page=2", &[1]),
        ("?lead_type=phone_call", &[2]),
        ("?lead_type=Phone%20Call", &[2]),
        ("?lead_source=Google&lead_medium=cpc", &[1]),
        ("?lead_campaign=spring+sale", &[1]),
        ("?lead_keyword=plumber", &[]),
        ("?quotable=pending", &[3]),
        ("?quotable=not_set", &[2, 1]),
        ("?quote_value=has_value", &[1]),
        ("?sales_value=no_value", &[2, 1]),
        ("?spam=true", &[2]),
        ("?spam=false", &[3, 1]),
        ("?duplicate=true", &[]),
        ("?start_date=2026-02-02", &[3, 2]),
        ("?end_date=2026-02-02", &[2, 1]),
        (
            "?start_date=2026-02-02T14:09:01Z&end_date=2026-02-02T14:09:01Z",
            &[2],
        ),
        ("?account_id=1&profile_id=1", &[3, 2, 1]),
        ("?account_id=7", &[]),
        ("?profile_id=7", &[]),
    ] {
        assert_eq!(ids(&daemon, query), found, "{query}");
    }
}

#[test]
fn a_wrong_parameter_is_named_and_never_passed_over() {
    let daemon = daemon();
    for query in [
        "page_number=0",
        "leads_per_page=2501",
        "spam=perhaps",
        "start_date=yesterday",
        "lead_type=fax",
        "led_type=chat",
        "cursor=x",
    ] {
        let answer = get(&daemon, &format!("/leads?{query}"));
        is_refused(&answer, 400, "invalid_parameter");
        assert_eq!(
            answer.json()["error"]["field"],
            query.split('=').next().unwrap_or_default()
        );
    }
    is_refused(&get(&daemon, "/lead"), 404, "not_found");
    is_refused(&get(&daemon, "/leads/x"), 404, "unknown_lead");
    let put = ask(daemon.admin(), "PUT", "/api/v1/leads", &[TOKEN], b"");
    is_refused(&put, 405, "method_not_allowed");
    assert_eq!(put.header("allow"), Some("GET, POST"));
    // It once offered GET as well, as if `cancel` were the name of a delivery.
    let cancel = ask(
        daemon.admin(),
        "GET",
        "/api/v1/deliveries/cancel",
        &[TOKEN],
        b"",
    );
    assert_eq!((cancel.status, cancel.header("allow")), (405, Some("POST")));
}

#[test]
fn the_account_and_its_profiles_come_from_the_config() {
    let config = "[account]\nid = 7\nname = \"Acme\"\n[[profile]]\nid = 2\nname = \"North\"\n";
    let daemon = crate::daemon::TestDaemon::start(&format!("{config}{}", crate::daemon::WEBSITE));
    assert_eq!(
        json(&daemon, "/accounts")["accounts"][0]["account_name"],
        "Acme"
    );
    assert_eq!(
        json(&daemon, "/accounts/7/profiles")["profiles"],
        json!([{ "profile_id": 2, "profile_name": "North" }])
    );
    assert_eq!(
        json(&daemon, "/accounts/7/profiles/2")["profile_name"],
        "North"
    );
    is_refused(
        &get(&daemon, "/accounts/8/profiles"),
        404,
        "unknown_account",
    );
    let made = post(&daemon, "/leads", r#"{"name":"Ada","profile_id":2}"#);
    assert_eq!(made.json()["profile"], "North");
    is_refused(
        &post(&daemon, "/leads", r#"{"name":"Ada","profile_id":3}"#),
        422,
        "unknown_profile",
    );
}

#[test]
fn a_person_s_leads_are_found_by_each_contact_however_it_is_written() {
    let daemon =
        TestDaemon::start(&WEBSITE.replacen('[', "[account]\ndefault_country = \"DE\"\n[", 1));
    for body in [
        r#"{"email":"ada@example.com","phone":"030 1234567","message":"boiler"}"#,
        r#"{"contact_email_address":"ADA@example.com","user_id":"v1"}"#,
        r#"{"email":"eva@example.com","contact_phone_number":"+49 30 1234567","message":"boiler"}"#,
    ] {
        daemon.post("website", body);
    }
    for (query, found) in [
        ("?email_address=Ada@Example.com", &[2, 1][..]),
        ("?phone_number=%2B4930-1234567", &[3, 1]),
        ("?phone_number=030/1234567&order=asc", &[1, 3]),
        ("?user_id=V1", &[2]),
        ("?email_address=ada@example.com&user_id=v1", &[2]),
        (
            "?phone_number=0301234567&email_address=eva@example.com",
            &[3],
        ),
        (
            "?phone_number=0301234567&search=boil&lead_type=web_form",
            &[3, 1],
        ),
        ("?phone_number=12", &[]),
        ("?email_address=nobody", &[]),
    ] {
        assert_eq!(ids(&daemon, query), found, "{query}");
        let total = json(&daemon, &format!("/leads{query}&leads_per_page=1"));
        assert_eq!(total["total_leads"], found.len(), "{query}");
    }
    let first = json(
        &daemon,
        "/leads?email_address=ada@example.com&leads_per_page=1",
    );
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let rest = format!("?email_address=ada@example.com&cursor={cursor}");
    assert_eq!(ids(&daemon, &rest), [1]);
    post(
        &daemon,
        "/leads/1",
        r#"{"email_address":"new@example.com","contact_email_address":null}"#,
    );
    assert_eq!(ids(&daemon, "?email_address=ada@example.com"), [2]);
}
