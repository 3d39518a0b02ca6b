//! A bit of the file has flipped. Whatever it was, no lead is silently another one, nothing breaks
//! off unseen, and a file that is refused is left as it is.

use std::collections::HashMap;
use std::sync::Arc;

use leadhook::domain::event::Event;
use leadhook::store::OpenError;

use crate::chance::Chance;
use crate::disk::Disk;
use crate::everything;
use crate::machine::Machine;
use crate::memory::Memory;
use crate::scenario::{Patience, Scenario, due_events, post};

/// Every event as it was stored.
type Events = HashMap<(u64, u32), Event>;

/// A database with leads, deliveries and attempts, closed in order.
fn database() -> (Vec<u8>, Events) {
    let disk = Disk::new(Vec::new());
    let machine = Machine::start(&disk, 3);
    let mut scenario = Scenario {
        machine: &machine,
        disk: &disk,
        memory: &Memory::default(),
        patience: Patience::Stop,
        chance: Chance(3),
    };
    scenario.play(12).expect("a disk that does not fail");
    let events = machine.store.events_after((0, 0), 1000);
    let events = events.expect("a store that can be read").into_iter();
    let events: Events = events
        .map(|event| ((event.lead.id, event.lead.revision), event))
        .collect();
    drop(machine);
    (disk.image(), events)
}

#[derive(Debug, Default)]
struct Found {
    refused: usize,
    harmless: usize,
    told: usize,
}

#[test]
fn a_flipped_bit_is_never_a_wrong_lead() {
    let (image, events) = database();
    let used: Vec<usize> = (0..image.len()).filter(|at| image[*at] != 0).collect();
    let flips = if everything() { 3_000 } else { 200 };
    let mut found = Found::default();
    for seed in 0..flips {
        let mut chance = Chance(seed);
        // Most of a file is empty; a flip there says little.
        let at = match chance.comes(90) {
            true => used[chance.below(used.len())],
            false => chance.below(image.len()),
        };
        let mut flipped = image.clone();
        flipped[at] ^= 1 << chance.below(8);
        let disk = Disk::new(flipped);
        let looked = look(&disk, &events, &mut found).and_then(|refused| match refused {
            true => mend(disk.image(), (at, image[at]), &events),
            false => Ok(()),
        });
        looked.unwrap_or_else(|why| panic!("seed {seed}, byte {at}: {why}"));
    }
    println!("figure: {flips} flips: {found:?}");
    assert!(found.refused + found.told > 0, "no flip was noticed");
}

/// What is refused is not touched: with the bit flipped back, everything is there.
fn mend(mut image: Vec<u8>, (at, byte): (usize, u8), events: &Events) -> Result<(), String> {
    image[at] = byte;
    let machine = Machine::start(&Disk::new(image), 5);
    let read = machine.store.events_after((0, 0), 1000);
    let read = read.map_err(|error| format!("mended: {error}"))?;
    let whole = |event: &Event| events.get(&(event.lead.id, event.lead.revision)) == Some(event);
    match read.len() == events.len() && read.iter().all(whole) {
        true => Ok(()),
        false => Err(format!(
            "{} of {} events after mending",
            read.len(),
            events.len()
        )),
    }
}

/// Reads everything that a daemon reads, and writes. Tells whether the file was refused.
fn look(disk: &Arc<Disk>, events: &Events, found: &mut Found) -> Result<bool, String> {
    let machine = Machine::start(disk, 4);
    if let Err(error) = &machine.opened {
        found.refused += 1;
        return match error {
            OpenError::Damaged(_) | OpenError::Newer(_) => Ok(true),
            error => Err(format!("refused for another reason: {error:?}")),
        };
    }
    let (mut told, mut missing) = (false, 0);
    for ((lead, revision), event) in events {
        let newest = !events.contains_key(&(*lead, revision + 1));
        match machine.store.lead(*lead) {
            Ok(Some(read)) if read == *event || !newest => {}
            Err(_) => told = true,
            // Reading does not know what there should be; verify does.
            Ok(None) => missing += 1,
            Ok(Some(read)) if events.get(&(*lead, read.lead.revision)) == Some(&read) => {
                missing += 1;
            }
            other => return Err(format!("lead {lead} is silently {other:?}")),
        }
    }
    for (id, event) in due_events(&machine) {
        match event {
            Ok(read) if events.get(&(id.lead, id.revision)) == Some(&read.event) => {}
            Err(_) => told = true,
            Ok(read) => return Err(format!("{id:?} would send {}", read.event.id)),
        }
    }
    let new = post("x1", true, "after the flip");
    told |= machine.submit([&new], |_| {})[0].is_err();
    let read = machine.store.events_after((0, 0), 1000);
    told |= read.is_err();
    for event in read.unwrap_or_default() {
        let known = events.get(&(event.lead.id, event.lead.revision));
        if known.is_some_and(|known| *known != event) {
            return Err(format!("after a post lead {} is another", event.lead.id));
        }
    }
    let verified = machine.store.verify();
    if missing > 0 && verified.as_ref().is_ok_and(Vec::is_empty) {
        return Err(format!(
            "{missing} leads are missing, and verify is content"
        ));
    }
    told |= verified.map_or(true, |found| !found.is_empty());
    match told {
        true => found.told += 1,
        false => found.harmless += 1,
    }
    Ok(false)
}
