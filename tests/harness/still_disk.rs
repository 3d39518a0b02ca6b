//! A disk in memory that stands still while its gate is shut: what wants to sync waits.

#![allow(dead_code, unreachable_pub)]

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use leadhook::store::Location;
use redb::StorageBackend;
use redb::backends::InMemoryBackend;

/// A test that failed must come to an end, too.
const LIMIT: Duration = Duration::from_secs(60);

/// The disk; clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct StillDisk {
    memory: Arc<InMemoryBackend>,
    gate: Arc<(Mutex<Gate>, Condvar)>,
}

#[derive(Debug, Default)]
struct Gate {
    shut: bool,
    /// Somebody stands before it.
    waited_for: bool,
}

impl StillDisk {
    /// A database on it.
    pub fn location(&self) -> Location {
        let backend = self.clone();
        Location::Custom(Arc::new(move |builder| {
            builder.create_with_backend(backend.clone())
        }))
    }

    /// Shuts the gate, or opens it.
    pub fn set(&self, shut: bool) {
        self.gate.0.lock().expect("a gate").shut = shut;
        self.gate.1.notify_all();
    }

    /// Whether somebody stands, or stood, before it.
    pub fn is_waited_for(&self) -> bool {
        self.gate.0.lock().expect("a gate").waited_for
    }

    fn pass(&self) {
        let mut gate = self.gate.0.lock().expect("a gate");
        gate.waited_for |= gate.shut;
        let opened = self
            .gate
            .1
            .wait_timeout_while(gate, LIMIT, |gate| gate.shut);
        drop(opened.expect("a gate"));
    }
}

impl StorageBackend for StillDisk {
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
