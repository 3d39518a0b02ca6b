//! The indexer: the thread that makes segments of words, when the writer has nothing better to do.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use redb::ReadableTable;

use super::segment::{GROUP, LEADS, Segment, Times, build, segment_of};
use crate::store::inbox::Request;
use crate::store::status::lock;
use crate::store::tables::{View, meta};
use crate::store::{Shared, StoreError};
use crate::system::stand_back;

/// Posts come first: nothing is indexed before there was none for so long,
const QUIET: Duration = Duration::from_millis(500);
/// unless so many segments wait,
const BEHIND: u64 = 128;
/// or somebody searched for words not longer ago than this: without a segment he reads the leads.
const SOUGHT: Duration = Duration::from_secs(60);
/// So many segments are written at once, where so many are missing.
const AT_ONCE: usize = 8;
/// A segment with so many stale leads is made again,
const STALE_IN_SEGMENT_MAX: usize = 64;
/// and with so many in all, the one that has most.
pub(crate) const STALE_MAX: u64 = 1024;

/// The bell of the indexer, and its end.
#[derive(Default)]
pub(crate) struct Indexer {
    /// Whoever makes a segment has this from before it is read until it is written: one that was
    /// read earlier must not take the place of one that knows of an erased lead.
    making: Mutex<()>,
    inner: Mutex<Inner>,
    rung: Condvar,
}

#[derive(Default)]
struct Inner {
    /// There may be something to do.
    called: bool,
    closed: bool,
    /// When leads were written last.
    written: Option<Instant>,
    /// When somebody searched last.
    sought: Option<Instant>,
    thread: Option<JoinHandle<()>>,
}

/// What is to be done next.
struct Plan {
    /// These are made together: they lie among each other on the disk, and each write of one finds the
    /// pages of the others.
    segments: Vec<u64>,
    /// How many segments are missing.
    missing: u64,
}

impl Indexer {
    /// Leads were written: the next one had the first id, and now has the second; so many are stale.
    pub(crate) fn written(&self, before: u64, next_lead: u64, stale: u64) {
        if segment_of(before) != segment_of(next_lead) || stale > STALE_MAX {
            lock(&self.inner).written = Some(Instant::now());
            self.call();
        }
    }

    /// Somebody searches for words.
    pub(crate) fn sought(&self) {
        lock(&self.inner).sought = Some(Instant::now());
        self.rung.notify_one();
    }

    /// Has it look for work.
    pub(crate) fn call(&self) {
        lock(&self.inner).called = true;
        self.rung.notify_one();
    }

    /// Starts its thread.
    pub(crate) fn start(shared: &Arc<Shared>) -> std::io::Result<()> {
        let of_thread = shared.clone();
        let work = move || {
            stand_back();
            of_thread.indexer.run(&of_thread);
        };
        let thread = thread::Builder::new().name("indexer".to_owned());
        lock(&shared.indexer.inner).thread = Some(thread.spawn(work)?);
        Ok(())
    }

    /// Ends the thread; what is not indexed then is next time.
    pub(crate) fn close(&self) {
        let thread = {
            let mut inner = lock(&self.inner);
            inner.closed = true;
            inner.thread.take()
        };
        self.rung.notify_one();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }

    fn run(&self, shared: &Shared) {
        while self.wait_for_call() {
            // While the store is not open, or fails, there is nothing to do but wait for its bell.
            while let Ok(Some(plan)) = shared.view(plan) {
                if !self.wait_for_quiet(&plan) || make(shared, &plan.segments).is_err() {
                    break;
                }
            }
        }
    }

    /// Waits until somebody calls; tells whether to go on.
    fn wait_for_call(&self) -> bool {
        let idle = |inner: &mut Inner| !inner.called && !inner.closed;
        let waiting = self.rung.wait_while(lock(&self.inner), idle);
        let mut inner = waiting.unwrap_or_else(PoisonError::into_inner);
        inner.called = false;
        !inner.closed
    }

    /// Waits until no leads come, or somebody searches; tells whether to go on.
    fn wait_for_quiet(&self, plan: &Plan) -> bool {
        let mut inner = lock(&self.inner);
        while !inner.closed && plan.missing < BEHIND {
            let since = inner.written.map_or(QUIET, |written| written.elapsed());
            let is_sought = inner.sought.is_some_and(|sought| sought.elapsed() < SOUGHT);
            if since >= QUIET || is_sought {
                break;
            }
            let waiting = self.rung.wait_timeout(inner, QUIET - since);
            inner = waiting.unwrap_or_else(PoisonError::into_inner).0;
        }
        !inner.closed
    }
}

/// What is to be done: a segment whose leads are all there and that is missing, or one with too many
/// stale leads.
fn plan(view: &View) -> Result<Option<Plan>, StoreError> {
    let next_lead = view
        .meta
        .get(meta::NEXT_LEAD)?
        .map_or(1, |next| next.value());
    let whole = segment_of(next_lead);
    let made = made(view)?;
    let is_missing = |number: &u64| !made.contains(number);
    if let Some(first) = (0..whole).find(is_missing) {
        let group_end = whole.min((first / GROUP + 1) * GROUP);
        let of_group = (first..group_end).filter(is_missing);
        let made = made.iter().filter(|number| **number < whole).count() as u64;
        return Ok(Some(Plan {
            segments: of_group.take(AT_ONCE).collect(),
            missing: whole - made,
        }));
    }
    let mut stale: HashMap<u64, usize> = HashMap::new();
    for row in view.stale.range(..whole * LEADS)? {
        *stale.entry(segment_of(row?.0.value())).or_default() += 1;
    }
    let all: usize = stale.values().sum();
    let most = stale.into_iter().max_by_key(|(_, stale)| *stale);
    let many = |stale| stale > STALE_IN_SEGMENT_MAX || all as u64 > STALE_MAX;
    Ok(most
        .filter(|(_, stale)| many(*stale))
        .map(|(segment, _)| Plan {
            segments: vec![segment],
            missing: 0,
        }))
}

/// The segments that are made.
pub(super) fn made(view: &View) -> Result<HashSet<u64>, StoreError> {
    let mut made = HashSet::new();
    for row in view.segments.iter()? {
        let (number, header) = row?;
        if Times::decode(header.value()).is_ok() {
            made.insert(number.value());
        }
    }
    Ok(made)
}

/// Makes segments, and waits until they are written.
fn make(shared: &Shared, numbers: &[u64]) -> Result<(), StoreError> {
    let _making = lock(&shared.indexer.making);
    let made = shared.view(|view| numbers.iter().map(|number| build(view, *number)).collect())?;
    shared.wait(|reply| Request::Index(made, reply))
}

impl Shared {
    /// Makes a segment anew, if it is made, so that it has no word of a lead that is gone.
    pub(in crate::store) fn renew_segment(&self, number: u64) -> Result<(), StoreError> {
        let _making = lock(&self.indexer.making);
        match self.view(|view| rebuilt(view, number))? {
            None => Ok(()),
            Some(segment) => self.wait(|reply| Request::Index(vec![segment], reply)),
        }
    }
}

/// A segment as its leads are now; none where it is not made yet.
pub(crate) fn rebuilt(view: &View, number: u64) -> Result<Option<Segment>, StoreError> {
    match view.segments.get(number)? {
        None => Ok(None),
        Some(_) => build(view, number).map(Some),
    }
}
