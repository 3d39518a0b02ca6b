//! What one open connection is doing, and what it has been told to do.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Waker};

/// A phase: a request is under way.
const BUSY: u64 = u64::MAX;
/// A phase: dropped, and no request can begin any more.
const DROPPED: u64 = u64::MAX - 1;

/// What a connection has been told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Order {
    Serve,
    /// End after the request under way.
    Finish,
    /// End now.
    Drop,
}

/// One open connection.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: u64,
    /// What its address counts for; None where that is exempt.
    pub(super) key: Option<IpAddr>,
    /// `BUSY`, `DROPPED`, or since when it waits for a head, in microseconds since the start.
    phase: AtomicU64,
    order: AtomicU8,
    /// Whether the client may still be sending what nobody is going to read.
    unread: AtomicBool,
    /// A task keeps its waker, so it is noted once.
    waker: Mutex<Option<Waker>>,
}

impl Entry {
    /// A connection that waits for its first head since `now_us`.
    pub(super) fn new(id: u64, key: Option<IpAddr>, now_us: u64) -> Entry {
        Entry {
            id,
            key,
            phase: AtomicU64::new(now_us),
            order: AtomicU8::new(Order::Serve as u8),
            unread: AtomicBool::new(false),
            waker: Mutex::new(None),
        }
    }

    /// A request begins. Not if the connection has just been dropped.
    pub(super) fn begin(&self) -> bool {
        let begun = |phase| (phase != DROPPED).then_some(BUSY);
        self.phase
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, begun)
            .is_ok()
    }

    /// The answer is made: idle since `now_us`.
    pub(super) fn end(&self, now_us: u64) {
        self.phase.store(now_us, Ordering::Release);
    }

    /// Whether a request is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.phase() == BUSY
    }

    /// Since when it is idle, if it is.
    pub(super) fn idle_us(&self) -> Option<u64> {
        Some(self.phase()).filter(|phase| *phase < DROPPED)
    }

    /// Changes whenever a request begins or ends.
    pub(super) fn phase(&self) -> u64 {
        self.phase.load(Ordering::Acquire)
    }

    pub(super) fn leave_unread(&self) {
        self.unread.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_unread(&self) -> bool {
        self.unread.load(Ordering::Relaxed)
    }

    pub(super) fn order(&self) -> Order {
        match self.order.load(Ordering::Acquire) {
            0 => Order::Serve,
            1 => Order::Finish,
            _ => Order::Drop,
        }
    }

    /// From here on the task of `cx` is woken by orders. To be called before the first look at
    /// [`Entry::order`]: the lock puts either the order before that look, or the waker before the
    /// order.
    pub(super) fn attend(&self, cx: &Context<'_>) {
        let mut waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        *waker = Some(cx.waker().clone());
    }

    pub(super) fn command(&self, order: Order) {
        self.order.store(order as u8, Ordering::Release);
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waker) = waker.as_ref() {
            waker.wake_by_ref();
        }
    }

    /// Drops the connection if it is still idle since `idle_us`.
    pub(super) fn evict(&self, idle_us: u64) -> bool {
        let idle = self
            .phase
            .compare_exchange(idle_us, DROPPED, Ordering::AcqRel, Ordering::Acquire)
            .is_ok();
        if idle {
            self.command(Order::Drop);
        }
        idle
    }
}
