//! What stands beside the code: the README and the manifest.

use std::fs;

use leadhook::cli::COMMANDS;

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
