//! A million leads, all different: how soon what somebody looks for is there, and what the index costs.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use crate::client::ask;
use crate::fill;
use crate::place::Directory;
use crate::real::Real;
use crate::table::{Row, quantile, seconds, thousands};

const LEADS: usize = 1_000_000;
/// So many of them are one person's.
const OF_PERSON: usize = 4;
/// Each word of the rarer kind is in so many leads.
const OF_WORD: usize = 1000;
/// Every so many-th comes from Bing.
const BING: usize = 10;
const TRIES: usize = 25;
const TOKEN: [(&str, &str); 1] = [("authorization", "Bearer bench-admin-token-0123")];

/// What is looked for, how many leads it is, and how many seconds it may take.
struct Look {
    what: &'static str,
    path: fn(usize) -> String,
    total: Option<usize>,
    limit: f64,
}

const FIRST_PAGE: f64 = 0.050;
const FILTER: f64 = 2.0;

const LOOKS: [Look; 9] = [
    Look {
        what: "the newest",
        path: |_| "leads".to_owned(),
        total: Some(LEADS),
        limit: FIRST_PAGE,
    },
    Look {
        what: "a day",
        path: |n| format!("leads?start_date={0}&end_date={0}", day(n * 7)),
        total: Some(OF_DAY),
        limit: FIRST_PAGE,
    },
    Look {
        what: "an e-mail address",
        path: |n| format!("leads?email_address={}", email(n * 9973)),
        total: Some(OF_PERSON),
        limit: FIRST_PAGE,
    },
    Look {
        what: "an id",
        path: |n| format!("leads/{}", n * 39_999 + 1),
        total: None,
        limit: FIRST_PAGE,
    },
    Look {
        what: "a word",
        path: |n| format!("leads?search={}", word(n * 31)),
        total: Some(OF_WORD),
        limit: FIRST_PAGE,
    },
    Look {
        what: "a word that is in all",
        path: |_| "leads?search=maintenance".to_owned(),
        total: Some(LEADS),
        limit: FILTER,
    },
    Look {
        what: "a filter",
        path: |_| "leads?lead_source=bing".to_owned(),
        total: Some(LEADS / BING),
        limit: FILTER,
    },
    Look {
        what: "three filters",
        path: |_| "leads?lead_source=bing&quotable=not_set&spam=false&page=900".to_owned(),
        total: Some(LEADS / BING),
        limit: FILTER,
    },
    Look {
        what: "a filter and a word",
        path: |n| format!("leads?lead_source=google&search={}", word(n * 31)),
        total: None,
        limit: FILTER,
    },
];

pub(crate) fn in_a_million() -> Vec<Row> {
    let directory = Arc::new(Directory::new());
    let indexing = fill::fill_with(directory.path(), &[], LEADS, lead);
    let bytes = fs::metadata(directory.path().join("leadhook.redb")).expect("a database");
    let real = Real::start(directory, &[]);
    let mut rows: Vec<Row> = LOOKS.iter().map(|look| timed(real.admin(), look)).collect();
    rows.push(Row {
        what: "1,000,000 leads: the index of words, beside the posts".to_owned(),
        figure: format!("{:.1} us of a core a lead", seconds(indexing)),
        reference: format!("database {} bytes a lead", bytes.len() / LEADS as u64),
        ratio: None,
        aim: "-".to_owned(),
        holds: None,
    });
    rows
}

/// Of many in a row nearly the slowest counts, the first included.
fn timed(admin: SocketAddr, look: &Look) -> Row {
    let mut times = Vec::new();
    let mut is_exact = true;
    for n in 0..TRIES {
        let path = format!("/api/v1/{}", (look.path)(n));
        let began = Instant::now();
        let answer = ask(admin, "GET", &path, &TOKEN, b"");
        times.push(seconds(began.elapsed()));
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let total = answer.json()["total_leads"].as_u64();
        is_exact &= look.total.is_none_or(|wanted| total == Some(wanted as u64));
    }
    let (middle, slow) = (quantile(times.clone(), 0.5), quantile(times, 0.95));
    Row {
        what: format!("1,000,000 leads: {}", look.what),
        figure: format!("{:.1} ms, p95 {:.1} ms", middle * 1000.0, slow * 1000.0),
        reference: match (look.total, is_exact) {
            (None, _) => "-".to_owned(),
            (Some(total), true) => format!("{} found, exactly", thousands(total as f64)),
            (Some(total), false) => format!("not {} found", thousands(total as f64)),
        },
        ratio: None,
        aim: format!("<= {:.0} ms", look.limit * 1000.0),
        holds: Some(slow <= look.limit && is_exact),
    }
}

/// The leads came on so many days, one after the other.
const DAYS: usize = 1000;
const OF_DAY: usize = LEADS / DAYS;

fn day(n: usize) -> String {
    let n = n % DAYS;
    // Twelve months of 28 days: no calendar is needed.
    format!(
        "{}-{:02}-{:02}",
        2020 + n / 336,
        n / 28 % 12 + 1,
        n % 28 + 1
    )
}

fn email(n: usize) -> String {
    format!("person{}@example.com", n % (LEADS / OF_PERSON))
}

/// One of a thousand words that begin alike in tens.
fn word(n: usize) -> String {
    let letter = |n: usize| char::from(b'a' + (n % 10) as u8);
    let n = n % (LEADS / OF_WORD);
    format!("q{}{}{}x", letter(n / 100), letter(n / 10), letter(n))
}

/// The lead of this number. What a thousand leads share, but for their day, is spread over all of them.
fn lead(n: usize) -> String {
    let source = if n.is_multiple_of(BING) {
        "bing"
    } else {
        "google"
    };
    format!(
        r#"{{"name":"Person {n}","email":"{}","phone":"+4930{:07}","date_created":"{}T10:00:00Z","utm_source":"{source}","utm_medium":"cpc","message":"We look for somebody who takes over the maintenance of our {} machines number {n} in the {} {} hall. Please call us back about the {} {}.","city":"Berlin","zip":"{:05}"}}"#,
        email(n),
        1_000_000 + n,
        day(n / OF_DAY),
        word(n),
        common(n, 7),
        common(n, 11),
        common(n, 13),
        common(n, 17),
        n % 90_000 + 10_000,
    )
}

/// A word of a few hundred, as texts have them.
fn common(n: usize, step: usize) -> String {
    let n = n / step % 400;
    format!("w{}o{}", n % 20, n / 20)
}
