//! Which deliveries there are: lists by lead, webhook, state and time, in the order of the leads and
//! their events.
//!
//! Deliveries lie by webhook, lead and revision, in one table while they wait and in another when they
//! have ended. A list goes through all of these rows at once, by lead and revision, forwards or
//! backwards. One call looks at a bounded number of rows, tells what it found among them, and where to
//! go on: so a list costs the same with a million deliveries as with a hundred, and no index has to be
//! kept up while leads come in.

use super::delivery_record::Delivery;
use super::queue::DeliveryId;
use super::tables::{DeliveryKey, View, lane};
use super::{Store, StoreError};
use crate::domain::delivery::State;
use crate::domain::event::Event;
use crate::domain::time::Timestamp;

/// So many rows are looked at in one call.
const LOOKED_AT_MAX: usize = 50_000;

/// Which deliveries are meant; what is none does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of this lead.
    pub lead: Option<u64>,
    /// To the webhook of this number.
    pub webhook: Option<u32>,
    /// In one of these states.
    pub states: States,
    /// As they are since this time or later: ended, put into their lane, or last tried.
    pub since: Option<Timestamp>,
    /// As they are since this time or earlier.
    pub until: Option<Timestamp>,
}

/// States that a list can be of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum States {
    /// All of them.
    #[default]
    Any,
    /// All but the one that waits.
    Ended,
    /// This one.
    Only(State),
}

impl States {
    fn has(self, state: State) -> bool {
        match self {
            States::Any => true,
            States::Ended => state != State::Pending,
            States::Only(only) => state == only,
        }
    }
}

impl Selection {
    pub(crate) fn has(&self, delivery: &Delivery) -> bool {
        let since = delivery.since();
        self.states.has(delivery.state)
            && self.since.is_none_or(|from| from <= since)
            && self.until.is_none_or(|until| since <= until)
    }
}

/// In which direction a list goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The newest lead first, and of a lead its newest event.
    NewestFirst,
    /// The other way round.
    OldestFirst,
}

/// A part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// What was found, in order.
    pub found: Vec<Listed>,
    /// Those that belong here or not, and cannot be read.
    pub unreadable: Vec<DeliveryId>,
    /// Behind which one to go on; none where the list ends here. There may be more also where less was
    /// found than wanted.
    pub next: Option<DeliveryId>,
}

/// A delivery in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which one.
    pub id: DeliveryId,
    /// What is stored of it.
    pub delivery: Delivery,
    /// Whether it waits behind an earlier delivery of its lane.
    pub is_behind: bool,
}

impl Store {
    /// Up to `limit` deliveries, from the one after `behind` on.
    pub fn deliveries(
        &self,
        which: &Selection,
        direction: Direction,
        behind: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Deliveries, StoreError> {
        let webhooks = match which.webhook {
            Some(number) => vec![number],
            None => self.webhooks().iter().map(|known| known.number).collect(),
        };
        let mut part = Deliveries::default();
        self.view(|view| {
            let mut walk = Walk::begin(view, which, direction, behind, &webhooks)?;
            let unreadable = &mut part.unreadable;
            part.next = walk.go(|id, delivery| {
                match delivery {
                    None => unreadable.push(id),
                    Some(delivery) if which.has(&delivery) => part.found.push(Listed {
                        id,
                        delivery,
                        is_behind: is_behind(view, id, &delivery)?,
                    }),
                    Some(_) => {}
                }
                Ok(part.found.len() < limit)
            })?;
            Ok(())
        })?;
        Ok(part)
    }

    /// One delivery, whether it waits or has ended.
    pub fn listed(&self, id: DeliveryId) -> Result<Option<Listed>, StoreError> {
        let Some(delivery) = self.delivery(id)? else {
            return Ok(None);
        };
        self.view(|view| {
            Ok(Some(Listed {
                id,
                delivery,
                is_behind: is_behind(view, id, &delivery)?,
            }))
        })
    }

    /// What a delivery takes to its webhook.
    pub fn event(&self, lead: u64, revision: u32) -> Result<Option<Event>, StoreError> {
        let Some(before) = revision.checked_sub(1) else {
            return Ok(None);
        };
        let found = self.events_after((lead, before), 1)?.pop();
        Ok(found.filter(|event| (event.lead.id, event.lead.revision) == (lead, revision)))
    }
}

/// Whether a delivery waits behind another one of its lane.
fn is_behind(view: &View, id: DeliveryId, delivery: &Delivery) -> Result<bool, StoreError> {
    if delivery.state != State::Pending {
        return Ok(false);
    }
    let head = view.pending.range(lane(id.webhook, id.lead))?.next();
    let head = head.transpose()?.map(|(key, _)| key.value().2);
    Ok(head.is_some_and(|head| head < id.revision))
}

type Rows = redb::Range<'static, DeliveryKey, &'static [u8]>;
/// A row; none where its record cannot be read.
type Row = (DeliveryId, Option<Delivery>);

/// The rows of several webhooks and of both tables, as one.
pub(crate) struct Walk {
    sources: Vec<(Rows, Row)>,
    direction: Direction,
}

impl Walk {
    pub(crate) fn begin(
        view: &View,
        which: &Selection,
        direction: Direction,
        behind: Option<DeliveryId>,
        webhooks: &[u32],
    ) -> Result<Walk, StoreError> {
        let mut walk = Walk {
            sources: Vec::new(),
            direction,
        };
        let tables = [
            (&view.pending, which.states != States::Ended),
            (&view.finished, which.states != States::Only(State::Pending)),
        ];
        for (table, is_wanted) in tables {
            for webhook in webhooks.iter().filter(|_| is_wanted) {
                let Some((from, to)) = bounds(*webhook, which.lead, direction, behind) else {
                    continue;
                };
                let mut rows = table.range(from..=to)?;
                if let Some(first) = take(&mut rows, direction)? {
                    walk.sources.push((rows, first));
                }
            }
        }
        Ok(walk)
    }

    /// Shows row after row, until `see` has enough, or many were looked at. Tells behind which one to
    /// go on; none where there are no more.
    pub(crate) fn go(
        &mut self,
        mut see: impl FnMut(DeliveryId, Option<Delivery>) -> Result<bool, StoreError>,
    ) -> Result<Option<DeliveryId>, StoreError> {
        let mut last = None;
        for _ in 0..LOOKED_AT_MAX {
            let Some((id, delivery)) = self.step()? else {
                return Ok(None);
            };
            last = Some(id);
            if !see(id, delivery)? {
                break;
            }
        }
        Ok(last.filter(|_| !self.sources.is_empty()))
    }

    /// The next row.
    fn step(&mut self) -> Result<Option<Row>, StoreError> {
        let places = self.sources.iter().enumerate();
        let by_place = |(_, (_, (id, _))): &(usize, &(Rows, Row))| place(*id);
        let next = match self.direction {
            Direction::OldestFirst => places.min_by_key(by_place),
            Direction::NewestFirst => places.max_by_key(by_place),
        };
        let Some(at) = next.map(|(at, _)| at) else {
            return Ok(None);
        };
        let (rows, head) = &mut self.sources[at];
        let row = *head;
        match take(rows, self.direction)? {
            Some(following) => *head = following,
            None => drop(self.sources.swap_remove(at)),
        }
        Ok(Some(row))
    }
}

/// Where a delivery stands in a list.
fn place(id: DeliveryId) -> (u64, u32, u32) {
    (id.lead, id.revision, id.webhook)
}

/// The first and the last key of a webhook that a list goes through; none where there are none.
fn bounds(
    webhook: u32,
    lead: Option<u64>,
    direction: Direction,
    behind: Option<DeliveryId>,
) -> Option<(DeliveryKey, DeliveryKey)> {
    let leads = lead.map_or((0, u64::MAX), |lead| (lead, lead));
    let (from, to) = ((leads.0, 0), (leads.1, u32::MAX));
    let (from, to) = match (direction, behind) {
        (_, None) => (from, to),
        // At the same place, webhooks follow by their number.
        (Direction::OldestFirst, Some(id)) => {
            let first = match webhook > id.webhook {
                true => (id.lead, id.revision),
                false => following(id),
            };
            (from.max(first), to)
        }
        (Direction::NewestFirst, Some(id)) => {
            let last = match webhook < id.webhook {
                true => (id.lead, id.revision),
                false => preceding(id)?,
            };
            (from, to.min(last))
        }
    };
    (from <= to).then_some(((webhook, from.0, from.1), (webhook, to.0, to.1)))
}

fn following(id: DeliveryId) -> (u64, u32) {
    match id.revision.checked_add(1) {
        Some(revision) => (id.lead, revision),
        None => (id.lead.saturating_add(1), 0),
    }
}

fn preceding(id: DeliveryId) -> Option<(u64, u32)> {
    match id.revision.checked_sub(1) {
        Some(revision) => Some((id.lead, revision)),
        None => Some((id.lead.checked_sub(1)?, u32::MAX)),
    }
}

fn take(rows: &mut Rows, direction: Direction) -> Result<Option<Row>, StoreError> {
    let row = match direction {
        Direction::OldestFirst => rows.next(),
        Direction::NewestFirst => rows.next_back(),
    };
    let Some((key, record)) = row.transpose()? else {
        return Ok(None);
    };
    let (webhook, lead, revision) = key.value();
    let id = DeliveryId {
        webhook,
        lead,
        revision,
    };
    Ok(Some((id, Delivery::decode(record.value()).ok())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(lead: u64, revision: u32, webhook: u32) -> DeliveryId {
        DeliveryId {
            webhook,
            lead,
            revision,
        }
    }

    #[test]
    fn a_list_goes_on_behind_a_place_in_every_webhook() {
        let of = |webhook, direction| bounds(webhook, None, direction, Some(id(7, 2, 1)));
        let up = Direction::OldestFirst;
        assert_eq!(of(0, up).map(|(from, _)| from), Some((0, 7, 3)));
        assert_eq!(of(1, up).map(|(from, _)| from), Some((1, 7, 3)));
        assert_eq!(of(2, up).map(|(from, _)| from), Some((2, 7, 2)));
        let down = Direction::NewestFirst;
        assert_eq!(of(0, down).map(|(_, to)| to), Some((0, 7, 2)));
        assert_eq!(of(1, down).map(|(_, to)| to), Some((1, 7, 1)));
        assert_eq!(of(2, down).map(|(_, to)| to), Some((2, 7, 1)));
    }

    #[test]
    fn a_list_of_one_lead_ends_with_it() {
        let down = Direction::NewestFirst;
        let of = |behind| bounds(1, Some(7), down, behind);
        assert_eq!(of(None), Some(((1, 7, 0), (1, 7, u32::MAX))));
        assert_eq!(of(Some(id(7, 0, 1))), None);
        assert_eq!(of(Some(id(0, 0, 0))), None);
    }
}
