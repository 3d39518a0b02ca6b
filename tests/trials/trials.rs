//! `cargo bench --bench trials` puts the program through everything that may go wrong, for hours, and
//! prints one table: what was tried, how much of it, the figures, and whether the promise holds.
//!
//! `cargo bench --bench trials -- NAME …` tries only these. Each trial is made of ordinary tests
//! ([`list`]), whose short form `cargo test` runs; here they get their long form. All figures are lines
//! that the tests print, as `figure: …`. The exit code is 1 when something does not hold.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark speaks"
)]

#[path = "../harness/grid.rs"]
mod grid;
mod list;
mod outcome;

use std::env;
use std::process::ExitCode;
use std::time::Instant;

use list::{TRIALS, Trial};
use outcome::Outcome;

fn main() -> ExitCode {
    // Cargo says `--bench` when it is to be tried; a test run only wants to know that it builds.
    let (flags, names): (Vec<String>, Vec<String>) =
        env::args().skip(1).partition(|word| word.starts_with('-'));
    if !flags.iter().any(|flag| flag == "--bench") {
        return ExitCode::SUCCESS;
    }
    let unknown = |name: &&String| TRIALS.iter().all(|trial| trial.name != **name);
    if let Some(unknown) = names.iter().find(unknown) {
        let known = TRIALS.each_ref().map(|trial| trial.name).join(", ");
        eprintln!("there is no trial {unknown}; there are {known}");
        return ExitCode::FAILURE;
    }
    let wanted = |trial: &&Trial| names.is_empty() || names.iter().any(|name| name == trial.name);
    let began = Instant::now();
    let mut rows = Vec::new();
    let mut all_hold = true;
    for trial in TRIALS.iter().filter(wanted) {
        eprintln!("{}", trial.name);
        let outcomes: Vec<Outcome> = trial.runs.iter().map(outcome::of).collect();
        all_hold &= outcomes.iter().all(|outcome| outcome.holds);
        rows.push(row(trial, &outcomes));
    }
    println!(
        "\n{}",
        grid::grid(["trial", "how much", "figures", "holds"], &rows)
    );
    println!("{} minutes", began.elapsed().as_secs() / 60);
    match all_hold {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn row(trial: &Trial, outcomes: &[Outcome]) -> [String; 4] {
    let what = format!("{}: {}", trial.name, trial.what);
    let passed: u32 = outcomes.iter().map(|outcome| outcome.passed).sum();
    let seconds: u64 = outcomes.iter().map(|outcome| outcome.time.as_secs()).sum();
    let figures: Vec<&str> = outcomes
        .iter()
        .flat_map(|outcome| outcome.figures.iter().map(String::as_str))
        .collect();
    let holds = outcomes.iter().all(|outcome| outcome.holds);
    [
        what,
        format!("{passed} tests, {seconds} s"),
        match figures.is_empty() {
            true => "-".to_owned(),
            false => figures.join("; "),
        },
        if holds { "yes" } else { "NO" }.to_owned(),
    ]
}
