//! One error of the disk at every call of a scenario, and a disk that fails from some call on.
//!
//! A single error is answered as a failure to those whose commit it was, and the store is at work
//! again by itself; their repeats with the same key make no second lead. A disk that goes on failing
//! makes the store give up, and the next process finds everything that was acknowledged. A failed
//! sync leaves of the unsynced sectors what the seed says, as a real one does.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use leadhook::store::State;

use crate::chance::Chance;
use crate::daemon::wait_until;
use crate::disk::{Call, Disk, Fault};
use crate::everything;
use crate::machine::Machine;
use crate::memory::Memory;
use crate::scenario::{Broken, Patience, Scenario, post};
use crate::tape::{Player, Tape};

/// Rounds of the scenario.
const ROUNDS: usize = 6;
/// So many that the file grows.
const ROUNDS_TO_GROW: usize = 60;
/// Disks that fail for good, for each kind of call.
const TRIALS: usize = 6;
/// Everything that was acknowledged, whenever that was.
const ALL: usize = usize::MAX;

/// A machine with a fresh database, a disk that is about to fail, and the memory of what was told.
struct Trial {
    disk: Arc<Disk>,
    machine: Machine,
    memory: Memory,
    name: String,
}

impl Trial {
    fn new(fault: Fault) -> Trial {
        let disk = Disk::new(Vec::new());
        let tape = Tape::new(&disk);
        let machine = match fault.call {
            Call::Append | Call::SyncJournal => {
                Machine::start_journaled(&disk, Arc::new(Player(tape)), 1)
            }
            _ => Machine::start(&disk, 1),
        };
        disk.fail(fault, fault.at as u64);
        Trial {
            disk,
            machine,
            memory: Memory::default(),
            name: format!("{fault:?}"),
        }
    }

    fn play(&self, rounds: usize, patience: Patience) -> Result<(), Broken> {
        let mut scenario = Scenario {
            machine: &self.machine,
            disk: &self.disk,
            memory: &self.memory,
            patience,
            chance: Chance(1),
        };
        scenario.play(rounds)
    }

    /// Holds `machine` against the memory and lets it go on.
    fn check(&self, machine: &Machine) {
        let checked = self.memory.check(machine, ALL);
        checked.unwrap_or_else(|why| panic!("{}: {why}", self.name));
        let went_on = self.memory.go_on(machine, ALL);
        went_on.unwrap_or_else(|why| panic!("{}: goes on: {why}", self.name));
    }

    /// Ends the process and starts another one on the same disk.
    fn check_after_restart(mut self) {
        self.machine.store.close();
        self.disk.heal();
        self.machine = Machine::start(&Disk::new(self.disk.image()), 2);
        self.check(&self.machine);
    }
}

/// One error at every `step`th call, until the scenario ends before it comes.
fn one_error(call: Call, step: usize, rounds: usize, came_min: usize) {
    let step = if everything() { 1 } else { step };
    let mut came = 0;
    for at in (0..).step_by(step) {
        let trial = Trial::new(Fault {
            call,
            at,
            lasts: false,
            error: ErrorKind::Other,
        });
        trial.play(rounds, Patience::GoOn).expect("patience");
        if trial.disk.failed() == 0 {
            break;
        }
        came += 1;
        trial.disk.heal();
        trial.machine.wait_until_ready();
        trial.check(&trial.machine);
        assert!(
            !trial.machine.gave_up.load(Ordering::SeqCst),
            "{}",
            trial.name
        );
        trial.check_after_restart();
    }
    println!("figure: {call:?}: {came} single errors");
    assert!(
        came >= came_min,
        "the scenario hardly makes the call {call:?}"
    );
}

#[test]
fn one_failed_sync_anywhere_loses_nothing() {
    one_error(Call::Sync, 1, ROUNDS, 10);
}

#[test]
fn one_failed_write_anywhere_loses_nothing() {
    one_error(Call::Write, 7, ROUNDS, 10);
}

#[test]
fn one_failed_growth_of_the_file_loses_nothing() {
    // How often the file grows depends on how many commits the posts share.
    one_error(Call::SetLen, 1, ROUNDS_TO_GROW, 1);
}

#[test]
fn one_failed_read_anywhere_loses_nothing() {
    one_error(Call::Read, 5, ROUNDS, 1);
}

#[test]
fn one_failed_write_of_the_journal_anywhere_loses_nothing() {
    one_error(Call::Append, 2, ROUNDS, 3);
}

#[test]
fn one_failed_sync_of_the_journal_anywhere_loses_nothing() {
    one_error(Call::SyncJournal, 2, ROUNDS, 3);
}

/// Disks that fail from every `step`th call on, all at once: each takes seconds in which it waits.
fn lasting(call: Call, step: usize, error: ErrorKind, then: fn(Trial)) {
    let start = |at| {
        thread::spawn(move || {
            let trial = Trial::new(Fault {
                call,
                at,
                lasts: true,
                error,
            });
            let broke = trial.play(ROUNDS, Patience::Stop).is_err();
            if broke {
                then(trial);
            }
            broke
        })
    };
    let trials: Vec<_> = (0..TRIALS).map(|n| start(n * step)).collect();
    let came = trials
        .into_iter()
        .filter_map(|trial| trial.join().expect("what was promised").then_some(()))
        .count();
    println!("figure: {call:?}, {error}: {came} disks");
    assert!(came > 1, "the scenario hardly makes the call {call:?}");
}

fn gives_up(call: Call, step: usize) {
    lasting(call, step, ErrorKind::Other, |trial| {
        wait_until("the store gives up", || {
            trial.machine.gave_up.load(Ordering::SeqCst)
        });
        assert!(matches!(trial.machine.store.state(), State::Failed(_)));
        trial.check_after_restart();
    });
}

#[test]
fn syncs_that_go_on_failing_make_the_store_give_up_with_everything_there() {
    gives_up(Call::Sync, 5);
}

#[test]
fn writes_that_go_on_failing_make_the_store_give_up_with_everything_there() {
    gives_up(Call::Write, 40);
}

#[test]
fn reads_that_go_on_failing_make_the_store_give_up_with_everything_there() {
    gives_up(Call::Read, 30);
}

#[test]
fn a_journal_that_goes_on_failing_makes_the_store_give_up_with_everything_there() {
    lasting(Call::SyncJournal, 2, ErrorKind::Other, |trial| {
        let mut n = 0;
        wait_until("the store gives up", || {
            n += 1;
            let post = post("", false, &format!("refused {n}"));
            let answer = trial.machine.submit([&post], |_| {}).remove(0);
            assert!(answer.is_err(), "{}: it is in no journal", trial.name);
            trial.machine.gave_up.load(Ordering::SeqCst)
        });
        trial.check_after_restart();
    });
}

#[test]
fn a_journal_without_space_is_waited_out_and_takes_no_lead_meanwhile() {
    lasting(Call::Append, 2, ErrorKind::StorageFull, |trial| {
        let machine = &trial.machine;
        wait_until("a store that counts as full", || {
            machine.store.state() == State::VeryLowSpace
        });
        trial.disk.heal();
        machine.wait_until_ready();
        assert!(!machine.gave_up.load(Ordering::SeqCst), "{}", trial.name);
        trial.check(machine);
    });
}

#[test]
fn a_store_that_is_asked_for_something_all_the_time_comes_back_all_the_same() {
    // It looked at the disk again only when nobody had asked for anything for five seconds. Clients that
    // tried again and again, each refusal a count to be kept, held it closed for as long as they did.
    lasting(Call::Write, 40, ErrorKind::StorageFull, |trial| {
        let machine = &trial.machine;
        wait_until("a store that counts as full", || {
            machine.store.state() == State::VeryLowSpace
        });
        trial.disk.heal();
        wait_until("a store that is ready again", || {
            machine.store.knock(Box::new(|_| {}));
            machine.store.state() == State::Ready
        });
        trial.check(machine);
    });
}

#[test]
fn a_full_disk_is_waited_out_and_never_given_up() {
    lasting(Call::Write, 40, ErrorKind::StorageFull, |trial| {
        let machine = &trial.machine;
        let failed = machine.openings.load(Ordering::SeqCst);
        // More openings than failures make a store give up.
        wait_until("two more openings", || {
            machine.openings.load(Ordering::SeqCst) > failed + 1
        });
        assert_eq!(machine.store.state(), State::VeryLowSpace, "{}", trial.name);
        trial.disk.heal();
        machine.wait_until_ready();
        assert!(!machine.gave_up.load(Ordering::SeqCst), "{}", trial.name);
        trial.check(machine);
        trial.check_after_restart();
    });
}
