//! What the metrics tell of the process, the writer and the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::daemon::{BEGIN, Setting, TestDaemon, WEBSITE, wait_until};
use crate::{LEAD, scrape};

#[test]
fn the_process_tells_its_version_its_start_and_its_age() {
    let daemon = TestDaemon::start(WEBSITE);
    let page = scrape(&daemon);
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(page.value("leadhook_build_info", &version), 1.0);
    let started = page.value("process_start_time_seconds", &[]);
    assert_eq!(started, BEGIN.unix_seconds() as f64);
    let uptime = page.value("leadhook_uptime_seconds", &[]);
    assert!(scrape(&daemon).value("leadhook_uptime_seconds", &[]) > uptime);
}

#[test]
fn every_commit_counts_with_its_time_and_how_many_shared_it() {
    let daemon = TestDaemon::start(WEBSITE);
    let before = scrape(&daemon);
    let n = |page: &crate::Page, name: &str| page.value(name, &[]);
    for _ in 0..3 {
        assert_eq!(daemon.post("website", LEAD).status, 201);
    }
    let after = scrape(&daemon);
    let grown = |name| n(&after, name) - n(&before, name);
    assert!(grown("leadhook_commit_duration_seconds_count") >= 3.0);
    assert!(grown("leadhook_commit_requests_sum") >= 3.0);
    assert!(n(&after, "leadhook_commit_duration_seconds_sum") > 0.0);
    assert_eq!(n(&after, "leadhook_commit_failures_total"), 0.0);
    assert!(grown("leadhook_store_bytes") > 0.0);
    let file = std::fs::metadata(daemon.file()).expect("the database");
    assert_eq!(n(&after, "leadhook_store_file_bytes"), file.len() as f64);
}

#[test]
fn a_disk_that_is_nearly_full_shows_in_its_free_bytes_and_in_ready() {
    let free = Arc::new(AtomicU64::new(1 << 30));
    let asked = free.clone();
    let mut setting = Setting::default().with("store", "low_space = \"1 MiB\"");
    setting.free_space = Some(Arc::new(move || asked.load(Ordering::SeqCst)));
    let daemon = TestDaemon::start_with(setting, WEBSITE);
    let page = scrape(&daemon);
    assert_eq!(
        page.value("leadhook_disk_free_bytes", &[]),
        f64::from(1 << 30)
    );
    assert_eq!(page.value("leadhook_ready", &[]), 1.0);
    free.store(1000, Ordering::SeqCst);
    wait_until("a refused lead", || {
        daemon.post("website", LEAD).status == 503
    });
    let page = scrape(&daemon);
    assert_eq!(page.value("leadhook_disk_free_bytes", &[]), 1000.0);
    assert_eq!(page.value("leadhook_ready", &[]), 0.0);
}

#[test]
fn the_bytes_of_the_journal_grow_with_every_lead_where_one_is_kept() {
    let bytes = |daemon: &TestDaemon| scrape(daemon).value("leadhook_journal_bytes", &[]);
    assert_eq!(bytes(&TestDaemon::start(WEBSITE)), 0.0);
    let daemon = TestDaemon::start(&format!("\n[backup]\ndirectory = \"backups\"\n{WEBSITE}"));
    wait_until("the first backup, which cuts the journal", || {
        daemon.setting.log().contains("backup made and verified")
    });
    let before = bytes(&daemon);
    assert_eq!(daemon.post("website", LEAD).status, 201);
    assert!(before > 0.0 && bytes(&daemon) > before);
}

/// A monitor must hear of a database that is gone, by the token of the config.
#[test]
fn a_database_that_does_not_open_leaves_the_rest_of_the_page() {
    let mut daemon = TestDaemon::start(WEBSITE);
    daemon.post("website", LEAD);
    daemon.stop();
    std::fs::remove_file(daemon.file()).expect("the database");
    daemon
        .start_again()
        .expect("a daemon that says what is wrong");
    let page = scrape(&daemon);
    assert_eq!(page.value("leadhook_ready", &[]), 0.0);
    assert_eq!(page.find("leadhook_store_bytes", &[]), None);
}

#[test]
fn a_backup_tells_its_age_and_whether_that_is_too_much() {
    let none = scrape(&TestDaemon::start(WEBSITE));
    assert_eq!(none.find("leadhook_backup_overdue", &[]), None);
    let backup = "[backup]\ndirectory = \"backups\"\nevery = \"1d\"\n";
    let daemon = TestDaemon::start(&format!("{backup}{WEBSITE}"));
    let age = || scrape(&daemon).find("leadhook_backup_age_seconds", &[]);
    wait_until("a backup", || age().is_some());
    assert_eq!(scrape(&daemon).value("leadhook_backup_overdue", &[]), 0.0);
    // The next one cannot be made.
    let place = daemon.directory().join("backups");
    std::fs::remove_dir_all(&place).expect("a directory");
    std::fs::write(place, b"in the way").expect("a file");
    daemon.turn_clock(Duration::from_secs(3 * 86_400));
    assert_eq!(age(), Some(259_200.0));
    assert_eq!(scrape(&daemon).value("leadhook_backup_overdue", &[]), 1.0);
}
