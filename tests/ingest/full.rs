//! 503: when the store cannot write, the client is told to come back and nothing is half done.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;

use leadhook::store::Location;
use redb::StorageBackend;
use redb::backends::InMemoryBackend;

use crate::daemon::{Setting, TestDaemon, wait_until};
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

/// A disk that stands still while its gate is shut.
#[derive(Clone, Debug, Default)]
struct Disk {
    memory: Arc<InMemoryBackend>,
    gate: Arc<(Mutex<Gate>, Condvar)>,
}

#[derive(Debug, Default)]
struct Gate {
    shut: bool,
    /// Somebody stands before it.
    waited_for: bool,
}

impl Disk {
    fn set(&self, shut: bool) {
        self.gate.0.lock().expect("a gate").shut = shut;
        self.gate.1.notify_all();
    }

    fn is_waited_for(&self) -> bool {
        self.gate.0.lock().expect("a gate").waited_for
    }

    fn pass(&self) {
        let mut gate = self.gate.0.lock().expect("a gate");
        while gate.shut {
            gate.waited_for = true;
            gate = self.gate.1.wait(gate).expect("a gate");
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> std::io::Result<u64> {
        self.memory.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.memory.read(offset, out)
    }

    fn set_len(&self, len: u64) -> std::io::Result<()> {
        self.memory.set_len(len)
    }

    fn sync_data(&self) -> std::io::Result<()> {
        self.pass();
        self.memory.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        self.memory.write(offset, data)
    }
}

#[test]
fn more_posts_than_may_wait_for_the_disk_are_503_and_the_others_are_stored() {
    let disk = Disk::default();
    let backend = disk.clone();
    let mut setting = Setting::default().with("ingest", "waiting_max = 1");
    setting.location = Some(Location::Custom(Arc::new(move |builder| {
        builder.create_with_backend(backend.clone())
    })));
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
