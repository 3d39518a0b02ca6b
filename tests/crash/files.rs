//! The file is not what it should be: missing, empty, cut off, something else, of a newer release,
//! in use, moved, replaced. It is refused with a sentence that names it, and left as it is.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use leadhook::store::{Location, OpenError, State, StoreError};
use redb::{ReadableDatabase, TableDefinition};

use crate::daemon::{Directory, TestDaemon, WEBSITE};
use crate::machine::Machine;
use crate::memory::texts;
use crate::scenario::{post, stored};

const META: TableDefinition<&str, u64> = TableDefinition::new("meta_1");

fn start(path: &Path) -> Machine {
    Machine::start_at(Location::File(path.to_owned()), Arc::default(), 1)
}

/// A database with one lead, closed in order.
fn database() -> (Directory, PathBuf) {
    let directory = Directory::new();
    let path = directory.0.join("leads.redb");
    let machine = start(&path);
    assert_eq!(machine.opened, Ok(()));
    stored(&machine, "kept");
    drop(machine);
    (directory, path)
}

fn marker(path: &Path) -> PathBuf {
    path.with_extension("redb.made")
}

/// That the file is refused as damaged, with a sentence that says which and what to do.
fn assert_refused(path: &Path, what_to_do: &str) {
    let before = fs::read(path).ok();
    let machine = start(path);
    let Err(OpenError::Damaged(sentence)) = &machine.opened else {
        panic!("not refused: {:?}", machine.opened);
    };
    assert!(sentence.contains(&*path.to_string_lossy()), "{sentence}");
    assert!(sentence.contains(what_to_do), "{sentence}");
    assert_eq!(machine.store.state(), State::Damaged(sentence.clone()));
    let answer = machine.submit([&post("", false, "new")], |_| {}).remove(0);
    assert!(matches!(
        answer,
        Err(StoreError::Unavailable(State::Damaged(_)))
    ));
    drop(machine);
    assert_eq!(fs::read(path).ok(), before, "it was touched");
}

#[test]
fn a_database_that_is_missing_is_not_replaced_by_an_empty_one() {
    let (_directory, path) = database();
    fs::remove_file(&path).expect("a database");
    assert_refused(&path, "restore a backup");
    assert!(!path.exists());
    // Whoever wants to begin anew says so.
    fs::remove_file(marker(&path)).expect("a marker");
    assert_eq!(start(&path).opened, Ok(()));
}

#[test]
fn an_empty_file_is_refused() {
    let (_directory, path) = database();
    fs::write(&path, b"").expect("a file");
    assert_refused(&path, "leadhook restore BACKUP");
}

#[test]
fn a_file_of_another_kind_is_refused() {
    let (_directory, path) = database();
    fs::write(&path, "name;email\nAda;ada@example.com\n".repeat(500)).expect("a file");
    assert_refused(&path, "leadhook restore BACKUP");
}

#[test]
fn a_file_that_was_cut_off_is_refused() {
    let (_directory, path) = database();
    let whole = fs::read(&path).expect("a database");
    for length in [1, 100, 4096, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).expect("a file");
        assert_refused(&path, "leadhook restore BACKUP");
    }
    fs::write(&path, &whole).expect("a file");
    assert!(texts(&start(&path).store).is_ok_and(|texts| texts.contains_key("kept")));
}

#[test]
fn a_database_of_a_newer_release_is_left_alone() {
    let (_directory, path) = database();
    set_meta(&path, "format", 2);
    let machine = start(&path);
    let Err(OpenError::Newer(sentence)) = &machine.opened else {
        panic!("not refused: {:?}", machine.opened);
    };
    assert!(sentence.contains(&*path.to_string_lossy()), "{sentence}");
    assert!(sentence.contains("Start the newer release"), "{sentence}");
    drop(machine);
    assert_eq!(meta(&path, "clean"), 1, "it was not even marked as in use");
    assert_eq!(run(&["verify"], &path), Some(65));
}

#[test]
fn a_counter_that_would_overwrite_leads_or_leave_an_endless_gap_is_damage() {
    let (_directory, path) = database();
    // The index of words once took all memory for its list of the leads in between.
    for next_lead in [1, 1 << 60] {
        set_meta(&path, "next_lead", next_lead);
        let machine = start(&path);
        assert!(matches!(machine.opened, Err(OpenError::Damaged(_))));
    }
}

fn set_meta(path: &Path, name: &str, number: u64) {
    let database = redb::Database::open(path).expect("a database");
    let writing = database.begin_write().expect("a transaction");
    let mut table = writing.open_table(META).expect("a table");
    table.insert(name, number).expect("a row");
    drop(table);
    writing.commit().expect("a commit");
}

fn meta(path: &Path, name: &str) -> u64 {
    let database = redb::Database::open(path).expect("a database");
    let reading = database.begin_read().expect("a transaction");
    let table = reading.open_table(META).expect("a table");
    let row = table.get(name).expect("a row");
    row.expect("a number").value()
}

/// Runs the program on this database, and gives its exit code.
fn run(words: &[&str], path: &Path) -> Option<i32> {
    let config = path.with_extension("toml");
    let text = format!("[admin]\ntoken = \"0123456789abcdef\"\n[store]\npath = {path:?}\n");
    fs::write(&config, format!("{text}{WEBSITE}")).expect("a config");
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadhook"));
    command.args(words).arg("--config").arg(config);
    command.output().expect("a program").status.code()
}

#[test]
fn a_database_in_use_is_refused_to_everybody_else() {
    let (_directory, path) = database();
    let first = start(&path);
    let second = start(&path);
    let Err(OpenError::Locked(sentence)) = &second.opened else {
        panic!("not refused: {:?}", second.opened);
    };
    assert!(sentence.contains("running already"), "{sentence}");
    drop(second);
    assert_eq!(run(&["verify"], &path), Some(75));
    assert_eq!(run(&["run"], &path), Some(75));
    stored(&first, "still at work");
}

#[test]
fn what_was_left_of_a_first_start_is_made_anew() {
    let directory = Directory::new();
    let path = directory.0.join("leads.redb");
    fs::write(path.with_extension("redb.new"), b"half a database").expect("a file");
    let machine = start(&path);
    assert_eq!(machine.opened, Ok(()));
    let mode = fs::metadata(&path)
        .expect("a database")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(marker(&path).exists());
}

#[test]
fn a_place_where_no_file_can_be_made_is_told() {
    // Not even root makes a file there.
    let path = Path::new("/proc/leadhook/leads.redb");
    let machine = start(path);
    let Err(OpenError::System(sentence)) = &machine.opened else {
        panic!("opened: {:?}", machine.opened);
    };
    assert!(
        sentence.starts_with("cannot make /proc/leadhook/leads.redb: "),
        "{sentence}"
    );
    assert!(matches!(machine.store.state(), State::Failed(_)));
}

/// That posts get a 503, and that health names the file.
fn assert_stopped(daemon: &TestDaemon) {
    let answer = daemon.post("website", r#"{"email":"late@example.com"}"#);
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (503, "store_damaged")
    );
    let health = daemon.get("/healthz");
    assert_eq!(health.status, 503);
    let file = daemon.file();
    assert!(
        health.body.contains(&*file.to_string_lossy()),
        "{}",
        health.body
    );
    assert_eq!(daemon.get("/livez").status, 200);
}

#[test]
fn a_file_that_is_moved_away_stops_the_daemon_until_it_is_back() {
    let mut daemon = TestDaemon::start(WEBSITE);
    let (file, elsewhere) = (daemon.file(), daemon.directory().join("elsewhere"));
    assert_eq!(
        daemon
            .post("website", r#"{"email":"ada@example.com"}"#)
            .status,
        201
    );
    fs::rename(&file, &elsewhere).expect("a database");
    assert_stopped(&daemon);
    daemon.stop();
    assert!(!file.exists(), "nothing takes its place");
    fs::rename(&elsewhere, &file).expect("a database");
    daemon.start_again().expect("a start");
    assert_eq!(daemon.store().counts().expect("counts").leads, 1);
    daemon.verify();
}

#[test]
fn a_file_that_is_replaced_is_not_written_to() {
    let mut daemon = TestDaemon::start(WEBSITE);
    let (file, elsewhere) = (daemon.file(), daemon.directory().join("elsewhere"));
    assert_eq!(
        daemon
            .post("website", r#"{"email":"ada@example.com"}"#)
            .status,
        201
    );
    fs::rename(&file, elsewhere).expect("a database");
    fs::write(&file, b"somebody else's").expect("a file");
    assert_stopped(&daemon);
    daemon.stop();
    assert_eq!(fs::read(&file).expect("a file"), b"somebody else's");
}
