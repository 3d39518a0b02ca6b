//! A bare group commit: what waits when a commit ends goes into the next one.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{SystemTime, UNIX_EPOCH};

use redb::{Builder, Database, Durability, WriteTransaction};

use super::sender::Jobs;
use crate::model::{ATTEMPTS, CACHE_BYTES, DUE, EVENTS, FINISHED, META, Model, PENDING};

/// As many as the program puts into one commit.
const GROUP_MAX: usize = 1024;
/// The number of the one webhook.
const WEBHOOK: u32 = 0;

/// A lead on its way to the receiver, and when it became due.
#[derive(Clone, Copy)]
pub(crate) struct Job {
    pub(crate) lead: u64,
    pub(crate) due: u64,
}

type Told = Box<dyn FnOnce(u64) + Send>;

enum Request {
    Lead(Told),
    Outcome(Job, Told),
    Stop,
}

/// The database and the rows that go into it.
pub(crate) struct Rows {
    database: Database,
    model: Model,
    next_lead: u64,
}

impl Rows {
    pub(crate) fn create(path: &Path, model: &Model) -> Rows {
        let mut builder = Builder::new();
        builder.set_cache_size(CACHE_BYTES);
        Rows {
            database: builder.create(path).expect("a database"),
            model: model.clone(),
            next_lead: 1,
        }
    }

    /// Commits one lead without any delivery.
    pub(crate) fn commit_one(&mut self) {
        let transaction = self.begin();
        self.insert(&transaction, 1, None);
        transaction.commit().expect("a commit");
    }

    fn begin(&self) -> WriteTransaction {
        let mut transaction = self.database.begin_write().expect("a transaction");
        transaction.set_quick_repair(true);
        transaction
            .set_durability(Durability::Immediate)
            .expect("a durable transaction");
        transaction
    }

    /// Inserts new leads; with a due time they wait for the webhook too. Gives the first of them.
    fn insert(&mut self, transaction: &WriteTransaction, leads: u64, due: Option<u64>) -> u64 {
        let first = self.next_lead;
        self.next_lead += leads;
        if leads == 0 {
            return first;
        }
        let mut events = transaction.open_table(EVENTS).expect("a table");
        for lead in first..self.next_lead {
            let record = self.model.event.as_slice();
            events.insert((lead, 1), record).expect("a row");
        }
        if let Some(due) = due {
            let mut pending = transaction.open_table(PENDING).expect("a table");
            let mut dues = transaction.open_table(DUE).expect("a table");
            for lead in first..self.next_lead {
                let record = self.model.finished.as_slice();
                pending.insert((WEBHOOK, lead, 1), record).expect("a row");
                dues.insert((WEBHOOK, due, lead, 1), ()).expect("a row");
            }
        }
        let mut meta = transaction.open_table(META).expect("a table");
        meta.insert("next_lead", self.next_lead).expect("a row");
        first
    }

    fn finish(&self, transaction: &WriteTransaction, jobs: &[Job]) {
        if jobs.is_empty() {
            return;
        }
        let mut pending = transaction.open_table(PENDING).expect("a table");
        let mut dues = transaction.open_table(DUE).expect("a table");
        let mut finished = transaction.open_table(FINISHED).expect("a table");
        let mut attempts = transaction.open_table(ATTEMPTS).expect("a table");
        for job in jobs {
            let key = (WEBHOOK, job.lead, 1);
            let attempt = self.model.attempt.as_slice();
            let record = self.model.finished.as_slice();
            attempts
                .insert((WEBHOOK, job.lead, 1, 1), attempt)
                .expect("a row");
            dues.remove((WEBHOOK, job.due, job.lead, 1)).expect("a row");
            pending.remove(key).expect("a row");
            finished.insert(key, record).expect("a row");
        }
    }
}

/// The thread that commits.
pub(super) struct Writer {
    sender: Sender<Request>,
    thread: Option<JoinHandle<()>>,
}

/// Puts requests to the writer.
#[derive(Clone)]
pub(super) struct Handle(Sender<Request>);

impl Handle {
    /// Stores a lead; `told` hears its number after the commit.
    pub(super) fn store(&self, told: impl FnOnce(u64) + Send + 'static) {
        let _ = self.0.send(Request::Lead(Box::new(told)));
    }

    /// Writes back that a job is done; `told` hears of the commit.
    pub(super) fn record(&self, job: Job, told: impl FnOnce() + Send + 'static) {
        let _ = self.0.send(Request::Outcome(job, Box::new(|_| told())));
    }
}

impl Writer {
    /// Leads become jobs after their commit, if there is somebody to do them.
    pub(super) fn start(mut rows: Rows, jobs: Option<Arc<Jobs>>) -> Writer {
        let (sender, receiver) = mpsc::channel();
        let thread = thread::Builder::new().name("bare-writer".to_owned());
        let thread = thread.spawn(move || while commit(&mut rows, &receiver, jobs.as_deref()) {});
        Writer {
            sender,
            thread: Some(thread.expect("a thread")),
        }
    }

    pub(super) fn handle(&self) -> Handle {
        Handle(self.sender.clone())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.sender.send(Request::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One group; false when it is time to stop.
fn commit(rows: &mut Rows, requests: &Receiver<Request>, jobs: Option<&Jobs>) -> bool {
    let Ok(first) = requests.recv() else {
        return false;
    };
    let group = std::iter::once(first).chain(requests.try_iter().take(GROUP_MAX - 1));
    let (mut leads, mut done, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for request in group {
        match request {
            Request::Lead(reply) => leads.push(reply),
            Request::Outcome(job, reply) => {
                done.push(job);
                told.push((job.lead, reply));
            }
            Request::Stop => return false,
        }
    }
    let due = now_ms();
    let transaction = rows.begin();
    let first = rows.insert(&transaction, leads.len() as u64, jobs.map(|_| due));
    rows.finish(&transaction, &done);
    transaction.commit().expect("a commit");
    if let Some(jobs) = jobs {
        jobs.add((first..rows.next_lead).map(|lead| Job { lead, due }));
    }
    let stored = (first..).zip(leads);
    stored.chain(told).for_each(|(lead, reply)| reply(lead));
    true
}

fn now_ms() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    since_1970.map_or(0, |time| time.as_millis() as u64)
}
