//! When backups are made, how many stay, and what is told of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use leadhook::domain::time::Timestamp;

use crate::daemon::{BEGIN, TestDaemon, WEBSITE, wait_until};
use crate::{BACKUP, DAY, backups, health, post, shelf, start, texts, wait_for_backups};

#[test]
fn the_first_backup_is_made_at_once_and_the_next_ones_every_interval() {
    let daemon = start("");
    wait_for_backups(&daemon, 1);
    post(&daemon, "after the first");
    daemon.turn_clock(DAY / 2);
    daemon.turn_clock(DAY / 2);
    let second = wait_for_backups(&daemon, 2);
    assert_eq!(texts(second), ["after the first"]);
    assert_eq!(backups(&daemon).len(), 2);
}

#[test]
fn a_restart_makes_no_backup_before_its_time() {
    let mut daemon = start("");
    wait_for_backups(&daemon, 1);
    daemon.restart();
    post(&daemon, "after the restart");
    daemon.turn_clock(DAY);
    wait_for_backups(&daemon, 2);
    assert_eq!(backups(&daemon).len(), 2);
}

#[test]
fn an_old_one_goes_when_there_are_enough_newer_ones() {
    let daemon = start("keep = 2\n");
    wait_for_backups(&daemon, 1);
    let first = backups(&daemon);
    for count in 2..=4 {
        daemon.turn_clock(DAY);
        wait_for_backups(&daemon, count);
    }
    let kept = backups(&daemon);
    assert_eq!(kept.len(), 2);
    assert!(!kept.contains(&first[0]));
}

#[test]
fn a_backup_that_is_made_when_the_clock_was_set_back_stays() {
    // By its name it was the oldest of them, and went at once, when the journal before it was cut already:
    // nothing that was left could have brought the newest leads back.
    let daemon = start("keep = 2\n");
    wait_for_backups(&daemon, 1);
    daemon.turn_clock(DAY);
    wait_for_backups(&daemon, 2);
    post(&daemon, "by the right clock");
    daemon.set_clock(Timestamp(BEGIN.0 - 86_400_000));
    wait_for_backups(&daemon, 3);
    let told = daemon.get("/api/v1/backup").json()["backup"]["path"].clone();
    let newest = PathBuf::from(told.as_str().expect("a path"));
    assert_eq!(texts(newest), ["by the right clock"]);
    assert_eq!(backups(&daemon).len(), 2);
}

#[test]
fn a_backup_that_fails_is_told_removes_nothing_and_is_tried_again() {
    let daemon = start("keep = 1\n");
    let first = wait_for_backups(&daemon, 1);
    let place = &shelf(&daemon).0;
    let away = place.with_extension("away");
    fs::rename(place, &away).expect("a directory");
    fs::write(place, b"in the way").expect("a file");
    daemon.turn_clock(DAY * 3);
    wait_until("a failure", || daemon.setting.log().contains("no backup "));
    let answer = daemon.get("/healthz");
    assert_eq!(answer.status, 503);
    assert!(
        answer
            .body
            .contains("the last good backup is of 2026-02-01"),
        "{}",
        answer.body
    );
    fs::remove_file(place).expect("a file");
    fs::rename(&away, place).expect("a directory");
    assert!(first.exists());
    daemon.turn_clock(DAY / 24);
    wait_for_backups(&daemon, 2);
    assert_eq!(daemon.get("/healthz").status, 200);
    assert_eq!(backups(&daemon).len(), 1);
}

#[test]
fn a_backup_leaves_the_disk_the_space_that_leads_need() {
    let setting = crate::daemon::Setting::default().with("store", "low_space = \"1024 GiB\"");
    let daemon = TestDaemon::start_with(setting, &format!("{BACKUP}{WEBSITE}"));
    wait_until("a refusal", || health(&daemon)["problem"].is_string());
    let problem = health(&daemon)["problem"].to_string();
    assert!(problem.contains("too little space"), "{problem}");
    assert_eq!(
        fs::read_dir(&shelf(&daemon).0)
            .expect("a directory")
            .count(),
        0
    );
}

#[test]
fn a_backup_is_made_when_somebody_asks_and_told_how_it_went() {
    let daemon = start("every = \"0s\"\njournal = \"\"\n");
    post(&daemon, "asked for");
    assert_eq!(health(&daemon)["last"], serde_json::Value::Null);
    let token = [("authorization", "Bearer test-admin-token-0123")];
    let begun = crate::client::ask(daemon.admin(), "POST", "/api/v1/backup", &token, b"");
    assert_eq!(begun.status, 202, "{}", begun.body);
    let made = wait_for_backups(&daemon, 1);
    let told = &daemon.get("/api/v1/backup").json()["backup"];
    assert_eq!(told["path"], made.display().to_string());
    assert_eq!(
        told["last"]["bytes"],
        fs::metadata(&made).expect("a file").len()
    );
    assert_eq!(texts(made), ["asked for"]);
}

#[test]
fn without_a_directory_nothing_is_made_and_asking_says_why() {
    let daemon = TestDaemon::start(WEBSITE);
    let token = [("authorization", "Bearer test-admin-token-0123")];
    let refused = crate::client::ask(daemon.admin(), "POST", "/api/v1/backup", &token, b"");
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "no_backups")
    );
    assert_eq!(health(&daemon), serde_json::Value::Null);
    assert!(!daemon.directory().join("journal").exists());
}

#[test]
fn a_backup_and_the_journal_are_for_their_owner_alone() {
    let daemon = start("");
    let made = wait_for_backups(&daemon, 1);
    post(&daemon, "journaled");
    let journal = daemon.directory().join("journal");
    let segment = fs::read_dir(&journal).expect("a journal").next();
    let segment = segment.expect("a file").expect("a file").path();
    for path in [made, segment, journal, shelf(&daemon).0] {
        let mode = fs::metadata(&path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
}

#[test]
fn what_a_killed_process_left_half_made_is_cleared() {
    let daemon = start("");
    wait_for_backups(&daemon, 1);
    let place = shelf(&daemon).0;
    let part = place.join("leadhook-20260101T000000Z.redb.part");
    let files = place.join("leadhook-20260101T000000Z.files");
    let theirs = place.join("notes.part");
    fs::write(&part, b"half").expect("a file");
    fs::write(&theirs, b"not ours").expect("a file");
    fs::create_dir(&files).expect("a folder");
    daemon.turn_clock(DAY);
    wait_for_backups(&daemon, 2);
    assert!(!part.exists() && !files.exists() && theirs.exists());
}

#[test]
fn who_asks_for_a_backup_while_the_store_can_make_none_is_told_so() {
    let mut setting = crate::daemon::Setting::default();
    setting.free_space = Some(std::sync::Arc::new(|| 0));
    let setting = setting
        .with("store", "low_space = \"1 GiB\"")
        .with("store", "very_low_space = \"1 GiB\"");
    let daemon = TestDaemon::start_with(setting, &format!("{BACKUP}every = \"0s\"\n{WEBSITE}"));
    let token = [("authorization", "Bearer test-admin-token-0123")];
    let begun = crate::client::ask(daemon.admin(), "POST", "/api/v1/backup", &token, b"");
    assert_eq!(begun.status, 202);
    wait_until("a refusal", || health(&daemon)["running"] == false);
    let problem = health(&daemon)["problem"].to_string();
    assert!(problem.contains("the disk is full"), "{problem}");
}
