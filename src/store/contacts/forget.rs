//! A lead that is gone has no contacts; runs may still name it, and whoever finds it there looks.

use super::{CONTACTS_MAX, Card, Contacts};

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
}
