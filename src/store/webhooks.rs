//! What the store knows of webhooks: their numbers, which events they want, and whether they are
//! stopped. A webhook is known by its name; its number stays with the name for ever.

use redb::{ReadableTable, ReadableTableMetadata};

use super::StoreError;
use super::codec::{Damage, Decoder, Encoder};
use super::tables::Tables;
use crate::domain::event::Event;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Filter, Trigger};

/// A webhook as the writer sees it.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    /// Its number in keys.
    pub(crate) number: u32,
    /// Which events it wants.
    pub(crate) filter: Filter,
}

impl Subscription {
    /// As what this webhook hears the event; none when it does not want it.
    ///
    /// The first that a webhook hears of a lead is a whole `new`, whichever revision that is,
    /// unless it takes only updates.
    pub(crate) fn trigger(&self, event: &Event) -> Option<Trigger> {
        let first = event.lead.revision == 1;
        let updates_only = self.filter.triggers == [Trigger::Update];
        let trigger = match event.heard_by.contains(&self.number) {
            true => Trigger::Update,
            false if updates_only && !first => Trigger::Update,
            false => Trigger::New,
        };
        self.filter.wants(event.facts(trigger)).then_some(trigger)
    }
}

/// What is stored of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// Its number in keys; stays with the name for ever.
    pub number: u32,
    /// Since when it has been stopped by its receiver.
    pub stopped: Option<Timestamp>,
}

const VERSION: u8 = 1;

impl Enrolled {
    fn encode(&self) -> Vec<u8> {
        let mut to = Encoder::new(VERSION);
        to.number(self.number.into());
        to.option(self.stopped, |to, since| to.number(since.0));
        to.seal()
    }

    pub(crate) fn decode(record: &[u8]) -> Result<Enrolled, Damage> {
        let (version, mut from) = Decoder::open(record)?;
        if version != VERSION {
            return Err(Damage::Version(version));
        }
        let number = from.number_u32()?;
        let stopped = from.option(|from| from.number().map(Timestamp))?;
        Ok(Enrolled { number, stopped })
    }
}

fn find(tables: &Tables<'_>, name: &str) -> Result<Option<Enrolled>, StoreError> {
    let Some(record) = tables.webhooks.get(name)? else {
        return Ok(None);
    };
    let record = Enrolled::decode(record.value());
    record
        .map(Some)
        .map_err(|damage| StoreError::unreadable(&format!("webhook {name}"), damage))
}

/// Gives every name its number; a new name gets the next one.
pub(crate) fn enroll(tables: &mut Tables<'_>, names: &[&str]) -> Result<Vec<Enrolled>, StoreError> {
    let mut records = Vec::with_capacity(names.len());
    for name in names {
        let record = match find(tables, name)? {
            Some(record) => record,
            None => {
                let known = u32::try_from(tables.webhooks.len()?).unwrap_or(u32::MAX);
                let record = Enrolled {
                    number: known,
                    stopped: None,
                };
                tables.webhooks.insert(*name, record.encode().as_slice())?;
                record
            }
        };
        records.push(record);
    }
    Ok(records)
}

/// The names of all webhooks that there ever were.
pub(crate) fn names(tables: &Tables<'_>) -> Result<Vec<String>, StoreError> {
    let rows = tables.webhooks.iter()?;
    rows.map(|row| Ok(row?.0.value().to_owned())).collect()
}

/// Stops a webhook, or lets it go on. Tells whether that changed anything.
pub(crate) fn set_stopped(
    tables: &mut Tables<'_>,
    name: &str,
    stopped: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let Some(record) = find(tables, name)? else {
        return Ok(false);
    };
    if record.stopped.is_some() == stopped.is_some() {
        return Ok(false);
    }
    let record = Enrolled { stopped, ..record };
    tables.webhooks.insert(name, record.encode().as_slice())?;
    Ok(true)
}
