//! The power is cut at every sync of a scenario, before and after it, and in between.
//!
//! Of what was written since the last sync each sector is there or not, as the seed says; so is the
//! length of the file. The next store must find everything that was acknowledged, and go on.

use std::collections::BTreeSet;

use crate::chance::Chance;
use crate::disk::{Disk, Loss, Op, cut};
use crate::everything;
use crate::machine::Machine;
use crate::memory::Memory;
use crate::scenario::{Patience, Scenario};

/// A scenario that was played to its end on a disk that kept its history.
struct Played {
    base: Vec<u8>,
    log: Vec<Op>,
    memory: Memory,
}

fn play(rounds: usize, seed: u64) -> Played {
    // The first opening makes the database; under its own name a file is only ever seen whole.
    let blank = Disk::new(Vec::new());
    drop(Machine::start(&blank, seed));
    let disk = Disk::new(blank.image());
    let memory = Memory::default();
    let machine = Machine::start(&disk, seed);
    let mut scenario = Scenario {
        machine: &machine,
        disk: &disk,
        memory: &memory,
        patience: Patience::Stop,
        chance: Chance(seed),
    };
    scenario.play(rounds).expect("a disk that does not fail");
    assert!(
        memory.acknowledged() > rounds,
        "a scenario that does something"
    );
    drop(machine);
    let (base, log) = disk.history();
    Played { base, log, memory }
}

impl Played {
    /// Before and after every sync, and as many moments in between.
    fn moments(&self, chance: &mut Chance) -> BTreeSet<usize> {
        let syncs = self.log.iter().enumerate();
        let syncs = syncs.filter(|(_, op)| matches!(op, Op::Sync));
        let mut moments = BTreeSet::new();
        let mut before = 0;
        for (at, _) in syncs {
            moments.extend([at, at + 1, before + chance.below(at - before + 1)]);
            before = at + 1;
        }
        moments
    }

    fn image(&self, moment: usize, loss: &mut Loss) -> Vec<u8> {
        cut(&self.base, &self.log, moment, loss)
    }

    /// Starts a machine on what a cut has left, and holds it against the memory. Gives what the
    /// opening did to the disk.
    fn check(
        &self,
        image: Vec<u8>,
        moment: usize,
        seed: u64,
    ) -> Result<(Vec<u8>, Vec<Op>), String> {
        let disk = Disk::new(image);
        let machine = Machine::start(&disk, seed);
        let opening = disk.history();
        self.memory.check(&machine, moment)?;
        if seed.is_multiple_of(GOES_ON_EVERY) {
            self.memory.go_on(&machine, moment)?;
        }
        Ok(opening)
    }
}

/// How many of the machines deliver everything after their cut; all the others are only looked at.
const GOES_ON_EVERY: u64 = 4;

#[test]
fn a_power_cut_at_any_sync_loses_nothing_acknowledged() {
    let rounds = if everything() { 60 } else { 16 };
    let draws = if everything() { 8 } else { 3 };
    let played = play(rounds, 1);
    let mut chance = Chance(1);
    let moments = played.moments(&mut chance);
    let mut cuts = 0;
    for moment in &moments {
        for draw in 0..draws {
            let seed = (*moment * 100 + draw) as u64;
            let image = played.image(*moment, &mut Loss::draw(seed));
            let first = played.check(image, *moment, seed);
            let (base, log) =
                first.unwrap_or_else(|why| panic!("moment {moment}, seed {seed}: {why}"));
            // The second cut comes while the first is being recovered from.
            let second = chance.below(log.len() + 1);
            let image = cut(&base, &log, second, &mut Loss::draw(seed + 1));
            let again = played.check(image, *moment, seed + 1);
            again.unwrap_or_else(|why| panic!("moment {moment}, {second}, seed {seed}: {why}"));
            cuts += 2;
        }
    }
    println!(
        "figure: {cuts} power cuts, {} moments, {} acknowledged",
        moments.len(),
        played.memory.acknowledged()
    );
    assert!(cuts > 100, "{cuts} cuts are too few to mean something");
}

#[test]
fn a_disk_that_lies_about_syncs_is_found_out() {
    let played = play(16, 2);
    let moments = played.moments(&mut Chance(2));
    let lost = moments.iter().filter(|moment| {
        let mut loss = Loss::draw(**moment as u64);
        loss.syncs_lie = true;
        let image = played.image(**moment, &mut loss);
        played.check(image, **moment, 1).is_err()
    });
    let lost = lost.count();
    println!(
        "figure: {lost} of {} cuts lost something without syncs",
        moments.len()
    );
    assert!(lost * 2 > moments.len(), "{lost} of {}", moments.len());
}
