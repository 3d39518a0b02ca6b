//! The clients: some post new leads, some the same one until it is answered, some change what they
//! posted before. Each remembers what it was told.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

use crate::client::{Answer, Connection};

const CLIENTS: usize = 24;
/// Those that change leads have so many each.
const LEADS: usize = 5;

/// An answer with a 2xx.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// What was posted; no other post had it.
    pub(crate) text: String,
    pub(crate) lead: u64,
}

/// Where the program listens at the moment, if it does.
#[derive(Default)]
pub(crate) struct Door(Mutex<Option<SocketAddr>>, Condvar);

impl Door {
    pub(crate) fn open(&self, address: SocketAddr) {
        *self.0.lock().expect("the door") = Some(address);
        self.1.notify_all();
    }

    pub(crate) fn close(&self) {
        *self.0.lock().expect("the door") = None;
    }

    fn wait(&self) -> SocketAddr {
        let door = self.0.lock().expect("the door");
        let door = self.1.wait_while(door, |address| address.is_none());
        door.expect("the door").expect("an address")
    }
}

pub(crate) struct Clients {
    pub(crate) door: Arc<Door>,
    told: Arc<Mutex<Vec<Told>>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Clients {
    pub(crate) fn start() -> Clients {
        let (door, told) = (Arc::<Door>::default(), Arc::<Mutex<Vec<Told>>>::default());
        let stop = Arc::new(AtomicBool::new(false));
        let start = |number| {
            let client = Client {
                number,
                door: door.clone(),
                told: told.clone(),
                connection: None,
            };
            let stop = stop.clone();
            thread::spawn(move || client.work(&stop))
        };
        let threads = (0..CLIENTS).map(start).collect();
        Clients {
            door,
            told,
            stop,
            threads,
        }
    }

    /// What was answered so far.
    pub(crate) fn told(&self) -> Vec<Told> {
        self.told.lock().expect("the answers").clone()
    }

    /// Lets each finish what it has begun.
    pub(crate) fn finish(self) -> Vec<Told> {
        self.stop.store(true, Ordering::SeqCst);
        for thread in self.threads {
            thread.join().expect("a client");
        }
        self.told.lock().expect("the answers").clone()
    }
}

struct Client {
    number: usize,
    door: Arc<Door>,
    told: Arc<Mutex<Vec<Told>>>,
    connection: Option<(SocketAddr, Connection)>,
}

impl Client {
    fn work(mut self, stop: &AtomicBool) {
        for n in 0.. {
            if stop.load(Ordering::SeqCst) {
                return;
            }
            match self.number % 3 {
                0 => self.post_once(n),
                1 => self.post_until_answered(n),
                _ => self.change(n),
            }
        }
    }

    /// Whatever becomes of it.
    fn post_once(&mut self, n: usize) {
        let text = format!("once {} {n}", self.number);
        self.post(&text, None, &[]);
    }

    fn post_until_answered(&mut self, n: usize) {
        let text = format!("until {} {n}", self.number);
        while !self.post(&text, None, &[("idempotency-key", &text)]) {}
    }

    /// The numbers of one lead go up with its revisions.
    fn change(&mut self, n: usize) {
        let lead = format!("lead {} {}", self.number, n % LEADS);
        self.post(&format!("{lead}: {n}"), Some(&lead), &[]);
    }

    /// Tells whether it was answered with a 2xx.
    fn post(&mut self, text: &str, external_id: Option<&str>, headers: &[(&str, &str)]) -> bool {
        let body = serde_json::json!({"notes": text, "external_id": external_id});
        let json = ("content-type", "application/json");
        let headers = [&[json], headers].concat();
        let Some(answer) = self.ask(&headers, body.to_string().as_bytes()) else {
            self.connection = None;
            return false;
        };
        let taken = matches!(answer.status, 200 | 201);
        assert!(taken || answer.status == 503, "{}", answer.body);
        if taken {
            self.told.lock().expect("the answers").push(Told {
                text: text.to_owned(),
                lead: answer.lead_id(),
            });
        }
        taken
    }

    fn ask(&mut self, headers: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
        let address = self.door.wait();
        if self
            .connection
            .as_ref()
            .is_none_or(|(to, _)| *to != address)
        {
            self.connection = Some((address, Connection::open(address).ok()?));
        }
        let (_, connection) = self.connection.as_mut()?;
        connection.ask("POST", "/in/website", headers, body).ok()
    }
}
