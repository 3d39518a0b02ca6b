//! The journal's files: cut by a backup, begun anew where they do not fit, never removed where they
//! may be all that somebody has.

use std::fs;
use std::path::PathBuf;

use crate::daemon::{TestDaemon, wait_until};
use crate::{DAY, health, post, start, wait_for_backups};

fn segments(daemon: &TestDaemon) -> Vec<PathBuf> {
    let journal = daemon.directory().join("journal");
    let entries = fs::read_dir(journal).expect("a journal");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    paths
}

fn bytes(daemon: &TestDaemon) -> u64 {
    let sizes = segments(daemon).into_iter().map(fs::metadata);
    sizes.map(|file| file.expect("a file").len()).sum()
}

#[test]
fn a_verified_backup_cuts_the_journal() {
    let daemon = start("");
    wait_for_backups(&daemon, 1);
    (0..20).for_each(|n| post(&daemon, &format!("lead {n}")));
    let before = bytes(&daemon);
    daemon.turn_clock(DAY);
    wait_for_backups(&daemon, 2);
    assert_eq!(segments(&daemon).len(), 1);
    assert!(
        bytes(&daemon) < before / 4,
        "{} of {before}",
        bytes(&daemon)
    );
    assert_eq!(health(&daemon)["last"]["with_journal"], true);
}

#[test]
fn a_database_that_was_put_back_as_it_was_before_is_brought_up_to_date() {
    let mut daemon = start("");
    post(&daemon, "before");
    wait_for_backups(&daemon, 1);
    daemon.stop();
    fs::copy(daemon.file(), daemon.file().with_extension("old")).expect("a copy");
    daemon.start_again().expect("a start");
    post(&daemon, "after");
    daemon.stop();
    fs::rename(daemon.file().with_extension("old"), daemon.file()).expect("the same disk");
    daemon.start_again().expect("a start");
    assert_eq!(daemon.store().counts().expect("counts").leads, 2);
    daemon.verify();
}

#[test]
fn a_journal_that_vanishes_under_the_daemon_is_begun_anew_and_backed_up_at_once() {
    let daemon = start("");
    wait_for_backups(&daemon, 1);
    fs::remove_dir_all(daemon.directory().join("journal")).expect("a journal");
    let text = r#"{"notes":"meanwhile"}"#;
    wait_until("leads again", || daemon.post("website", text).status == 201);
    daemon.clock_rings();
    wait_for_backups(&daemon, 2);
    assert_eq!(health(&daemon)["last"]["with_journal"], true);
    daemon.verify();
}

#[test]
fn a_journal_of_another_database_is_set_aside_and_kept() {
    let mut other = start("");
    post(&other, "of the other");
    other.stop();
    let mut daemon = start("");
    wait_for_backups(&daemon, 1);
    daemon.stop();
    let theirs = segments(&other).pop().expect("a file");
    let name = "00000000000000000077.journal";
    fs::copy(&theirs, daemon.directory().join("journal").join(name)).expect("a copy");
    daemon.start_again().expect("a start");
    assert!(daemon.setting.log().contains("was set aside"));
    assert_eq!(set_aside(&daemon), [fs::read(&theirs).expect("a file")]);
    // Another one of the same name takes its place nowhere.
    daemon.stop();
    fs::write(daemon.directory().join("journal").join(name), b"of a third").expect("a file");
    daemon.start_again().expect("a start");
    let mut kept = [fs::read(&theirs).expect("a file"), b"of a third".to_vec()];
    kept.sort();
    assert_eq!(set_aside(&daemon), kept);
}

/// What the files have that were set aside.
fn set_aside(daemon: &TestDaemon) -> Vec<Vec<u8>> {
    let is_aside = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "set-aside");
    let aside = segments(daemon).into_iter().filter(is_aside);
    let mut kept: Vec<_> = aside.map(|path| fs::read(path).expect("a file")).collect();
    kept.sort();
    kept
}
