//! The real program under load, while the system gives it no descriptor and no thread more.

use std::fs;
use std::net::TcpStream;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, prlimit};

use crate::clients::Clients;
use crate::daemon::{Directory, wait_until, webhook};
use crate::program::Program;
use crate::receiver::{Receiver, Reply};
use crate::{everything, kib, look, start};

/// So often that no delivery is given up while it cannot be sent.
pub(crate) fn retry() -> String {
    format!(
        "retry = [{}]\njitter_percent = 0",
        ["\"1s\""; 20].join(", ")
    )
}

/// Lowers the soft limit; gives it as it was.
pub(crate) fn lower(program: &Program, resource: Resource, current: u64) -> Rlimit {
    let limit = Rlimit {
        current: Some(current),
        maximum: rustix::process::getrlimit(resource).maximum,
    };
    prlimit(Some(program.pid()), resource, limit).expect("a limit")
}

/// The same, until the value is dropped.
struct Lowered<'a>(&'a Program, Resource, Rlimit);

impl Lowered<'_> {
    fn to(program: &Program, resource: Resource, current: u64) -> Lowered<'_> {
        Lowered(program, resource, lower(program, resource, current))
    }
}

impl Drop for Lowered<'_> {
    fn drop(&mut self) {
        let _ = prlimit(Some(self.0.pid()), self.1, self.2);
    }
}

/// A program under load meets this trouble again and again; gives how often. Whatever was answered
/// is there in the end, and has been delivered.
fn endures(trouble: impl Fn(&Program, &dyn Fn() -> usize)) {
    let directory = Directory::new();
    let receiver = Receiver::always(Reply::status(200));
    let mut program = start(&directory.0, &webhook("crm", &receiver.url(), &retry()));
    let clients = Clients::start();
    clients.door.open(program.ingest);
    let told = || clients.told().len();
    wait_until("some load", || told() > 100);
    let times = if everything() { 50 } else { 2 };
    for _ in 0..times {
        trouble(&program, &told);
    }
    let told = clients.finish();
    wait_until("an empty queue", || program.pending() == Some(0));
    assert_eq!(program.stop(), Some(0));
    let leads = look::check(&directory.0, &told);
    assert!(receiver.count() >= told.len(), "not all was delivered");
    println!(
        "figure: {times} times under load, {} answers, {leads} leads, all there and delivered",
        told.len()
    );
}

#[test]
fn without_descriptors_it_goes_on_with_what_it_has_and_takes_newcomers_when_there_are_some() {
    endures(|program, told| {
        let open = format!("/proc/{}/fd", program.pid().as_raw_nonzero());
        let open = fs::read_dir(open).expect("a process").count() as u64;
        let _lowered = Lowered::to(program, Resource::Nofile, open + 4);
        let connect = |_| TcpStream::connect_timeout(&program.ingest, Duration::from_millis(100));
        let flood: Vec<TcpStream> = (0..100).filter_map(|n| connect(n).ok()).collect();
        assert!(flood.len() > 4, "hardly anybody came");
        let before = told();
        wait_until("answers to those who are in", || told() > before + 50);
        drop(flood);
        // With as few as before: it needs no help to go on.
        let mut newcomer = crate::client::Connection::open(program.ingest).expect("a connection");
        let answer = newcomer.ask("GET", "/in/website", &[], b"");
        assert_eq!(answer.expect("an answer").status, 405);
    });
}

#[test]
fn without_threads_it_goes_on_with_those_it_has() {
    endures(|program, told| {
        let size = kib(&program.pid().as_raw_nonzero().to_string(), "VmSize") * 1024;
        // Too little for the stack of one more thread.
        let _lowered = Lowered::to(program, Resource::As, size + (1 << 20));
        let before = told();
        wait_until("answers all the same", || told() > before + 100);
    });
}
