//! How many leads there were, by day, source and what became of them.

use std::collections::BTreeMap;

use super::summary;
use crate::domain::listing::{QUOTABLE, Summary};
use crate::domain::time::Timestamp;
use crate::store::{Store, StoreError};

/// What became of a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Worth a quote.
    Quotable,
    /// Not yet decided.
    Open,
    /// Not worth one.
    NotQuotable,
    /// The same again.
    Duplicate,
    /// It looks like spam.
    Spam,
}

impl Fate {
    /// All of them, the best first.
    pub const ALL: [Fate; 5] = [
        Fate::Quotable,
        Fate::Open,
        Fate::NotQuotable,
        Fate::Duplicate,
        Fate::Spam,
    ];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Fate::Quotable => "quotable",
            Fate::Open => "open",
            Fate::NotQuotable => "not quotable",
            Fate::Duplicate => "duplicate",
            Fate::Spam => "spam",
        }
    }

    fn of(summary: &Summary) -> Fate {
        let quotable = QUOTABLE.get(usize::from(summary.quotable));
        match quotable.copied() {
            _ if summary.spam => Fate::Spam,
            Some("Yes") => Fate::Quotable,
            Some("No") => Fate::NotQuotable,
            _ if summary.duplicate => Fate::Duplicate,
            _ => Fate::Open,
        }
    }
}

/// Leads of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// By the fingerprint of their source's name.
    pub by_source: BTreeMap<u64, u64>,
    /// By their type.
    pub by_type: BTreeMap<&'static str, u64>,
    /// By what became of them.
    pub by_fate: BTreeMap<Fate, u64>,
}

impl Store {
    /// Counts the leads that were created from `from` on, by the number that `day_of` gives their time.
    pub fn days(
        &self,
        from: Timestamp,
        day_of: &dyn Fn(Timestamp) -> i64,
    ) -> Result<BTreeMap<i64, Day>, StoreError> {
        self.view(|view| {
            let mut days: BTreeMap<i64, Day> = BTreeMap::new();
            for row in view.created.range((from.0, 0)..)? {
                let (time, lead) = row?.0.value();
                let record = view.summaries.get(lead)?;
                // One that cannot be read is found by `verify`.
                let summary = record.and_then(|record| summary::decode(record.value()).ok());
                let Some(summary) = summary else { continue };
                let day = days.entry(day_of(Timestamp(time))).or_default();
                *day.by_source.entry(summary.source).or_default() += 1;
                *day.by_type.entry(summary.lead_type.label()).or_default() += 1;
                *day.by_fate.entry(Fate::of(&summary)).or_default() += 1;
            }
            Ok(days)
        })
    }
}
