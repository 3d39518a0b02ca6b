//! Each preset, with a sample of what its service posts and the exact payload that comes of it.
//!
//! `LEADHOOK_BLESS=1 cargo test --test mapping` writes `golden/` anew.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use leadhook::config::{self, Env, PRESETS, Preset};
use serde_json::json;

use crate::client::ask;
use crate::daemon::Directory;
use crate::{House, lead};

/// What the service posts.
pub(crate) fn sample(preset: &str) -> String {
    let read = |ending| fs::read_to_string(format!("tests/mapping/samples/{preset}.{ending}"));
    let found = read("json").or_else(|_| read("form"));
    found.unwrap_or_else(|error| panic!("a sample of {preset}: {error}"))
}

fn of(preset: &str) -> House {
    House::with(&format!("preset = \"{preset}\""))
}

#[test]
fn each_sample_arrives_as_in_its_golden_file() {
    for (name, _) in PRESETS {
        let house = of(name);
        let answer = house.post(&sample(name));
        assert_eq!(answer.status, 201, "{name}: {}", answer.body);
        let body = house.bytes(1);
        let path = format!("tests/mapping/golden/{name}.json");
        if std::env::var_os("LEADHOOK_BLESS").is_some() {
            fs::write(&path, &body).expect("a golden file");
        }
        let golden = fs::read(&path).unwrap_or_default();
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            body == golden,
            "{name} is\n{}\ninstead of\n{}",
            text(&body),
            text(&golden)
        );
    }
}

#[test]
fn jotform_is_read_as_it_posts_with_a_boundary() {
    let pairs = leadhook::http::forms::form_fields(sample("jotform").as_bytes());
    let part = |(name, text): &(String, String)| {
        format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    let body = pairs.iter().map(part).collect::<String>() + "--cut--\r\n";
    let house = of("jotform");
    let multipart = [("content-type", "multipart/form-data; boundary=cut")];
    let ingest = house.daemon.ingest();
    let answer = ask(ingest, "POST", "/in/service", &multipart, body.as_bytes());
    assert_eq!(answer.status, 201, "{}", answer.body);
    let golden = fs::read("tests/mapping/golden/jotform.json").expect("a golden file");
    assert!(house.bytes(1) == golden);
}

#[test]
fn a_second_delivery_of_the_same_post_makes_no_second_lead() {
    let of_users = [
        "automation",
        "contact_form_7",
        "elementor",
        "elementor_advanced",
        "formspree",
        "framer",
        "wpforms",
    ];
    for (name, _) in PRESETS.iter().filter(|(name, _)| !of_users.contains(name)) {
        let house = of(name);
        let first = house.post(&sample(name));
        let second = house.post(&sample(name));
        assert_eq!(
            (second.status, second.lead_id()),
            (200, first.lead_id()),
            "{name}"
        );
        assert_eq!(second.json()["result"], "unchanged", "{name}");
    }
}

#[test]
fn no_secret_of_a_service_is_kept_with_the_lead() {
    for name in ["google_ads", "formstack"] {
        let sample = sample(name);
        assert!(sample.contains("not-for-anybody-else"), "{name}");
        let house = of(name);
        house.post(&sample);
        let payload = String::from_utf8(house.bytes(1)).expect("UTF-8");
        assert!(!payload.contains("not-for-anybody-else"), "{payload}");
    }
}

#[test]
fn the_address_of_a_service_is_not_the_visitors() {
    let payload = lead("preset = \"framer\"", &sample("framer"));
    assert_eq!(payload["ip_address"], json!(null));
    let payload = lead("names_in = \".\"", &sample("framer"));
    assert_eq!(payload["ip_address"], "127.0.0.1");
}

#[test]
fn a_source_overrides_a_preset_field_by_field() {
    let keys = "preset = \"woocommerce\"\nlead_type = \"Other\"\n[source.fields]\n\
        name = { join = [\"billing.last_name\", \"billing.first_name\"], with = \", \" }\nphone = []";
    let payload = lead(keys, &sample("woocommerce"));
    assert_eq!(payload["contact_name"], "Lovelace, Ada");
    assert_eq!(payload["phone_number"], json!(null));
    assert_eq!(payload["email_address"], "ada@example.com");
    assert_eq!(payload["lead_type"], "Other");
}

#[test]
fn what_a_service_posts_besides_leads_is_answered_well_and_ignored() {
    for (name, body) in [
        ("woocommerce", "webhook_id=17"),
        (
            "calcom",
            r#"{"triggerEvent":"PING","payload":{"type":"Test"}}"#,
        ),
        (
            "calendly",
            r#"{"event":"invitee.canceled","payload":{"email":"ada@example.com"}}"#,
        ),
        (
            "stripe",
            r#"{"type":"invoice.paid","data":{"object":{"id":"in_1"}}}"#,
        ),
        ("tally", r#"{"eventType":"FORM_OPENED","data":{}}"#),
        (
            "twilio_sms",
            "MessageSid=SM1&SmsStatus=delivered&To=%2B17044695324",
        ),
        (
            "typeform",
            r#"{"event_type":"form_response_partial","form_response":{"token":"t"}}"#,
        ),
        ("webflow", r#"{"triggerType":"site_publish","payload":{}}"#),
    ] {
        let house = of(name);
        let answer = house.post(body);
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (200, r#"{"result":"ignored"}"#),
            "{name}"
        );
        house.post(body);
        assert_eq!(
            house.daemon.store().counts().expect("counts").leads,
            0,
            "{name}"
        );
        let log = house.daemon.setting.log();
        assert!(
            log.contains("post ignored") && log.contains("ignored=2"),
            "{log}"
        );
    }
}

#[test]
fn a_payment_in_a_currency_without_hundredths_keeps_its_amount() {
    let yen = sample("stripe").replace("\"eur\"", "\"jpy\"");
    assert_eq!(lead("preset = \"stripe\"", &yen)["sales_value"], 4950);
    // 4950 thousandths would be ten times too much as hundredths.
    let dinars = lead(
        "preset = \"stripe\"",
        &sample("stripe").replace("\"eur\"", "\"kwd\""),
    );
    assert!(dinars["sales_value"].is_null());
    assert_eq!(
        dinars["additional_fields"]["data.object.amount_total"],
        "4950"
    );
    let test = sample("stripe").replace("\"livemode\":true", "\"livemode\":false");
    let payload = lead("preset = \"stripe\"", &test);
    assert_eq!(payload["sales_value"].to_string(), "49.50");
    assert_eq!(payload["additional_fields"]["Test"], "true");
}

#[test]
fn every_recipe_of_the_readme_is_a_valid_source() {
    let directory = Directory::new();
    let readme = fs::read_to_string("README.md").expect("README.md");
    let recipes: Vec<&str> = readme.split("```toml\n[[source]]").skip(1).collect();
    assert!(recipes.len() >= 5, "{}", recipes.len());
    for recipe in recipes {
        let (source, _) = recipe.split_once("```").expect("an end");
        for file in source.split('"').filter(|text| text.ends_with("-secret")) {
            let path = directory.0.join(file);
            fs::write(&path, "sixteen-letters-").expect("a token");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its mode");
        }
        let text = format!("[admin]\ntoken = 'sixteen-letters-'\n[[source]]{source}");
        let config = config::parse(&text, "README.md", &directory.0, &Env::default());
        assert!(
            config.is_ok(),
            "{source}\n{}",
            config.expect_err("a problem")
        );
    }
}

#[test]
fn the_readme_lists_every_preset_and_says_whether_it_is_confirmed() {
    let readme = fs::read_to_string("README.md").expect("README.md");
    for (name, _) in PRESETS {
        let preset = Preset::find(name).expect(name);
        let start = format!("| {} | `{name}` |", preset.title);
        let row = readme.lines().find(|line| line.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("no row in the README begins with {start}"));
        let says = row.ends_with("| yes |");
        assert_eq!(says, preset.confirmed, "{row}");
    }
}
