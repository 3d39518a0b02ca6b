//! What is on disk: every table, its key, and the number of its format.
//!
//! | table | key | record |
//! | --- | --- | --- |
//! | `meta_1` | name | numbers: see [`meta`] |
//! | `events_1` | lead, revision | an event; the newest of a lead is the lead |
//! | `external_1` | source, 0, external id | the lead it names |
//! | `idempotency_1` | digest of source and key | the answer that was given, and for which body |
//! | `idempotency_times_1` | time, both halves of the digest | nothing: finds what is old enough to go |
//! | `webhooks_1` | name | number, since when it is removed, how its receiver does |
//! | `sources_1` | name | what came by it: counts, and the last refused posts |
//! | `incidents_1` | `incidents` | what is wrong, and what was said of it |
//! | `pending_1` | webhook, lead, revision | a delivery that waits; those of one lead are its lane |
//! | `due_1` | webhook, time, lead, revision | nothing: the head of each lane, by due time |
//! | `finished_1` | webhook, lead, revision | a delivery that has ended |
//! | `attempts_1` | webhook, lead, revision, number | one try |
//! | `files_1` | lead, number | the name of a file that came with it and is kept |
//! | `summaries_1` | lead | what lists filter it by |
//! | `created_1`, `updated_1` | time, lead | nothing: the order of lists |
//! | `segments_1` | segment | the times of its leads; their words are found in `words_1` |
//! | `words_1` | group of segments, bucket and segment | words that begin alike, and which leads of the segment have them |
//! | `tokens_1` | name | a token's rights and its digest |
//! | `audit_1` | number | what was done, when and by whom |
//! | `stale_1` | lead | the revision that its segment does not know yet; 0 when it is gone |
//! | `erased_1` | lead | that it was erased, and when: nothing of the person |
//! | `recent_1` | commit | the contacts of the leads that it brought, until they are in a run |
//! | `contacts_1` | run, contact, lead | the contacts from this one on, and the leads that have them |
//! | `runs_1` | run | its level, and its filter |
//! | `tasks_1` | number | many deliveries to be sent again or taken out: which, and how far that has come |
//!
//! All keys of a lead go up with time, so that new rows go to the end of each tree. What a change
//! touches, it touches in one transaction. Every pair of types is 45 KB of the program: tables share
//! them where they can.

use redb::{
    Database, ReadOnlyTable, ReadTransaction, ReadableTableMetadata, TableDefinition, TableError,
    WriteTransaction,
};

pub(crate) use super::changes::Rows;
use super::changes::{Change, Changes};
use super::copy;
use super::error::StoreError;

/// The number of the whole format. A file with a higher one is refused.
pub(crate) const FORMAT: u64 = 1;

pub(crate) const META: TableDefinition<&str, u64> = TableDefinition::new("meta_1");
const EVENTS: TableDefinition<EventKey, &[u8]> = TableDefinition::new("events_1");
const EXTERNAL: TableDefinition<&str, u64> = TableDefinition::new("external_1");
const IDEMPOTENCY: TableDefinition<u128, &[u8]> = TableDefinition::new("idempotency_1");
const IDEMPOTENCY_TIMES: TableDefinition<(u64, u64, u64), &[u8]> =
    TableDefinition::new("idempotency_times_1");
const WEBHOOKS: TableDefinition<&str, &[u8]> = TableDefinition::new("webhooks_1");
const SOURCES: TableDefinition<&str, &[u8]> = TableDefinition::new("sources_1");
const INCIDENTS: TableDefinition<&str, &[u8]> = TableDefinition::new("incidents_1");
const PENDING: TableDefinition<DeliveryKey, &[u8]> = TableDefinition::new("pending_1");
const DUE: TableDefinition<DueKey, ()> = TableDefinition::new("due_1");
const FINISHED: TableDefinition<DeliveryKey, &[u8]> = TableDefinition::new("finished_1");
const ATTEMPTS: TableDefinition<AttemptKey, &[u8]> = TableDefinition::new("attempts_1");
const FILES: TableDefinition<FileKey, &[u8]> = TableDefinition::new("files_1");
const SUMMARIES: TableDefinition<u64, &[u8]> = TableDefinition::new("summaries_1");
const CREATED: TableDefinition<(u64, u64), ()> = TableDefinition::new("created_1");
const UPDATED: TableDefinition<(u64, u64), ()> = TableDefinition::new("updated_1");
const SEGMENTS: TableDefinition<u64, &[u8]> = TableDefinition::new("segments_1");
const WORDS: TableDefinition<(u64, u32), &[u8]> = TableDefinition::new("words_1");
const STALE: TableDefinition<u64, &[u8]> = TableDefinition::new("stale_1");
const TOKENS: TableDefinition<&str, &[u8]> = TableDefinition::new("tokens_1");
const AUDIT: TableDefinition<u64, &[u8]> = TableDefinition::new("audit_1");
const RECENT: TableDefinition<u64, &[u8]> = TableDefinition::new("recent_1");
const CONTACTS: TableDefinition<(u64, u64, u64), &[u8]> = TableDefinition::new("contacts_1");
const RUNS: TableDefinition<u64, &[u8]> = TableDefinition::new("runs_1");
const ERASED: TableDefinition<u64, &[u8]> = TableDefinition::new("erased_1");
const TASKS: TableDefinition<u64, &[u8]> = TableDefinition::new("tasks_1");

/// Lead, revision.
pub(crate) type EventKey = (u64, u32);
/// Lead, number of the file.
pub(crate) type FileKey = (u64, u32);
/// Webhook, lead, revision.
pub(crate) type DeliveryKey = (u32, u64, u32);
/// Webhook, due time in milliseconds, lead, revision.
pub(crate) type DueKey = (u32, u64, u64, u32);
/// Webhook, lead, revision, number of the attempt.
pub(crate) type AttemptKey = (u32, u64, u32, u32);

/// Names in `meta_1`.
pub(crate) mod meta {
    /// The number of the whole format.
    pub(crate) const FORMAT: &str = "format";
    /// The id that the next lead gets.
    pub(crate) const NEXT_LEAD: &str = "next_lead";
    /// 1 after a clean stop, 0 while open.
    pub(crate) const CLEAN: &str = "clean";
    /// A random number that tells this database from all others.
    pub(crate) const DATABASE: &str = "database";
    /// Makes the digests in `contacts_1` this database's own.
    pub(crate) const SALT: &str = "salt";
    /// How many commits there were.
    pub(crate) const SEQUENCE: &str = "sequence";
    /// Bytes of the keys and values of all tables.
    pub(crate) const STORED_BYTES: &str = "stored_bytes";
    /// When the newest backup was made, of which commit, and its bytes.
    pub(crate) const BACKUP_AT: &str = "backup_at";
    pub(crate) const BACKUP_SEQUENCE: &str = "backup_sequence";
    pub(crate) const BACKUP_BYTES: &str = "backup_bytes";
}

macro_rules! tables {
    ($($name:ident: $definition:ident<$key:ty, $value:ty>,)*) => {
        /// All tables of one write transaction.
        pub(crate) struct Tables<'t> {
            $(pub(crate) $name: Rows<'t, $key, $value>,)*
        }

        impl<'t> Tables<'t> {
            /// Opens them, and makes those that are missing. What changes in them goes to `changes`.
            pub(crate) fn open(
                transaction: &'t WriteTransaction,
                changes: &'t Changes,
            ) -> Result<Tables<'t>, TableError> {
                let mut numbers = 0..;
                let mut number = move || numbers.next().unwrap_or(u8::MAX);
                Ok(Tables {
                    $($name: Rows::open(transaction, $definition, number(), changes)?,)*
                })
            }

            /// Makes a change again, whose table has the number that it has here.
            pub(crate) fn repeat(&mut self, change: &Change<'_>) -> Result<(), StoreError> {
                type Repeat = fn(&mut Tables<'_>, &Change<'_>) -> Result<(), redb::StorageError>;
                const REPEATS: &[Repeat] = &[$(|tables, change| tables.$name.repeat(change),)*];
                match REPEATS.get(usize::from(change.table)) {
                    Some(repeat) => Ok(repeat(self, change)?),
                    None => Err(StoreError::Damaged("a change of no table".to_owned())),
                }
            }
        }

        /// The name of every table, in the order of their numbers.
        pub(crate) fn names() -> Vec<String> {
            use redb::TableHandle;
            vec![$($definition.name().to_owned(),)*]
        }

        /// All tables of one read transaction.
        pub(crate) struct View {
            $(pub(crate) $name: ReadOnlyTable<$key, $value>,)*
        }

        impl View {
            /// Opens them all.
            pub(crate) fn open(transaction: &ReadTransaction) -> Result<View, TableError> {
                Ok(View { $($name: transaction.open_table($definition)?,)* })
            }

            /// Bytes of the keys and values of all tables.
            pub(crate) fn stored_bytes(&self) -> Result<u64, StoreError> {
                let mut bytes = 0;
                $(bytes += self.$name.stats()?.stored_bytes();)*
                Ok(bytes)
            }

            /// Copies every row into a new database. `pace` is asked between bites.
            pub(crate) fn copy_to(
                &self,
                database: &Database,
                pace: &mut copy::Pace<'_>,
            ) -> Result<(), StoreError> {
                let mut copy = copy::Copy::begin(database, pace)?;
                $(copy.table(&self.$name, $definition)?;)*
                copy.commit()
            }

            /// How many rows there are in all.
            pub(crate) fn rows(&self) -> Result<u64, StoreError> {
                let mut rows = 0;
                $(rows += self.$name.len()?;)*
                Ok(rows)
            }
        }
    };
}

tables! {
    meta: META<&'static str, u64>,
    events: EVENTS<EventKey, &'static [u8]>,
    external: EXTERNAL<&'static str, u64>,
    idempotency: IDEMPOTENCY<u128, &'static [u8]>,
    idempotency_times: IDEMPOTENCY_TIMES<(u64, u64, u64), &'static [u8]>,
    webhooks: WEBHOOKS<&'static str, &'static [u8]>,
    sources: SOURCES<&'static str, &'static [u8]>,
    incidents: INCIDENTS<&'static str, &'static [u8]>,
    pending: PENDING<DeliveryKey, &'static [u8]>,
    due: DUE<DueKey, ()>,
    finished: FINISHED<DeliveryKey, &'static [u8]>,
    attempts: ATTEMPTS<AttemptKey, &'static [u8]>,
    files: FILES<FileKey, &'static [u8]>,
    summaries: SUMMARIES<u64, &'static [u8]>,
    created: CREATED<(u64, u64), ()>,
    updated: UPDATED<(u64, u64), ()>,
    segments: SEGMENTS<u64, &'static [u8]>,
    words: WORDS<(u64, u32), &'static [u8]>,
    stale: STALE<u64, &'static [u8]>,
    tokens: TOKENS<&'static str, &'static [u8]>,
    audit: AUDIT<u64, &'static [u8]>,
    recent: RECENT<u64, &'static [u8]>,
    contacts: CONTACTS<(u64, u64, u64), &'static [u8]>,
    runs: RUNS<u64, &'static [u8]>,
    erased: ERASED<u64, &'static [u8]>,
    tasks: TASKS<u64, &'static [u8]>,
}

/// The keys of all deliveries in one lane.
pub(crate) fn lane(webhook: u32, lead: u64) -> std::ops::RangeInclusive<DeliveryKey> {
    (webhook, lead, 0)..=(webhook, lead, u32::MAX)
}

/// The keys of everything that is due to a webhook, by time.
pub(crate) fn due_of(webhook: u32) -> std::ops::RangeInclusive<DueKey> {
    (webhook, 0, 0, 0)..=(webhook, u64::MAX, u64::MAX, u32::MAX)
}

/// The keys of all events of a lead.
pub(crate) fn events_of(lead: u64) -> std::ops::RangeInclusive<EventKey> {
    (lead, 0)..=(lead, u32::MAX)
}

/// The key of an external id: the name of a source has no zero byte.
pub(crate) fn external_key(source: &str, external_id: &str) -> String {
    [source, "\0", external_id].concat()
}
