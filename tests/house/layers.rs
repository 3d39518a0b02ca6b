//! Who may name whom, which crate lives where, and what the domain does without.

use std::collections::BTreeMap;

use crate::files::{File, named_after, none, sources};

/// Who may name whom; a room may always name itself. Arrows point down only: nobody but `daemon`
/// and `commands` wires, `ingest` and `delivery` do not know each other.
const LAYERS: [(&str, &[&str]); 18] = [
    ("main", &["cli", "commands"]),
    ("lib", &[]),
    ("cli", &["domain"]),
    (
        "commands",
        &[
            "cli", "config", "daemon", "delivery", "domain", "http", "log", "outbound", "store",
            "system", "upkeep",
        ],
    ),
    (
        "daemon",
        &[
            "admin", "alerts", "config", "delivery", "domain", "http", "ingest", "log", "metrics",
            "outbound", "store", "system", "upkeep",
        ],
    ),
    (
        "ingest",
        &[
            "domain", "http", "log", "metrics", "outbound", "store", "system",
        ],
    ),
    (
        "admin",
        &[
            "alerts", "delivery", "domain", "http", "metrics", "store", "system", "upkeep",
        ],
    ),
    (
        "alerts",
        &[
            "delivery", "domain", "log", "outbound", "store", "system", "upkeep",
        ],
    ),
    (
        "delivery",
        &["domain", "log", "metrics", "outbound", "store", "system"],
    ),
    ("upkeep", &["domain", "log", "store", "system"]),
    ("store", &["domain", "metrics", "system"]),
    ("outbound", &["domain"]),
    ("http", &["domain", "metrics"]),
    ("config", &["domain", "log"]),
    ("log", &["system"]),
    ("metrics", &[]),
    ("system", &["domain"]),
    ("domain", &[]),
];

#[test]
fn every_room_names_only_those_below_it() {
    let layers: BTreeMap<&str, &[&str]> = LAYERS.into_iter().collect();
    let mut violations = Vec::new();
    for file in sources() {
        let room = file.room();
        let Some(below) = layers.get(room) else {
            violations.push(format!(
                "{}: the room {room} is not in the table",
                file.path
            ));
            continue;
        };
        for (number, line) in file.code() {
            let mut named = named_after(line, "crate::");
            named.extend(named_after(line, "leadhook::"));
            let stranger = |name: &&str| *name != room && !below.contains(name);
            for name in named.into_iter().filter(stranger) {
                violations.push(format!("{}:{number}: {room} names {name:?}", file.path));
            }
        }
    }
    none(&violations);
}

/// `super::` must not be a way around the table.
#[test]
fn no_room_is_left_through_super() {
    let mut violations = Vec::new();
    for file in sources() {
        let depth = file.path.matches('/').count();
        let way_out = "super::".repeat(depth);
        for (number, line) in file.code() {
            if line.contains(&way_out) {
                violations.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    none(&violations);
}

/// Crates that live in one room, or in a few.
const CRATES: [(&str, &[&str]); 15] = [
    ("redb", &["store"]),
    ("crc32fast", &["store"]),
    ("ureq", &["outbound"]),
    ("lettre", &["outbound"]),
    ("rustls", &["outbound"]),
    ("rustls_native_certs", &["outbound"]),
    ("hyper", &["http"]),
    ("hyper_util", &["http"]),
    ("http_body_util", &["http"]),
    ("form_urlencoded", &["domain", "http"]),
    ("maxminddb", &["ingest"]),
    ("regex_lite", &["domain"]),
    ("toml", &["config"]),
    ("signal_hook", &["commands"]),
    ("tokio", &["admin", "commands", "daemon", "http", "ingest"]),
];

#[test]
fn every_crate_stays_in_its_room() {
    let mut violations = Vec::new();
    let mut seen = [false; CRATES.len()];
    for file in sources() {
        for (number, line) in file.code() {
            for ((name, rooms), seen) in CRATES.iter().zip(&mut seen) {
                if named_after(line, &format!("{name}::")).is_empty() {
                    continue;
                }
                *seen = true;
                if !rooms.contains(&file.room()) {
                    violations.push(format!("{}:{number}: {name}", file.path));
                }
            }
        }
    }
    none(&violations);
    assert_eq!(
        seen,
        [true; CRATES.len()],
        "a crate of the table is not used"
    );
}

#[test]
fn the_domain_has_no_clock_no_dice_no_file_no_socket_and_no_thread() {
    const FORBIDDEN: [&str; 21] = [
        "SystemTime",
        "Instant",
        "std::fs",
        "std::io",
        "std::env",
        "std::process",
        "std::thread",
        "std::sync",
        "TcpStream",
        "TcpListener",
        "UdpSocket",
        "ToSocketAddrs",
        "std::os",
        "ring::rand",
        "tokio",
        "rustix",
        "Timestamp::now",
        "Zoned::now",
        "println!",
        "static ",
        "thread_local!",
    ];
    let mut violations = Vec::new();
    let domain: Vec<File> = sources()
        .into_iter()
        .filter(|file| file.room() == "domain")
        .collect();
    assert!(
        domain.len() > 15,
        "only {} files in the domain",
        domain.len()
    );
    for file in &domain {
        for (number, line) in file.code() {
            let found = |word: &&&str| line.contains(**word) && !line.contains("'static ");
            for word in FORBIDDEN.iter().filter(found) {
                violations.push(format!("{}:{number}: {word}", file.path));
            }
        }
    }
    none(&violations);
}
