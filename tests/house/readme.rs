//! What stands beside the code: the README and the manifest.

use std::fs;

use leadhook::cli::COMMANDS;
use leadhook::domain::delivery::EXCERPT_BYTES_MAX;
use leadhook::domain::tally::REFUSALS_MAX;
use leadhook::domain::{body, decision, intake};

#[test]
fn the_readme_knows_every_command() {
    let commands: Vec<&str> = COMMANDS.iter().map(|entry| entry.name).collect();
    assert!(commands.len() >= 8, "{commands:?}");
    let readme = fs::read_to_string("README.md").expect("the README");
    let known = |command: &&&str| {
        ["`", "leadhook "]
            .iter()
            .any(|before| readme.contains(&format!("{before}{command}")))
    };
    let unknown: Vec<_> = commands.iter().filter(|command| !known(command)).collect();
    assert!(unknown.is_empty(), "the README says nothing of {unknown:?}");
}

#[test]
fn the_readme_names_the_test_command_that_checks_everything() {
    let readme = fs::read_to_string("README.md").expect("the README");
    let script = fs::read_to_string(".ci/run").expect("the script");
    assert!(readme.contains("\ncargo test\n"), "the README");
    assert!(script.contains("\ncargo test "), "the script");
}

/// Where a heading is found on its page, as GitHub names the place.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = kept
        .chars()
        .filter(|c| c.is_alphanumeric() || " -".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_of_the_readme_leads_to_a_heading_or_a_file() {
    let readme = fs::read_to_string("README.md").expect("the README");
    let headings = readme.lines().filter(|line| line.starts_with('#'));
    let anchors: Vec<String> = headings.map(anchor).collect();
    let mut n_links = 0;
    for link in readme.split("](").skip(1) {
        let (link, _) = link.split_once(')').expect("the end of a link");
        n_links += 1;
        let leads = match link.strip_prefix('#') {
            Some(place) => anchors.iter().any(|anchor| anchor == place),
            None => link.starts_with("https://") || fs::exists(link).unwrap_or(false),
        };
        assert!(leads, "{link} leads nowhere");
    }
    assert!(n_links > 30, "only {n_links} links");
}

#[test]
fn the_limits_in_the_readme_are_those_of_the_program() {
    let readme = fs::read_to_string("README.md").expect("the README");
    let (_, limits) = readme.split_once("\n## Limits\n").expect("the section");
    let (limits, _) = limits.split_once("\n## ").expect("its end");
    for limit in [
        format!("{} values,", intake::VALUES_MAX),
        format!("{} labels,", decision::LABELS_MAX),
        format!("{} MiB of them", decision::LABELS_BYTES_MAX >> 20),
        format!("names of {} bytes", intake::NAME_BYTES_MAX),
        format!("values of {} KiB", intake::VALUE_BYTES_MAX >> 10),
        format!("`external_id` of {} bytes", intake::EXTERNAL_ID_BYTES_MAX),
        format!("{} MiB | the attempt fails", body::BODY_BYTES_MAX >> 20),
        format!("{} KiB kept", EXCERPT_BYTES_MAX >> 10),
        format!("the last {} of each source", REFUSALS_MAX),
    ] {
        assert!(limits.contains(&limit), "{limit:?} is not in{limits}");
    }
    // A test holds what the example says of defaults.
    let example = fs::read_to_string("config.example.toml").expect("the example");
    for (default, said) in [
        ("body_bytes_max = \"256 KiB\"", "256 KiB"),
        ("files_bytes_max = \"10 MiB\"", "10 MiB"),
        ("rate_per_minute = 60", "60 a minute"),
        ("waiting_max = 1024", "1,024"),
        ("connections_max = 8192", "8,192"),
        ("connections_per_address = 64", "64 of one address"),
    ] {
        assert!(example.contains(&format!("\n#{default}\n")), "{default}");
        assert!(limits.contains(said), "{said:?} is not in{limits}");
    }
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let manifest = fs::read_to_string("Cargo.toml").expect("the manifest");
    let mut before = "";
    let mut section = "";
    let mut n_dependencies = 0;
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]") && line.contains(" = ") {
            n_dependencies += 1;
            assert!(before.starts_with("# "), "nothing is said above {line}");
        }
        before = line;
    }
    assert!(
        n_dependencies > 10,
        "only {n_dependencies} dependencies were found"
    );
}
