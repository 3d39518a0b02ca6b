//! The tallies of the sources: in memory while the daemon runs, and on disk once in a while, together
//! with whatever else is written then. No post waits for them; a crash loses at most what was counted
//! since.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use redb::ReadableTable;

use super::codec::{Damage, Decoder, Encoder};
use super::inbox::Request;
use super::status::lock;
use super::tables::{Tables, View};
use super::{Shared, Store, StoreError};
use crate::domain::tally::{Happened, REFUSALS_MAX, Refusals, RefusedPost, Tally};
use crate::domain::time::Timestamp;

/// A refused post is on disk after so long, a mere count after so long.
const REFUSED_KEPT_AFTER: Duration = Duration::from_secs(1);
const COUNTED_KEPT_AFTER: Duration = Duration::from_secs(60);

/// What was counted, by the names of sources.
#[derive(Debug, Default)]
pub(super) struct Tallies(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    /// Whether what was counted before the start is in it.
    is_whole: bool,
    by_source: BTreeMap<String, Entry>,
    /// When somebody is going to have it kept.
    kept_at: Option<Instant>,
}

#[derive(Debug, Default)]
struct Entry {
    tally: Tally,
    changed: bool,
}

/// Rows for the table of sources.
pub(crate) type Rows = Vec<(String, Vec<u8>)>;

impl Store {
    /// Counts a post of a source. Tells after how long [`Store::keep_tallies`] is to be called, where
    /// nobody is going to do so by then.
    pub fn count(&self, source: &str, happened: Happened) -> Option<Duration> {
        let wait = match happened {
            Happened::Refused(_) => REFUSED_KEPT_AFTER,
            Happened::Taken(_) | Happened::Ignored => COUNTED_KEPT_AFTER,
        };
        let mut counted = lock(&self.shared.tallies.0);
        if !counted.by_source.contains_key(source) {
            counted
                .by_source
                .insert(source.to_owned(), Entry::default());
        }
        if let Some(entry) = counted.by_source.get_mut(source) {
            entry.tally.count(happened);
            entry.changed = true;
        }
        let at = Instant::now() + wait;
        let is_sooner = counted.kept_at.is_none_or(|planned| at < planned);
        is_sooner.then(|| {
            counted.kept_at = Some(at);
            wait
        })
    }

    /// Has what was counted written with the next group, and waits for nothing.
    pub fn keep_tallies(&self) {
        if self.complete_tallies().is_err() {
            lock(&self.shared.tallies.0).kept_at = None;
            return;
        }
        let rows = changed_rows(&mut lock(&self.shared.tallies.0));
        if rows.is_empty() {
            return;
        }
        let names: Vec<String> = rows.iter().map(|(name, _)| name.clone()).collect();
        let shared = self.shared.clone();
        let reply = Box::new(move |kept: Result<(), StoreError>| {
            if kept.is_err() {
                mark_changed(&shared, &names);
            }
        });
        self.put(Request::KeepTallies(rows, reply));
    }

    /// What came by each source that anything came by, and under [`NO_SOURCE`] what named none.
    ///
    /// [`NO_SOURCE`]: crate::domain::tally::NO_SOURCE
    pub fn tallies(&self) -> Result<BTreeMap<String, Tally>, StoreError> {
        self.complete_tallies()?;
        let counted = lock(&self.shared.tallies.0);
        let all = counted.by_source.iter();
        Ok(all
            .map(|(name, entry)| (name.clone(), entry.tally.clone()))
            .collect())
    }

    /// Removes the bodies of refused posts that name one of `known_by`, and has that written before
    /// whatever is asked of the writer next.
    pub fn forget_refused(&self, known_by: &BTreeSet<String>) -> Result<(), StoreError> {
        self.complete_tallies()?;
        for entry in lock(&self.shared.tallies.0).by_source.values_mut() {
            entry.changed |= entry.tally.forget(known_by);
        }
        self.keep_tallies();
        Ok(())
    }

    /// Adds what was counted before the start, once.
    fn complete_tallies(&self) -> Result<(), StoreError> {
        if lock(&self.shared.tallies.0).is_whole {
            return Ok(());
        }
        let earlier = self.view(|view| {
            let mut earlier = Vec::new();
            for row in view.sources.iter()? {
                let (name, record) = row?;
                // A tally that cannot be read is no reason not to count on.
                if let Ok(tally) = decode(record.value()) {
                    earlier.push((name.value().to_owned(), tally));
                }
            }
            Ok(earlier)
        })?;
        let mut counted = lock(&self.shared.tallies.0);
        if !std::mem::replace(&mut counted.is_whole, true) {
            for (name, tally) in earlier {
                counted
                    .by_source
                    .entry(name)
                    .or_default()
                    .tally
                    .add_earlier(tally);
            }
        }
        Ok(())
    }
}

fn changed_rows(counted: &mut Counted) -> Rows {
    counted.kept_at = None;
    let mut rows = Rows::new();
    for (name, entry) in &mut counted.by_source {
        if std::mem::take(&mut entry.changed) {
            rows.push((name.clone(), encode(&entry.tally)));
        }
    }
    rows
}

fn mark_changed(shared: &Shared, names: &[String]) {
    let mut counted = lock(&shared.tallies.0);
    for name in names {
        if let Some(entry) = counted.by_source.get_mut(name) {
            entry.changed = true;
        }
    }
}

/// Writes the rows.
pub(super) fn put(tables: &mut Tables<'_>, rows: &Rows) -> Result<(), StoreError> {
    for (name, record) in rows {
        tables.sources.insert(name.as_str(), record.as_slice())?;
    }
    Ok(())
}

/// What is wrong with the rows, each in a sentence.
pub(super) fn problems(view: &View) -> Result<Vec<String>, StoreError> {
    let mut problems = Vec::new();
    for row in view.sources.iter()? {
        let (name, record) = row?;
        let name = name.value();
        match decode(record.value()) {
            Err(damage) => problems.push(format!("the tally of source {name}: {damage}")),
            Ok(tally) if tally.refusals.len() > REFUSALS_MAX => {
                problems.push(format!("the tally of source {name}: too many refusals"));
            }
            Ok(_) => {}
        }
    }
    Ok(problems)
}

const VERSION: u8 = 1;

fn encode(tally: &Tally) -> Vec<u8> {
    let mut to = Encoder::new(VERSION);
    to.number(tally.taken);
    to.number(tally.ignored);
    to.number(tally.refused);
    to.option(tally.last_taken, |to, at| to.number(at.0));
    to.number(tally.refusals.len() as u64);
    for Refusals { count, first, last } in &tally.refusals {
        to.number(*count);
        to.number(first.0);
        to.number(last.at.0);
        to.number(last.status.into());
        to.text(&last.code);
        to.number(last.bytes);
        match last.client {
            IpAddr::V4(address) => to.bytes(&address.octets()),
            IpAddr::V6(address) => to.bytes(&address.octets()),
        }
        to.option(last.place.as_deref(), Encoder::text);
        to.option(last.body.as_deref(), Encoder::bytes);
    }
    to.seal()
}

fn decode(record: &[u8]) -> Result<Tally, Damage> {
    let mut from = Decoder::open(record, VERSION)?;
    Ok(Tally {
        taken: from.number()?,
        ignored: from.number()?,
        refused: from.number()?,
        last_taken: from.option(|from| from.number().map(Timestamp))?,
        refusals: from.list(decode_refusals)?,
    })
}

fn decode_refusals(from: &mut Decoder<'_>) -> Result<Refusals, Damage> {
    Ok(Refusals {
        count: from.number()?,
        first: Timestamp(from.number()?),
        last: RefusedPost {
            at: Timestamp(from.number()?),
            status: u16::try_from(from.number()?).map_err(|_| Damage::Content)?,
            code: from.text()?.to_owned(),
            bytes: from.number()?,
            client: decode_client(from.bytes()?)?,
            place: from.option(|from| from.text().map(str::to_owned))?,
            body: from.option(|from| from.bytes().map(<[u8]>::to_vec))?,
        },
    })
}

fn decode_client(bytes: &[u8]) -> Result<IpAddr, Damage> {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        return Ok(octets.into());
    }
    let octets = <[u8; 16]>::try_from(bytes).map_err(|_| Damage::Content)?;
    Ok(octets.into())
}
