//! Receivers are away while leads come in and change; the program starts again with all that waits,
//! and then it goes out.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Pid;

use crate::client::Connection;
use crate::daemon::{Directory, LIMIT, webhook};
use crate::program::Program;
use crate::receiver::{Receiver, Reply, Request};
use crate::{everything, kib, start};

/// Each wants every lead.
const WEBHOOKS: [&str; 4] = ["a", "b", "c", "d"];
/// A lead is new, and changes once.
const EVENTS: usize = 2;
const CLIENTS: usize = 32;
/// More than this the process never has in memory, whatever waits.
const MEMORY_MAX_MIB: u64 = 128;

/// What has come of each lead to each webhook, and when each hundredth of all was there.
struct Ledger {
    came: [Vec<u8>; WEBHOOKS.len()],
    count: usize,
    hundredths: Vec<Instant>,
    wrong: Vec<String>,
}

impl Ledger {
    fn of(leads: usize) -> Ledger {
        Ledger {
            came: [(); WEBHOOKS.len()].map(|()| vec![0; leads + 1]),
            count: 0,
            hundredths: Vec::new(),
            wrong: Vec::new(),
        }
    }

    fn all(&self) -> usize {
        (self.came[0].len() - 1) * WEBHOOKS.len() * EVENTS
    }

    fn take(&mut self, request: &Request) {
        let body = String::from_utf8_lossy(&request.body);
        let Some((webhook, trigger, lead)) = said(&request.line, &body) else {
            return self.wrong.push(format!("{}: {body}", request.line));
        };
        let before = self.came[webhook].get_mut(lead);
        match (before, trigger) {
            (Some(before @ 0), "new") => *before = 1,
            (Some(before @ 1), "update") => *before = 2,
            (before, _) => {
                let what = format!("{trigger} of lead {lead} to {webhook} after {before:?}");
                self.wrong.push(what);
            }
        }
        self.count += 1;
        if self.count.is_multiple_of(self.all() / 100) {
            self.hundredths.push(Instant::now());
        }
    }

    /// How many a second came between these hundredths.
    fn speed(&self, from: usize, to: usize) -> f64 {
        let time = self.hundredths[to - 1] - self.hundredths[from - 1];
        (self.all() / 100 * (to - from)) as f64 / time.as_secs_f64()
    }
}

/// `POST /2 HTTP/1.1`, `{"trigger":"new","lead_id":17,…`: webhook, trigger and lead.
fn said<'a>(line: &str, body: &'a str) -> Option<(usize, &'a str, usize)> {
    let webhook = line.strip_prefix("POST /")?.split(' ').next()?;
    let (trigger, rest) = body
        .strip_prefix(r#"{"trigger":""#)?
        .split_once(r#"","lead_id":"#)?;
    let lead = rest.split(',').next()?;
    Some((webhook.parse().ok()?, trigger, lead.parse().ok()?))
}

/// Posts all leads, and of each its change.
fn post_all(to: SocketAddr, leads: usize) {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut connection = None;
        loop {
            let n = next.fetch_add(1, Ordering::SeqCst);
            if n >= leads {
                return;
            }
            for notes in ["new", "changed"] {
                let lead = format!(
                    r#"{{"external_id":"{n}","notes":"{notes}","email":"n{n}@example.com","city":"Oslo"}}"#
                );
                while !post(to, &mut connection, &lead) {}
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(work);
        }
    });
}

/// False when the connection was at the end of its life.
fn post(to: SocketAddr, connection: &mut Option<Connection>, lead: &str) -> bool {
    let json = [("content-type", "application/json")];
    let open = || Connection::open(to).expect("a connection");
    let kept = connection.get_or_insert_with(open);
    let Ok(answer) = kept.ask("POST", "/in/website", &json, lead.as_bytes()) else {
        *connection = None;
        return false;
    };
    assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
    true
}

fn mib(pid: Pid, name: &str) -> u64 {
    kib(&pid.as_raw_nonzero().to_string(), name) / 1024
}

fn start_with_webhooks(directory: &Path, receiver: &Receiver) -> Program {
    let webhooks = (0..).zip(WEBHOOKS).map(|(n, name): (usize, _)| {
        let url = format!("http://{}/{n}", receiver.address());
        webhook(name, &url, "")
    });
    start(directory, &webhooks.collect::<String>())
}

/// Waits until all has come; as long as something comes, that may take its time.
fn wait_until_all_came(ledger: &Mutex<Ledger>) {
    let (mut before, mut since) = (0, Instant::now());
    loop {
        let count = {
            let ledger = ledger.lock().expect("the ledger");
            if ledger.count >= ledger.all() || !ledger.wrong.is_empty() {
                return;
            }
            ledger.count
        };
        if count > before {
            (before, since) = (count, Instant::now());
        }
        assert!(since.elapsed() < LIMIT, "nothing more comes after {count}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_backlog_takes_no_more_memory_however_long_it_is_and_goes_out_in_order() {
    let leads = if everything() { 125_000 } else { 500 };
    let ledger = Arc::new(Mutex::new(Ledger::of(leads)));
    let record = ledger.clone();
    let receiver = Receiver::passing(move |request, _| {
        record.lock().expect("the ledger").take(request);
        Reply::status(200)
    });
    let directory = Directory::new();
    let mut program = start_with_webhooks(&directory.0, &receiver);
    let at_start = mib(program.pid(), "VmRSS");
    for webhook in WEBHOOKS {
        program.hold(webhook, "pause");
    }
    post_all(program.ingest, leads);
    let all = ledger.lock().expect("the ledger").all();
    assert_eq!(program.pending(), Some(all as u64));
    let filled = mib(program.pid(), "VmHWM");
    assert_eq!(program.stop(), Some(0));

    let mut program = start_with_webhooks(&directory.0, &receiver);
    let waiting = mib(program.pid(), "VmRSS");
    for webhook in WEBHOOKS {
        program.hold(webhook, "resume");
    }
    wait_until_all_came(&ledger);
    crate::daemon::wait_until("an empty queue", || program.pending() == Some(0));
    let drained = mib(program.pid(), "VmHWM");
    let start = program.start;
    assert_eq!(program.stop(), Some(0));
    let ledger = ledger.lock().expect("the ledger");
    assert!(ledger.wrong.is_empty(), "{:#?}", &ledger.wrong[..1]);
    assert_eq!(ledger.count, all);
    println!(
        "figure: {all} deliveries waited; memory {at_start} MiB at the start, at most {filled} while they came, \
         {waiting} with all of them after a start of {start:.1?}, at most {drained} while they went out; \
         {:.0} a second in the first tenth, {:.0} in the last",
        ledger.speed(1, 10),
        ledger.speed(90, 100)
    );
    assert!(filled.max(drained) < MEMORY_MAX_MIB, "too much memory");
}
