//! Runs the tests of a trial, and reads what came of them.

use std::env;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::list::Run;

/// What a test says of itself begins so.
const FIGURE: &str = "figure: ";
/// So much of what a failed run said is shown.
const SAID_LINES: usize = 40;

pub(crate) struct Outcome {
    /// How many tests passed.
    pub(crate) passed: u32,
    pub(crate) holds: bool,
    pub(crate) time: Duration,
    pub(crate) figures: Vec<String>,
}

/// Runs these tests in their long form; what the caller set of it stays.
pub(crate) fn of(run: &Run) -> Outcome {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["test", "--locked", "--test", run.target])
        .args(["--", "--nocapture"])
        .args(run.tests)
        .envs(
            run.long
                .iter()
                .copied()
                .filter(|(name, _)| env::var_os(name).is_none()),
        )
        .stdin(Stdio::null());
    // Where the real program runs, it is the one that is built for use.
    if env::var_os("LEADHOOK_PROGRAM").is_none() {
        command.env("LEADHOOK_PROGRAM", env!("CARGO_BIN_EXE_leadhook"));
    }
    // What Cargo told this process of its package would make it build other packages once more.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    let began = Instant::now();
    let output = command.output().expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let outcome = Outcome {
        passed: passed(&said).unwrap_or_default(),
        // Every name that is asked for must have met at least one test.
        holds: output.status.success() && passed(&said) >= Some(run.tests.len() as u32),
        time: began.elapsed(),
        figures: said.lines().filter_map(figure).collect(),
    };
    if !outcome.holds {
        let errors = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = said.lines().chain(errors.lines()).collect();
        let from = lines.len().saturating_sub(SAID_LINES);
        eprintln!("{}", lines[from..].join("\n"));
    }
    outcome
}

/// `test result: ok. 3 passed; 0 failed; …`
fn passed(said: &str) -> Option<u32> {
    let result = said.lines().rev().find_map(|line| {
        let at = line.find("test result: ")?;
        Some(&line[at..])
    })?;
    let (before, _) = result.split_once(" passed")?;
    before.rsplit(' ').next()?.parse().ok()
}

/// What a line says after the mark; with one thread, the name of the test stands before it.
fn figure(line: &str) -> Option<String> {
    let (_, figure) = line.split_once(FIGURE)?;
    Some(figure.to_owned())
}
