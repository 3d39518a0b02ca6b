//! Telephone numbers as E.164 writes them, and those that stay as they came.

use leadhook::domain::phone::{Country, e164};
use serde_json::json;

use crate::{edit, lead, posted};

const GERMAN: &str =
    "[account]\ndefault_country = \"DE\"\n[[source]]\nname = \"website\"\nauth = \"none\"\n";

fn typed_in(country: &str, text: &str) -> Option<String> {
    let country = Country::find(country).unwrap_or_else(|| panic!("no {country}"));
    e164(text, Some(country))
}

#[test]
fn a_number_as_it_is_dialled_within_its_country_is_known_in_all_of_them() {
    let lines = include_str!("phones.txt").lines();
    let mut countries = std::collections::BTreeSet::new();
    for line in lines.filter(|line| !line.starts_with('#')) {
        let [country, typed, expected] = line.split(';').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        countries.insert(country);
        assert_eq!(
            typed_in(country, typed).as_deref(),
            Some(expected),
            "{line}"
        );
        assert_eq!(e164(expected, None).as_deref(), Some(expected), "{line}");
    }
    assert!(countries.len() > 40, "{}", countries.len());
}

#[test]
fn a_number_is_read_as_people_write_it() {
    for (country, typed, expected) in [
        ("DE", "030 / 123 45-67", "+49301234567"),
        ("DE", "+49 (0)30 1234567", "+49301234567"),
        ("DE", "0049 30 1234567", "+49301234567"),
        ("DE", "(0171) 123 45 67", "+491711234567"),
        ("US", "(704) 469-5324", "+17044695324"),
        ("US", "1-704-469-5324", "+17044695324"),
        ("US", "704.469.5324", "+17044695324"),
        ("US", "011 44 20 7946 0958", "+442079460958"),
        ("GB", "020 7946 0958", "+442079460958"),
        ("FR", "06.12.34.56.78", "+33612345678"),
        ("FR", "33612345678", "+33612345678"),
        ("IT", "06 6982", "+39066982"),
        ("CN", "138 1234 5678", "+8613812345678"),
        ("BR", "(11) 91234-5678", "+5511912345678"),
        ("RU", "8 (916) 123-45-67", "+79161234567"),
        ("HU", "06 1 234 5678", "+3612345678"),
        ("no", "21 00 00 00", "+4721000000"),
        ("SE", "tel:08-123 456 78", "+46812345678"),
        ("DE", "+1 704 469 5324", "+17044695324"),
    ] {
        assert_eq!(
            typed_in(country, typed).as_deref(),
            Some(expected),
            "{typed}"
        );
    }
}

#[test]
fn what_is_not_surely_a_number_stays_as_it_came() {
    for (country, typed) in [
        // Within a town, or the whole number? Nobody knows.
        ("DE", "1234567"),
        ("AT", "512 34 56"),
        ("US", "469-5324"),
        ("GB", "7946 0958"),
        ("US", "(104) 469-5324"),
        ("FR", "06 12 34 56"),
        ("DE", "110"),
        ("DE", "030 1234567 ext. 5"),
        ("DE", "030 1234567 / 0171 1234567"),
        ("DE", "anonymous"),
        ("DE", "client:ada"),
        ("DE", "+0 123 456 789"),
        ("DE", "+999 123 456 789"),
        ("DE", "+49 30 1234567 +49 30 1234567"),
        ("DE", "٠٣٠١٢٣٤٥٦٧"),
        ("DE", ""),
        ("DE", "00000000000000000000000000000000"),
    ] {
        assert_eq!(typed_in(country, typed), None, "{typed}");
    }
    assert_eq!(e164("030 1234567", None), None);
    assert_eq!(Country::find("Germany"), None);
}

#[test]
fn a_number_of_the_accounts_country_is_completed_and_what_was_typed_stays_beside_it() {
    let daemon = crate::TestDaemon::start(GERMAN);
    let first = posted(&daemon, r#"{"external_id":"1","Phone":"030 1234567"}"#);
    assert_eq!(first["phone_number"], "+49301234567");
    assert_eq!(first["contact_phone_number"], "+49301234567");
    assert_eq!(first["additional_fields"], json!({"Phone": "030 1234567"}));
    let same = posted(&daemon, r#"{"external_id":"1","Phone":"030 1234567"}"#);
    assert_eq!(first, same);
    let second = posted(&daemon, r#"{"phone":"+49 (0)30 1234567"}"#);
    assert_eq!(second["phone_number"], "+49301234567");
    assert_eq!(second["additional_fields"], json!({}));
}

#[test]
fn the_country_that_is_posted_goes_before_the_sources_and_that_before_the_accounts() {
    let config = format!("{GERMAN}default_country = \"FR\"\n");
    let daemon = crate::TestDaemon::start(&config);
    let number = |body: &str| posted(&daemon, body)["phone_number"].clone();
    assert_eq!(
        number(r#"{"phone":"044 668 18 00","country":"CH"}"#),
        "+41446681800"
    );
    assert_eq!(number(r#"{"phone":"06 12 34 56 78"}"#), "+33612345678");
    assert_eq!(
        number(r#"{"phone":"06 12 34 56 78","country":"Frankreich"}"#),
        "+33612345678"
    );
}

#[test]
fn a_country_is_written_in_capitals_and_a_name_stays_as_it_came() {
    let daemon = crate::TestDaemon::start(GERMAN);
    for (posted_as, expected) in [("ch", "CH"), ("US", "US"), ("Frankreich", "Frankreich")] {
        let lead = posted(
            &daemon,
            &format!(r#"{{"country":"{posted_as}","name":"Ada"}}"#),
        );
        assert_eq!(lead["country"], expected);
    }
}

#[test]
fn a_person_types_numbers_in_the_same_country() {
    let daemon = crate::TestDaemon::start(GERMAN);
    posted(&daemon, r#"{"email":"a@x.com"}"#);
    edit(&daemon, 1, r#"{"phone_number":"0171 1234567"}"#);
    assert_eq!(lead(&daemon, 1)["phone_number"], "+491711234567");
}

#[test]
fn the_numbers_of_a_call_are_all_written_alike() {
    let daemon = crate::TestDaemon::start(GERMAN);
    let call = r#"{"lead_type":"Phone Call","caller_number":"0171 1234567","tracking_number":"(030) 7654321","destination_number":"+49 30 999999"}"#;
    let lead = posted(&daemon, call);
    assert_eq!(lead["caller_number"], "+491711234567");
    assert_eq!(lead["tracking_number"], "+49307654321");
    assert_eq!(lead["destination_number"], "+4930999999");
}

#[test]
fn a_country_that_there_is_not_is_refused() {
    let text = "[account]\ndefault_country = \"Germany\"\n";
    let env = leadhook::config::Env::default();
    let refused = leadhook::config::parse(text, "x", std::path::Path::new(""), &env);
    let problems = refused.expect_err("a problem").to_string();
    assert!(
        problems.contains("account: default_country: there is no such country"),
        "{problems}"
    );
}
