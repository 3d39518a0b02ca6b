//! Which leads have a contact: found for every new lead, and so without a random page of the disk.
//!
//! The newest leads are in memory, and on disk in the order in which they came, a row for each
//! commit. When there are enough of them, their contacts become a *run*: sorted, written once, with a
//! filter in memory that knows of nearly every contact that the run does not have it. Eight runs of
//! one size become one of the next. A lead whose contacts changed since keeps its old ones in its
//! run; whoever finds a lead there looks at the lead.

mod filter;
mod forget;
mod run;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use redb::ReadableTable;
use ring::digest;

use self::run::{Run, Runs};
use super::StoreError;
use super::codec::{Damage, Decoder, Encoder};
use super::counters::number;
use super::tables::{Tables, View, meta};
use crate::domain::contact::{Contact, Kind, contacts, content};
use crate::domain::field::Field;
use crate::domain::lead::Lead;
use crate::domain::value::Value;

/// So many leads become a run. Their contacts take about a megabyte of memory.
const RECENT_MAX: usize = 8192;
/// So many earlier leads of each contact are looked at.
const EARLIER_MAX: usize = 4;
/// A lead has as many fields for contacts.
const CONTACTS_MAX: usize = 6;
const VERSION: u8 = 1;

/// The contacts of all leads, as the writer knows them.
pub(crate) struct Contacts {
    /// Makes the digests this database's own.
    salt: u64,
    recent_max: usize,
    /// Contact and lead.
    recent: BTreeSet<(u64, u64)>,
    cards: HashMap<u64, Card>,
    /// Leads of this commit.
    fresh: Vec<u64>,
    runs: Vec<Run>,
}

/// What is looked at of an earlier lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Card {
    profile: u64,
    created: u64,
    /// A checksum of what the person says; 0 where that is not compared.
    content: u64,
    /// The digests of its contacts; 0 where there are no more.
    contacts: [u64; CONTACTS_MAX],
}

impl Card {
    fn contacts(&self) -> impl Iterator<Item = u64> + use<> {
        self.contacts
            .into_iter()
            .take_while(|contact| *contact != 0)
    }

    /// Whether both have the same contacts.
    pub(crate) fn is_of_same(&self, other: &Card) -> bool {
        self.contacts == other.contacts
    }
}

/// Earlier leads of the same person and profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Earlier {
    /// Whether there is one.
    pub(crate) any: bool,
    /// Between the creation of this lead and that of the newest that says the same.
    pub(crate) same_ms: Option<u64>,
}

impl Contacts {
    /// Of no lead.
    pub(crate) fn none() -> Contacts {
        Contacts {
            salt: 0,
            recent_max: RECENT_MAX,
            recent: BTreeSet::new(),
            cards: HashMap::new(),
            fresh: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// Takes up what the database has.
    pub(crate) fn read(view: &View) -> Result<Contacts, StoreError> {
        let mut contacts = Contacts {
            salt: number(&view.meta, meta::SALT)?,
            runs: run::read_all(&view.runs)?,
            ..Contacts::none()
        };
        for row in view.recent.iter()? {
            // A damaged row must not keep the store closed; `verify` tells what is missing then.
            for (lead, card) in decode(row?.1.value()).unwrap_or_default() {
                contacts.put(lead, card);
            }
        }
        Ok(contacts)
    }

    /// What is looked at of this lead later.
    pub(crate) fn card(&self, lead: &Lead) -> Card {
        let profile = match lead.values.find(Field::ProfileId) {
            Some(Value::Number(number)) => number.as_str().parse().unwrap_or_default(),
            _ => 0,
        };
        let mut card = Card {
            profile,
            created: lead.created.0,
            content: content(lead).map_or(0, checksum),
            contacts: [0; CONTACTS_MAX],
        };
        let contacts = contacts(&lead.values);
        for (place, contact) in card.contacts.iter_mut().zip(&contacts) {
            *place = self.digest(contact);
        }
        card
    }

    pub(crate) fn digest(&self, contact: &Contact<'_>) -> u64 {
        let kind = match contact.kind {
            Kind::Email => b'e',
            Kind::Phone => b'p',
            Kind::User => b'u',
        };
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&self.salt.to_le_bytes());
        context.update(&[kind]);
        context.update(contact.value.as_bytes());
        let digest = context.finish();
        let begin = digest.as_ref().iter().take(8);
        begin
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
            .max(1)
    }

    /// The leads before `lead` that `card`'s person has. `look` gives the card of a lead as it is now.
    pub(crate) fn earlier(
        &self,
        tables: &impl Runs,
        lead: u64,
        card: &Card,
        look: impl Fn(u64) -> Result<Option<Card>, StoreError>,
    ) -> Result<Earlier, StoreError> {
        let mut earlier = Earlier::default();
        for contact in card.contacts() {
            for found in self.leads_of(tables, contact, lead, EARLIER_MAX)? {
                let known = match self.cards.get(&found) {
                    Some(known) => Some(*known),
                    None => look(found)?,
                };
                let Some(known) = known.filter(|known| {
                    known.profile == card.profile && known.contacts.contains(&contact)
                }) else {
                    continue;
                };
                earlier.any = true;
                if known.content == card.content && card.content != 0 {
                    earlier.same_ms = Some(known.created.abs_diff(card.created));
                    return Ok(earlier);
                }
            }
        }
        Ok(earlier)
    }

    /// Up to `limit` leads before `before` that have or had this contact; of each run the newest.
    fn leads_of(
        &self,
        tables: &impl Runs,
        contact: u64,
        before: u64,
        limit: usize,
    ) -> Result<Vec<u64>, StoreError> {
        let recent = self.recent.range((contact, 0)..(contact, before));
        let mut leads: Vec<u64> = recent.rev().take(limit).map(|(_, lead)| *lead).collect();
        for run in self.runs.iter().rev() {
            let mut next = before;
            while leads.len() < limit
                && let Some(lead) = run.newest_before(tables, contact, next)?
            {
                next = lead;
                leads.push(lead);
            }
        }
        Ok(leads)
    }

    /// Remembers a lead as it is now. It counts from the next lead on, and is written with the commit.
    pub(crate) fn note(&mut self, lead: u64, card: Card) {
        if self.cards.get(&lead) == Some(&card) {
            return;
        }
        self.put(lead, card);
        self.fresh.push(lead);
    }

    fn put(&mut self, lead: u64, card: Card) {
        if let Some(before) = self.cards.get(&lead) {
            for contact in before.contacts() {
                self.recent.remove(&(contact, lead));
            }
        }
        for contact in card.contacts() {
            self.recent.insert((contact, lead));
        }
        self.cards.insert(lead, card);
    }

    /// Writes what this commit has brought, and makes a run of the recent leads when they are many.
    pub(crate) fn write(
        &mut self,
        tables: &mut Tables<'_>,
        sequence: u64,
    ) -> Result<(), StoreError> {
        if !self.fresh.is_empty() {
            let cards = self.fresh.iter();
            let cards: Vec<_> = cards
                .filter_map(|lead| Some((*lead, *self.cards.get(lead)?)))
                .collect();
            let record = encode(&cards);
            tables.recent.insert(sequence, record.as_slice())?;
            self.fresh.clear();
        }
        if self.cards.len() < self.recent_max {
            return Ok(());
        }
        let rows: Vec<u64> = tables
            .recent
            .iter()?
            .map(|row| row.map(|(sequence, _)| sequence.value()))
            .collect::<Result<_, _>>()?;
        for sequence in rows {
            tables.recent.remove(sequence)?;
        }
        self.cards.clear();
        let entries = std::mem::take(&mut self.recent);
        run::add(tables, &mut self.runs, entries)
    }
}

/// The leads in the database that have or had a contact, for who only reads.
pub(crate) struct Reading<'v> {
    view: &'v View,
    contacts: Contacts,
}

impl<'v> Reading<'v> {
    pub(crate) fn of(view: &'v View) -> Result<Reading<'v>, StoreError> {
        let contacts = Contacts::read(view)?;
        Ok(Reading { view, contacts })
    }

    /// The leads that have or had this contact, the newest first.
    pub(crate) fn leads_of(&self, contact: &Contact<'_>) -> Result<Vec<u64>, StoreError> {
        self.newest_of(contact, usize::MAX)
    }

    /// The same of each part of the index up to a limit, so that one person's thousand leads hold up
    /// nobody.
    pub(crate) fn newest_of(
        &self,
        contact: &Contact<'_>,
        limit: usize,
    ) -> Result<Vec<u64>, StoreError> {
        let digest = self.contacts.digest(contact);
        let mut leads = self
            .contacts
            .leads_of(&self.view.contacts, digest, u64::MAX, limit)?;
        leads.sort_unstable_by(|a, b| b.cmp(a));
        leads.dedup();
        Ok(leads)
    }

    /// Which contacts of a lead do not lead to it.
    pub(crate) fn missing(&self, lead: &Lead) -> Result<usize, StoreError> {
        let mut missing = 0;
        for contact in self.contacts.card(lead).contacts() {
            let mut found = self.contacts.recent.contains(&(contact, lead.id));
            for run in &self.contacts.runs {
                let next = lead.id.saturating_add(1);
                let newest = run.newest_before(&self.view.contacts, contact, next)?;
                found |= newest == Some(lead.id);
            }
            missing += usize::from(!found);
        }
        Ok(missing)
    }

    /// What is wrong in the runs themselves.
    pub(crate) fn problems(&self, next_lead: u64) -> Result<Vec<String>, StoreError> {
        run::problems(self.view, &self.contacts.runs, next_lead)
    }
}

fn checksum<'a>(said: impl Iterator<Item = &'a str>) -> u64 {
    let mut hasher = crc32fast::Hasher::new();
    let mut bytes = 0;
    for text in said {
        hasher.update(text.as_bytes());
        hasher.update(&[0]);
        bytes += text.len() as u64 + 1;
    }
    // The length makes it never 0, and two texts less likely to be taken for one.
    bytes << 32 | u64::from(hasher.finalize())
}

fn encode(group: &[(u64, Card)]) -> Vec<u8> {
    let mut to = Encoder::new(VERSION);
    to.number(group.len() as u64);
    for (lead, card) in group {
        to.number(*lead);
        to.number(card.profile);
        to.number(card.created);
        to.fixed(card.content);
        to.number(card.contacts().count() as u64);
        card.contacts().for_each(|contact| to.fixed(contact));
    }
    to.seal()
}

fn decode(record: &[u8]) -> Result<Vec<(u64, Card)>, Damage> {
    let mut from = Decoder::open(record, VERSION)?;
    from.list(|from| {
        let lead = from.number()?;
        let (profile, created) = (from.number()?, from.number()?);
        let content = from.fixed()?;
        let mut contacts = [0; CONTACTS_MAX];
        for (place, contact) in contacts.iter_mut().zip(from.list(Decoder::fixed)?) {
            *place = contact;
        }
        let card = Card {
            profile,
            created,
            content,
            contacts,
        };
        Ok((lead, card))
    })
}
