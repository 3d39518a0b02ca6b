//! kill -9 under load, again and again on the same database, with an oracle.
//!
//! Clients post new leads and changes of earlier ones, two receivers record what comes, and the
//! program is killed at random moments, also while it starts. Whatever was answered must be in the
//! store and reach both receivers, every lead in order; and nothing may come twice but what was in
//! flight, or answered and not yet committed, at a kill. The same holds when the database itself is
//! destroyed, also while a backup is made: backup and journal bring everything back.
//!
//! `LEADHOOK_KILLS` says how often; `LEADHOOK_SEED` repeats the moments.
#![allow(
    clippy::print_stdout,
    reason = "figures, of which the trials make their table"
)]

#[path = "../crash/chance.rs"]
mod chance;
#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
#[path = "../harness/receiver.rs"]
mod receiver;

mod clients;
mod disaster;
mod health;
mod look;
mod program;
mod receivers;

use std::env;
use std::path::Path;
use std::thread;
use std::time::Duration;

use chance::Chance;
use clients::{Clients, Told};
use daemon::{Directory, wait_until};
use disaster::Disaster;
use program::Program;
use receivers::Receivers;

const KILLS: u64 = 12;
/// So long after the program has come up it is killed at the latest.
const LIFE_MAX_MS: usize = 600;
/// One in three is killed so soon after its start.
const BIRTH_MS: usize = 20;
/// The store itself is looked through after every kill with this number, and at the end.
const LOOK_EVERY: u64 = 4;

fn number(name: &str, default: u64) -> u64 {
    let text = env::var(name).ok();
    text.map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn whatever_is_killed_nothing_acknowledged_is_lost_or_disordered() {
    storm(None);
}

#[test]
fn whatever_becomes_of_the_database_backup_and_journal_bring_all_of_it_back() {
    storm(Some(Disaster::default()));
}

/// Kills the program again and again; with a disaster also destroys its database now and then, and
/// restores it from the newest backup and the journal.
fn storm(mut disaster: Option<Disaster>) {
    let kills = number("LEADHOOK_KILLS", KILLS);
    let seed = number("LEADHOOK_SEED", u64::from(std::process::id()));
    println!("LEADHOOK_SEED={seed}");
    let mut chance = Chance(seed);
    let directory = Directory::new();
    let receivers = Receivers::start();
    let clients = Clients::start();
    let mut starts = Vec::new();
    for kill in 0..kills {
        let program = Program::spawn(&directory.0, &receivers.urls());
        let mut program = if kill % 3 == 2 {
            thread::sleep(Duration::from_millis(chance.below(BIRTH_MS) as u64));
            program
        } else {
            let program = program.up();
            starts.push(program.start);
            clients.door.open(program.ingest);
            if let Some(disaster) = &disaster {
                program.resume();
                program.begin_backup();
                if kill == 0 {
                    disaster.wait_for_backup(&directory.0);
                }
            }
            thread::sleep(Duration::from_millis(chance.below(LIFE_MAX_MS) as u64));
            program
        };
        program.kill();
        clients.door.close();
        receivers.end_life();
        receivers.keep_waiting(kill, &look::heads(&directory.0));
        if let Some(disaster) = &mut disaster {
            disaster.strike(&directory.0, &mut chance);
        }
        if kill % LOOK_EVERY == 0 {
            look::check(&directory.0, &clients.told());
        }
    }
    let mut program = Program::spawn(&directory.0, &receivers.urls()).up();
    program.resume();
    clients.door.open(program.ingest);
    let told = clients.finish();
    drain(&program);
    assert_eq!(program.stop(), Some(0));
    receivers.end_life();
    finish(&directory.0, &told, &receivers, kills);
    starts.sort();
    let (median, worst) = (starts[starts.len() / 2], starts[starts.len() - 1]);
    println!("figure: starts after a kill: median {median:?}, worst {worst:?}");
    assert!(median < Duration::from_secs(1), "{starts:?}");
    if let Some(disaster) = disaster {
        println!(
            "figure: {} databases destroyed and restored",
            disaster.restored
        );
        assert!(disaster.restored > 1, "hardly anything was restored");
    }
}

/// Waits until nothing waits any more. How long that takes depends on how much there is; but it must go on.
fn drain(program: &Program) {
    let mut left = u64::MAX;
    while left > 0 {
        wait_until("fewer deliveries that wait", || {
            program.pending().is_some_and(|pending| pending < left)
        });
        left = program.pending().unwrap_or(left);
    }
}

fn finish(directory: &Path, told: &[Told], receivers: &Receivers, kills: u64) {
    let leads = look::check(directory, told);
    assert!(look::heads(directory).iter().all(|heads| heads.is_empty()));
    let repeats = receivers.check(told);
    println!(
        "figure: {kills} kills, {} answers, {leads} leads, {repeats} repeated deliveries",
        told.len()
    );
    assert!(told.len() as u64 > kills, "there was hardly any load");
}
