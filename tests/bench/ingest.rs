//! How many leads go in: alone, with one webhook beside, with five.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use leadhook::store::Store;

use crate::bare::Bare;
use crate::load::post;
use crate::model::Model;
use crate::place::Directory;
use crate::process;
use crate::real::{Real, pending, webhook};
use crate::receiver::Receiver;
use crate::table::{Pass, Rounds, Row, mb, per_second, thousands};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
/// Leads of a round.
const LEADS: usize = 30_000;
/// Before the first round.
const WARM_UP: usize = 3_000;

/// A post answered after its commit, and nothing behind it.
pub(crate) fn alone(model: &Model) -> Vec<Row> {
    let directory = Arc::new(Directory::new());
    let bare = Bare::ingest(directory.path(), model);
    let real = Real::start(directory.clone(), &[]);
    let mut rounds = Rounds::default();
    let pass = |address, leads| {
        Pass::of(|| {
            post(address, CONNECTIONS, leads);
            leads
        })
    };
    pass(real.address(), WARM_UP);
    pass(bare.address(), WARM_UP);
    for _ in 0..ROUNDS {
        rounds.add(pass(real.address(), LEADS), pass(bare.address(), LEADS));
    }
    vec![Row {
        what: "durable ingest, 64 connections, 1.5 KB".to_owned(),
        figure: format!("{} leads", per_second(rounds.real())),
        reference: format!(
            "bare front and group commit {}",
            per_second(rounds.reference())
        ),
        ratio: Some(rounds.ratio()),
        aim: ">= 0.60".to_owned(),
        holds: Some(rounds.ratio() >= 0.60),
    }]
}

/// From the first post to the last recorded delivery, with one webhook and with five.
pub(crate) fn delivering(model: &Model, fsync: Duration) -> Vec<Row> {
    let (row, one) = with_one(model, fsync);
    vec![row, with_five(one)]
}

fn with_one(model: &Model, fsync: Duration) -> (Row, f64) {
    let receiver = Receiver::fast();
    let directory = Arc::new(Directory::new());
    let bare = Bare::whole_path(directory.path(), model, receiver.address());
    let real = Real::start(directory.clone(), &[webhook("crm", &receiver.url())]);
    let mut rounds = Rounds::default();
    let mut delivered = 0;
    let mut pass_bare = |leads| {
        delivered += leads;
        Pass::of(|| {
            post(bare.address(), CONNECTIONS, leads);
            bare.wait_for(delivered as u64);
            leads
        })
    };
    pass_bare(WARM_UP);
    deliver(&real, WARM_UP);
    for _ in 0..ROUNDS {
        rounds.add(deliver(&real, LEADS), pass_bare(LEADS));
    }
    // Slower disks are not held to the number, only to the ratio.
    let fast_disk = fsync < Duration::from_micros(150);
    let (rate, ratio) = (rounds.real(), rounds.ratio());
    let row = Row {
        what: "the same, and delivered to one webhook".to_owned(),
        figure: format!("{} leads", per_second(rate)),
        reference: format!("bare whole path {}", per_second(rounds.reference())),
        ratio: Some(ratio),
        aim: ">= 0.60; 10,000/s with 0.1 ms fsync".to_owned(),
        holds: Some(ratio >= 0.60 && (rate >= 10_000.0 || !fast_disk)),
    };
    (row, rate)
}

/// Until the last delivery is recorded.
fn deliver(real: &Real, leads: usize) -> Pass {
    Pass::of(|| {
        post(real.address(), CONNECTIONS, leads);
        real.wait_until_drained();
        leads
    })
}

fn with_five(one: f64) -> Row {
    let receiver = Receiver::fast();
    let names = ["one", "two", "three", "four", "five"];
    let webhooks = names.map(|name| webhook(name, &receiver.url()));
    let real = Real::start(Arc::new(Directory::new()), &webhooks);
    let over = AtomicBool::new(false);
    let before = process::memory(std::process::id()).rss_bytes;
    let (rate, (waiting, rss)) = thread::scope(|scope| {
        let (store, over) = (real.store(), &over);
        let watching = scope.spawn(move || watch(store, over));
        let rate = deliver(&real, LEADS).per_second();
        over.store(true, Ordering::Relaxed);
        (rate, watching.join().expect("a watch"))
    });
    let growth = rss.saturating_sub(before);
    Row {
        what: "the same, and delivered to five webhooks".to_owned(),
        figure: format!(
            "{} leads, at most {} waiting, memory +{}",
            per_second(rate),
            thousands(waiting as f64),
            mb(growth)
        ),
        reference: format!("one webhook {}", per_second(one)),
        ratio: Some(rate / one),
        aim: ">= 0.50, memory +32 MB at most".to_owned(),
        holds: Some(rate / one >= 0.50 && growth <= 32_000_000),
    }
}

/// The most deliveries that waited, and the most memory.
fn watch(store: &Store, over: &AtomicBool) -> (u64, u64) {
    let mut most = (0, 0);
    while !over.load(Ordering::Relaxed) {
        most.0 = most.0.max(pending(store));
        most.1 = most.1.max(process::memory(std::process::id()).rss_bytes);
        thread::sleep(Duration::from_millis(20));
    }
    most
}
