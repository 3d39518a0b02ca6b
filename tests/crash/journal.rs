//! The journal beside the store: when the power goes, and when either fails, the database and the
//! journal each have everything that was acknowledged. The newest backup stands for a database that
//! is lost: here the one that the scenario began with.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use leadhook::store::Medium;

use crate::chance::Chance;
use crate::disk::{Disk, Loss, Op, cut};
use crate::everything;
use crate::machine::Machine;
use crate::memory::Memory;
use crate::scenario::{Patience, Scenario, stored};
use crate::tape::{Player, Tape};

struct Played {
    backup: Vec<u8>,
    log: Vec<Op>,
    tape: Arc<Tape>,
    memory: Memory,
}

fn player(tape: &Arc<Tape>) -> Arc<dyn Medium> {
    Arc::new(Player(tape.clone()))
}

fn play(rounds: usize, seed: u64) -> Played {
    let blank = Disk::new(Vec::new());
    drop(Machine::start(&blank, seed));
    let disk = Disk::new(blank.image());
    let tape = Tape::new(&disk);
    let memory = Memory::default();
    let machine = Machine::start_journaled(&disk, player(&tape), seed);
    let mut scenario = Scenario {
        machine: &machine,
        disk: &disk,
        memory: &memory,
        patience: Patience::Stop,
        chance: Chance(seed),
    };
    scenario.play(rounds).expect("a disk that does not fail");
    drop(machine);
    let (backup, log) = disk.history();
    Played {
        backup,
        log,
        tape,
        memory,
    }
}

impl Played {
    /// Before and after every sync of either, and as many moments in between.
    fn moments(&self, chance: &mut Chance) -> BTreeSet<usize> {
        let marks = self.log.iter().enumerate();
        let marks = marks.filter(|(_, op)| matches!(op, Op::Sync | Op::Elsewhere));
        let mut moments = BTreeSet::new();
        let mut before = 0;
        for (at, _) in marks {
            moments.extend([at, at + 1, before + chance.below(at - before + 1)]);
            before = at + 1;
        }
        moments
    }

    /// Holds the memory against a database, lost or cut off, and what is left of the journal.
    fn check(&self, image: Vec<u8>, moment: usize, loss: &mut Loss) -> Result<(), String> {
        let disk = Disk::new(image);
        let tape = self.tape.cut(moment, loss, &disk);
        let machine = Machine::start_journaled(&disk, player(&tape), moment as u64);
        self.memory.check(&machine, moment)?;
        match moment.is_multiple_of(7) {
            true => self.memory.go_on(&machine, moment),
            false => Ok(()),
        }
    }
}

#[test]
fn a_power_cut_at_any_sync_loses_nothing_of_database_or_journal() {
    let rounds = if everything() { 60 } else { 12 };
    let played = play(rounds, 3);
    let moments = played.moments(&mut Chance(3));
    for moment in &moments {
        let mut loss = Loss::draw(*moment as u64);
        let image = cut(&played.backup, &played.log, *moment, &mut loss);
        let both = played.check(image, *moment, &mut loss);
        both.unwrap_or_else(|why| panic!("moment {moment}, the database: {why}"));
        let lost = played.check(played.backup.clone(), *moment, &mut loss);
        lost.unwrap_or_else(|why| panic!("moment {moment}, the backup: {why}"));
    }
    println!(
        "figure: {} power cuts, {} acknowledged",
        moments.len(),
        played.memory.acknowledged()
    );
    assert!(moments.len() > 100, "{} are too few", moments.len());
}

#[test]
fn a_journal_that_is_not_synced_is_found_out() {
    let played = play(12, 4);
    let moments = played.moments(&mut Chance(4));
    let lost = moments.iter().filter(|moment| {
        let mut loss = Loss::draw(**moment as u64);
        loss.syncs_lie = true;
        loss.kept_percent = 50;
        played
            .check(played.backup.clone(), **moment, &mut loss)
            .is_err()
    });
    let lost = lost.count();
    println!("figure: {lost} of {} cuts lost something", moments.len());
    assert!(lost * 2 > moments.len(), "{lost} of {}", moments.len());
}

#[test]
fn a_database_that_was_in_use_without_the_journal_begins_a_new_one() {
    let disk = Disk::new(Vec::new());
    let tape = Tape::new(&disk);
    let journaled = || Machine::start_journaled(&disk, player(&tape), 1);
    let machine = journaled();
    stored(&machine, "in both");
    drop(machine);
    let backup = disk.image();
    let machine = Machine::start(&disk, 2);
    stored(&machine, "in the database alone");
    drop(machine);
    let machine = journaled();
    stored(&machine, "in both again");
    drop(machine);
    // The journal cannot make up for what it never had; it must not pretend to.
    let old = Disk::new(backup);
    let machine = Machine::start_journaled(&old, player(&tape), 3);
    assert!(
        machine
            .notices
            .lock()
            .expect("notices")
            .contains("was set aside")
    );
    stored(&machine, "after the gap");
    assert!(!machine.gave_up.load(Ordering::SeqCst));
}
