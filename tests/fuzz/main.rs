//! Whatever bytes come: no parser panics, and each gives an answer or a refusal.
//!
//! Samples of the other tests are cut, joined and spoiled by a chance that can be repeated; every
//! failure names its seed. `LEADHOOK_MINUTES` says for how long, for each parser; without it all of
//! them together have two seconds. `LEADHOOK_PARSERS` names those that are to be tried, with commas
//! between them; without it all are, on all cores.

#![allow(
    clippy::print_stdout,
    reason = "figures, of which the trials make their table"
)]

#[path = "../crash/chance.rs"]
mod chance;
#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/complete.rs"]
mod complete;
#[path = "../harness/daemon.rs"]
mod daemon;
#[path = "../screening/mmdb.rs"]
mod mmdb;
#[path = "../harness/receiver.rs"]
mod receiver;

mod files;
mod journal;
mod parsers;
mod services;
mod spoil;

use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chance::Chance;
use parsers::{PARSERS, Parser};

fn time_for_each(parsers: usize) -> Duration {
    match std::env::var("LEADHOOK_MINUTES") {
        Ok(minutes) => Duration::from_secs(60 * minutes.parse::<u64>().expect("a number")),
        Err(_) => Duration::from_secs(2) / parsers as u32,
    }
}

fn wanted() -> Vec<Parser> {
    let Ok(names) = std::env::var("LEADHOOK_PARSERS") else {
        return PARSERS.to_vec();
    };
    let known = PARSERS.map(|(name, ..)| name).join(", ");
    let find = |name: &str| {
        let mut found = PARSERS.iter().filter(|(known, ..)| *known == name.trim());
        *found
            .next()
            .unwrap_or_else(|| panic!("no parser {name}; there are {known}"))
    };
    names.split(',').map(find).collect()
}

/// A panic in code of the program counts even where something catches it.
static HAS_PANICKED: AtomicBool = AtomicBool::new(false);

fn watch_for_panics() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or("", |location| location.file());
        if !place.contains("/.cargo/") && !place.contains("/rustc/") {
            HAS_PANICKED.store(true, Ordering::SeqCst);
            tell(panic);
        }
    }));
}

/// Gives how many inputs there were, and how many of them were taken.
fn try_parser((name, samples, parse): Parser, first_seed: u64, time: Duration) -> (u64, u64) {
    let samples = samples();
    assert!(!samples.is_empty(), "nothing to begin with for {name}");
    let began = Instant::now();
    let (mut tries, mut taken) = (0, 0);
    while tries < samples.len() as u64 || began.elapsed() < time {
        let seed = first_seed + tries;
        // Each sample as it is, then what becomes of them.
        let bytes = match samples.get(tries as usize) {
            Some(sample) => sample.clone(),
            None => spoil::one_of(&samples, &mut Chance(seed)),
        };
        let parsed = catch_unwind(AssertUnwindSafe(|| parse(&bytes)));
        assert!(
            parsed.is_ok() && !HAS_PANICKED.load(Ordering::SeqCst),
            "{name}, LEADHOOK_SEED={seed}: {}",
            String::from_utf8_lossy(&bytes)
        );
        taken += u64::from(parsed.unwrap_or_default());
        tries += 1;
    }
    assert!(taken > 0, "{name} takes not even its samples");
    (tries, taken)
}

#[test]
fn whatever_bytes_come_each_parser_gives_an_answer_or_a_refusal() {
    let first_seed = match std::env::var("LEADHOOK_SEED") {
        Ok(text) => text.parse().expect("a number"),
        Err(_) => u64::from(std::process::id()) << 32,
    };
    watch_for_panics();
    let wanted = wanted();
    let time = time_for_each(wanted.len());
    let next = Mutex::new(wanted.iter());
    let counts = Mutex::new((0, 0));
    let work = || {
        loop {
            let parser = next.lock().expect("the parsers").next();
            let Some(parser) = parser else { return };
            let (tries, taken) = try_parser(*parser, first_seed, time);
            let mut counts = counts.lock().expect("the counts");
            *counts = (counts.0 + tries, counts.1 + taken);
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let (tries, taken) = counts.into_inner().expect("the counts");
    println!(
        "figure: {} parsers, {tries} inputs, {taken} of them taken, no panic",
        wanted.len()
    );
}
