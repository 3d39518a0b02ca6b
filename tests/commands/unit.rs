//! After the installation of the package a command finds what the unit's process has, though nobody sets
//! an environment for it; and root leaves no file behind that the daemon could not open.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

use crate::process::{Daemon, Ended, Place, TOKEN, well};

/// Runs a command where `systemctl` says this.
#[track_caller]
pub(crate) fn run_with_systemd(place: &Place, told: &str, arguments: &[&str]) -> Ended {
    place.write(
        "systemctl",
        &format!("#!/bin/sh\ncat <<'END'\n{told}\nEND\n"),
    );
    fs::set_permissions(place.path("systemctl"), Permissions::from_mode(0o755)).expect("a mode");
    let path = format!("{}:/usr/bin:/bin", place.path("").display());
    place.spawn(arguments, &[("PATH", &path)]).ended()
}

/// A place as a unit has it: the token is a credential, the database is not beside the config.
fn place() -> Place {
    let place = Place::with_admin("[backup]\ndirectory = \"backups\"\n");
    let config = place.read("leadhook.toml").replace(
        &format!("token = \"{TOKEN}\""),
        "token_credential = \"admin-token\"",
    );
    place.write("leadhook.toml", &config);
    for directory in ["state", "credentials"] {
        fs::create_dir(place.path(directory)).expect("a directory");
    }
    place.write("credentials/admin-token", TOKEN);
    place
}

/// The daemon of the unit, which has taken a lead.
fn start(place: &Place) -> Daemon {
    let directory = |name: &str| place.path(name).display().to_string();
    let (state, credentials) = (directory("state"), directory("credentials"));
    let env = [
        ("STATE_DIRECTORY", state.as_str()),
        ("CREDENTIALS_DIRECTORY", credentials.as_str()),
    ];
    let daemon = place.start_with(&env);
    assert_eq!(daemon.post("website"), 201);
    daemon
}

/// What systemd says of the unit while this process, if any, is its own.
fn told(place: &Place, process: u32) -> String {
    let (config, state) = (place.path("leadhook.toml"), place.path("state"));
    format!(
        "LoadState=loaded\nMainPID={process}\nStateDirectory=../..{}\n\
         ExecStart={{ path=/usr/bin/leadhook ; argv[]=/usr/bin/leadhook run --config {} ; pid={process} }}",
        state.display(),
        config.display()
    )
}

/// Runs a command that ends well, though the unit is down.
#[track_caller]
fn run_beside_none(place: &Place, arguments: &[&str]) -> String {
    well(run_with_systemd(place, &told(place, 0), arguments))
}

#[test]
fn commands_find_the_daemon_that_the_unit_runs() {
    let place = place();
    let daemon = start(&place);
    let told = told(&place, daemon.id());
    for command in [
        "leads",
        "lead 1",
        "sources",
        "webhooks",
        "deliveries",
        "stats",
        "export",
        "export --person ada@example.com",
        "token list",
        "backup",
        "healthcheck",
        "check-config leadhook.toml",
        "test-lead website --file post",
        "forget --lead 1 --yes",
    ] {
        place.write("post", "email=grace@example.com");
        let arguments: Vec<&str> = command.split(' ').collect();
        let ended = run_with_systemd(&place, &told, &arguments);
        assert_eq!(ended.code, Some(0), "{command}: {}", ended.err);
    }
    daemon.stop();
}

#[test]
fn without_the_unit_they_do_not_find_it() {
    let place = place();
    let daemon = start(&place);
    let other = told(&place, daemon.id()).replace("leadhook.toml", "other.toml");
    let ended = run_with_systemd(&place, &other, &["leads"]);
    assert_eq!(ended.code, Some(78), "{}", ended.out);
    assert!(ended.err.contains("CREDENTIALS_DIRECTORY is not set"));
    daemon.stop();
}

#[test]
fn what_works_on_files_finds_them_while_the_unit_is_down() {
    let place = place();
    start(&place).stop();
    assert!(run_beside_none(&place, &["verify"]).contains("(1 leads)"));
    run_beside_none(&place, &["compact"]);
    run_beside_none(&place, &["backup", "--to", "kept.redb"]);
    let database = place.path("state/leadhook.redb");
    fs::remove_file(&database).expect("a database");
    run_beside_none(&place, &["restore", "kept.redb"]);
    assert!(database.exists());
    assert!(!place.path("leadhook.redb").exists());
}

/// Without the token, which only the process of the unit has, nobody asked whether leadhook runs, and the
/// database was made anew beside it.
#[test]
fn nothing_is_restored_while_a_daemon_runs_whose_token_is_a_credential() {
    let place = place();
    let daemon = start(&place);
    let with_unit = told(&place, daemon.id());
    let backup = ["backup", "--to", "kept.redb"];
    well(run_with_systemd(&place, &with_unit, &backup));
    fs::remove_file(place.path("state/leadhook.redb")).expect("a database");
    let without_unit = told(&place, 0);
    let ended = run_with_systemd(&place, &without_unit, &["restore", "kept.redb"]);
    assert_eq!(ended.err, "leadhook is running: stop it first");
    assert_eq!(ended.code, Some(75));
}

/// Before the first start there are no credentials yet, and the config is fine all the same.
#[test]
fn a_config_with_credentials_can_be_checked_before_the_first_start() {
    let place = place();
    let more = "
[smtp]
host = \"mail.example.com\"
user = \"shop\"
password_credential = \"mail-password\"
from = \"leads@example.com\"
[[source]]
name = \"chat\"
auth = { query = \"token\", secret_credential = \"chat\" }
[[webhook]]
name = \"crm\"
url_credential = \"crm-address\"
secret_credential = \"crm-secret\"
auth = { bearer_credential = \"crm-token\" }
";
    let config = place.read("leadhook.toml");
    place.write("leadhook.toml", &format!("{config}{more}"));
    let said = run_beside_none(&place, &["check-config", "leadhook.toml"]);
    assert_eq!(
        said.matches("_credential: not looked at").count(),
        6,
        "{said}"
    );
    assert!(said.contains("is fine"), "{said}");
}

/// A database that root had compacted was root's, and the daemon could not open it again.
#[test]
fn what_root_makes_belongs_to_whom_the_database_does() {
    const SOMEBODY: u32 = 1;
    let place = Place::with_admin("");
    let daemon = place.start();
    assert_eq!(daemon.post("website"), 201);
    daemon.stop();
    let all = || fs::read_dir(place.path("")).expect("a directory");
    let mut all_of_it: Vec<_> = all().flatten().map(|entry| entry.path()).collect();
    all_of_it.push(place.path(""));
    for path in &all_of_it {
        if chown(path, Some(SOMEBODY), Some(SOMEBODY)).is_err() {
            // Not by a macro: those are silent in tests that pass.
            let said = writeln!(std::io::stderr(), "SKIPPED: only root can give a file away");
            return said.expect("standard error");
        }
    }
    well(place.run(&["compact"]));
    well(place.run(&["backup", "--to", "kept.redb"]));
    fs::remove_file(place.path("leadhook.redb")).expect("a database");
    well(place.run(&["restore", "kept.redb"]));
    for entry in all().flatten() {
        let owner = entry.metadata().expect("a file").uid();
        assert_eq!(owner, SOMEBODY, "{}", entry.path().display());
    }
}
