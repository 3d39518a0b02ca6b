//! What it costs the posts that somebody looks: pages, the API and the metrics, while a load comes in.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::ask;
use crate::fill;
use crate::load::{LEAD, Line, post, request};
use crate::place::Directory;
use crate::real::Real;
use crate::table::{Pass, Rounds, Row, ms, per_second, seconds};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
const LEADS: usize = 30_000;
/// Leads that are there to be looked at.
const STORED: usize = 100_000;
/// So long somebody looks at a page before the next.
const PAUSE: Duration = Duration::from_millis(500);
const TOKEN: (&str, &str) = ("authorization", "Bearer bench-admin-token-0123");
/// What is looked at, over and over: what the pages read too.
const LOOKS: [&str; 5] = [
    "/metrics",
    "/api/v1/leads",
    "/api/v1/leads?search=maintenance",
    "/api/v1/leads?email_address=grace@example.com&leads_per_page=5",
    "/api/v1/statistics",
];

/// The whole load, with somebody looking and without.
pub(crate) fn beside_load() -> Vec<Row> {
    let directory = Arc::new(Directory::new());
    fill::fill(directory.path(), &[], STORED);
    let real = Real::start(directory, &[]);
    let admin = real.admin();
    let cookie = sign_in(admin);
    // All that the load posts are of one person; it is another one that is looked for.
    let request = request(&LEAD.replace("ada.lovelace", "grace"));
    drop(Line::open(real.address()).exchange(&request).to_vec());
    let pass = || {
        Pass::of(|| {
            post(real.address(), CONNECTIONS, LEADS);
            LEADS
        })
    };
    pass();
    let slowest = Mutex::new((Duration::ZERO, ""));
    let mut rounds = Rounds::default();
    for _ in 0..ROUNDS {
        // Each pass has its own leads to index, and not those of the one before.
        real.wait_until_indexed();
        let quiet = pass();
        real.wait_until_indexed();
        let over = AtomicBool::new(false);
        let watched = thread::scope(|scope| {
            scope.spawn(|| look(admin, &cookie, &over, &slowest));
            let watched = pass();
            over.store(true, Ordering::Relaxed);
            watched
        });
        rounds.add(watched, quiet);
    }
    let (time, path) = *slowest.lock().expect("no panic");
    vec![Row {
        what: "durable ingest beside pages, API and metrics, 64 connections".to_owned(),
        figure: format!(
            "{} leads; slowest {path}, {}",
            per_second(rounds.real()),
            ms(seconds(time))
        ),
        reference: format!("without them {}", per_second(rounds.reference())),
        ratio: Some(rounds.ratio()),
        aim: ">= 0.90".to_owned(),
        holds: Some(rounds.ratio() >= 0.90),
    }]
}

fn sign_in(admin: SocketAddr) -> String {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let signed_in = ask(
        admin,
        "POST",
        "/sign-in",
        &form,
        b"token=bench-admin-token-0123",
    );
    let cookie = signed_in.header("set-cookie").expect("a session");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

fn look(admin: SocketAddr, cookie: &str, over: &AtomicBool, slowest: &Mutex<(Duration, &str)>) {
    let pages = ["/", "/leads", "/sources", "/system"].map(|page| (page, ("cookie", cookie)));
    let looks = LOOKS.map(|look| (look, TOKEN));
    for (path, who) in pages.iter().chain(&looks).cycle() {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let began = Instant::now();
        let seen = ask(admin, "GET", path, &[*who], b"");
        assert_eq!(seen.status, 200, "{path}: {}", seen.body);
        let mut slowest = slowest.lock().expect("no panic");
        *slowest = (*slowest).max((began.elapsed(), path));
        drop(slowest);
        thread::sleep(PAUSE);
    }
}
