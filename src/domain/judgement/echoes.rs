//! The same text from several people: what was written lately, and by how many.
//!
//! It is remembered in memory only: after a start a text has to come again before it counts.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::texts::Text;
use crate::domain::field::Field;
use crate::domain::lead::Lead;
use crate::domain::time::Timestamp;

/// So many texts are remembered.
const TEXTS_MAX: usize = 4096;
/// Of each the first so many contacts.
const CONTACTS_MAX: usize = 8;
const REMEMBERED: Duration = Duration::from_secs(86_400);
/// Shorter texts are said by many people, each for himself: `please call me back`.
const LETTERS_MIN: usize = 40;

/// Texts of the last day.
#[derive(Debug, Default)]
pub struct Echoes {
    /// By their hashes: the hashes of who wrote them.
    texts: HashMap<u64, Vec<u64>>,
    /// In the order in which they first came.
    order: VecDeque<(Timestamp, u64)>,
}

impl Echoes {
    /// From how many other contacts the text of this lead came lately; remembers it.
    pub(super) fn hear(&mut self, lead: &Lead, written: &[Text<'_>], now: Timestamp) -> usize {
        let (Some(text), Some(contact)) = (text_of(written), contact_of(lead)) else {
            return 0;
        };
        self.forget(now);
        let contacts = self.texts.entry(text).or_insert_with(|| {
            self.order.push_back((now, text));
            Vec::with_capacity(1)
        });
        let n_others = contacts.iter().filter(|known| **known != contact).count();
        if n_others == contacts.len() && n_others < CONTACTS_MAX {
            contacts.push(contact);
        }
        n_others
    }

    fn forget(&mut self, now: Timestamp) {
        let limit = u64::try_from(REMEMBERED.as_millis()).unwrap_or(u64::MAX);
        while let Some((since, text)) = self.order.front() {
            if self.order.len() < TEXTS_MAX && now.0.saturating_sub(since.0) < limit {
                return;
            }
            self.texts.remove(text);
            self.order.pop_front();
        }
    }
}

/// The longest text that was written, by its letters alone.
fn text_of(written: &[Text<'_>]) -> Option<u64> {
    let prose = written.iter().filter(|part| part.is_prose());
    let text = prose.map(|part| part.text).max_by_key(|text| text.len())?;
    let mut letters = String::with_capacity(text.len());
    let mut n_letters = 0;
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        n_letters += 1;
        match c.is_ascii() {
            true => letters.push(c.to_ascii_lowercase()),
            false => letters.extend(c.to_lowercase()),
        }
    }
    let mut hasher = DefaultHasher::new();
    letters.hash(&mut hasher);
    (n_letters >= LETTERS_MIN).then(|| hasher.finish())
}

fn contact_of(lead: &Lead) -> Option<u64> {
    const CONTACT: [Field; 3] = [Field::EmailAddress, Field::PhoneNumber, Field::ContactName];
    let contact = CONTACT.iter().find_map(|field| lead.values.text(*field))?;
    let mut hasher = DefaultHasher::new();
    contact.hash(&mut hasher);
    Some(hasher.finish())
}
