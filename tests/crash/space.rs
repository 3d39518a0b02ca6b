//! The free space falls below its two marks and comes back.

use std::sync::atomic::Ordering;

use leadhook::store::{State, StoreError};

use crate::daemon::wait_until;
use crate::disk::Disk;
use crate::machine::{LOW_SPACE, Machine, VERY_LOW_SPACE};
use crate::scenario::{answered, due_events, post, report, stored};

/// Sets the free space, and waits until a post has met the store in this state.
fn fall(machine: &Machine, free: u64, to: &State) {
    machine.free.store(free, Ordering::SeqCst);
    let mut n = 0;
    wait_until("a store that takes nothing", || {
        n += 1;
        let new = post("", false, &format!("{free} bytes left, {n}"));
        machine.submit([&new], |_| {})[0] == Err(StoreError::Unavailable(to.clone()))
    });
}

fn come_back(machine: &Machine) {
    machine.free.store(LOW_SPACE, Ordering::SeqCst);
    machine.wait_until_ready();
    stored(machine, "there is space again");
}

/// Records a success of the first delivery that is due.
fn deliver_one(machine: &Machine) -> Result<(), StoreError> {
    let (id, _) = due_events(machine).remove(0);
    let success = report(id, machine.now(), answered(200));
    machine.record(&[success], |_, _| {}).remove(0).map(drop)
}

#[test]
fn with_low_space_no_lead_is_taken_and_deliveries_go_on() {
    let machine = Machine::start(&Disk::new(Vec::new()), 1);
    stored(&machine, "before");
    fall(&machine, LOW_SPACE - 1, &State::LowSpace);
    assert_eq!(deliver_one(&machine), Ok(()));
    come_back(&machine);
}

#[test]
fn with_very_low_space_nothing_is_written_at_all() {
    let disk = Disk::new(Vec::new());
    let machine = Machine::start(&disk, 1);
    stored(&machine, "before");
    fall(&machine, VERY_LOW_SPACE - 1, &State::VeryLowSpace);
    let before = disk.syncs();
    let refused = Err(StoreError::Unavailable(State::VeryLowSpace));
    assert_eq!(deliver_one(&machine), refused);
    assert_eq!(disk.syncs(), before);
    // More space, and still too little for leads.
    fall(&machine, LOW_SPACE - 1, &State::LowSpace);
    assert_eq!(deliver_one(&machine), Ok(()));
    come_back(&machine);
}
