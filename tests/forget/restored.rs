//! No backup brings a forgotten person back.

use std::fs;

use leadhook::store::{Restore, Restored, journal_in};
use serde_json::json;

use crate::daemon::{BEGIN, TestDaemon, WEBSITE};
use crate::{ADA, BACKUP, back_up, call, forget, holding, post, post_picture, start};

fn restore(daemon: &mut TestDaemon, backup: std::path::PathBuf, with_journal: bool) -> Restored {
    daemon.stop();
    fs::remove_file(daemon.file()).expect("a database");
    let journal = with_journal.then(|| journal_in(daemon.directory().join("journal")));
    let restore = Restore {
        backup,
        journal,
        to: daemon.file(),
        now: BEGIN,
        number: 7,
    };
    restore.run().expect("restored")
}

fn with_ada_in_a_backup() -> (TestDaemon, std::path::PathBuf) {
    let daemon = start("");
    post(
        &daemon,
        r#"{"email":"ada@example.com","message":"pfirsichbaum"}"#,
    );
    post(&daemon, r#"{"email":"eva@example.com"}"#);
    let backup = back_up(&daemon);
    daemon.setting.advance(std::time::Duration::from_secs(60));
    forget(&daemon, ADA);
    (daemon, backup)
}

#[test]
fn an_older_backup_alone_does_not_bring_the_person_back() {
    let (mut daemon, backup) = with_ada_in_a_backup();
    assert!(!holding(daemon.directory(), &["pfirsichbaum"]).is_empty());
    let restored = restore(&mut daemon, backup.clone(), false);
    assert_eq!(restored.erased, [1]);
    let left = holding(daemon.directory(), &["pfirsichbaum", "ada@example.com"]);
    let left: Vec<_> = left.iter().map(|(path, _)| path).collect();
    assert!(!left.contains(&&daemon.file()), "{left:?}");
    daemon.start_again().expect("a start");
    daemon.verify();
    assert_eq!(call(&daemon, "GET", "/leads/1", "").status, 404);
    assert_eq!(call(&daemon, "GET", "/leads/2", "").status, 200);
    // And not from the same backup once more.
    assert_eq!(restore(&mut daemon, backup, false).erased, [1]);
}

#[test]
fn backup_and_journal_do_not_bring_the_person_back() {
    let (mut daemon, backup) = with_ada_in_a_backup();
    post(&daemon, r#"{"email":"new@example.com"}"#);
    restore(&mut daemon, backup, true);
    daemon.start_again().expect("a start");
    daemon.verify();
    let list = call(&daemon, "GET", "/leads?order=asc", "").json();
    let ids: Vec<_> = list["leads"]
        .as_array()
        .expect("leads")
        .iter()
        .map(|lead| &lead["lead_id"])
        .collect();
    assert_eq!(ids, [&json!(2), &json!(3)]);
}

#[test]
fn a_list_of_another_database_takes_nothing_away() {
    let (other, _) = with_ada_in_a_backup();
    let mut daemon = start("");
    daemon.setting.advance(std::time::Duration::from_secs(1));
    post(&daemon, r#"{"email":"grace@example.com"}"#);
    let backup = back_up(&daemon);
    let list = "erased-leads.txt";
    fs::copy(other.directory().join(list), backup.with_file_name(list)).expect("a list");
    let restored = restore(&mut daemon, backup, false);
    assert_eq!((restored.events, restored.erased), (1, vec![]));
}

#[test]
fn a_backup_brings_no_file_of_the_person_back_with_the_journal_or_without() {
    let source = WEBSITE.replace("auth =", "files = \"keep\"\nauth =");
    for with_journal in [true, false] {
        let mut daemon = TestDaemon::start(&format!("{BACKUP}{source}"));
        for whose in ["ada", "eva"] {
            let (email, picture) = (
                format!("{whose}@example.com"),
                format!("picture-of-{whose}"),
            );
            post_picture(&daemon, &email, &picture);
        }
        let backup = back_up(&daemon);
        daemon.setting.advance(std::time::Duration::from_secs(60));
        forget(&daemon, ADA);
        let files = daemon.directory().join("files");
        fs::remove_dir_all(&files).expect("lost with the disk");
        assert_eq!(restore(&mut daemon, backup, with_journal).files, 1);
        assert_eq!(holding(&files, &["picture-of-ada"]), []);
        assert_eq!(holding(&files, &["picture-of-eva"]).len(), 1);
    }
}
