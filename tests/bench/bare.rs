//! The references: what the parts reach without the program around them.
//!
//! The same rows in the same database with the same settings, the same requests to the same
//! receiver; nothing is parsed, checked, decided, signed or logged.

mod front;
mod sender;
mod writer;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::model::Model;
use front::Front;
use writer::Writer;

pub(crate) use sender::{Jobs, Senders};
pub(crate) use writer::Rows;

/// A bare front before a bare group commit, and maybe bare senders behind it.
pub(crate) struct Bare {
    // Ends first, so that nothing comes any more.
    front: Front,
    _senders: Option<Senders>,
    _writer: Writer,
    delivered: Arc<AtomicU64>,
}

impl Bare {
    /// Leads are taken and committed.
    pub(crate) fn ingest(directory: &Path, model: &Model) -> Bare {
        Bare::start(directory, model, None)
    }

    /// Leads are also sent to `receiver`, and the outcomes committed.
    pub(crate) fn whole_path(directory: &Path, model: &Model, receiver: SocketAddr) -> Bare {
        Bare::start(directory, model, Some(receiver))
    }

    fn start(directory: &Path, model: &Model, receiver: Option<SocketAddr>) -> Bare {
        let jobs = receiver.map(|_| Arc::new(Jobs::default()));
        let rows = Rows::create(&directory.join("bare.redb"), model);
        let writer = Writer::start(rows, jobs.clone());
        let delivered = Arc::new(AtomicU64::new(0));
        let senders = receiver.zip(jobs).map(|(receiver, jobs)| {
            let (writer, delivered) = (writer.handle(), delivered.clone());
            Senders::start(jobs, receiver, model, move |job| {
                let delivered = delivered.clone();
                writer.record(job, move || {
                    delivered.fetch_add(1, Ordering::Relaxed);
                });
            })
        });
        Bare {
            front: Front::start(writer.handle()),
            _senders: senders,
            _writer: writer,
            delivered,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.front.address()
    }

    /// Waits until so many outcomes in all are committed.
    pub(crate) fn wait_for(&self, delivered: u64) {
        while self.delivered.load(Ordering::Relaxed) < delivered {
            thread::sleep(Duration::from_millis(2));
        }
    }
}
