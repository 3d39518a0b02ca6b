//! Files that came with leads: they go with their lead or at their own age, and so do those that are
//! of no lead.

use std::fs::{self, File, FileTimes};
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use crate::client::ask;
use crate::daemon::{BEGIN, TestDaemon, WEBSITE, wait_until};
use crate::{DAY, pass_days};

fn start(rules: &str) -> TestDaemon {
    let source = WEBSITE.replace("auth =", "files = \"keep\"\nauth =");
    TestDaemon::start(&format!("\n[retention]\n{rules}\n{source}"))
}

/// Posts a form with a file, and gives where that is kept; it was written when the test begins.
fn post_file(daemon: &TestDaemon) -> PathBuf {
    let before = kept(daemon);
    let body = "--x\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\nbytes\r\n--x--\r\n";
    let kind = [("content-type", "multipart/form-data; boundary=x")];
    let answer = ask(
        daemon.ingest(),
        "POST",
        "/in/website",
        &kind,
        body.as_bytes(),
    );
    assert_eq!(answer.status, 201, "{}", answer.body);
    let new = kept(daemon).into_iter().find(|path| !before.contains(path));
    let new = new.expect("a kept file");
    write_at_begin(&new);
    new
}

fn write_at_begin(path: &PathBuf) {
    let begin = UNIX_EPOCH + Duration::from_millis(BEGIN.0);
    let times = FileTimes::new().set_modified(begin);
    let file = File::options().write(true).open(path).expect("a file");
    file.set_times(times).expect("a time");
}

fn kept(daemon: &TestDaemon) -> Vec<PathBuf> {
    let entries = fs::read_dir(daemon.directory().join("files"));
    let entries = entries.into_iter().flatten();
    entries.map(|entry| entry.expect("a file").path()).collect()
}

#[test]
fn a_file_goes_with_its_lead() {
    let daemon = start("leads = \"30d\"");
    let file = post_file(&daemon);
    pass_days(&daemon, 31);
    wait_until("no file", || !file.exists());
    assert_eq!(daemon.store().counts().expect("counts").leads, 0);
}

#[test]
fn a_file_goes_at_its_own_age_and_its_lead_stays() {
    let daemon = start("files = \"10d\"");
    let file = post_file(&daemon);
    pass_days(&daemon, 11);
    assert!(!file.exists());
    assert_eq!(daemon.store().counts().expect("counts").leads, 1);
}

#[test]
fn a_file_of_no_lead_goes_after_a_day_and_one_of_a_lead_stays() {
    let daemon = start("");
    let file = post_file(&daemon);
    let orphan = file.with_file_name("orphan");
    fs::write(&orphan, b"never committed").expect("a file");
    write_at_begin(&orphan);
    pass_days(&daemon, 2);
    assert!(!orphan.exists());
    assert!(file.exists());
    let fresh = file.with_file_name("fresh");
    fs::write(&fresh, b"just coming").expect("a file");
    let later = UNIX_EPOCH + Duration::from_millis(BEGIN.0) + DAY * 2;
    let times = FileTimes::new().set_modified(later);
    let open = File::options().write(true).open(&fresh).expect("a file");
    open.set_times(times).expect("a time");
    daemon.turn_clock(DAY / 2);
    assert!(fresh.exists());
}
