//! What is read from files: where addresses are, and the records of the database, whose checksum holds
//! although their content is spoiled.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock, mpsc};

use leadhook::domain::time::Timestamp;
use leadhook::ingest::Places;
use leadhook::store::{Location, Options, Store};
use redb::backends::InMemoryBackend;
use redb::{
    Builder, Database, Key, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition,
};

use crate::daemon::{TestDaemon, WEBSITE, wait_until, webhook};
use crate::mmdb::{Entry, file};
use crate::receiver::{Receiver, Reply};

pub(crate) fn maps() -> Vec<Vec<u8>> {
    let entry = |network, city, state, country| Entry {
        network,
        city: (city, city),
        state,
        country,
    };
    let oslo = || entry(([84, 208, 20, 0], 24), "Oslo", "03", "NO");
    let charlotte = || entry(([107, 210, 0, 0], 16), "Charlotte", "NC", "US");
    vec![file(&[oslo()]), file(&[oslo(), charlotte()])]
}

pub(crate) fn map(bytes: &[u8]) -> bool {
    let Ok(places) = Places::read(bytes.to_vec()) else {
        return false;
    };
    assert!(!places.built().to_string().is_empty());
    let addresses = ["84.208.20.1", "107.210.21.188", "0.0.0.0", "2a01:799::1"];
    let find = |address: &str| {
        let address: IpAddr = address.parse().expect("an address");
        ["de", ""].map(|language| places.find(address, language).is_some())
    };
    addresses.map(find).iter().flatten().any(|found| *found)
}

type All = fn(&Database) -> Vec<Vec<u8>>;
type Put = fn(&Database, &[u8]);

macro_rules! tables {
    ($($name:literal: $key:ty,)*) => {
        /// All records of a table, and a record in place of its first one.
        const TABLES: [(All, Put); [$($name),*].len()] =
            [$((|database| all::<$key>(database, $name), |database, record| put::<$key>(database, $name, record)),)*];
    };
}

tables! {
    "events_1": (u64, u32),
    "idempotency_1": u128,
    "webhooks_1": &str,
    "sources_1": &str,
    "incidents_1": &str,
    "pending_1": (u32, u64, u32),
    "finished_1": (u32, u64, u32),
    "attempts_1": (u32, u64, u32, u32),
    "summaries_1": u64,
    "tokens_1": &str,
    "audit_1": u64,
    "recent_1": u64,
    "contacts_1": (u64, u64, u64),
    "erased_1": u64,
    "tasks_1": u64,
}

const CHECKSUM_BYTES: usize = 4;

fn all<K: Key + 'static>(database: &Database, name: &str) -> Vec<Vec<u8>> {
    let read = database.begin_read().expect("a database");
    let table = read.open_table(TableDefinition::<K, &[u8]>::new(name));
    let Ok(table) = table else { return Vec::new() };
    let rows = table.iter().expect("a table");
    rows.map(|row| row.expect("a row").1.value().to_vec())
        .collect()
}

fn put<K: Key + 'static>(database: &Database, name: &str, record: &[u8]) {
    let definition = TableDefinition::<K, &[u8]>::new(name);
    let read = database.begin_read().expect("a database");
    let Ok(table) = read.open_table(definition) else {
        return;
    };
    let Some((key, _)) = table.first().expect("a table") else {
        return;
    };
    let write = database.begin_write().expect("a database");
    {
        let mut table = write.open_table(definition).expect("a table");
        table.insert(&key.value(), record).expect("a row");
    }
    write.commit().expect("a commit");
}

/// The file of a daemon that took leads, changed and delivered them, and keeps some waiting.
static IMAGE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let receiver = Receiver::sequence([200, 500].map(Reply::status).to_vec());
    let crm = webhook("crm", &receiver.url(), "retry = [\"1h\", \"1h\"]\n");
    let mut daemon = TestDaemon::start(&format!("{WEBSITE}{crm}"));
    for (key, said) in [("1", "hello"), ("2", "hello"), ("3", "changed")] {
        let lead = format!(
            r#"{{"external_id":"ada","notes":"{said}","email":"ada@example.com","phone":"+4721000000",
               "City*":"Oslo","quote_value":12.5}}"#
        );
        daemon.post_with("website", &[("idempotency-key", key)], &lead);
    }
    daemon.post("website", r#"{"email":"grace@example.com"}"#);
    wait_until("attempts that were written down", || {
        let counts = daemon.store().counts();
        counts.is_ok_and(|counts| counts.finished > 0 && counts.pending == 2)
            && receiver.count() > 2
    });
    daemon.stop();
    std::fs::read(daemon.file()).expect("a database")
});

fn open(builder: &Builder) -> Database {
    let memory = InMemoryBackend::new();
    memory.set_len(IMAGE.len() as u64).expect("memory");
    memory.write(0, &IMAGE).expect("memory");
    builder.create_with_backend(memory).expect("a database")
}

/// The number of the table, then a record of it without its checksum.
pub(crate) fn records() -> Vec<Vec<u8>> {
    let database = open(&Builder::new());
    let mut found = Vec::new();
    for (number, (all, _)) in TABLES.iter().enumerate() {
        for record in all(&database) {
            let content = &record[..record.len() - CHECKSUM_BYTES];
            found.push([&[number as u8][..], content].concat());
        }
    }
    found
}

/// A store with this record in place of another; everything that is in it is looked at.
pub(crate) fn record(bytes: &[u8]) -> bool {
    let Some((number, content)) = bytes.split_first() else {
        return false;
    };
    let (_, put) = TABLES[usize::from(*number) % TABLES.len()];
    let checksum = crc32fast::hash(content).to_le_bytes();
    let record = [content, &checksum].concat();
    let location = Location::Custom(Arc::new(move |builder: &Builder| {
        let database = open(builder);
        put(&database, &record);
        Ok(database)
    }));
    let (sender, opened) = mpsc::channel();
    let wanted = vec![("crm".to_owned(), Default::default())];
    let store = Store::start(Options::at(location), wanted, move |result| {
        let _ = sender.send(result.is_ok());
    });
    let store = store.expect("a thread for the store");
    let is_open = opened.recv().expect("the opening ends");
    let now = Timestamp(u64::MAX / 4);
    let is_well = is_open
        && store.verify().is_ok_and(|problems| problems.is_empty())
        && store.events_after((0, 0), 100).is_ok();
    if is_open {
        let _ = store.due(0, now, &HashSet::new(), 100, 1);
        let _ = store.find(&Default::default(), &Default::default());
        let _ = store.tokens();
        let _ = store.tasks();
        let _ = store.counts();
    }
    store.close();
    is_well
}
