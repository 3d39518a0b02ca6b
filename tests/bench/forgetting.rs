//! What it costs the posts that a person with many leads is forgotten, while a load comes in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use crate::client::ask;
use crate::fill;
use crate::load::{LEAD, post};
use crate::place::Directory;
use crate::real::Real;
use crate::table::{Pass, Rounds, Row, median, per_second, seconds};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 3;
/// So many leads of one person are forgotten in a round.
const FORGOTTEN: usize = 10_000;
/// The load while nobody is forgotten,
const LEADS: usize = 30_000;
/// and the part of it after which is looked whether the person is.
const PART: usize = 5_000;
const HEADERS: [(&str, &str); 2] = [
    ("authorization", "Bearer bench-admin-token-0123"),
    ("content-type", "application/json"),
];

/// The load while all leads of a person are forgotten, and while nobody is.
pub(crate) fn beside_load() -> Vec<Row> {
    let directory = Arc::new(Directory::new());
    fill::fill_with(directory.path(), &[], FORGOTTEN * ROUNDS, |n| {
        LEAD.replace("ada.lovelace@example.com", &email(n / FORGOTTEN))
    });
    let real = Real::start(directory, &[]);
    let (ingest, admin) = (real.address(), real.admin());
    post(ingest, CONNECTIONS, LEADS);
    let (mut rounds, mut times) = (Rounds::default(), Vec::new());
    for person in 0..ROUNDS {
        let quiet = Pass::of(|| {
            post(ingest, CONNECTIONS, LEADS);
            LEADS
        });
        let (meanwhile, time) = thread::scope(|scope| {
            let forgetting = scope.spawn(|| forget(admin, &email(person)));
            let meanwhile = Pass::of(|| {
                let mut posted = 0;
                while !forgetting.is_finished() {
                    post(ingest, CONNECTIONS, PART);
                    posted += PART;
                }
                posted
            });
            (meanwhile, forgetting.join().expect("a person forgotten"))
        });
        rounds.add(meanwhile, quiet);
        times.push(time);
    }
    vec![Row {
        what: format!("durable ingest while {FORGOTTEN} leads of a person are forgotten"),
        figure: format!(
            "{} leads, forgotten in {:.1} s",
            per_second(rounds.real()),
            median(times)
        ),
        reference: format!("while nobody is {}", per_second(rounds.reference())),
        ratio: Some(rounds.ratio()),
        aim: ">= 0.80".to_owned(),
        holds: Some(rounds.ratio() >= 0.80),
    }]
}

fn email(person: usize) -> String {
    format!("person{person}@example.com")
}

/// Has a person forgotten, as the command does; gives the seconds that it takes.
fn forget(admin: SocketAddr, email: &str) -> f64 {
    let (body, began) = (format!(r#"{{"email_address":"{email}"}}"#), Instant::now());
    let mut erased = 0;
    loop {
        let answer = ask(admin, "POST", "/api/v1/forget", &HEADERS, body.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.body);
        let told = answer.json();
        erased += told["leads"].as_array().map_or(0, Vec::len);
        if told["remaining"] == 0 {
            assert_eq!(erased, FORGOTTEN, "{}", answer.body);
            return seconds(began.elapsed());
        }
    }
}
