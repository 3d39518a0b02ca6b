//! A disk in memory: it remembers what it was told and when that became durable, so that the power
//! can be cut at any moment afterwards; and it fails when a test says so.

use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

use crate::chance::Chance;

const SECTOR: usize = 512;

/// What a program did to the disk.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Write(u64, Vec<u8>),
    SetLen(u64),
    Sync,
    /// Something happened to the journal, which is elsewhere.
    Elsewhere,
}

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Read,
    Write,
    SetLen,
    Sync,
    /// Of the journal.
    Append,
    SyncJournal,
}

/// Which calls fail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) call: Call,
    /// The number of the first that fails, from 0.
    pub(crate) at: usize,
    /// Whether all later ones fail too.
    pub(crate) lasts: bool,
    pub(crate) error: ErrorKind,
}

#[derive(Debug)]
pub(crate) struct Disk(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    /// What was durable when the log began.
    base: Vec<u8>,
    log: Vec<Op>,
    /// What the program reads: everything written, durable or not.
    seen: Vec<u8>,
    fault: Option<Fault>,
    calls: [usize; 6],
    failed: usize,
    chance: Chance,
}

impl Disk {
    /// A disk that holds `image`, all of it durable.
    pub(crate) fn new(image: Vec<u8>) -> Arc<Disk> {
        Arc::new(Disk(Mutex::new(Inner {
            base: image.clone(),
            log: Vec::new(),
            seen: image,
            fault: None,
            calls: [0; 6],
            failed: 0,
            chance: Chance(0),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on calls fail like this; they are counted anew. `seed` decides what of unsynced
    /// writes a failed sync leaves.
    pub(crate) fn fail(&self, fault: Fault, seed: u64) {
        let mut inner = self.lock();
        inner.fault = Some(fault);
        inner.calls = [0; 6];
        inner.failed = 0;
        inner.chance = Chance(seed);
    }

    /// No call fails any more.
    pub(crate) fn heal(&self) {
        self.lock().fault = None;
    }

    /// How many calls have failed.
    pub(crate) fn failed(&self) -> usize {
        self.lock().failed
    }

    /// How often something was made durable.
    pub(crate) fn syncs(&self) -> usize {
        let inner = self.lock();
        let syncs = inner.log.iter().filter(|op| matches!(op, Op::Sync));
        syncs.count()
    }

    /// How much has happened.
    pub(crate) fn moment(&self) -> usize {
        self.lock().log.len()
    }

    /// Notes that something happened to the journal; gives the moment.
    pub(crate) fn note(&self) -> usize {
        let mut inner = self.lock();
        inner.log.push(Op::Elsewhere);
        inner.log.len() - 1
    }

    /// Whether a call to the journal passes.
    pub(crate) fn pass(&self, call: Call) -> io::Result<()> {
        self.lock().gate(call)
    }

    /// What was durable at the beginning, and all that happened since.
    pub(crate) fn history(&self) -> (Vec<u8>, Vec<Op>) {
        let inner = self.lock();
        (inner.base.clone(), inner.log.clone())
    }

    /// What a program sees now.
    pub(crate) fn image(&self) -> Vec<u8> {
        self.lock().seen.clone()
    }
}

impl Inner {
    fn gate(&mut self, call: Call) -> io::Result<()> {
        let number = self.calls[call as usize];
        self.calls[call as usize] += 1;
        let Some(fault) = self.fault.filter(|fault| fault.call == call) else {
            return Ok(());
        };
        if number == fault.at || (fault.lasts && number > fault.at) {
            self.failed += 1;
            return Err(fault.error.into());
        }
        Ok(())
    }

    fn apply(&mut self, op: Op) {
        apply(&mut self.seen, &op);
        self.log.push(op);
    }

    /// The system forgets what it could not write back; only a part of it has reached the disk.
    fn lose_unsynced(&mut self) {
        let mut loss = Loss::half();
        loss.chance = Chance(self.chance.next());
        self.seen = cut(&self.base, &self.log, self.log.len(), &mut loss);
        self.base = self.seen.clone();
        self.log.clear();
    }
}

/// One opening of the disk.
#[derive(Debug)]
pub(crate) struct Handle(pub(crate) Arc<Disk>);

impl StorageBackend for Handle {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut inner = self.0.lock();
        inner.gate(Call::Read)?;
        let from = inner.seen.get(offset as usize..offset as usize + out.len());
        out.copy_from_slice(from.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut inner = self.0.lock();
        inner.gate(Call::SetLen)?;
        inner.apply(Op::SetLen(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut inner = self.0.lock();
        let gate = inner.gate(Call::Sync);
        match &gate {
            Ok(()) => inner.apply(Op::Sync),
            Err(_) => inner.lose_unsynced(),
        }
        gate
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut inner = self.0.lock();
        let gate = inner.gate(Call::Write);
        // A write that fails has often been done in part.
        let done = if gate.is_ok() {
            data.len()
        } else {
            data.len() / 2
        };
        inner.apply(Op::Write(offset, data[..done].to_vec()));
        gate
    }
}

pub(crate) fn apply(image: &mut Vec<u8>, op: &Op) {
    match op {
        Op::SetLen(len) => image.resize(*len as usize, 0),
        Op::Write(offset, data) => {
            let (from, to) = (*offset as usize, *offset as usize + data.len());
            if image.len() < to {
                image.resize(to, 0);
            }
            image[from..to].copy_from_slice(data);
        }
        Op::Sync | Op::Elsewhere => {}
    }
}

/// What a power cut does to writes that were not synced.
#[derive(Clone, Debug)]
pub(crate) struct Loss {
    /// How many percent of the sectors are on the disk all the same.
    pub(crate) kept_percent: u64,
    /// Whether those of the first page are in any case: the disk may write in any order.
    pub(crate) header_kept: bool,
    /// Whether syncs did nothing: the broken disk that nothing survives.
    pub(crate) syncs_lie: bool,
    pub(crate) chance: Chance,
}

impl Loss {
    fn half() -> Loss {
        Loss {
            kept_percent: 50,
            header_kept: false,
            syncs_lie: false,
            chance: Chance(0),
        }
    }

    /// One of the ways in which a power cut may go.
    pub(crate) fn draw(seed: u64) -> Loss {
        let mut chance = Chance(seed);
        Loss {
            kept_percent: [0, 10, 50, 90, 100, 0][chance.below(6)],
            header_kept: chance.comes(30),
            syncs_lie: false,
            chance,
        }
    }
}

/// What is on the disk when the power goes after the first `moment` ops.
pub(crate) fn cut(base: &[u8], log: &[Op], moment: usize, loss: &mut Loss) -> Vec<u8> {
    let last_sync = log[..moment].iter().rposition(|op| matches!(op, Op::Sync));
    let synced = match last_sync {
        Some(at) if !loss.syncs_lie => at + 1,
        _ => 0,
    };
    let mut image = base.to_vec();
    log[..synced].iter().for_each(|op| apply(&mut image, op));
    for op in &log[synced..moment] {
        match op {
            Op::Sync | Op::Elsewhere => {}
            Op::SetLen(_) => {
                if loss.chance.comes(loss.kept_percent) {
                    apply(&mut image, op);
                }
            }
            Op::Write(offset, data) => keep_some(&mut image, *offset as usize, data, loss),
        }
    }
    image
}

fn keep_some(image: &mut Vec<u8>, offset: usize, data: &[u8], loss: &mut Loss) {
    // A disk writes whole sectors, wherever the write itself began.
    let mut from = 0;
    while from < data.len() {
        let at = offset + from;
        let to = data.len().min(from + SECTOR - at % SECTOR);
        let kept = loss.chance.comes(loss.kept_percent) || (loss.header_kept && at < SECTOR);
        let end = offset + to;
        if kept && (end <= image.len() || loss.chance.comes(50)) {
            image.resize(image.len().max(end), 0);
            image[at..end].copy_from_slice(&data[from..to]);
        }
        from = to;
    }
}
