//! Weeks of many large leads and weeks of few small ones, with retention by age and by size.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use crate::daemon::{TestDaemon, WEBSITE, wait_until, webhook};
use crate::receiver::Receiver;
use crate::{everything, kib};

const DAY: Duration = Duration::from_secs(86_400);
const WEEK_DAYS: u64 = 7;
/// A lead is kept for so many days.
const KEPT_DAYS: u64 = 6;
const STORED_MAX: u64 = 16 << 20;
/// Pages that are half full, the index of words and copies of what is being changed come on top.
const FILE_MAX: u64 = 3 * STORED_MAX;
/// Of this process, from the middle of the time to its end.
const GROWTH_MAX_KIB: u64 = 64 * 1024;
const MANY: u64 = 30;
const FEW: u64 = 5;

/// A day's leads; in every other week there are so many that the size is the limit, not the age.
fn post_of_day(daemon: &TestDaemon, day: u64) -> u64 {
    let (leads, length) = match (day / WEEK_DAYS).is_multiple_of(2) {
        true => (MANY, 50_000),
        false => (FEW, 200),
    };
    let text = "word ".repeat(length / 5);
    for n in 0..leads {
        let body = format!(
            r#"{{"notes":"day {day}, {n}","email":"n{n}.d{day}@example.com","message":"{text}","more":"{text}"}}"#
        );
        assert_eq!(daemon.post("website", &body).status, 201);
    }
    leads
}

/// What the file really takes.
fn on_disk(daemon: &TestDaemon) -> u64 {
    fs::metadata(daemon.file()).expect("the database").blocks() * 512
}

#[test]
fn however_long_it_goes_on_the_file_stays_under_its_ceiling_and_nothing_piles_up() {
    let days = if everything() { 365 } else { 15 };
    let receiver = Receiver::fast();
    let rules = format!(
        "\n[retention]\nleads = \"{KEPT_DAYS}d\"\nspam = \"{KEPT_DAYS}d\"\nsize_max = \"16 MiB\"\n"
    );
    let crm = webhook("crm", &receiver.url(), "");
    let daemon = TestDaemon::start(&(rules + WEBSITE + &crm));
    let counts = || daemon.store().counts().expect("counts");
    let (mut leads, mut largest, mut middle) = (0, 0, 0);
    for day in 0..days {
        leads += post_of_day(&daemon, day);
        daemon.wait_until_drained();
        daemon.turn_clock(DAY);
        wait_until("what is old or too much to go", || {
            let counts = counts();
            counts.stored_bytes <= STORED_MAX && counts.leads <= MANY * (KEPT_DAYS + 1)
        });
        let counts = counts();
        assert!(
            counts.events <= counts.leads && counts.finished <= counts.leads,
            "{counts:?}"
        );
        largest = largest.max(on_disk(&daemon));
        assert!(largest <= FILE_MAX, "{largest} bytes on day {day}");
        if day == days / 2 {
            middle = kib("self", "VmRSS");
        }
    }
    daemon.verify();
    // The log of the test itself is in memory, too.
    let log_kib = daemon.setting.log().len() as u64 / 1024;
    let grown = kib("self", "VmRSS").saturating_sub(middle);
    println!(
        "figure: {days} days, {leads} leads, {} left; file at most {} MB, {} MB stored at most; \
         memory grew by {grown} KiB in the second half, of which the log {log_kib} in all",
        counts().leads,
        largest / 1_000_000,
        STORED_MAX / 1_000_000
    );
    assert!(grown <= GROWTH_MAX_KIB + 2 * log_kib, "{grown} KiB");
}
