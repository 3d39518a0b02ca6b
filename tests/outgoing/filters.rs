//! Which leads a webhook gets: duplicates, profiles, verdicts, and updates of what matters to it.

use crate::{House, Receiver, Reply, parsed};

const PROFILES: &str = "
[[profile]]
id = 2
name = \"North\"
[[profile]]
id = 3
name = \"South\"
[[source]]
name = \"south\"
profile = \"South\"
auth = \"none\"
";

/// The city of each lead that arrived, with its trigger.
fn heard(house: &House) -> Vec<String> {
    let requests = house.requests();
    let bodies = requests.iter().map(|request| parsed(&request.body));
    let tell = |body: serde_json::Value| {
        let word = |name: &str| body[name].as_str().unwrap_or("-").to_owned();
        format!("{} {}", word("trigger"), word("city"))
    };
    bodies.map(tell).collect()
}

#[test]
fn duplicates_are_sent_unless_they_are_not_wanted() {
    for (keys, expected) in [
        ("", &["new A", "new B"][..]),
        ("duplicate = false", &["new A"]),
    ] {
        let house = House::with(keys);
        house.post(r#"{"city":"A"}"#);
        house.post(r#"{"city":"B","duplicate":true}"#);
        assert_eq!(heard(&house), expected, "{keys}");
    }
}

#[test]
fn only_the_profiles_that_are_wanted_are_heard() {
    let receiver = Receiver::always(Reply::status(200));
    let keys = format!(
        "url = \"{}\"\nallow_private = true\nunsigned = true\nprofiles = [\"South\"]",
        receiver.url()
    );
    let website = crate::WEBSITE.replace("[[source]]", "[[source]]\nprofile = \"North\"");
    let config = format!("{PROFILES}{website}[[webhook]]\nname = \"crm\"\n{keys}\n");
    let daemon = crate::TestDaemon::start(&config);
    let house = House { receiver, daemon };
    house.post(r#"{"city":"Oslo"}"#);
    house.daemon.post("south", r#"{"city":"Rome"}"#);
    house.daemon.wait_until_drained();
    assert_eq!(heard(&house), ["new Rome"]);
}

#[test]
fn a_lead_is_new_to_a_webhook_when_it_is_found_quotable() {
    let house = House::with("quotable = [\"yes\", \"Pending\"]");
    house.post(r#"{"external_id":"1","city":"Oslo"}"#);
    house.post(r#"{"external_id":"1","quotable":"No"}"#);
    house.post(r#"{"external_id":"1","quotable":"Yes"}"#);
    house.post(r#"{"external_id":"1","quotable":"Yes","city":"Bergen"}"#);
    assert_eq!(heard(&house), ["new Oslo", "update Bergen"]);
}

#[test]
fn updates_are_heard_only_of_what_matters() {
    let house = House::with("only_if_changed = [\"quotable\", \"sales_value\", \"lead_type\"]");
    house.post(r#"{"external_id":"1","city":"Oslo"}"#);
    house.post(r#"{"external_id":"1","city":"Bergen"}"#);
    house.post(r#"{"external_id":"1","sales_value":"12"}"#);
    house.post(r#"{"external_id":"1","zip":"5003"}"#);
    assert_eq!(heard(&house), ["new Oslo", "update Bergen"]);
}

#[test]
fn a_condition_chooses_among_all_fields() {
    let house = House::with("when = { field = \"sales_value\", greater = 100 }");
    house.post(r#"{"city":"Oslo","sales_value":"99.99"}"#);
    house.post(r#"{"city":"Rome","sales_value":"100.01"}"#);
    assert_eq!(heard(&house), ["new Rome"]);
}

#[test]
fn a_lead_that_nobody_wants_is_kept_and_the_log_says_so() {
    let house = House::with("lead_types = [\"Chat\"]");
    house.post(r#"{"city":"Oslo"}"#);
    assert!(house.requests().is_empty());
    assert!(house.daemon.store().lead(1).expect("a store").is_some());
    let log = house.daemon.setting.log();
    assert!(log.contains("deliveries=0"), "{log}");
    house.daemon.verify();
}
