//! Sheets, forms of a CRM, automation.

use super::{chars, demand, no_nulls, post_of_json, satisfies};
use crate::{ADA, House, Receiver, Reply, Request};

/// The script runs before the redirect, whose body nobody has to fetch.
fn google_sheets(request: &Request) -> Result<Reply, String> {
    let body = post_of_json(request, "/macros/s/x/exec?key=service-token")?;
    demand!(body["lead_id"].is_number(), "no lead");
    let echo = "https://script.googleusercontent.com/macros/echo?user_content_key=x";
    Ok(Reply::full(
        302,
        &[("location", echo)],
        b"<HTML>Moved Temporarily</HTML>",
    ))
}

#[test]
fn google_sheets_is_satisfied() {
    satisfies(
        "preset = \"google_sheets\"\nurl = \"{url}/macros/s/x/exec\"\nauth = { query = \"key\", secret_file = \"TOKEN\" }",
        google_sheets,
    );
}

#[test]
fn a_sheet_that_asks_for_a_login_or_shows_an_error_is_no_success() {
    let login = Reply::full(
        302,
        &[("location", "https://accounts.google.com/ServiceLogin")],
        b"",
    );
    for reply in [
        login,
        Reply::full(200, &[], b"<html>TypeError: doPost</html>"),
    ] {
        let house = House::to(
            Receiver::always(reply),
            "",
            "preset = \"google_sheets\"\nurl = \"{url}/exec\"",
        );
        house.daemon.post("website", ADA);
        crate::daemon::wait_until("a failed attempt", || {
            house.daemon.setting.log().contains("attempt failed")
        });
    }
}

fn hubspot(request: &Request) -> Result<Reply, String> {
    let body = post_of_json(request, "/submissions/v3/integration/submit/1234567/5f8d")?;
    demand!(no_nulls(&body), "a value is null");
    let now = body["submittedAt"].as_u64().ok_or("submittedAt")?;
    demand!(now == crate::daemon::BEGIN.0, "submittedAt {now}");
    for field in body["fields"].as_array().ok_or("fields")? {
        demand!(
            field["objectTypeId"] == "0-1" && chars(&field["value"]) > 0,
            "{field}"
        );
        let address = field["value"].as_str().unwrap_or_default();
        let is_address = !address.contains(['"', ' ', ',', '\n']) && address.contains('@');
        demand!(field["name"] != "email" || is_address, "INVALID_EMAIL");
        demand!(chars(&field["value"]) <= 65_536, "INPUT_TOO_LARGE");
    }
    Ok(Reply::full(200, &[], br#"{"inlineMessage":"Thanks"}"#))
}

#[test]
fn hubspot_is_satisfied() {
    let keys = "preset = \"hubspot_forms\"\nurl = \"{url}/submissions/v3/integration/submit/{values.portal}/{values.form}\"\nvalues = { portal = 1234567, form = \"5f8d\" }";
    let requests = satisfies(keys, hubspot);
    let names = |request: &Request| {
        let body = crate::parsed(&request.body);
        let fields = body["fields"].as_array().expect("fields").iter();
        fields
            .map(|field| field["name"].as_str().expect("a name").to_owned())
            .collect::<Vec<_>>()
    };
    let whole = [
        "email",
        "firstname",
        "lastname",
        "phone",
        "company",
        "message",
    ];
    // Different leads come in any order.
    assert!(requests.iter().any(|request| names(request) == whole));
    assert!(requests.iter().any(|request| names(request).is_empty()));
}

/// Automation services learn the fields from the first post: the same names must always be there.
fn automation(request: &Request) -> Result<Reply, String> {
    let body = post_of_json(request, "/hook/x")?;
    demand!(
        request.body.len() <= 5 << 20,
        "{} bytes",
        request.body.len()
    );
    for name in [
        "trigger",
        "lead_id",
        "city",
        "contact_name",
        "additional_fields",
        "spam",
    ] {
        demand!(body.get(name).is_some(), "{name}");
    }
    Ok(Reply::full(200, &[], b"Accepted"))
}

#[test]
fn zapier_make_and_n8n_are_satisfied() {
    for preset in ["zapier", "make", "n8n"] {
        satisfies(
            &format!("preset = \"{preset}\"\nurl = \"{{url}}/hook/x\""),
            automation,
        );
    }
}

#[test]
fn make_is_asked_again_when_its_queue_is_full() {
    let full = Reply::full(400, &[], b"Queue is full.");
    let house = House::to(
        Receiver::sequence(vec![
            full.clone(),
            full.clone(),
            full.clone(),
            full,
            Reply::status(200),
        ]),
        "",
        "preset = \"make\"\nurl = \"{url}/hook/x\"\nretry = [\"1s\", \"1s\", \"1s\", \"1s\"]\njitter_percent = 0",
    );
    house.daemon.post("website", ADA);
    for n in 1..=5 {
        house.receiver.wait_for(n);
        house.daemon.turn_clock(std::time::Duration::from_secs(2));
        let retried = || house.receiver.count() > n || n == 5;
        crate::daemon::wait_until("the next attempt", || {
            house.daemon.turn_clock(std::time::Duration::from_secs(2));
            retried()
        });
    }
    house.daemon.wait_until_drained();
}
