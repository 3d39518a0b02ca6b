//! What is due: which deliveries may be sent now, each with all that is needed for it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::delivery_record::Delivery;
use super::fresh::RenderedEvent;
use super::queue::DeliveryId;
use super::read::{decode, delivery};
use super::tables::{View, due_of};
use super::{Store, StoreError, lock};
use crate::domain::jump::Jump;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Trigger;

/// When a webhook has gone on, so many of those that are ahead are looked at: with fewer, a lead that fails
/// again and is soon due would hide all that the webhook's going on has made due.
const AHEAD_MAX: usize = 256;
/// The longest wait that the config allows, with its jitter.
const WAIT_MAX: Duration = Duration::from_secs(11 * 86_400);

/// A delivery that may be sent now, with all that is needed for it.
#[derive(Clone, Debug)]
pub struct Job {
    /// Which delivery.
    pub id: DeliveryId,
    /// As this webhook hears the event.
    pub trigger: Trigger,
    /// The attempts before this one.
    pub attempts: u32,
    /// Since when it has been due.
    pub due: Timestamp,
    /// The event, or why it cannot be read.
    pub event: Result<Arc<RenderedEvent>, StoreError>,
}

/// What is due to a webhook.
#[derive(Clone, Debug, Default)]
pub struct Due {
    /// May be sent now; the longest due first.
    pub jobs: Vec<Job>,
    /// When to look again; none when nothing else waits.
    pub next: Option<Timestamp>,
    /// Leads whose delivery cannot even be read, and why; they stay where they are.
    pub unreadable: Vec<(u64, StoreError)>,
}

impl Store {
    /// Up to `limit` deliveries that are due to `webhook` at `now`, without those whose lead is in
    /// `held`: the caller has them under way already.
    ///
    /// A wait that has begun in the future was told by a clock that jumped back, and is over; so is
    /// one from before the webhook went on after a hold. One from before a jump that was noticed goes on
    /// as if there had been none. Of those that are ahead, only the first are looked at.
    ///
    /// Where more is due than fits, `newest` of them are those that became due last: a fresh lead
    /// does not wait behind all that an outage or a replay has piled up.
    pub fn due(
        &self,
        webhook: u32,
        now: Timestamp,
        held: &HashSet<u64>,
        limit: usize,
        newest: usize,
    ) -> Result<Due, StoreError> {
        let enrolled = self.webhook(webhook);
        let hastened = |put_off| {
            let health = enrolled.as_ref().map(|enrolled| &enrolled.health);
            health.is_some_and(|health| health.hastens(put_off, now))
        };
        let went_on = enrolled.as_ref().and_then(|known| known.health.went_on);
        let ahead_max = match went_on {
            // What was put off before waits in any place.
            Some(at) if now < at.after(WAIT_MAX) => limit.max(AHEAD_MAX),
            _ => limit,
        };
        let set_back = *lock(&self.shared.set_back);
        self.view(|view| {
            let mut due = Due::default();
            let mut ahead = 0;
            for row in view.due.range(due_of(webhook))? {
                let (_, time, lead, revision) = row?.0.value();
                let time = Timestamp(time);
                if held.contains(&lead) {
                    continue;
                }
                if due.jobs.len() == limit || ahead == ahead_max {
                    due.next = due.next.or(Some(now.max(time)));
                    if ahead == 0 {
                        self.prefer_newest(view, webhook, now, held, newest, &mut due)?;
                    }
                    break;
                }
                let id = DeliveryId {
                    webhook,
                    lead,
                    revision,
                };
                let waiting = match pending(view, id) {
                    Err(error) if error.is_one_record() => {
                        due.unreadable.push((lead, error));
                        continue;
                    }
                    waiting => waiting?,
                };
                let put_off = waiting.since();
                let begin = set_back.due(put_off, time);
                if begin > now && put_off <= now && !hastened(put_off) && !waiting.wait.is_zero() {
                    due.next = Some(due.next.map_or(begin, |next| next.min(begin)));
                    ahead += 1;
                } else {
                    due.jobs.push(self.job(view, id, time, waiting)?);
                }
            }
            Ok(due)
        })
    }

    /// The clock was set while this process was running.
    pub fn clock_jumped(&self, jump: Jump) {
        let mut set_back = lock(&self.shared.set_back);
        *set_back = set_back.after(jump, self.shared.options.clock.now());
    }

    /// Puts what became due last before the others, in place of as many of those.
    fn prefer_newest(
        &self,
        view: &View,
        webhook: u32,
        now: Timestamp,
        held: &HashSet<u64>,
        newest: usize,
        due: &mut Due,
    ) -> Result<(), StoreError> {
        let until = (webhook, now.0, u64::MAX, u32::MAX);
        let mut jobs = Vec::with_capacity(due.jobs.len());
        for row in view
            .due
            .range((webhook, 0, 0, 0)..=until)?
            .rev()
            .take(newest)
        {
            let (_, time, lead, revision) = row?.0.value();
            let id = DeliveryId {
                webhook,
                lead,
                revision,
            };
            if held.contains(&lead) || due.jobs.iter().any(|job| job.id == id) {
                continue;
            }
            if let Ok(waiting) = pending(view, id) {
                jobs.push(self.job(view, id, Timestamp(time), waiting)?);
            }
        }
        due.jobs.truncate(due.jobs.len() - jobs.len());
        jobs.append(&mut due.jobs);
        due.jobs = jobs;
        Ok(())
    }

    /// One delivery to probe a suspended webhook with, due or not: the next in order of time behind
    /// the one that was due to this lead at this time, or else the first.
    pub fn probe(
        &self,
        webhook: u32,
        behind: Option<(Timestamp, u64)>,
        held: &HashSet<u64>,
    ) -> Result<Option<Job>, StoreError> {
        let all = due_of(webhook);
        let split = behind.map_or(*all.start(), |(time, lead)| {
            (webhook, time.0, lead, u32::MAX)
        });
        self.view(|view| {
            let rest = view.due.range(split..=*all.end())?;
            for row in rest.chain(view.due.range(*all.start()..split)?) {
                let (_, time, lead, revision) = row?.0.value();
                let id = DeliveryId {
                    webhook,
                    lead,
                    revision,
                };
                if held.contains(&lead) {
                    continue;
                }
                match pending(view, id) {
                    Err(error) if error.is_one_record() => {}
                    waiting => return self.job(view, id, Timestamp(time), waiting?).map(Some),
                }
            }
            Ok(None)
        })
    }

    fn job(
        &self,
        view: &View,
        id: DeliveryId,
        due: Timestamp,
        waiting: Delivery,
    ) -> Result<Job, StoreError> {
        let key = (id.lead, id.revision);
        let event = match self.shared.fresh.find(key) {
            Some(event) => Ok(event),
            None => match view.events.get(key)? {
                Some(record) => {
                    decode(key, record.value()).map(|event| Arc::new(RenderedEvent::new(event)))
                }
                None => Err(StoreError::Unreadable(format!(
                    "an event of lead {} is missing",
                    id.lead
                ))),
            },
        };
        Ok(Job {
            id,
            trigger: waiting.trigger,
            attempts: waiting.attempts,
            due,
            event,
        })
    }
}

fn pending(view: &View, id: DeliveryId) -> Result<Delivery, StoreError> {
    match view.pending.get((id.webhook, id.lead, id.revision))? {
        Some(record) => delivery(id, record.value()),
        None => Err(StoreError::Unreadable(format!(
            "a delivery of lead {} is missing",
            id.lead
        ))),
    }
}
