//! The two receivers: one takes everything, the other fails now and then. Both remember what came,
//! and in which life of the program.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use crate::client::ask;
use crate::clients::Told;
use crate::daemon::wait_until;
use crate::receiver::{Receiver, Reply, Request};

/// One delivery in how many fails at its first attempt, at the moody receiver.
const FAILS_ONE_IN: usize = 5;

/// A request as it came.
#[derive(Clone, Debug)]
struct Came {
    id: String,
    lead: u64,
    text: String,
    /// How many kills there were before.
    life: u64,
    taken: bool,
}

#[derive(Default)]
struct Record {
    life: u64,
    came: Vec<Came>,
    /// What was waiting at each kill, by its `webhook-id`.
    waiting: Vec<HashSet<String>>,
}

pub(crate) struct Receivers([(Receiver, Arc<Mutex<Record>>); 2]);

impl Receivers {
    pub(crate) fn start() -> Receivers {
        Receivers([false, true].map(|moody| {
            let record: Arc<Mutex<Record>> = Arc::default();
            let to = record.clone();
            let script =
                move |request: &Request, _| to.lock().expect("a record").take(request, moody);
            (Receiver::script(script), record)
        }))
    }

    pub(crate) fn urls(&self) -> [String; 2] {
        self.0.each_ref().map(|(receiver, _)| receiver.url())
    }

    /// The program is dead: waits until all that it still sent has arrived.
    pub(crate) fn end_life(&self) {
        for (receiver, record) in &self.0 {
            // Connections are accepted in order, so all of the program's are known after this one.
            ask(receiver.address(), "GET", "/flush", &[], b"");
            wait_until("the end of all connections", || {
                receiver.open_connections() == 0
            });
            record.lock().expect("a record").life += 1;
        }
    }

    /// Remembers what could be sent next when the program was killed.
    pub(crate) fn keep_waiting(&self, kill: u64, heads: &[HashSet<String>; 2]) {
        for ((_, record), heads) in self.0.iter().zip(heads) {
            let mut record = record.lock().expect("a record");
            assert_eq!(record.waiting.len() as u64, kill);
            record.waiting.push(heads.clone());
        }
    }

    /// Holds everything that came against what the clients were told. Gives the number of
    /// deliveries that were repeated at the steady receiver.
    pub(crate) fn check(&self, told: &[Told]) -> usize {
        for (_, record) in &self.0 {
            let record = record.lock().expect("a record");
            check_complete(&record.came, told);
            check_order(&record.came);
            check_repeats(&record);
        }
        let steady = self.0[0].1.lock().expect("a record");
        let once: HashSet<&str> = steady.came.iter().map(|came| came.id.as_str()).collect();
        check_once_a_life(&steady.came);
        steady.came.len() - once.len()
    }
}

impl Record {
    fn take(&mut self, request: &Request, moody: bool) -> Reply {
        let Some(id) = request.header("webhook-id") else {
            return Reply::status(204);
        };
        let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
        let fails = moody
            && id
                .bytes()
                .map(usize::from)
                .sum::<usize>()
                .is_multiple_of(FAILS_ONE_IN);
        let taken = !fails || self.came.iter().rev().any(|came| came.id == id);
        self.came.push(Came {
            id: id.to_owned(),
            lead: body["lead_id"].as_u64().expect("a number"),
            text: body["notes"].as_str().expect("a text").to_owned(),
            life: self.life,
            taken,
        });
        Reply::status(if taken { 200 } else { 500 })
    }
}

/// Every lead that was acknowledged has come, as itself, and always under the same id.
fn check_complete(came: &[Came], told: &[Told]) {
    let mut found: HashMap<&str, (u64, &str)> = HashMap::new();
    for came in came.iter().filter(|came| came.taken) {
        let before = found.insert(&came.text, (came.lead, &came.id));
        let same = before.is_none_or(|before| before == (came.lead, came.id.as_str()));
        assert!(same, "{came:?} came before as {before:?}");
    }
    for told in told {
        let lead = found.get(told.text.as_str()).map(|(lead, _)| *lead);
        assert_eq!(lead, Some(told.lead), "{} never came", told.text);
    }
}

/// What a client posted later of one lead comes later, and never again what came before it.
fn check_order(came: &[Came]) {
    let mut last: HashMap<u64, (u64, bool)> = HashMap::new();
    for came in came {
        let Some((_, number)) = came.text.rsplit_once(": ") else {
            continue;
        };
        let number: u64 = number.parse().expect("a number");
        let before = last.insert(came.lead, (number, came.taken));
        let follows =
            before.is_none_or(|(before, taken)| number == before || (number > before && taken));
        assert!(follows, "{came:?} came after {before:?}");
    }
}

/// What came before a kill comes again after it only if it was still waiting then: it was in
/// flight, or answered and not yet committed, or had failed.
fn check_repeats(record: &Record) {
    let mut last: HashMap<&str, u64> = HashMap::new();
    for came in &record.came {
        let Some(before) = last.insert(&came.id, came.life) else {
            continue;
        };
        for kill in before..came.life {
            let waited = record.waiting[kill as usize].contains(&came.id);
            assert!(waited, "{came:?} was done at kill {kill}");
        }
    }
}

/// Without a failure or a kill nothing is sent twice.
fn check_once_a_life(came: &[Came]) {
    let mut seen = HashSet::new();
    for came in came {
        assert!(seen.insert((came.life, &came.id)), "{came:?} came twice");
    }
}
