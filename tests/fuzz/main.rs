//! Whatever bytes come: no parser panics, and each gives an answer or a refusal.
//!
//! Samples of the other tests are cut, joined and spoiled by a chance that can be repeated; every
//! failure names its seed. `LEADHOOK_MINUTES` says for how long, for each parser; without it all of
//! them together have two seconds.

#![allow(
    clippy::print_stdout,
    reason = "figures, of which the trials make their table"
)]

#[path = "../crash/chance.rs"]
mod chance;

mod parsers;
mod spoil;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use chance::Chance;
use parsers::PARSERS;

fn time_for_each() -> Duration {
    match std::env::var("LEADHOOK_MINUTES") {
        Ok(minutes) => Duration::from_secs(60 * minutes.parse::<u64>().expect("a number")),
        Err(_) => Duration::from_secs(2) / PARSERS.len() as u32,
    }
}

#[test]
fn whatever_bytes_come_each_parser_gives_an_answer_or_a_refusal() {
    let first_seed = match std::env::var("LEADHOOK_SEED") {
        Ok(text) => text.parse().expect("a number"),
        Err(_) => u64::from(std::process::id()) << 32,
    };
    let (mut tries, mut taken) = (0_u64, 0_u64);
    for (name, samples, parse) in PARSERS {
        let samples = samples();
        assert!(!samples.is_empty(), "nothing to begin with for {name}");
        let began = Instant::now();
        let (mut here, mut taken_here) = (0, 0);
        while here < samples.len() as u64 || began.elapsed() < time_for_each() {
            let seed = first_seed + here;
            // Each sample as it is, then what becomes of them.
            let bytes = match samples.get(here as usize) {
                Some(sample) => sample.clone(),
                None => spoil::one_of(&samples, &mut Chance(seed)),
            };
            match catch_unwind(AssertUnwindSafe(|| parse(&bytes))) {
                Ok(was_taken) => taken_here += u64::from(was_taken),
                Err(_) => panic!(
                    "{name}, LEADHOOK_SEED={seed}: {}",
                    String::from_utf8_lossy(&bytes)
                ),
            }
            here += 1;
        }
        assert!(taken_here > 0, "{name} takes not even its samples");
        (tries, taken) = (tries + here, taken + taken_here);
    }
    println!(
        "figure: {} parsers, {tries} inputs, {taken} of them taken, no panic",
        PARSERS.len()
    );
}
