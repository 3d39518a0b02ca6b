//! Checks that every lead is on its lists as it is now, and nothing else is on them.

use redb::{ReadableTable, ReadableTableMetadata};

use super::segment::difference;
use super::{newest_events, summary};
use crate::domain::listing::Summary;
use crate::store::StoreError;
use crate::store::tables::View;

/// Tells `add` what is wrong.
pub(crate) fn check_lists(view: &View, add: &mut impl FnMut(String)) -> Result<(), StoreError> {
    let mut leads = 0;
    let mut odd = Vec::new();
    newest_events(view, 0..u64::MAX, |event| {
        leads += 1;
        let lead = &event.lead;
        match is_listed(view, lead.id, &Summary::of(lead)) {
            Ok(true) => {}
            Ok(false) => odd.push(lead.id),
            Err(error) => add(error.to_string()),
        }
    })?;
    for lead in odd {
        add(format!("lead {lead} is not listed as it is"));
    }
    for (table, n) in [
        ("summaries", view.summaries.len()?),
        ("the order of creation", view.created.len()?),
        ("the order of updates", view.updated.len()?),
    ] {
        if n != leads {
            add(format!("{table}: {n} rows for {leads} leads"));
        }
    }
    for row in view.segments.iter()? {
        let number = row?.0.value();
        if let Some(difference) = difference(view, number)? {
            add(format!("segment {number} of the words: {difference}"));
        }
    }
    Ok(())
}

fn is_listed(view: &View, lead: u64, summary: &Summary) -> Result<bool, StoreError> {
    let stored = view.summaries.get(lead)?;
    let same = stored.is_some_and(|stored| summary::decode(stored.value()) == Ok(*summary));
    let created = view.created.get((summary.created.0, lead))?.is_some();
    let updated = view.updated.get((summary.updated.0, lead))?.is_some();
    Ok(same && created && updated)
}
