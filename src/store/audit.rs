//! What was changed by whom: the last things that people and programs did on the admin listener.

use std::time::Duration;

use redb::ReadableTable;

use super::codec::{Damage, Decoder, Encoder};
use super::tables::Tables;
use super::{Store, StoreError};
use crate::domain::time::Timestamp;

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// The name of the token, or who else it was.
    pub by: String,
    /// What, in a few words without personal data: `edit lead 7`.
    pub what: String,
}

/// So many are kept; older ones go.
pub const DEEDS_KEPT: u64 = 10_000;
/// Longer texts are cut.
const TEXT_BYTES_MAX: usize = 200;
/// Who makes leads again so soon goes on with it.
const GOES_ON_WITHIN: Duration = Duration::from_secs(600);
const VERSION: u8 = 1;

fn decode(record: &[u8]) -> Result<Deed, Damage> {
    let mut from = Decoder::open(record, VERSION)?;
    Ok(Deed {
        at: Timestamp(from.number()?),
        by: from.text()?.to_owned(),
        what: from.text()?.to_owned(),
    })
}

fn encode(deed: &Deed) -> Vec<u8> {
    let mut to = Encoder::new(VERSION);
    to.number(deed.at.0);
    to.text(&deed.by);
    to.text(&deed.what);
    to.seal()
}

/// The number of the last deed, and what it was, where that can be read.
fn last(tables: &Tables<'_>) -> Result<Option<(u64, Option<Deed>)>, StoreError> {
    let last = tables.audit.last()?;
    Ok(last.map(|(number, record)| (number.value(), decode(record.value()).ok())))
}

fn keep(tables: &mut Tables<'_>, number: u64, deed: &Deed) -> Result<(), StoreError> {
    tables.audit.insert(number, encode(deed).as_slice())?;
    if let Some(old) = number.checked_sub(DEEDS_KEPT) {
        tables.audit.remove(old)?;
    }
    Ok(())
}

fn short(text: &str) -> &str {
    let end = (0..=TEXT_BYTES_MAX.min(text.len())).rev();
    let end = end.into_iter().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or_default()]
}

impl Store {
    /// Notes what was done.
    pub fn note_deed(&self, by: &str, what: &str) -> Result<(), StoreError> {
        let (by, what) = (short(by).to_owned(), short(what).to_owned());
        self.have_done(move |tables, context| {
            let at = context.now;
            let next = last(tables)?.map_or(0, |(number, _)| number + 1);
            keep(tables, next, &Deed { at, by, what })
        })
    }

    /// Notes that leads were made. What the same one goes on with is one entry, with the time of its end:
    /// an import is many calls, and a note for each would push out all others.
    pub fn note_leads(&self, by: &str, what: &str, made: u64) -> Result<(), StoreError> {
        let (by, what) = (short(by).to_owned(), format!("{}, leads: ", short(what)));
        self.have_done(move |tables, context| {
            let at = context.now;
            let last = last(tables)?;
            let goes_on = |deed: &Deed| deed.by == by && deed.at.until(at) <= GOES_ON_WITHIN;
            let before = last.as_ref().and_then(|(number, deed)| {
                let deed = deed.as_ref().filter(|deed| goes_on(deed))?;
                let made = deed.what.strip_prefix(&what)?.parse::<u64>().ok()?;
                Some((*number, made))
            });
            let next = last.as_ref().map_or(0, |(number, _)| number + 1);
            let (number, before) = before.unwrap_or((next, 0));
            let what = format!("{what}{}", before + made);
            keep(tables, number, &Deed { at, by, what })
        })
    }

    /// The last `limit` things that were done, the latest first.
    pub fn deeds(&self, limit: usize) -> Result<Vec<Deed>, StoreError> {
        self.view(|view| {
            let rows = view.audit.iter()?.rev().take(limit);
            rows.map(|row| {
                decode(row?.1.value())
                    .map_err(|damage| StoreError::unreadable("the log of changes", damage))
            })
            .collect()
        })
    }
}
