//! Events that were just written, as they still are in memory: what is sent at once, and to several
//! webhooks, is neither read back from the database nor rendered anew for each.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};

use super::status::lock;
use super::tables::EventKey;
use crate::domain::event::Event;
use crate::domain::webhook::Trigger;

/// An event, and its payloads once somebody has asked for them.
#[derive(Debug)]
pub struct RenderedEvent {
    /// The event.
    pub event: Event,
    as_new: OnceLock<Vec<u8>>,
    as_update: OnceLock<Vec<u8>>,
}

impl RenderedEvent {
    pub(crate) fn new(event: Event) -> RenderedEvent {
        RenderedEvent {
            event,
            as_new: OnceLock::new(),
            as_update: OnceLock::new(),
        }
    }

    /// The payload that a webhook gets which hears the event as `trigger`.
    pub fn payload(&self, trigger: Trigger) -> &[u8] {
        let place = match trigger {
            Trigger::New => &self.as_new,
            Trigger::Update => &self.as_update,
        };
        place.get_or_init(|| self.event.payload(trigger))
    }
}

/// The newest events, up to a number of stored bytes; in memory an event takes about four times as
/// much.
#[derive(Debug, Default)]
pub(crate) struct Fresh(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    events: HashMap<EventKey, Arc<RenderedEvent>>,
    /// The oldest first, each with its stored bytes.
    order: VecDeque<(EventKey, usize)>,
    bytes: usize,
}

const BYTES_MAX: usize = 1 << 20;

impl Fresh {
    /// Remembers an event whose record has so many bytes; forgets the oldest ones for it.
    pub(crate) fn put(&self, event: Event, bytes: usize) {
        let key = (event.lead.id, event.lead.revision);
        let mut inner = lock(&self.0);
        inner
            .events
            .insert(key, Arc::new(RenderedEvent::new(event)));
        inner.order.push_back((key, bytes));
        inner.bytes += bytes;
        while inner.bytes > BYTES_MAX
            && let Some((oldest, bytes)) = inner.order.pop_front()
        {
            inner.events.remove(&oldest);
            inner.bytes -= bytes;
        }
    }

    pub(crate) fn find(&self, key: EventKey) -> Option<Arc<RenderedEvent>> {
        lock(&self.0).events.get(&key).cloned()
    }

    /// Forgets a lead that is gone.
    pub(crate) fn forget(&self, lead: u64) {
        lock(&self.0).events.retain(|(of, _), _| *of != lead);
    }

    /// Forgets all: a failed commit has made them untrue.
    pub(crate) fn clear(&self) {
        *lock(&self.0) = Inner::default();
    }
}
