//! The command that takes a backup off the machine.

use std::fs;

use crate::daemon::wait_until;
use crate::{health, start, wait_for_backups};

#[test]
fn the_hook_gets_the_backup_as_its_argument_and_in_its_environment() {
    let daemon = start(
        "run = 'cp \"$1\" \"$(dirname \"$1\")/taken\" && test \"$1\" = \"$LEADHOOK_BACKUP\"'\n",
    );
    let made = wait_for_backups(&daemon, 1);
    let taken = made.with_file_name("taken");
    wait_until("the hook", || {
        daemon.setting.log().contains("backup handed to backup.run")
    });
    assert_eq!(fs::read(taken).ok(), fs::read(made).ok());
    assert_eq!(health(&daemon)["hook_problem"], serde_json::Value::Null);
}

#[test]
fn a_hook_that_fails_is_told_with_its_exit_code_and_the_backup_counts_all_the_same() {
    let daemon = start("run = 'exit 3'\n");
    wait_for_backups(&daemon, 1);
    wait_until("the hook", || {
        daemon.setting.log().contains("backup.run failed")
    });
    assert!(daemon.setting.log().contains("exit status: 3"));
    let answer = daemon.get("/healthz");
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("backup.run ended with exit status: 3"));
    assert!(answer.json()["backup"]["last"]["at"].is_string());
}

#[test]
fn a_hook_that_hangs_is_killed_with_all_it_started() {
    let daemon = start("run = 'sleep 1000 & sleep 1000'\nrun_timeout = \"1s\"\n");
    wait_for_backups(&daemon, 1);
    wait_until("the hook", || {
        daemon.setting.log().contains("took longer than 1 s")
    });
}

#[test]
fn a_stop_does_not_wait_for_the_hook() {
    let mut daemon = start("run = 'sleep 1000'\n");
    wait_for_backups(&daemon, 1);
    let began = std::time::Instant::now();
    daemon.stop();
    assert!(began.elapsed() < std::time::Duration::from_secs(10));
}
