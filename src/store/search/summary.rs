//! The stored form of a lead's summary, and the rows by which leads are listed.

use crate::domain::lead::Lead;
use crate::domain::lead_type::LeadType;
use crate::domain::listing::Summary;
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use crate::store::codec::{Damage, Decoder, Encoder};
use crate::store::tables::Tables;

const VERSION: u8 = 1;

/// The revision of a lead that is gone.
const GONE: u32 = 0;

/// The flags of a summary, each a bit.
const REPEAT: u8 = 1;
const SPAM: u8 = 2;
const DUPLICATE: u8 = 4;
const QUOTED: u8 = 8;
const SOLD: u8 = 16;

pub(crate) fn encode(summary: &Summary) -> Vec<u8> {
    let mut to = Encoder::new(VERSION);
    to.number(summary.created.0);
    to.number(summary.updated.0);
    to.place(&LeadType::ALL, &summary.lead_type);
    to.option(summary.profile, |to, id| to.number(id));
    to.fixed(summary.source);
    to.byte(summary.quotable);
    let bit = |set, bit| if set { bit } else { 0 };
    to.byte(
        bit(summary.repeat, REPEAT)
            | bit(summary.spam, SPAM)
            | bit(summary.duplicate, DUPLICATE)
            | bit(summary.quoted, QUOTED)
            | bit(summary.sold, SOLD),
    );
    for print in summary.attribution {
        to.option((print != 0).then_some(print), Encoder::fixed);
    }
    to.seal()
}

pub(crate) fn decode(record: &[u8]) -> Result<Summary, Damage> {
    let mut from = Decoder::open(record, VERSION)?;
    let (created, updated) = (Timestamp(from.number()?), Timestamp(from.number()?));
    let lead_type = from.one_of(&LeadType::ALL)?;
    let profile = from.option(Decoder::number)?;
    let source = from.fixed()?;
    let quotable = from.byte()?;
    let flags = from.byte()?;
    let mut attribution = [0; 5];
    for print in &mut attribution {
        *print = from.option(Decoder::fixed)?.unwrap_or_default();
    }
    let is = |bit| flags & bit != 0;
    Ok(Summary {
        created,
        updated,
        lead_type,
        profile,
        source,
        quotable,
        repeat: is(REPEAT),
        spam: is(SPAM),
        duplicate: is(DUPLICATE),
        quoted: is(QUOTED),
        sold: is(SOLD),
        attribution,
    })
}

/// Lists a lead as it is now, in place of how it was.
pub(crate) fn list(
    tables: &mut Tables<'_>,
    before: Option<&Lead>,
    lead: &Lead,
) -> Result<(), StoreError> {
    let summary = Summary::of(lead);
    let was = before.map(|before| (before.created, before.updated));
    if was.is_none_or(|(created, _)| created != lead.created) {
        tables.created.insert((lead.created.0, lead.id), ())?;
    }
    if was.is_none_or(|(_, updated)| updated != lead.updated) {
        tables.updated.insert((lead.updated.0, lead.id), ())?;
    }
    if let Some((created, updated)) = was {
        note_stale(tables, lead.id, lead.revision)?;
        if created != lead.created {
            tables.created.remove((created.0, lead.id))?;
        }
        if updated != lead.updated {
            tables.updated.remove((updated.0, lead.id))?;
        }
    }
    tables
        .summaries
        .insert(lead.id, encode(&summary).as_slice())?;
    Ok(())
}

/// Takes a lead that is gone out of all lists. Its words go when its segment is made again.
pub(crate) fn unlist(tables: &mut Tables<'_>, lead: &Lead) -> Result<(), StoreError> {
    tables.created.remove((lead.created.0, lead.id))?;
    tables.updated.remove((lead.updated.0, lead.id))?;
    tables.summaries.remove(lead.id)?;
    note_stale(tables, lead.id, GONE)
}

/// Notes that the segment of a lead does not know this revision yet.
fn note_stale(tables: &mut Tables<'_>, lead: u64, revision: u32) -> Result<(), StoreError> {
    let revision = revision.to_be_bytes();
    tables.stale.insert(lead, revision.as_slice())?;
    Ok(())
}

/// The revision in a row of `stale_1`.
pub(super) fn stale_revision(record: &[u8]) -> u32 {
    record.try_into().map_or(GONE, u32::from_be_bytes)
}

/// Whether the summary is of a lead that is marked as spam.
pub(crate) fn is_spam(record: &[u8]) -> Result<bool, Damage> {
    decode(record).map(|summary| summary.spam)
}
