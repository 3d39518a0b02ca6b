//! What one lead makes: its rows and the request that delivers it, taken from the real program, so
//! that the references write and send the same.

use std::sync::Arc;

use redb::{Database, Key, ReadableDatabase, ReadableTable, TableDefinition};

use crate::load::{LEAD, Line, request};
use crate::place::Directory;
use crate::real::{Real, webhook};
use crate::receiver::{Receiver, Reply};

pub(crate) const META: TableDefinition<&str, u64> = TableDefinition::new("meta_1");
pub(crate) const EVENTS: TableDefinition<(u64, u32), &[u8]> = TableDefinition::new("events_1");
pub(crate) const PENDING: TableDefinition<(u32, u64, u32), &[u8]> =
    TableDefinition::new("pending_1");
pub(crate) const DUE: TableDefinition<(u32, u64, u64, u32), ()> = TableDefinition::new("due_1");
pub(crate) const FINISHED: TableDefinition<(u32, u64, u32), &[u8]> =
    TableDefinition::new("finished_1");
pub(crate) const ATTEMPTS: TableDefinition<(u32, u64, u32, u32), &[u8]> =
    TableDefinition::new("attempts_1");

/// The cache that the config has by default.
pub(crate) const CACHE_BYTES: usize = 16 * 1024 * 1024;
/// The threads of a webhook by default.
pub(crate) const IN_FLIGHT: usize = 4;

/// The records of one delivered lead, and the request that delivered it.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) event: Vec<u8>,
    /// A waiting delivery has a record of the same size.
    pub(crate) finished: Vec<u8>,
    pub(crate) attempt: Vec<u8>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Posts one lead to the real program and looks what it made of it.
pub(crate) fn take() -> Model {
    let receiver = Receiver::always(Reply::status(200));
    let directory = Arc::new(Directory::new());
    let mut real = Real::start(directory, &[webhook("crm", &receiver.url())]);
    Line::open(real.address()).exchange(&request(LEAD));
    let delivered = receiver.wait_for(1).remove(0);
    real.wait_until_drained();
    real.stop();
    let database = Database::open(real.file()).expect("the database of the real program");
    Model {
        event: first(&database, EVENTS),
        finished: first(&database, FINISHED),
        attempt: first(&database, ATTEMPTS),
        headers: delivered.headers,
        body: delivered.body,
    }
}

fn first<K: Key + 'static>(
    database: &Database,
    table: TableDefinition<'static, K, &'static [u8]>,
) -> Vec<u8> {
    let reading = database.begin_read().expect("a read");
    let table = reading.open_table(table).expect("a table");
    let row = table.first().expect("a row");
    row.map(|(_, record)| record.value().to_vec())
        .expect("the row of the one lead")
}
