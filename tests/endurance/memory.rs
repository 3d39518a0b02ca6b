//! More than memory holds: a thousand of the largest posts at once under a limit that the kernel sets, and
//! a limit that is too small for anything.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Barrier;
use std::thread;

use rustix::process::Resource;

use crate::client::{Connection, ask};
use crate::clients::Clients;
use crate::daemon::{Directory, LIMIT, wait_until, webhook};
use crate::exhausted::{lower, retry};
use crate::program::Program;
use crate::receiver::{Receiver, Reply};
use crate::{everything, kib, look, start, start_as};

/// The default of `body_bytes_max`.
const BODY_BYTES: usize = 256 * 1024;
/// The kernel gives the program so much beyond what it has at rest.
const MORE_BYTES: u64 = 96 << 20;
const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

fn data_bytes(program: &Program) -> u64 {
    kib(&program.pid().as_raw_nonzero().to_string(), "VmData") * 1024
}

/// Whether nothing is left of it but its exit code.
fn is_dead(program: &Program) -> bool {
    let status = format!("/proc/{}/status", program.pid().as_raw_nonzero());
    fs::read_to_string(status).is_ok_and(|status| status.contains("State:\tZ"))
}

/// A post of nearly the largest size; in the short form most of it says nothing, and costs little.
fn largest(text: &str) -> String {
    let filling = if everything() {
        "many words "
    } else {
        "           "
    };
    let filling = filling.repeat(BODY_BYTES / 5 / filling.len() - 9);
    let fields = ["a", "b", "c", "d", "e"].map(|name| match everything() {
        true => format!(r#""{name}":"{filling}","#),
        false => filling.clone(),
    });
    format!(r#"{{{}"notes":"{text}"}}"#, fields.concat())
}

/// Posts all of `lead` but its last byte, meets the others, waits for them again, and posts the rest.
/// Gives the status, if there was an answer: who is turned away may be cut off before he reads it.
fn post_slowly(to: SocketAddr, lead: &str, all: &Barrier) -> Option<u16> {
    let stream = TcpStream::connect(to);
    let head = format!(
        "POST /in/website HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n",
        lead.len()
    );
    let (rest, last) = lead.as_bytes().split_at(lead.len() - 1);
    if let Ok(mut stream) = stream.as_ref() {
        let _ = stream.set_read_timeout(Some(6 * LIMIT));
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(rest);
    }
    all.wait();
    all.wait();
    let mut stream = stream.ok()?;
    let _ = stream.write_all(last);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let line = String::from_utf8_lossy(&answer);
    line.split(' ').nth(1)?.parse().ok()
}

#[test]
fn more_large_posts_than_memory_holds_are_turned_away_and_small_ones_are_taken_beside_them() {
    let size = if everything() { 1_000 } else { 200 };
    let directory = Directory::new();
    let mut program = start_as(&directory.0, "body_timeout = \"2m\"\n", "");
    let to = program.ingest;
    lower(&program, Resource::Data, data_bytes(&program) + MORE_BYTES);
    let all = Barrier::new(size + 1);
    let statuses: Vec<Option<u16>> = thread::scope(|scope| {
        let post = |n| {
            let all = &all;
            move || post_slowly(to, &largest(&format!("large {n}")), all)
        };
        let threads: Vec<_> = (0..size).map(|n| scope.spawn(post(n))).collect();
        all.wait();
        let connection = Connection::open(to);
        let small = connection.and_then(|mut connection| {
            connection.ask("POST", "/in/website", &JSON, br#"{"notes":"small"}"#)
        });
        all.wait();
        assert_eq!(small.expect("an answer beside the crowd").status, 201);
        let statuses = threads.into_iter().map(|thread| thread.join());
        statuses.map(|status| status.expect("a client")).collect()
    });
    let count = |status| statuses.iter().filter(|known| **known == status).count();
    let (taken, told, cut) = (count(Some(201)), count(Some(503)), count(None));
    assert_eq!(taken + told + cut, size, "{statuses:?}");
    assert!(taken > 10 && told > 0, "{taken} taken, {told} told");
    let again = ask(
        to,
        "POST",
        "/in/website",
        &JSON,
        largest("again").as_bytes(),
    );
    assert_eq!(again.status, 201, "{}", again.body);
    let peak = kib(&program.pid().as_raw_nonzero().to_string(), "VmHWM") / 1024;
    assert_eq!(program.stop(), Some(0));
    assert_eq!(look::check(&directory.0, &[]), taken as u64 + 2);
    println!(
        "figure: {size} posts of 256 KiB at once with {} MiB: {taken} taken, {} turned away, a small one \
         taken beside them; memory at most {peak} MiB",
        MORE_BYTES >> 20,
        told + cut
    );
}

#[test]
fn a_program_that_dies_for_want_of_memory_has_all_it_acknowledged_when_it_starts_again() {
    let directory = Directory::new();
    let receiver = Receiver::always(Reply::status(200));
    let webhooks = webhook("crm", &receiver.url(), &retry());
    let clients = Clients::start();
    let deaths = if everything() { 30 } else { 2 };
    for _ in 0..deaths {
        let program = start(&directory.0, &webhooks);
        clients.door.open(program.ingest);
        let before = clients.told().len();
        wait_until("some load", || clients.told().len() > before + 50);
        lower(&program, Resource::Data, data_bytes(&program));
        // Small posts may go on for long in what was freed before.
        let large = largest("large");
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| post_slowly(program.ingest, &large, &Barrier::new(1)));
            }
        });
        wait_until("its end", || is_dead(&program));
        clients.door.close();
    }
    let mut program = start(&directory.0, &webhooks);
    clients.door.open(program.ingest);
    let told = clients.finish();
    wait_until("an empty queue", || program.pending() == Some(0));
    assert_eq!(program.stop(), Some(0));
    let leads = look::check(&directory.0, &told);
    println!(
        "figure: {deaths} times dead for want of memory, {} answers, {leads} leads, all there",
        told.len()
    );
}
