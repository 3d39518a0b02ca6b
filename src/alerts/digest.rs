//! The digest: once a day or a week, what came and what waits, by e-mail.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Gear, Memory, Shared, as_open};
use crate::domain::incident::{Alert, Book, Message, Trouble, digest};
use crate::domain::listing::{Query, fingerprint};
use crate::domain::source::WITHOUT_POSTS;
use crate::domain::time::Timestamp;
use crate::store::Page;

/// Waiting deliveries are counted up to this.
const WAITING_COUNTED_MAX: usize = 10_000;
/// A digest that nobody takes is written again after this.
const AGAIN: Duration = Duration::from_secs(600);

impl Shared {
    /// Writes the digest where it is due; tells when the next one is.
    pub(super) fn digest(
        &self,
        gear: &Gear,
        memory: &mut Memory,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let when = gear.watch.digest.as_ref()?;
        let book = memory.book.as_mut()?;
        // The first one tells of the time from now on.
        let last = *book.digest.get_or_insert(now);
        let due = when.after(last)?;
        if now < due {
            return Some(due);
        }
        if !self.tools.store.state().sends() {
            return Some(now.after(AGAIN));
        }
        let not_in_order = of_digest(book);
        let Some(message) = self.write((last, now), &not_in_order) else {
            return Some(now.after(AGAIN));
        };
        let id = self.tools.dice.id("digest_");
        let mut letters = gear.channels.iter().filter(|channel| channel.is_mail());
        if !letters.any(|channel| channel.send(&id, &message, now, &self.tools.log)) {
            return Some(now.after(AGAIN));
        }
        book.digest = Some(now);
        when.after(now)
    }

    fn write(
        &self,
        (from, until): (Timestamp, Timestamp),
        not_in_order: &[Alert],
    ) -> Option<Message> {
        let store = &self.tools.store;
        let mut tallies = Vec::new();
        let mut sources: BTreeSet<String> = store.tallies().ok()?.into_keys().collect();
        sources.extend(WITHOUT_POSTS.map(str::to_owned));
        for source in sources {
            let query = Query {
                created_from: Some(from),
                source: Some(fingerprint(&source)),
                ..Query::default()
            };
            let page = Page {
                count: true,
                ..Page::default()
            };
            let leads = store.find(&query, &page).ok()?.total.unwrap_or_default();
            if leads > 0 {
                tallies.push((source, leads));
            }
        }
        let crews = self.tools.crews.health();
        let waiting = crews.iter().filter_map(|crew| {
            let waiting = store.waiting(crew.number, WAITING_COUNTED_MAX).ok()?;
            Some((crew.name.clone(), waiting))
        });
        let waiting: Vec<(String, usize)> = waiting.collect();
        let (title, text) = digest((from, until), &tallies, &waiting, not_in_order);
        Some(Message {
            title,
            text,
            alerts: Vec::new(),
        })
    }
}

/// What is not in order, and what has failed for good within the last day.
fn of_digest(book: &Book) -> Vec<Alert> {
    let told = book
        .incidents
        .iter()
        .filter(|incident| incident.gone.is_none() || incident.finding.trouble == Trouble::GivenUp);
    told.map(as_open).collect()
}
