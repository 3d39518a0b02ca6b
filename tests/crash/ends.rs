//! The store ends: whoever still waits for something hears of it, and what has begun to stop stays so.

use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

use leadhook::store::{Options, State, Store, StoreError};

use crate::daemon::wait_until;
use crate::disk::Disk;
use crate::machine::Machine;
use crate::scenario::post;
use crate::still_disk::StillDisk;

#[test]
fn who_asks_a_writer_that_has_died_hears_so_and_the_store_closes() {
    // Nobody answered what lay in its inbox, or came into it later: whoever waited did so for ever, and
    // with him the stop that was to end the process.
    let machine = Machine::start(&Disk::new(Vec::new()), 1);
    let breaks_off = Box::new(|_| panic!("over an answer"));
    machine
        .store
        .submit(post("", false, "the last"), breaks_off);
    let (sender, answers) = mpsc::channel();
    for _ in 0..3 {
        let sender = sender.clone();
        machine.store.knock(Box::new(move |answer| {
            let _ = sender.send(answer);
        }));
    }
    drop(sender);
    let refused = StoreError::Unavailable(State::Failed("its writer has died".to_owned()));
    wait_until("the end of the writer", || {
        machine.gave_up.load(Ordering::SeqCst)
    });
    // Those that shared the commit with the post were answered before.
    let answers: Vec<_> = answers.iter().collect();
    assert_eq!(answers.len(), 3, "{answers:?}");
    assert!(
        answers
            .iter()
            .flat_map(|answer| answer.as_ref().err())
            .all(|error| *error == refused)
    );
    assert_eq!(machine.store.revoke_token("any"), Err(refused));
}

#[test]
fn a_store_that_is_closed_while_it_opens_is_not_ready_afterwards() {
    let disk = StillDisk::default();
    disk.set(true);
    let store = Store::start(Options::at(disk.location()), Vec::new(), |_| {});
    let store = store.expect("a thread for the writer");
    wait_until("an opening under way", || disk.is_waited_for());
    thread::scope(|scope| {
        scope.spawn(|| store.close());
        wait_until("the beginning of the end", || {
            store.state() == State::Stopping
        });
        disk.set(false);
    });
    assert_eq!(store.state(), State::Stopping);
    assert_eq!(
        store.revoke_token("any"),
        Err(StoreError::Unavailable(State::Stopping))
    );
}
