//! The presets of receivers: what each needs, that what the owner says goes before it, and that the
//! README tells of all of them.

use std::fs;

use leadhook::config::{self, Env, RECEIVERS, receiver};
use serde_json::json;

use crate::daemon::Directory;
use crate::{ADA, House, Receiver, Reply, parsed, problems, secret_file, text};

#[test]
fn what_the_owner_has_to_add_is_named_all_at_once() {
    let said = problems("preset = 'twilio_sms'");
    for key in ["auth", "values.account", "values.from", "values.to"] {
        assert!(
            said.contains(&format!("webhook \"crm\": {key}: this key is missing")),
            "{said}"
        );
    }
    assert!(
        said.contains("hint: the Account SID: values.account = \"AC…\""),
        "{said}"
    );
    assert_eq!(said.matches("hint:").count(), 4, "{said}");
    let said = problems("preset = 'slack'");
    assert!(said.contains("url_file: this key is missing"), "{said}");
    let said = problems("preset = 'slak'");
    assert!(said.contains("did you mean \"slack\"?"), "{said}");
}

#[test]
fn what_the_webhook_says_goes_before_its_preset_key_by_key() {
    let keys = "preset = \"ntfy\"\nurl = \"{url}/\"\nvalues = { topic = \"t\" }\nheaders = { X-Tag = \"{city}\" }";
    let request = House::with(keys).request(r#"{"city":"Oslo"}"#);
    assert_eq!(parsed(&request.body)["topic"], "t");
    assert_eq!(request.header("x-tag"), Some("Oslo"));
    let body = format!("{keys}\nmethod = \"PUT\"\nbody = '{{\"t\": \"{{values.topic}}\"}}'");
    let request = House::with(&body).request(ADA);
    assert_eq!(
        (text(&request.body).as_str(), request.line.as_str()),
        (r#"{"t":"t"}"#, "PUT / HTTP/1.1")
    );
    let flat = format!("{keys}\nformat = \"flat\"");
    assert_eq!(
        parsed(&House::with(&flat).request(ADA).body)["lead_id"],
        json!(1)
    );
}

#[test]
fn a_preset_is_unsigned_unless_there_is_a_secret() {
    let keys = format!(
        "preset = \"n8n\"\nurl = \"{{url}}/\"\nsecret = \"{}\"",
        crate::daemon::SECRET
    );
    assert!(
        House::with(&keys)
            .request(ADA)
            .header("webhook-signature")
            .is_some()
    );
    let unsigned = House::with("preset = \"n8n\"\nurl = \"{url}/\"").request(ADA);
    assert_eq!(unsigned.header("webhook-signature"), None);
    assert!(unsigned.header("webhook-id").is_some());
}

#[test]
fn the_pace_of_a_service_is_kept_unless_the_webhook_says_another() {
    for (more, at_once) in [("", 1), ("rate = \"3/s\"", 3)] {
        let reply = Reply::full(200, &[], b"ok");
        let keys = format!("preset = \"slack\"\nurl = \"{{url}}\"\n{more}");
        let house = House::to(Receiver::always(reply), "", &keys);
        for _ in 0..4 {
            house.daemon.post("website", ADA);
        }
        house.receiver.wait_for(at_once);
        house.daemon.clock_rings();
        assert_eq!(house.receiver.count(), at_once);
    }
}

#[test]
fn the_readme_lists_every_preset_and_says_whether_it_is_confirmed() {
    let readme = fs::read_to_string("README.md").expect("README.md");
    for (name, text) in RECEIVERS {
        let (title, confirmed) = receiver(name).expect(name);
        let start = format!("| {title} | `{name}` |");
        let row = readme.lines().find(|line| line.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("no row in the README begins with {start}"));
        assert_eq!(row.ends_with("| yes |"), confirmed, "{row}");
        let rate = text.lines().find_map(|line| line.strip_prefix("rate = "));
        let rate = rate.map_or("–", |rate| rate.trim_matches('"'));
        assert!(row.contains(&format!(" | {rate} | ")), "{row}");
    }
}

#[test]
fn every_recipe_of_the_readme_is_a_valid_webhook() {
    let directory = Directory::new();
    let readme = fs::read_to_string("README.md").expect("README.md");
    let recipes: Vec<&str> = readme.split("```toml\n[[webhook]]").skip(1).collect();
    assert!(recipes.len() >= 5, "{}", recipes.len());
    for recipe in recipes {
        let (webhook, _) = recipe.split_once("```").expect("an end");
        for line in webhook.lines().filter(|line| line.contains("_file = ")) {
            let (key, file) = line.split_once("_file = \"").expect("a file");
            let content = match key.ends_with("url") {
                true => "https://hooks.example.com/services/T0/B0/x",
                false if key.ends_with("secret") && !key.contains("auth") => crate::daemon::SECRET,
                false => "sixteen-letters-",
            };
            let (file, _) = file.split_once('"').expect("an end");
            secret_file(&directory, file, content);
        }
        let text = format!("[admin]\ntoken = 'sixteen-letters-'\n[[webhook]]{webhook}");
        let config = config::parse(&text, "README.md", &directory.0, &Env::default());
        assert!(
            config.is_ok(),
            "{webhook}\n{}",
            config.expect_err("a problem")
        );
    }
}
