//! The journal's files in memory, on the same machine as the disk: power goes for both at the same
//! moment, and of either each unsynced sector is there or not.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

use leadhook::store::{Medium, Strip};

use crate::disk::{Call, Disk, Loss, Op, apply, cut};

pub(crate) struct Tape {
    disk: Arc<Disk>,
    files: Mutex<BTreeMap<String, Written>>,
}

/// A file: what was durable when it was made, and what happened since, each with its moment.
#[derive(Clone, Default)]
struct Written {
    made: usize,
    removed: Option<usize>,
    base: Vec<u8>,
    log: Vec<(usize, Op)>,
    seen: Vec<u8>,
}

/// The medium that a machine gets.
pub(crate) struct Player(pub(crate) Arc<Tape>);

struct Open {
    tape: Arc<Tape>,
    name: String,
    read: usize,
}

impl Tape {
    /// An empty one beside this disk.
    pub(crate) fn new(disk: &Arc<Disk>) -> Arc<Tape> {
        Arc::new(Tape {
            disk: disk.clone(),
            files: Mutex::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Written>> {
        self.files.lock().expect("the tape")
    }

    /// What is there when the power goes at `moment`, beside another disk.
    pub(crate) fn cut(&self, moment: usize, loss: &mut Loss, beside: &Arc<Disk>) -> Arc<Tape> {
        let cut_off = Tape::new(beside);
        for (name, file) in self.lock().iter() {
            if file.made >= moment || file.removed.is_some_and(|removed| removed < moment) {
                continue;
            }
            let log = file.log.iter().filter(|(at, _)| *at < moment);
            let log: Vec<Op> = log.map(|(_, op)| op.clone()).collect();
            let image = cut(&file.base, &log, log.len(), loss);
            let file = Written {
                base: image.clone(),
                seen: image,
                ..Written::default()
            };
            cut_off.lock().insert(name.clone(), file);
        }
        cut_off
    }
}

impl Written {
    fn note(&mut self, moment: usize, op: Op) {
        apply(&mut self.seen, &op);
        self.log.push((moment, op));
    }
}

impl Medium for Player {
    fn name(&self) -> String {
        "on tape".to_owned()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let files = self.0.lock();
        let present = files.iter().filter(|(_, file)| file.removed.is_none());
        Ok(present.map(|(name, _)| name.clone()).collect())
    }

    fn create(&self, name: &str, head: &[u8]) -> io::Result<Box<dyn Strip>> {
        let file = Written {
            made: self.0.disk.note(),
            base: head.to_vec(),
            seen: head.to_vec(),
            ..Written::default()
        };
        self.0.lock().insert(name.to_owned(), file);
        self.open(name)
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Strip>> {
        Ok(Box::new(Open {
            tape: self.0.clone(),
            name: name.to_owned(),
            read: 0,
        }))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let moment = self.0.disk.note();
        let mut files = self.0.lock();
        files.get_mut(name).ok_or(ErrorKind::NotFound)?.removed = Some(moment);
        Ok(())
    }

    fn rename(&self, name: &str, to: &str) -> io::Result<()> {
        let mut files = self.0.lock();
        let file = files.remove(name).ok_or(ErrorKind::NotFound)?;
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn free_bytes(&self) -> Option<u64> {
        None
    }
}

impl Open {
    fn with<T>(&self, work: impl FnOnce(&mut Written) -> T) -> io::Result<T> {
        let mut files = self.tape.lock();
        let file = files.get_mut(&self.name).ok_or(ErrorKind::NotFound)?;
        Ok(work(file))
    }
}

impl Strip for Open {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let from = self.read;
        let read = self.with(|file| {
            let rest = &file.seen[from..];
            let length = rest.len().min(buffer.len());
            buffer[..length].copy_from_slice(&rest[..length]);
            length
        })?;
        self.read += read;
        Ok(read)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let gate = self.tape.disk.pass(Call::Append);
        // A write that fails has often been done in part.
        let done = if gate.is_ok() {
            bytes.len()
        } else {
            bytes.len() / 2
        };
        let moment = self.tape.disk.note();
        self.with(|file| {
            let end = file.seen.len() as u64;
            file.note(moment, Op::Write(end, bytes[..done].to_vec()));
        })?;
        gate
    }

    fn sync(&mut self) -> io::Result<()> {
        let gate = self.tape.disk.pass(Call::SyncJournal);
        let moment = self.tape.disk.note();
        self.with(|file| match &gate {
            Ok(()) => file.note(moment, Op::Sync),
            Err(_) => {
                let log: Vec<Op> = file.log.drain(..).map(|(_, op)| op).collect();
                let mut loss = Loss::draw(moment as u64);
                file.base = cut(&file.base, &log, log.len(), &mut loss);
                file.seen = file.base.clone();
            }
        })?;
        gate
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let moment = self.tape.disk.note();
        self.with(|file| {
            file.note(moment, Op::SetLen(length));
            file.note(moment, Op::Sync);
        })
    }

    fn is_in_place(&self) -> bool {
        true
    }
}
