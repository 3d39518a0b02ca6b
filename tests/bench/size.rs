//! What the program takes while it does little: memory, time to start, size, wake-ups.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::fill;
use crate::load::post;
use crate::model::CACHE_BYTES;
use crate::place::Directory;
use crate::process::{BINARY, Memory, Program, memory, usage};
use crate::real::webhook;
use crate::receiver::{Receiver, Reply};
use crate::table::{Row, mb, thousands};

const IDLE: Duration = Duration::from_secs(20);
const STORED: usize = 900_000;
const WAITING: usize = 100_000;
const MEMORY_MAX: u64 = 64_000_000 + CACHE_BYTES as u64;

/// A fresh program with one webhook: its memory, and what it does when nothing happens.
pub(crate) fn idle() -> Vec<Row> {
    let receiver = Receiver::fast();
    let directory = Directory::new();
    let program = Program::start(directory.path(), &[webhook("crm", &receiver.url())]);
    let fresh = memory(program.id()).rss_bytes;
    post(program.address(), 4, 100);
    // The threads that helped end after a while, and that is no idleness yet.
    thread::sleep(Duration::from_secs(12));
    let (before, began) = (usage(program.id()), Instant::now());
    thread::sleep(IDLE);
    let (after, time) = (usage(program.id()), began.elapsed().as_secs_f64());
    let wakeups = (after.wakeups - before.wakeups) as f64 / time;
    let share = (after.cpu - before.cpu).as_secs_f64() / time;
    let binary = fs::metadata(BINARY).expect("the program").len();
    program.stop();
    vec![
        bounded("memory after start", fresh, 15_000_000),
        bounded("size of the program", binary, 10_000_000),
        Row {
            what: "idle".to_owned(),
            figure: format!("{wakeups:.2} wake-ups/s, {:.4} % of a core", share * 100.0),
            reference: "-".to_owned(),
            ratio: None,
            aim: "< 1/s, < 0.1 %".to_owned(),
            holds: Some(wakeups < 1.0 && share < 0.001),
        },
    ]
}

fn bounded(what: &str, bytes: u64, most: u64) -> Row {
    Row {
        what: what.to_owned(),
        figure: mb(bytes),
        reference: "-".to_owned(),
        ratio: None,
        aim: format!("< {}", mb(most)),
        holds: Some(bytes < most),
    }
}

/// A million leads stored, a tenth of them waiting for a receiver that hangs.
pub(crate) fn million() -> Vec<Row> {
    let kept = fill::kept(STORED);
    let directory = Directory::new();
    let file = directory.path().join("leadhook.redb");
    fs::copy(&kept, &file).expect("a copy of the database");
    let receiver = Receiver::always(Reply::Hang);
    let webhooks = [webhook("crm", &receiver.url())];
    let program = Program::start(directory.path(), &webhooks);
    post(program.address(), 64, WAITING);
    let filled = memory(program.id());
    program.kill();
    let program = Program::start(directory.path(), &webhooks);
    let (killed, fresh) = (program.start, memory(program.id()));
    program.stop();
    let program = Program::start(directory.path(), &webhooks);
    let clean = program.start;
    program.stop();
    vec![
        memory_row("memory after posting them all", filled),
        memory_row("memory after a start on them", fresh),
        start_row("start after kill -9", killed),
        start_row("start after a clean stop", clean),
    ]
}

fn memory_row(what: &str, memory: Memory) -> Row {
    Row {
        what: format!("1,000,000 leads, 100,000 waiting: {what}"),
        figure: format!(
            "{} (at most {})",
            mb(memory.rss_bytes),
            mb(memory.peak_bytes)
        ),
        reference: format!("cache {}", mb(CACHE_BYTES as u64)),
        ratio: None,
        aim: format!("< {}", mb(MEMORY_MAX)),
        holds: Some(memory.peak_bytes < MEMORY_MAX),
    }
}

fn start_row(what: &str, time: Duration) -> Row {
    Row {
        what: format!("1,000,000 leads: {what}"),
        figure: format!("{} ms", thousands(time.as_secs_f64() * 1000.0)),
        reference: "-".to_owned(),
        ratio: None,
        aim: "< 200 ms".to_owned(),
        holds: Some(time < Duration::from_millis(200)),
    }
}
