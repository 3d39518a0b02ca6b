//! The stored form of an event, and so of a lead: a lead is what its newest event says.

use super::codec::{Damage, Decoder, Encoder};
use super::tables::EventKey;
use crate::domain::event::{Event, PAYLOAD_VERSION};
use crate::domain::field::Field;
use crate::domain::lead::{Change, Changed, Lead, Values};
use crate::domain::lead_type::{LeadType, Phase};
use crate::domain::time::Timestamp;
use crate::domain::value::{Number, Value};

const VERSION: u8 = 1;

/// The code of `lead_type` among those of the fields.
const LEAD_TYPE_CODE: u8 = 0;

pub(crate) fn encode(event: &Event) -> Vec<u8> {
    let lead = &event.lead;
    let mut to = Encoder::with_room(VERSION, 2048);
    to.byte(PAYLOAD_VERSION);
    to.text(&event.id);
    to.number(lead.id);
    to.number(lead.revision.into());
    to.place(&LeadType::ALL, &lead.lead_type);
    to.option(event.phase, |to, phase| to.place(&Phase::ALL, &phase));
    to.number(lead.created.0);
    to.number(lead.updated.0);
    to.text(&lead.source);
    to.option(lead.external_id.as_deref(), Encoder::text);
    to.number(lead.values.iter().count() as u64);
    for (field, value) in lead.values.iter() {
        to.byte(field.code());
        put_value(&mut to, value);
    }
    to.number(lead.overridden.len() as u64);
    for (field, value) in &lead.overridden {
        to.byte(field.code());
        to.option(value.as_ref(), put_value);
    }
    to.number(lead.derived.len() as u64);
    for field in &lead.derived {
        to.byte(field.code());
    }
    to.number(event.changes.len() as u64);
    for change in &event.changes {
        to.byte(match change.field {
            Changed::LeadType => LEAD_TYPE_CODE,
            Changed::Field(field) => field.code(),
        });
        to.option(change.previous.as_ref(), put_value);
    }
    to.number(event.heard_by.len() as u64);
    for webhook in &event.heard_by {
        to.number((*webhook).into());
    }
    to.option(event.body.as_deref(), Encoder::bytes);
    to.seal()
}

/// Keys have no checksum of their own: a record under a wrong key is damage too.
pub(crate) fn decode(key: EventKey, record: &[u8]) -> Result<Event, Damage> {
    let mut from = Decoder::open(record, VERSION)?;
    let from = &mut from;
    let payload_version = from.byte()?;
    if payload_version != PAYLOAD_VERSION {
        return Err(Damage::Version(payload_version));
    }
    let id = from.text()?.to_owned();
    let (lead_id, revision) = (from.number()?, from.number_u32()?);
    if (lead_id, revision) != key {
        return Err(Damage::Place);
    }
    let lead_type = from.one_of(&LeadType::ALL)?;
    let phase = from.option(|from| from.one_of(&Phase::ALL))?;
    let (created, updated) = (Timestamp(from.number()?), Timestamp(from.number()?));
    let source = from.text()?.to_owned();
    let external_id = from.option(|from| from.text().map(str::to_owned))?;
    let mut values = Values::default();
    for (field, value) in from.list(|from| Ok((field(from)?, value(from)?)))? {
        values.set(field, Some(value));
    }
    let overridden = from.list(|from| Ok((field(from)?, from.option(value)?)))?;
    let derived = from.list(field)?;
    let changes = from.list(change)?;
    let heard_by = from.list(Decoder::number_u32)?;
    let body = from.option(|from| from.bytes().map(<[u8]>::to_vec))?;
    let lead = Lead {
        id: lead_id,
        revision,
        lead_type,
        created,
        updated,
        source,
        external_id,
        values,
        overridden,
        derived,
    };
    Ok(Event {
        id,
        lead,
        changes,
        phase,
        heard_by,
        body,
        test: false,
    })
}

fn field(from: &mut Decoder<'_>) -> Result<Field, Damage> {
    Field::from_code(from.byte()?).ok_or(Damage::Content)
}

fn change(from: &mut Decoder<'_>) -> Result<Change, Damage> {
    let field = match from.byte()? {
        LEAD_TYPE_CODE => Changed::LeadType,
        code => Changed::Field(Field::from_code(code).ok_or(Damage::Content)?),
    };
    Ok(Change {
        field,
        previous: from.option(value)?,
    })
}

const TEXT: u8 = 0;
const NUMBER: u8 = 1;
const TRUE: u8 = 2;
const FALSE: u8 = 3;
const MAP: u8 = 4;

fn put_value(to: &mut Encoder, value: &Value) {
    match value {
        Value::Text(text) => {
            to.byte(TEXT);
            to.text(text);
        }
        Value::Number(number) => {
            to.byte(NUMBER);
            to.text(number.as_str());
        }
        Value::Flag(flag) => to.byte(if *flag { TRUE } else { FALSE }),
        Value::Map(entries) => {
            to.byte(MAP);
            to.number(entries.len() as u64);
            for (label, text) in entries {
                to.text(label);
                to.text(text);
            }
        }
    }
}

fn value(from: &mut Decoder<'_>) -> Result<Value, Damage> {
    Ok(match from.byte()? {
        TEXT => Value::Text(from.text()?.to_owned()),
        NUMBER => Value::Number(Number::parse(from.text()?).ok_or(Damage::Content)?),
        TRUE => Value::Flag(true),
        FALSE => Value::Flag(false),
        MAP => {
            Value::Map(from.list(|from| Ok((from.text()?.to_owned(), from.text()?.to_owned())))?)
        }
        _ => return Err(Damage::Content),
    })
}
