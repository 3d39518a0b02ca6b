//! What it costs to keep leads twice: the journal for every post, a backup for those that come
//! meanwhile.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::client::ask;
use crate::fill;
use crate::load::{LEAD, Line, post, request};
use crate::place::Directory;
use crate::real::Real;
use crate::table::{Pass, Rounds, Row, ms, per_second, quantile, seconds};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
const LEADS: usize = 30_000;
const WARM_UP: usize = 3_000;
/// Leads that a backup copies.
const STORED: usize = 100_000;
/// Posts one after the other, without a backup.
const POSTS: usize = 3_000;
/// Of backups, with the journal or without.
const BACKUP: &str = "[backup]\ndirectory = \"backups\"\nevery = \"0s\"\n";

fn config(more: &str) -> [String; 1] {
    [format!("{BACKUP}{more}")]
}

/// The same load with a journal, held against one without.
pub(crate) fn journal() -> Vec<Row> {
    let without = Real::start(Arc::new(Directory::new()), &config("journal = \"\"\n"));
    let with = Real::start(Arc::new(Directory::new()), &config(""));
    let pass = |real: &Real, leads| {
        Pass::of(|| {
            post(real.address(), CONNECTIONS, leads);
            leads
        })
    };
    pass(&with, WARM_UP);
    pass(&without, WARM_UP);
    let mut rounds = Rounds::default();
    for _ in 0..ROUNDS {
        rounds.add(pass(&with, LEADS), pass(&without, LEADS));
    }
    vec![Row {
        what: "durable ingest with the journal, 64 connections".to_owned(),
        figure: format!("{} leads", per_second(rounds.real())),
        reference: format!("without it {}", per_second(rounds.reference())),
        ratio: Some(rounds.ratio()),
        aim: ">= 0.75".to_owned(),
        holds: Some(rounds.ratio() >= 0.75),
    }]
}

/// A backup of 100,000 leads: how long, and what posts feel of it.
pub(crate) fn backup() -> Vec<Row> {
    let directory = Arc::new(Directory::new());
    fill::fill(directory.path(), &[], STORED);
    let real = Real::start(directory, &config(""));
    let request = request(LEAD);
    let mut line = Line::open(real.address());
    let mut one = || {
        let began = Instant::now();
        drop(line.exchange(&request).to_vec());
        seconds(began.elapsed())
    };
    (0..WARM_UP / 10).for_each(|_| {
        one();
    });
    let without: Vec<f64> = (0..POSTS).map(|_| one()).collect();
    begin(&real);
    let began = Instant::now();
    let mut with = Vec::new();
    while is_running(&real) {
        with.extend((0..100).map(|_| one()));
    }
    let time = began.elapsed();
    let (quiet, busy) = (quantile(without, 0.99), quantile(with, 0.99));
    vec![
        Row {
            what: "backup of 100,000 leads while one connection posts".to_owned(),
            figure: format!("{:.1} s", seconds(time)),
            reference: "-".to_owned(),
            ratio: None,
            aim: "<= 5 s".to_owned(),
            holds: Some(time <= Duration::from_secs(5)),
        },
        Row {
            what: "p99 of posts meanwhile".to_owned(),
            figure: ms(busy),
            reference: format!("without a backup {}", ms(quiet)),
            ratio: Some(busy / quiet),
            aim: "<= 2, or below 5 ms".to_owned(),
            holds: Some(busy <= quiet * 2.0 || busy < 0.005),
        },
        beside_load(&real),
    ]
}

/// The whole load, while backups are made one after the other.
fn beside_load(real: &Real) -> Row {
    let pass = || {
        Pass::of(|| {
            post(real.address(), CONNECTIONS, LEADS);
            LEADS
        })
    };
    let mut rounds = Rounds::default();
    for _ in 0..ROUNDS {
        let quiet = pass();
        begin(real);
        rounds.add(pass(), quiet);
        while is_running(real) {
            thread::sleep(Duration::from_millis(50));
        }
    }
    Row {
        what: "durable ingest beside a backup, 64 connections".to_owned(),
        figure: format!("{} leads", per_second(rounds.real())),
        reference: format!("without it {}", per_second(rounds.reference())),
        ratio: Some(rounds.ratio()),
        aim: ">= 0.90".to_owned(),
        holds: Some(rounds.ratio() >= 0.90),
    }
}

const TOKEN: [(&str, &str); 1] = [("authorization", "Bearer bench-admin-token-0123")];

fn begin(real: &Real) {
    let begun = ask(real.admin(), "POST", "/api/v1/backup", &TOKEN, b"");
    assert_eq!(begun.status, 202, "{}", begun.body);
}

fn is_running(real: &Real) -> bool {
    let told = ask(real.admin(), "GET", "/api/v1/backup", &TOKEN, b"").json();
    let problem = &told["backup"]["problem"];
    assert!(problem.is_null(), "{problem}");
    told["backup"]["running"] == true
}
