//! How the book of incidents is stored: one record, written as a whole.

use super::codec::{Damage, Decoder, Encoder};
use super::{Store, StoreError};
use crate::domain::incident::{Book, Finding, Incident, Trouble};
use crate::domain::time::Timestamp;

const VERSION: u8 = 1;
/// The one key of its table.
pub(crate) const KEY: &str = "incidents";

impl Store {
    /// What is known of incidents, as it was kept last.
    pub fn book(&self) -> Result<Book, StoreError> {
        self.view(|view| match view.incidents.get(KEY)? {
            None => Ok(Book::default()),
            Some(record) => decode(record.value())
                .map_err(|damage| StoreError::unreadable("the book of incidents", damage)),
        })
    }

    /// Keeps what is known of incidents, and waits for the commit.
    pub fn keep_book(&self, book: &Book) -> Result<(), StoreError> {
        let record = encode(book);
        self.have_done(move |tables, _| {
            tables.incidents.insert(KEY, record.as_slice())?;
            Ok(())
        })
    }
}

fn encode(book: &Book) -> Vec<u8> {
    let mut to = Encoder::new(VERSION);
    to.number(book.incidents.len() as u64);
    for incident in &book.incidents {
        let finding = &incident.finding;
        to.place(&Trouble::ALL, &finding.trouble);
        to.text(&finding.subject);
        to.number(finding.since.0);
        to.text(&finding.detail);
        to.option(incident.told, |to, (trouble, first)| {
            to.place(&Trouble::ALL, &trouble);
            to.number(first.0);
        });
        to.byte(u8::from(incident.reminded));
        to.option(incident.gone, |to, gone| to.number(gone.0));
    }
    to.number(book.sent.len() as u64);
    book.sent.iter().for_each(|sent| to.number(sent.0));
    to.number(book.watched.len() as u64);
    for (source, since) in &book.watched {
        to.text(source);
        to.number(since.0);
    }
    to.option(book.digest, |to, at| to.number(at.0));
    to.seal()
}

pub(crate) fn decode(record: &[u8]) -> Result<Book, Damage> {
    let mut from = Decoder::open(record, VERSION)?;
    let mut book = Book::default();
    for _ in 0..from.number()? {
        book.incidents.push(incident(&mut from)?);
    }
    for _ in 0..from.number()? {
        book.sent.push(Timestamp(from.number()?));
    }
    for _ in 0..from.number()? {
        let source = from.text()?.to_owned();
        book.watched.push((source, Timestamp(from.number()?)));
    }
    book.digest = from.option(|from| from.number().map(Timestamp))?;
    Ok(book)
}

fn incident(from: &mut Decoder<'_>) -> Result<Incident, Damage> {
    let finding = Finding {
        trouble: from.one_of(&Trouble::ALL)?,
        subject: from.text()?.to_owned(),
        since: Timestamp(from.number()?),
        detail: from.text()?.to_owned(),
    };
    Ok(Incident {
        finding,
        told: from.option(|from| {
            let told_as = from.one_of(&Trouble::ALL)?;
            Ok((told_as, Timestamp(from.number()?)))
        })?,
        reminded: from.byte()? == 1,
        gone: from.option(|from| from.number().map(Timestamp))?,
    })
}
