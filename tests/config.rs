//! The config: what is read, and what is said about what cannot be read.

#[path = "config/auth.rs"]
mod auth;
#[path = "config/dir.rs"]
mod dir;
#[path = "config/example.rs"]
mod example;
#[path = "config/files.rs"]
mod files;
#[path = "config/restart.rs"]
mod restart;
#[path = "config/starter.rs"]
mod starter;
#[path = "config/values.rs"]
mod values;

use std::path::{Path, PathBuf};

use leadhook::config::{Config, Env, Problems};

/// The config `name` of a folder of `tests/configs`.
fn read(folder: &str, name: &str) -> Result<Config, Problems> {
    let path = format!("tests/configs/{folder}/{name}");
    let text = std::fs::read_to_string(&path).expect(&path);
    let base_dir = Path::new("tests/configs").join(folder);
    leadhook::config::parse(&text, name, &base_dir, &env())
}

fn env() -> Env {
    [
        ("PORT", "9480"),
        ("TOKEN", "token-of-the-environment"),
        ("HOST", "crm.example.com"),
    ]
    .into_iter()
    .collect()
}

/// The configs of a folder, at least `n_min` of them.
fn names(folder: &str, n_min: usize) -> Vec<String> {
    let entries = std::fs::read_dir(Path::new("tests/configs").join(folder)).expect(folder);
    let paths: Vec<PathBuf> = entries.map(|entry| entry.expect(folder).path()).collect();
    let configs = paths.iter().filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    let names: Vec<String> = configs
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect();
    assert!(names.len() >= n_min, "only {names:?} in {folder}");
    names
}

#[test]
fn every_valid_config_is_read_without_a_warning() {
    for name in names("valid", 4) {
        match read("valid", &name) {
            Ok(config) => assert_eq!(config.warnings, [], "{name}"),
            Err(problems) => panic!("{problems}"),
        }
    }
}

/// What is to be said stands beside each config, in a file of the same name that ends in `.txt`.
#[test]
fn every_invalid_config_gets_all_its_problems_with_place_and_hint() {
    for name in names("invalid", 10) {
        let problems = read("invalid", &name).expect_err(&name);
        let said = format!("{problems}\n");
        let path = format!("tests/configs/invalid/{name}").replace(".toml", ".txt");
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            said == expected,
            "{name} gave\n{said}\ninstead of\n{expected}"
        );
        let complete = |p: &leadhook::config::Problem| p.place.is_some() && p.hint.is_some();
        assert!(problems.0.iter().all(complete), "{name}");
    }
}
