//! 503: when the store cannot write, the client is told to come back and nothing is half done.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use crate::daemon::{Setting, TestDaemon, wait_until};
use crate::still_disk::StillDisk;
use crate::{LEAD, SOURCES, is_refused, post_to};

#[test]
fn a_disk_that_is_nearly_full_is_503_until_there_is_space_again() {
    let free = Arc::new(AtomicU64::new(1 << 30));
    let asked = free.clone();
    let mut setting = Setting::default().with("store", "low_space = \"1 MiB\"");
    setting.free_space = Some(Arc::new(move || asked.load(Ordering::SeqCst)));
    let daemon = TestDaemon::start_with(setting, SOURCES);
    assert_eq!(daemon.post("website", LEAD).status, 201);
    free.store(1000, Ordering::SeqCst);
    wait_until("a refusal", || daemon.post("website", LEAD).status == 503);
    let answer = daemon.post("website", LEAD);
    is_refused(&answer, 503, "insufficient_storage");
    assert_eq!(answer.header("retry-after"), Some("60"));
    free.store(1 << 30, Ordering::SeqCst);
    wait_until("space", || daemon.post("website", LEAD).status == 201);
    daemon.verify();
}

#[test]
fn more_posts_than_may_wait_for_the_disk_are_503_and_the_others_are_stored() {
    let disk = StillDisk::default();
    let mut setting = Setting::default().with("ingest", "waiting_max = 1");
    setting.location = Some(disk.location());
    let daemon = TestDaemon::start_with(setting, SOURCES);
    assert_eq!(daemon.post("website", LEAD).status, 201);
    disk.set(true);
    let ingest = daemon.ingest();
    let (sender, answers) = mpsc::channel();
    thread::scope(|scope| {
        let post = || {
            let sender = sender.clone();
            scope.spawn(move || sender.send(post_to(ingest, &[], LEAD)));
        };
        post();
        wait_until("a commit that hangs", || disk.is_waited_for());
        post();
        post();
        let refused = answers.recv().expect("an answer");
        is_refused(&refused, 503, "busy");
        assert_eq!(refused.header("retry-after"), Some("1"));
        disk.set(false);
    });
    let stored: Vec<u16> = answers.try_iter().map(|answer| answer.status).collect();
    assert_eq!(stored, [201, 201]);
    daemon.verify();
}
