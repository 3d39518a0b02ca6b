//! `cargo bench` measures the real program, holds each figure against a reference of the same run,
//! and prints one table. `cargo bench -- NAME …` measures only the rows of these names.
//!
//! The references ([`bare`]) are the parts without the program around them. Real and reference take
//! turns, and of several rounds the middle counts, since no machine is quiet for long. All files lie
//! under the build's directory. The exit code is 1 when an aim is missed.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark speaks"
)]

mod bare;
#[path = "../harness/client.rs"]
mod client;
mod drain;
mod fill;
mod forgetting;
#[path = "../harness/grid.rs"]
mod grid;
mod hang;
mod ingest;
mod keep;
mod latency;
mod load;
mod model;
mod onlookers;
mod pace;
mod place;
mod process;
mod real;
#[path = "../harness/receiver.rs"]
mod receiver;
mod search;
mod size;
mod table;

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use model::Model;
use table::{Row, ms, seconds};

/// What a measurement may need.
struct Given {
    model: Model,
    fsync: Duration,
}

type Measure = fn(&Given) -> Vec<Row>;

/// The measurements by name, in the order of the table.
const MEASUREMENTS: [(&str, Measure); 13] = [
    ("ingest", |given| ingest::alone(&given.model)),
    ("webhooks", |given| {
        ingest::delivering(&given.model, given.fsync)
    }),
    ("journal", |_| keep::journal()),
    ("backup", |_| keep::backup()),
    ("onlookers", |_| onlookers::beside_load()),
    ("forgetting", |_| forgetting::beside_load()),
    ("latency", |given| latency::one_connection(&given.model)),
    ("way", |_| latency::whole_way()),
    ("drain", |given| drain::backlog(&given.model)),
    ("hang", |_| hang::beside_healthy_ones()),
    ("idle", |_| size::idle()),
    ("million", |_| size::million()),
    ("search", |_| search::in_a_million()),
];

fn main() -> ExitCode {
    // Cargo says `--bench` when it is to be measured; a test run only wants to know that it builds.
    let (flags, names): (Vec<String>, Vec<String>) =
        env::args().skip(1).partition(|word| word.starts_with('-'));
    if !flags.iter().any(|flag| flag == "--bench") {
        return ExitCode::SUCCESS;
    }
    let known = |name: &String| MEASUREMENTS.iter().any(|(known, _)| known == name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let known = MEASUREMENTS.map(|(name, _)| name).join(", ");
        eprintln!("there is no measurement {unknown}; there are {known}");
        return ExitCode::FAILURE;
    }
    let given = Given {
        model: model::take(),
        fsync: place::fsync_time(),
    };
    let machine = place::machine();
    let mut rows = Vec::new();
    for (name, measure) in MEASUREMENTS {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            eprintln!("{name}");
            rows.extend(measure(&given));
        }
    }
    println!(
        "\n{machine}; 4 KiB and fdatasync {}; posts of {} bytes, events of {}\n",
        ms(seconds(given.fsync)),
        load::LEAD.len(),
        given.model.event.len()
    );
    println!("{}", table::print(&rows));
    match rows.iter().all(|row| row.holds != Some(false)) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
