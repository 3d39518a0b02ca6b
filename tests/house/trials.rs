//! The table of trials names tests that there are.

use crate::files::files;

#[allow(dead_code)]
#[path = "../trials/list.rs"]
mod list;

use list::{Run, TRIALS};

/// Whether `name`, as it is given to the test runner, chooses a test of its target.
fn chooses(run: &Run, name: &str) -> bool {
    let (module, test) = name.split_once("::").unwrap_or(("main", name));
    let path = format!("tests/{}/{module}.rs", run.target);
    let found = files(&format!("tests/{}", run.target), 0);
    let file = found.iter().find(|file| file.path == path);
    file.is_some_and(|file| {
        let lines: Vec<&str> = file.text.lines().collect();
        let named = |line: &str| line.starts_with(&format!("fn {test}"));
        lines
            .windows(2)
            .any(|pair| pair[0] == "#[test]" && named(pair[1]))
    })
}

#[test]
fn every_trial_is_made_of_tests_that_there_are() {
    for trial in &TRIALS {
        assert!(!trial.runs.is_empty(), "{} is not tried", trial.name);
    }
    for run in TRIALS.iter().flat_map(|trial| trial.runs) {
        for name in run.tests {
            assert!(
                chooses(run, name),
                "{name} is no test of tests/{}",
                run.target
            );
        }
    }
}
