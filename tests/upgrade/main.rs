//! Databases of earlier releases: each release leaves one here, and every later one opens it.
//!
//! `cargo test --test upgrade -- --ignored` writes that of the present one; do so with a release, under its
//! version, and commit it. One that is there is never written again.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
#[path = "../commands/process.rs"]
#[allow(dead_code, reason = "each test has its own part of it")]
mod process;
#[path = "../harness/receiver.rs"]
mod receiver;
mod thin;

use std::fs;
use std::path::{Path, PathBuf};

use daemon::{TestDaemon, WEBSITE, wait_until, webhook};
use process::Place;
use receiver::{Receiver, Reply};
use redb::{Database, ReadableTable, TableDefinition};

const PARTNER: &str = "
[[source]]
name = \"partner\"
auth = { bearer = \"test-source-token-0123\" }
";
const ADA: &str = r#"{"name":"Ada Lovelace","email":"ada@example.com","phone":"+4787654321","message":"The tap drips"}"#;
const META: TableDefinition<&str, u64> = TableDefinition::new("meta_1");

fn fixtures() -> Vec<PathBuf> {
    let entries = fs::read_dir("tests/upgrade/databases").expect("the fixtures");
    let mut fixtures: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    fixtures.sort();
    assert!(!fixtures.is_empty());
    fixtures
}

/// Two webhooks, `crm` and `sheet`, to this receiver.
fn webhooks(receiver: &Receiver) -> String {
    ["crm", "sheet"]
        .map(|name| webhook(name, &receiver.url(), ""))
        .concat()
}

/// A config beside the database of a fixture.
fn placed(fixture: &PathBuf, more: &str) -> Place {
    let place = Place::with_admin(&format!("{PARTNER}{more}"));
    let database = thin::unpacked(&fs::read(fixture).expect("a fixture"));
    fs::write(place.path("leadhook.redb"), database).expect("a database");
    place
}

#[test]
fn a_database_of_every_release_is_in_order_and_goes_on() {
    for fixture in fixtures() {
        let receiver = Receiver::always(Reply::status(200));
        let place = placed(&fixture, &webhooks(&receiver));
        let verified = place.run(&["verify"]);
        assert_eq!(
            verified.out,
            "the database is in order (3 leads)\n",
            "{}: {}",
            fixture.display(),
            verified.err
        );
        let daemon = place.start();
        let leads = place.run(&["leads", "--search", "ada love", "--json"]).out;
        assert!(
            leads.contains("\"ada@example.com\"") && leads.contains("The tap drips"),
            "{leads}"
        );
        // What waited for the webhook that failed is delivered now.
        let came = receiver.wait_for(4);
        assert!(
            came.iter()
                .all(|request| request.header("webhook-signature").is_some())
        );
        // Ids, keys and tokens go on where they were.
        assert_eq!(
            daemon.post_form("website", "email=new@example.com").body,
            "{\"lead_id\":4,\"result\":\"created\"}"
        );
        assert!(place.run(&["token", "list"]).out.contains("grafana"));
        daemon.stop();
        assert_eq!(
            place.run(&["verify"]).out,
            "the database is in order (4 leads)\n"
        );
    }
}

/// A backup is kept for longer than a release is.
#[test]
fn a_backup_of_every_release_is_restored() {
    for fixture in fixtures() {
        let place = Place::with_admin(PARTNER);
        let backup = thin::unpacked(&fs::read(&fixture).expect("a fixture"));
        fs::write(place.path("old.redb"), backup).expect("a backup");
        let restored = place.run(&["restore", "old.redb", "--journal", "none"]);
        assert_eq!(
            restored.code,
            Some(0),
            "{}: {}",
            fixture.display(),
            restored.err
        );
        assert_eq!(
            place.run(&["verify"]).out,
            "the database is in order (3 leads)\n"
        );
    }
}

/// As after a step back to an earlier release.
#[test]
fn a_database_of_a_newer_release_is_refused_in_a_sentence_and_stays_whole() {
    let place = placed(&fixtures()[0], "");
    let path = place.path("leadhook.redb");
    let format = set_format(&path, |format| format + 1);
    for command in [
        &["run", "--config", "leadhook.toml"][..],
        &["verify"],
        &["compact"],
    ] {
        let ended = place.run(command);
        assert_eq!(ended.code, Some(65), "{command:?}: {}", ended.err);
        assert!(
            ended.err.contains("was written by a newer release"),
            "{}",
            ended.err
        );
    }
    assert_eq!(set_format(&path, |_| format), format + 1);
    assert_eq!(
        place.run(&["verify"]).out,
        "the database is in order (3 leads)\n"
    );
}

/// Changes the number of the format, and gives what it was.
fn set_format(path: &Path, to: impl FnOnce(u64) -> u64) -> u64 {
    let database = Database::open(path).expect("a database");
    let write = database.begin_write().expect("a transaction");
    let mut table = write.open_table(META).expect("the table");
    let format = table
        .get("format")
        .expect("a row")
        .expect("a number")
        .value();
    table.insert("format", to(format)).expect("a row");
    drop(table);
    write.commit().expect("a commit");
    format
}

#[test]
#[ignore = "writes the fixture of this release"]
fn this_release_leaves_its_database() {
    let name = format!("tests/upgrade/databases/{}.thin", env!("CARGO_PKG_VERSION"));
    assert!(!fs::exists(&name).expect("a directory"), "{name} is there");
    let fails = Receiver::always(Reply::status(500));
    let takes = Receiver::always(Reply::status(200));
    let config = format!(
        "{WEBSITE}{PARTNER}{}{}",
        webhook("crm", &fails.url(), ""),
        webhook("sheet", &takes.url(), "")
    );
    let mut daemon = TestDaemon::start(&config);
    assert_eq!(
        daemon
            .post_with("website", &[("idempotency-key", "one")], ADA)
            .status,
        201
    );
    let bearer = [("authorization", "Bearer test-source-token-0123")];
    let call = |status: &str| {
        format!(
            r#"{{"external_id":"call-17","lead_type":"phone_call","phone":"+4712345678","call_status":"{status}"}}"#
        )
    };
    assert_eq!(
        daemon
            .post_with("partner", &bearer, &call("In Progress"))
            .status,
        201
    );
    assert_eq!(
        daemon
            .post_with("partner", &bearer, &call("Completed"))
            .status,
        200
    );
    assert_eq!(
        daemon
            .post(
                "website",
                r#"{"name":"Grace","email":"grace@example.com","Preferred day":"Monday"}"#
            )
            .status,
        201
    );
    // One refused.
    assert_eq!(daemon.post("partner", ADA).status, 401);
    let token = client::ask(
        daemon.admin(),
        "POST",
        "/api/v1/tokens",
        &[
            ("authorization", "Bearer test-admin-token-0123"),
            ("content-type", "application/json"),
        ],
        br#"{"name":"grafana","rights":"read"}"#,
    );
    assert!(token.status < 300, "{}", token.body);
    takes.wait_for(4);
    fails.wait_for(3);
    wait_until("recorded attempts", || {
        daemon
            .store()
            .counts()
            .is_ok_and(|counts| counts.finished == 4)
    });
    daemon.stop();
    let database = fs::read(daemon.file()).expect("the database");
    fs::create_dir_all("tests/upgrade/databases").expect("a directory");
    fs::write(name, thin::packed(&database)).expect("a fixture");
}
