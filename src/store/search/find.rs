//! How a list is read: by its order where that says all, else by the words, or by the summaries.

use std::ops::Range;

use redb::{ReadableTable, ReadableTableMetadata};

use super::best::Best;
use super::hits::hits_of_all;
use super::indexer::made;
use super::segment::{Bits, leads_of, segment_of};
use super::summary;
use super::together::together;
use crate::domain::event::Event;
use crate::domain::listing::{Order, Query, Summary};
use crate::domain::time::Timestamp;
use crate::domain::words::has_all;
use crate::store::codec::Damage;
use crate::store::contacts::Reading;
use crate::store::event_record;
use crate::store::tables::{View, events_of, meta};
use crate::store::{Store, StoreError};

/// So few leads that lie anywhere are read by who asks.
const LEADS_FEW: u64 = 4;

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// So many are passed over.
    pub skip: usize,
    /// What comes behind this place.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: usize,
    /// Whether to count the whole list.
    pub count: bool,
}

/// A place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// What the list is ordered by.
    pub time: Timestamp,
    /// The lead at this place.
    pub lead: u64,
}

/// A part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The newest events of its leads, in order.
    pub leads: Vec<Event>,
    /// Leads that belong here and cannot be read.
    pub unreadable: Vec<u64>,
    /// How many the whole list has, if that was wanted.
    pub total: Option<u64>,
    /// Where to go on; none where the list ends here.
    pub next: Option<Cursor>,
}

impl Store {
    /// Finds leads. With a million of them a page by time, by contact, or by words alone, takes
    /// milliseconds; any other filter reads all summaries, which takes a second at most.
    pub fn find(&self, query: &Query, page: &Page) -> Result<Found, StoreError> {
        if !query.words.is_empty() {
            self.shared.indexer.sought();
        }
        self.view(|view| {
            let (places, total) = if !query.contacts.is_empty() {
                by_contacts(view, query, page)?
            } else if !query.words.is_empty() {
                by_words(view, query, page)?
            } else if query.is_by_time_alone() || !page.count {
                by_order(view, query, page)?
            } else {
                by_summaries(view, query, page)?
            };
            let total = page.count.then_some(total);
            let found = Found {
                total,
                ..Found::default()
            };
            read(view, query, page, &places, found)
        })
    }

    /// How many segments of words are made.
    pub fn indexed(&self) -> Result<u64, StoreError> {
        self.view(|view| Ok(made(view)?.len() as u64))
    }

    /// How many leads changed since their words were indexed.
    pub fn stale(&self) -> Result<u64, StoreError> {
        self.view(|view| Ok(view.stale.len()?))
    }
}

fn best(query: &Query, page: &Page) -> Best {
    Best::new(query, page.skip.saturating_add(page.limit), page.after)
}

fn finish(best: Best, page: &Page) -> (Vec<Cursor>, u64) {
    let (places, total) = best.finish();
    (places.into_iter().skip(page.skip).collect(), total)
}

/// Reads the leads of a page, and tells where the next one begins.
fn read(
    view: &View,
    query: &Query,
    page: &Page,
    places: &[Cursor],
    mut found: Found,
) -> Result<Found, StoreError> {
    // In the order of time they lie side by side.
    let few = match query.is_by_time_alone() {
        true => u64::MAX,
        false => LEADS_FEW,
    };
    let events = together(places.len() as u64, few, |part| {
        let places = &places[part.start as usize..part.end as usize];
        places.iter().map(|at| newest(view, at.lead)).collect()
    })?;
    for (at, event) in places.iter().zip(events) {
        match event {
            Some(Ok(event)) => found.leads.push(event),
            Some(Err(_)) => found.unreadable.push(at.lead),
            None => {}
        }
    }
    if places.len() == page.limit {
        found.next = places.last().copied();
    }
    Ok(found)
}

/// The newest event of a lead; none where there is no such lead.
fn newest(view: &View, id: u64) -> Result<Option<Result<Event, Damage>>, StoreError> {
    let Some(row) = view.events.range(events_of(id))?.next_back() else {
        return Ok(None);
    };
    let (key, record) = row?;
    Ok(Some(event_record::decode(key.value(), record.value())))
}

/// Along the order of the list, up to the end of the page.
fn by_order(view: &View, query: &Query, page: &Page) -> Result<(Vec<Cursor>, u64), StoreError> {
    let table = match query.order {
        Order::Created => &view.created,
        Order::Updated => &view.updated,
    };
    let (from, until) = match query.order {
        Order::Created => (query.created_from, query.created_until),
        Order::Updated => (query.updated_from, None),
    };
    let whole = (
        (from.map_or(0, |from| from.0), 0),
        (until.map_or(u64::MAX, |until| until.0), u64::MAX),
    );
    let mut rest = whole;
    if let Some(after) = page.after.map(|cursor| (cursor.time.0, cursor.lead)) {
        match query.ascending {
            true => rest.0 = rest.0.max((after.0, after.1.saturating_add(1))),
            false => rest.1 = rest.1.min(before(after)),
        }
    }
    let mut places = Vec::new();
    let mut passed = 0;
    let mut rows = table.range(rest.0..=rest.1)?;
    while places.len() < page.limit {
        let row = if query.ascending {
            rows.next()
        } else {
            rows.next_back()
        };
        let Some(row) = row else { break };
        let (time, lead) = row?.0.value();
        if !query.is_by_time_alone() && !summary_holds(view, query, lead)? {
            continue;
        }
        passed += 1;
        if passed > page.skip {
            let time = Timestamp(time);
            places.push(Cursor { time, lead });
        }
    }
    let total = match (page.count, from, until) {
        (false, ..) => 0,
        (true, None, None) => table.len()?,
        (true, ..) => table.range(whole.0..=whole.1)?.count() as u64,
    };
    Ok((places, total))
}

/// The place just before this one.
fn before((time, lead): (u64, u64)) -> (u64, u64) {
    match lead.checked_sub(1) {
        Some(lead) => (time, lead),
        None => (time.saturating_sub(1), u64::MAX),
    }
}

fn summary_holds(view: &View, query: &Query, lead: u64) -> Result<bool, StoreError> {
    let record = view.summaries.get(lead)?;
    let summary = record.and_then(|record| summary::decode(record.value()).ok());
    Ok(summary.is_some_and(|summary| query.holds(&summary)))
}

/// Through all summaries.
fn by_summaries(view: &View, query: &Query, page: &Page) -> Result<(Vec<Cursor>, u64), StoreError> {
    let mut best = best(query, page);
    for row in view.summaries.iter()? {
        let (lead, record) = row?;
        // One that cannot be read is found by `verify`; the list goes on.
        if let Ok(summary) = summary::decode(record.value())
            && query.holds(&summary)
        {
            best.offer(query.order_of(&summary), lead.value());
        }
    }
    Ok(finish(best, page))
}

/// Among the leads that have or had one of the contacts.
fn by_contacts(view: &View, query: &Query, page: &Page) -> Result<(Vec<Cursor>, u64), StoreError> {
    let index = Reading::of(view)?;
    let mut leads = Vec::new();
    for way in query.contacts.first().into_iter().flatten() {
        leads.extend(index.leads_of(way)?);
    }
    leads.sort_unstable();
    leads.dedup();
    let mut best = best(query, page);
    for lead in leads {
        newest_events(view, lead..lead + 1, |event| offer(&mut best, query, event))?;
    }
    Ok(finish(best, page))
}

/// Through the index of words, and what it does not know yet.
fn by_words(view: &View, query: &Query, page: &Page) -> Result<(Vec<Cursor>, u64), StoreError> {
    let next_lead = view
        .meta
        .get(meta::NEXT_LEAD)?
        .map_or(1, |next| next.value());
    let words_alone = Query {
        words: Vec::new(),
        ..query.clone()
    };
    let words_alone = words_alone
        == Query {
            order: query.order,
            ascending: query.ascending,
            ..Query::default()
        };
    let mut best = best(query, page);
    let segments = segment_of(next_lead.saturating_sub(1)) + 1;
    let all = 0..segments;
    let numbers: Box<dyn Iterator<Item = u64>> = match query.ascending {
        true => Box::new(all),
        false => Box::new(all.rev()),
    };
    let mut hits = hits_of_all(view, segments, &query.words)?;
    for number in numbers {
        let hit = hits.get_mut(number as usize).and_then(Option::take);
        let Some((times, mut bits)) = hit else {
            newest_events(view, leads_of(number), |event| {
                offer(&mut best, query, event)
            })?;
            continue;
        };
        for row in view.stale.range(leads_of(number))? {
            let lead = row?.0.value();
            bits.clear(lead - leads_of(number).start);
            newest_events(view, lead..lead + 1, |event| offer(&mut best, query, event))?;
        }
        let closed = words_alone
            && best.is_closed_to(match query.order {
                Order::Created => times.created,
                Order::Updated => times.updated,
            });
        match closed {
            true => best.total += bits.count(),
            false => offer_hits(view, query, number, &bits, &mut best)?,
        }
    }
    Ok(finish(best, page))
}

fn offer(best: &mut Best, query: &Query, event: &Event) {
    let summary = Summary::of(&event.lead);
    let holds = query.holds(&summary) && query.has_contacts(&event.lead);
    if holds && has_all(&event.lead, &query.words) {
        best.offer(query.order_of(&summary), event.lead.id);
    }
}

fn offer_hits(
    view: &View,
    query: &Query,
    number: u64,
    bits: &Bits,
    best: &mut Best,
) -> Result<(), StoreError> {
    for at in bits.iter() {
        let lead = leads_of(number).start + at;
        let Some(record) = view.summaries.get(lead)? else {
            continue;
        };
        if let Ok(summary) = summary::decode(record.value())
            && query.holds(&summary)
        {
            best.offer(query.order_of(&summary), lead);
        }
    }
    Ok(())
}

/// Shows the newest event of each lead; one that cannot be read is passed over.
pub(crate) fn newest_events(
    view: &View,
    leads: Range<u64>,
    mut see: impl FnMut(&Event),
) -> Result<(), StoreError> {
    let mut newest = None;
    let mut show = |newest: Option<(_, redb::AccessGuard<'_, &[u8]>)>| {
        if let Some((key, record)) = newest
            && let Ok(event) = event_record::decode(key, record.value())
        {
            see(&event);
        }
    };
    for row in view.events.range((leads.start, 0)..(leads.end, 0))? {
        let (key, record) = row?;
        let key = key.value();
        let before = newest.replace((key, record));
        if before.as_ref().is_some_and(|((lead, _), _)| *lead != key.0) {
            show(before);
        }
    }
    show(newest);
    Ok(())
}
