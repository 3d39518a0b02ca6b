//! The example config: it runs, it shows every key, and the defaults that it documents are those of
//! the code.
//!
//! In it, `# text` explains, `#key = value` shows a default, `#     key = value` is to be copied.

use std::collections::BTreeSet;
use std::path::Path;

use leadhook::config::{self, Config, EXAMPLE, Env, PUBLISHED_SECRETS};
use toml::de::{DeTable, DeValue};

use crate::dir::Dir;

const COPY_MARK: &str = "#     ";

fn load(text: &str) -> Config {
    match config::parse(
        text,
        "config.example.toml",
        Path::new("/etc"),
        &Env::default(),
    ) {
        Ok(config) => config,
        Err(problems) => panic!("{problems}"),
    }
}

fn is_default(line: &str) -> bool {
    line.starts_with('#') && line[1..].starts_with(|c: char| c.is_ascii_lowercase())
}

/// The example with the lines that show defaults active.
fn with_defaults() -> String {
    let lines = EXAMPLE.lines();
    let active = lines.map(|line| if is_default(line) { &line[1..] } else { line });
    active.map(|line| format!("{line}\n")).collect()
}

/// The example with one of its blocks to copy active, for each of them.
fn with_each_block() -> Vec<String> {
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    let starts = (1..lines.len())
        .filter(|i| lines[*i].starts_with(COPY_MARK) && !lines[*i - 1].starts_with('#'));
    let activated = |start: usize| {
        let end = lines[start..].iter().position(|line| line.is_empty());
        let block = start..end.map_or(lines.len(), |n| start + n);
        let numbered = lines.iter().enumerate();
        numbered
            .map(|(i, line)| match block.contains(&i) {
                true => format!("{}\n", &line[1..]),
                false => format!("{line}\n"),
            })
            .collect()
    };
    starts.map(activated).collect()
}

/// The keys of a text as `section.key`, whatever their values.
fn keys_of(text: &str) -> BTreeSet<String> {
    let (document, errors) = DeTable::parse_recoverable(text);
    assert!(errors.is_empty(), "{errors:?} in {text}");
    let mut keys = BTreeSet::new();
    for (section, value) in document.get_ref() {
        match value.get_ref() {
            DeValue::Array(items) => {
                for table in items.iter().filter_map(|item| item.get_ref().as_table()) {
                    gather(&mut keys, section.get_ref(), table);
                }
            }
            DeValue::Table(table) => gather(&mut keys, section.get_ref(), table),
            other => panic!("{section:?} is {other:?}"),
        }
    }
    keys
}

/// Keys whose tables hold rules or conditions: what is in them differs from rule to rule.
const RULES: [&str; 15] = [
    "source.when",
    "source.test_when",
    "source.pairs",
    "source.fields",
    "source.field_mappings",
    "source.additional_fields",
    "webhook.when",
    "rule.when",
    "rule.set",
    "rule.add",
    "analysis.topics",
    "analysis.intents",
    "webhook.headers",
    "webhook.values",
    "webhook.body",
];

fn gather(keys: &mut BTreeSet<String>, section: &str, table: &DeTable<'_>) {
    for (key, value) in table {
        let name = format!("{section}.{}", key.get_ref());
        if let DeValue::Table(inner) = value.get_ref()
            && !RULES.contains(&name.as_str())
        {
            gather(keys, &name, inner);
        }
        keys.insert(name);
    }
}

#[test]
fn the_example_runs_as_it_is_and_delivers_to_the_inspector() {
    let config = load(EXAMPLE);
    assert_eq!(config.warnings, []);
    assert_eq!(config.store.path, Path::new("/etc/data/leadhook.redb"));
    assert_eq!(config.ingest.listen.to_string(), "127.0.0.1:8480");
    let sources: Vec<&str> = config.sources.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(sources, ["website", "partner"]);
    let [webhook] = config.webhooks.as_slice() else {
        panic!("{:?}", config.webhooks);
    };
    let inspector = format!("http://{}/inspector/inspector", config.admin.listen);
    assert_eq!(webhook.receiver.url, inspector);
}

#[test]
fn the_defaults_that_the_example_documents_are_those_of_the_code() {
    let n_defaults = EXAMPLE.lines().filter(|line| is_default(line)).count();
    assert!(n_defaults >= 30, "{n_defaults}");
    assert_eq!(load(&with_defaults()), load(EXAMPLE));
}

#[test]
fn what_the_example_sets_has_the_default_that_its_comment_says() {
    let bare = load("[admin]\ntoken = 'example-admin-token'");
    let example = load(EXAMPLE);
    assert_eq!(bare.ingest.listen, example.ingest.listen);
    assert_eq!(bare.admin.listen, example.admin.listen);
    assert_eq!(bare.store.path, Path::new("/etc/leadhook.redb"));
    let without = EXAMPLE.replace("\nallow_private = [\"127.0.0.0/8\"]", "");
    let refused = config::parse(&without, "", Path::new(""), &Env::default());
    assert_eq!(refused.expect_err("loopback is refused").0.len(), 1);
}

#[test]
fn every_block_to_copy_works_where_its_files_and_variables_are_there() {
    let dir = Dir::new();
    for name in [
        "admin-token",
        "calls-token",
        "calls-token-old",
        "bookings-token",
        "orders-token",
        "signing-key",
        "verify-token",
        "captcha-secret",
        "smtp-password",
    ] {
        dir.write(name, "sixteen-letters-\n", 0o600);
    }
    for name in ["sales-token", "legacy-password", "erp-token"] {
        dir.write(name, "any", 0o600);
    }
    for name in [
        "legacy-address",
        "slack-address",
        "sheet-address",
        "erp-address",
    ] {
        dir.write(name, "https://hooks.example.com/a/b", 0o600);
    }
    for name in ["crm-secret", "office-secret", "standard-secret"] {
        dir.write(name, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 0o600);
    }
    let pem = std::fs::read("tests/configs/valid/ca.pem").expect("a certificate");
    dir.write("office-ca.pem", pem, 0o644);
    let credentials = dir.path().to_str().expect("a path in UTF-8");
    let variables = [
        ("CREDENTIALS_DIRECTORY", credentials),
        ("CHAT_TOKEN", "sixteen-letters-"),
        ("CATCH_KEY", "k3y"),
        ("CAPTCHA_SECRET", "0x4AAA"),
        ("SMTP_PASSWORD", "app password"),
    ];
    let env: Env = variables.into_iter().collect();
    let texts = with_each_block();
    assert!(texts.len() >= 10, "{}", texts.len());
    for text in texts {
        // The block with profiles makes every source name its own.
        let text = match text.contains("\n     [[profile]]") {
            true => text.replace("#profile = ", "profile = ").replace(
                "name = \"partner\"",
                "name = \"partner\"\nprofile = \"My Business\"",
            ),
            false => text,
        };
        if let Err(problems) = config::parse(&text, "example", dir.path(), &env) {
            panic!("{problems}\n{text}");
        }
    }
}

#[test]
fn the_example_shows_every_key_and_no_other() {
    let mut shown = keys_of(&with_defaults());
    for text in with_each_block() {
        shown.extend(keys_of(&text));
    }
    assert_eq!(shown, config::keys());
}

#[test]
fn every_secret_of_the_example_is_known_as_published() {
    for secret in PUBLISHED_SECRETS {
        assert!(EXAMPLE.contains(&format!("\"{secret}\"")), "{secret}");
    }
    let beyond = EXAMPLE
        .replace("listen = \"127.0.0.1:8480\"", "listen = \"0.0.0.0:8480\"")
        .replace("/inspector/inspector", "/elsewhere");
    let problems = config::parse(&beyond, "example", Path::new(""), &Env::default());
    let problems = problems.expect_err("published secrets").to_string();
    for key in ["admin: token", "auth: bearer", "\"inspector\": secret"] {
        assert!(
            problems.contains(&format!("{key}: this secret is the example's")),
            "{problems}"
        );
    }
}

#[test]
fn a_mutilated_config_is_refused_or_read_but_never_a_panic() {
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    let parse = |lines: &[&str]| {
        let text = lines.join("\n");
        config::parse(&text, "mutilated", Path::new("none"), &Env::default()).is_ok()
    };
    for i in (0..lines.len()).filter(|i| !lines[*i].starts_with("# ")) {
        let without: Vec<&str> = [&lines[..i], &lines[i + 1..]].concat();
        parse(&without);
        let half = lines[i].chars().count() / 2;
        let cut: String = lines[i].chars().take(half).collect();
        parse(&[&lines[..i], &[cut.as_str()]].concat());
    }
    assert!(parse(&lines));
}
