//! What a reload may change, and what needs a restart.

use std::collections::BTreeSet;

use leadhook::config::{self, Config};

use crate::read;

fn config(name: &str) -> Config {
    read("valid", name).expect(name)
}

#[test]
fn the_same_config_needs_no_restart() {
    let config = config("minimal.toml");
    assert!(config.needs_restart(&config).is_empty());
}

#[test]
fn every_key_outside_of_sources_webhooks_and_names_needs_a_restart() {
    let named = config("minimal.toml").needs_restart(&config("everything.toml"));
    let named: BTreeSet<&str> = named.into_iter().collect();
    let keys = config::keys();
    let swapped = [
        "account.",
        "alerts.",
        "analysis.",
        "heartbeat.",
        "location.",
        "profile.",
        "rule.",
        "smtp.",
        "source.",
        "spam.",
        "webhook.",
    ];
    let expected: BTreeSet<&str> = keys
        .iter()
        .map(String::as_str)
        .filter(|key| !swapped.iter().any(|section| key.starts_with(section)))
        .filter(|key| !key.ends_with("_file") && !key.ends_with("_credential"))
        // It is read into the sources.
        .filter(|key| *key != "ingest.public_url")
        .collect();
    assert_eq!(named, expected);
}

#[test]
fn sources_and_webhooks_change_without_a_restart() {
    let old = config("minimal.toml");
    let new = Config {
        sources: config("everything.toml").sources,
        webhooks: config("everything.toml").webhooks,
        ..old.clone()
    };
    assert!(old.needs_restart(&new).is_empty());
    assert_ne!(old, new);
}
