//! What `restore` makes of a backup and the journal, and what it refuses.

use std::fs;
use std::path::PathBuf;

use leadhook::store::{Location, Options, Restore, Restored, Store, StoreError, journal_in};

use crate::daemon::{BEGIN, TestDaemon, WEBSITE, wait_until, webhook};
use crate::receiver::{Receiver, Reply};
use crate::{BACKUP, DAY, post, start, texts, wait_for_backups};

/// Stops the daemon, loses its database, and restores.
fn restore(
    daemon: &mut TestDaemon,
    backup: PathBuf,
    with_journal: bool,
) -> Result<Restored, StoreError> {
    daemon.stop();
    restore_stopped(daemon, backup, with_journal)
}

fn restore_stopped(
    daemon: &TestDaemon,
    backup: PathBuf,
    with_journal: bool,
) -> Result<Restored, StoreError> {
    let _ = fs::remove_file(daemon.file());
    let journal = with_journal.then(|| journal_in(daemon.directory().join("journal")));
    let restore = Restore {
        backup,
        journal,
        to: daemon.file(),
        now: BEGIN,
        number: 7,
    };
    restore.run()
}

#[test]
fn backup_and_journal_make_everything_again() {
    let mut daemon = start("");
    post(&daemon, "before");
    let backup = wait_for_backups(&daemon, 1);
    post(&daemon, "after");
    let restored = restore(&mut daemon, backup, true).expect("restored");
    assert!(restored.from_journal > 0);
    daemon.start_again().expect("a start");
    assert_eq!(daemon.store().counts().expect("counts").events, 2);
    // No id is given twice, whatever was lost.
    let answer = daemon.post("website", r#"{"notes":"new"}"#);
    assert_eq!(answer.lead_id(), restored.next_lead);
    assert!(restored.next_lead > 1_000_000);
    daemon.verify();
}

#[test]
fn what_was_restored_and_is_lost_again_comes_back_from_the_same_backup() {
    let mut daemon = start("");
    post(&daemon, "before");
    let backup = wait_for_backups(&daemon, 1);
    post(&daemon, "after");
    restore(&mut daemon, backup.clone(), true).expect("restored");
    daemon.start_again().expect("a start");
    post(&daemon, "after the restore");
    restore(&mut daemon, backup, true).expect("restored once more");
    assert_eq!(
        texts(daemon.file()),
        ["before", "after", "after the restore"]
    );
}

#[test]
fn who_only_looks_into_the_database_makes_no_gap_in_front_of_the_journal() {
    let crm = webhook("crm", "http://127.0.0.1:9/", "");
    let mut daemon = start(&crm);
    let backup = wait_for_backups(&daemon, 1);
    post(&daemon, "kept");
    daemon.stop();
    // As `leadhook verify` and `leadhook backup` do. To those who wanted no webhooks all of them had gone,
    // and `verify` wrote that down where the journal had nothing of it.
    for journal in [None, Some(journal_in(daemon.directory().join("journal")))] {
        let options = Options {
            journal,
            ..Options::at(Location::File(daemon.file()))
        };
        let (sender, opened) = std::sync::mpsc::channel();
        let store = Store::look(options, move |result| drop(sender.send(result)));
        let store = store.expect("a thread for the writer");
        assert_eq!(opened.recv(), Ok(Ok(())));
        store.close();
    }
    restore_stopped(&daemon, backup, true).expect("restored");
    assert_eq!(texts(daemon.file()), ["kept"]);
}

#[test]
fn a_journal_of_another_database_is_not_passed_over_in_silence() {
    let other = start("");
    let theirs = wait_for_backups(&other, 1);
    let mut daemon = start("");
    post(&daemon, "in the journal");
    let refused = restore(&mut daemon, theirs, true).expect_err("another database");
    assert!(
        refused.to_string().contains("is of another database"),
        "{refused}"
    );
    assert!(!daemon.file().exists());
}

#[test]
fn the_backup_alone_goes_back_to_its_moment() {
    let mut daemon = start("");
    post(&daemon, "before");
    wait_for_backups(&daemon, 1);
    daemon.turn_clock(DAY);
    let backup = wait_for_backups(&daemon, 2);
    post(&daemon, "after");
    let before = fs::read(&backup).expect("a backup");
    let restored = restore(&mut daemon, backup.clone(), false).expect("restored");
    assert_eq!((restored.events, restored.from_journal), (1, 0));
    assert_eq!(texts(daemon.file()), ["before"]);
    assert_eq!(
        fs::read(backup).expect("a backup"),
        before,
        "it is only read"
    );
}

#[test]
fn a_database_that_is_there_is_never_overwritten() {
    let mut daemon = start("");
    let backup = wait_for_backups(&daemon, 1);
    post(&daemon, "in use");
    daemon.stop();
    let restore = Restore {
        backup,
        journal: None,
        to: daemon.file(),
        now: BEGIN,
        number: 7,
    };
    let refused = restore.run().expect_err("a database is there").to_string();
    assert!(refused.contains("is not overwritten"), "{refused}");
    assert_eq!(texts(daemon.file()), ["in use"]);
}

#[test]
fn an_older_backup_than_the_journal_begins_with_is_refused_and_the_way_out_named() {
    let mut daemon = start("");
    let first = wait_for_backups(&daemon, 1);
    post(&daemon, "one");
    daemon.turn_clock(DAY);
    wait_for_backups(&daemon, 2);
    post(&daemon, "two");
    let refused = restore(&mut daemon, first.clone(), true);
    let refused = refused.expect_err("a gap").to_string();
    assert!(refused.contains("take a newer backup"), "{refused}");
    assert!(!daemon.file().exists());
    let alone = Restore {
        backup: first,
        journal: None,
        to: daemon.file(),
        now: BEGIN,
        number: 7,
    };
    assert_eq!(alone.run().expect("restored").events, 0);
}

#[test]
fn a_damaged_backup_is_refused_and_leaves_nothing() {
    let mut daemon = start("");
    post(&daemon, "before");
    wait_for_backups(&daemon, 1);
    daemon.turn_clock(DAY);
    let backup = wait_for_backups(&daemon, 2);
    let mut bytes = fs::read(&backup).expect("a backup");
    let middle = bytes.len() / 2;
    bytes.truncate(middle);
    fs::write(&backup, bytes).expect("a file");
    restore(&mut daemon, backup, true).expect_err("a damaged backup");
    assert!(!daemon.file().exists());
    assert!(!daemon.file().with_extension("redb.part").exists());
}

#[test]
fn webhooks_are_paused_until_somebody_lets_them_go_on() {
    let receiver = Receiver::always(Reply::status(500));
    let hook = webhook("crm", &receiver.url(), "retry = [\"1d\"]");
    let mut daemon = TestDaemon::start(&format!("{BACKUP}{WEBSITE}{hook}"));
    post(&daemon, "waits");
    let backup = wait_for_backups(&daemon, 1);
    receiver.wait_for(1);
    let restored = restore(&mut daemon, backup, true).expect("restored");
    assert_eq!(
        (restored.webhooks, restored.pending),
        (vec!["crm".to_owned()], 1)
    );
    daemon.start_again().expect("a start");
    daemon.turn_clock(DAY * 2);
    let token = [("authorization", "Bearer test-admin-token-0123")];
    let before = receiver.requests().len();
    let resume = "/api/v1/webhooks/crm/resume";
    let resumed = crate::client::ask(daemon.admin(), "POST", resume, &token, b"");
    assert!(resumed.body.contains("true"), "{}", resumed.body);
    wait_until("the delivery", || receiver.requests().len() > before);
}

#[test]
fn files_that_came_with_leads_come_back_and_are_linked_between_backups() {
    use std::os::unix::fs::MetadataExt;
    let source = WEBSITE.replace("auth =", "files = \"keep\"\nauth =");
    let mut daemon = TestDaemon::start(&format!("{BACKUP}{source}"));
    let body = "--x\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\nbytes\r\n--x--\r\n";
    let kind = [("content-type", "multipart/form-data; boundary=x")];
    let answer = crate::client::ask(
        daemon.ingest(),
        "POST",
        "/in/website",
        &kind,
        body.as_bytes(),
    );
    assert_eq!(answer.status, 201, "{}", answer.body);
    wait_for_backups(&daemon, 1);
    daemon.turn_clock(DAY);
    wait_for_backups(&daemon, 2);
    daemon.turn_clock(DAY);
    let backup = wait_for_backups(&daemon, 3);
    let folder = backup.with_extension("files");
    let copy = fs::read_dir(folder).expect("a folder").next();
    let copy = copy.expect("a file").expect("a file").path();
    assert!(fs::metadata(&copy).expect("a file").nlink() >= 2);
    let files = daemon.directory().join("files");
    fs::remove_dir_all(&files).expect("the kept files");
    let restored = restore(&mut daemon, backup, true).expect("restored");
    assert_eq!(restored.files, 1);
    let back = files.join(copy.file_name().expect("a name"));
    assert_eq!(fs::read(back).expect("a file"), b"bytes");
}
