//! A lead that is gone has no contacts. Where retention let it go, runs may still name it, and whoever
//! finds it there looks; where it was erased, they must not.

use super::{CONTACTS_MAX, Card, Contacts, StoreError, Tables, decode, encode, run};
use redb::ReadableTable;

impl Contacts {
    /// Lets go of what is known of a lead. It is written with the commit.
    pub(crate) fn forget(&mut self, lead: u64) {
        let nothing = Card {
            profile: 0,
            created: 0,
            content: 0,
            contacts: [0; CONTACTS_MAX],
        };
        if self.cards.contains_key(&lead) {
            self.note(lead, nothing);
        }
    }

    /// Removes all that is known of these leads, from memory and disk. `had` are their contacts.
    pub(crate) fn erase(
        &mut self,
        tables: &mut Tables<'_>,
        leads: &[u64],
        had: Vec<(u64, u64)>,
    ) -> Result<(), StoreError> {
        self.fresh.retain(|lead| !leads.contains(lead));
        for lead in leads {
            let card = self.cards.remove(lead);
            for contact in card.iter().flat_map(Card::contacts) {
                self.recent.remove(&(contact, *lead));
            }
        }
        let mut lesser = Vec::new();
        for row in tables.recent.iter()? {
            let (sequence, record) = row?;
            let mut cards = decode(record.value()).unwrap_or_default();
            let count = cards.len();
            cards.retain(|(lead, _)| !leads.contains(lead));
            if cards.len() < count {
                lesser.push((sequence.value(), cards));
            }
        }
        for (sequence, cards) in lesser {
            match cards.is_empty() {
                true => drop(tables.recent.remove(sequence)?),
                false => drop(tables.recent.insert(sequence, encode(&cards).as_slice())?),
            }
        }
        for entry in had {
            run::remove(tables, &self.runs, entry)?;
        }
        Ok(())
    }
}
