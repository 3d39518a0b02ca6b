//! What was changed by whom: the last things that people and programs did on the admin listener.

use redb::ReadableTable;

use super::codec::{Damage, Decoder, Encoder};
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
const VERSION: u8 = 1;

fn decode(record: &[u8]) -> Result<Deed, Damage> {
    let (version, mut from) = Decoder::open(record)?;
    if version != VERSION {
        return Err(Damage::Version(version));
    }
    Ok(Deed {
        at: Timestamp(from.number()?),
        by: from.text()?.to_owned(),
        what: from.text()?.to_owned(),
    })
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
            let last = tables.audit.iter()?.next_back().transpose()?;
            let next = last.map_or(0, |(number, _)| number.value() + 1);
            let mut to = Encoder::new(VERSION);
            to.number(context.now.0);
            to.text(&by);
            to.text(&what);
            tables.audit.insert(next, to.seal().as_slice())?;
            if let Some(old) = next.checked_sub(DEEDS_KEPT) {
                tables.audit.remove(old)?;
            }
            Ok(())
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
