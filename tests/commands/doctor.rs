//! `leadhook doctor` finds each of the usual mistakes, and says what to do about it: one test a
//! mistake, in the order in which a newcomer makes them.

mod receivers;

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::process::{Ended, Place, TOKEN};
use crate::receiver::{Receiver, Reply};
use crate::unit::run_with_systemd;

/// An address at which nobody is.
const NOBODY: &str = "http://127.0.0.1:1/hook";

fn webhook(url: &str) -> String {
    format!(
        "[[webhook]]\nname = \"crm\"\nurl = \"{url}\"\nallow_private = true\nunsigned = true\ntimeout = \"2s\"\n"
    )
}

/// What the doctor says of a place.
fn doctor(place: &Place) -> Ended {
    place.run(&["doctor"])
}

/// It found that something is wrong, and one line of it says all this.
#[track_caller]
fn is_wrong(ended: &Ended, check: &str, words: &[&str]) {
    says(ended, "wrong", check, words);
    assert_eq!(ended.code, Some(1), "{}", ended.out);
}

/// It gave advice with all these words in one place, or told what is wrong.
#[track_caller]
fn says(ended: &Ended, verdict: &str, check: &str, words: &[&str]) {
    let begin = format!("{verdict:<8} {check:<9} ");
    let lines: Vec<&str> = ended.out.lines().collect();
    let notes = lines.windows(2).map(|two| two.join("\n"));
    let mut notes = notes.filter(|note| note.starts_with(&begin));
    let found = notes.any(|note| words.iter().all(|word| note.contains(word)));
    assert!(found, "{words:?} in\n{}{}", ended.out, ended.err);
}

fn mode(place: &Place, name: &str, mode: u32) {
    fs::set_permissions(place.path(name), Permissions::from_mode(mode)).expect("a mode");
}

#[test]
fn a_place_in_order_has_nothing_wrong_and_gets_no_lead() {
    let receiver = Receiver::always(Reply::status(405));
    let place = Place::with_admin(&webhook(&receiver.url()));
    let daemon = place.start();
    let ended = doctor(&place);
    assert_eq!(ended.code, Some(0), "{}", ended.out);
    says(
        &ended,
        "ok",
        "receivers",
        &["webhook crm: reached", "no lead was sent"],
    );
    says(&ended, "ok", "daemon", &["runs and is well"]);
    assert!(ended.out.contains("\nNothing is wrong; "), "{}", ended.out);
    let lines: Vec<String> = receiver
        .requests()
        .into_iter()
        .map(|one| one.line)
        .collect();
    assert_eq!(lines, ["OPTIONS /hook HTTP/1.1"]);
    daemon.stop();
}

#[test]
fn programs_get_the_same_as_json() {
    let place = Place::with_admin(&webhook(NOBODY));
    let ended = place.run(&["doctor", "--json"]);
    let said: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!((ended.code, &said["ok"]), (Some(1), &Value::Bool(false)));
    let notes = said["notes"].as_array().expect("notes");
    let wrong = |note: &&Value| note["verdict"] == "wrong" && note["check"] == "receivers";
    let note = notes.iter().find(wrong).expect("a note on the receiver");
    assert!(
        note["what"]
            .as_str()
            .is_some_and(|what| what.starts_with("webhook crm: "))
    );
    assert!(note["cure"].is_string());
}

#[test]
fn there_is_no_config() {
    is_wrong(
        &doctor(&Place::new()),
        "config",
        &["There is no config", "leadhook init"],
    );
}

#[test]
fn a_key_has_a_typing_mistake() {
    let place = Place::with_config("[backup]\ndirectroy = \"backups\"\n");
    is_wrong(&doctor(&place), "config", &["directroy", "directory"]);
}

#[test]
fn the_config_with_a_secret_in_it_is_open_to_others() {
    let place = Place::with_admin("");
    mode(&place, "leadhook.toml", 0o644);
    says(
        &doctor(&place),
        "advice",
        "config",
        &["open to other users", "chmod 600"],
    );
}

#[test]
fn a_secrets_file_is_open_to_others() {
    let place =
        Place::with_config("[[source]]\nname = \"b\"\nauth = { bearer_file = \"secret\" }\n");
    place.write("secret", "a-secret-of-a-source-012345\n");
    mode(&place, "secret", 0o644);
    is_wrong(
        &doctor(&place),
        "config",
        &["secret is open to other users", "chmod 600"],
    );
}

#[test]
fn a_secret_of_the_example_is_in_use() {
    let place = Place::with_admin("");
    let config = place
        .read("leadhook.toml")
        .replace(TOKEN, "example-admin-token");
    place.write("leadhook.toml", &config);
    is_wrong(
        &doctor(&place),
        "config",
        &["everybody knows", "leadhook init"],
    );
}

#[test]
fn nobody_is_told_of_trouble() {
    let ended = doctor(&Place::with_admin(&webhook(NOBODY)));
    says(
        &ended,
        "advice",
        "config",
        &["nobody is told", "alerts_only"],
    );
}

#[test]
fn nobody_outside_can_post() {
    let ended = doctor(&Place::with_admin(""));
    says(
        &ended,
        "advice",
        "config",
        &["only be posted from this machine", "public_url"],
    );
}

#[test]
fn all_visitors_seem_to_be_the_proxy() {
    let place = Place::with_admin("");
    let public = "[ingest]\npublic_url = \"https://leads.example.invalid\"";
    place.write(
        "leadhook.toml",
        &place.read("leadhook.toml").replace("[ingest]", public),
    );
    is_wrong(
        &doctor(&place),
        "config",
        &["trusted_proxies is empty", "X-Forwarded-For"],
    );
}

#[test]
fn the_public_address_leads_elsewhere() {
    let stranger = Receiver::always(Reply::full(200, &[], b"<h1>Our shop</h1>"));
    let place = Place::with_admin("");
    let public = format!("[ingest]\npublic_url = \"http://{}\"", stranger.address());
    place.write(
        "leadhook.toml",
        &place.read("leadhook.toml").replace("[ingest]", &public),
    );
    is_wrong(
        &doctor(&place),
        "public",
        &["not as leadhook would", "proxy's rules"],
    );
}

#[test]
fn the_directory_of_the_database_is_not_there() {
    let place = Place::with_admin("");
    let config = place.read("leadhook.toml");
    place.write(
        "leadhook.toml",
        &config.replace("leadhook.redb", "nowhere/leadhook.redb"),
    );
    is_wrong(&doctor(&place), "files", &["does not exist", "install -d"]);
}

#[test]
fn the_database_is_open_to_others() {
    let place = Place::with_admin("");
    place.write("leadhook.redb", "");
    mode(&place, "leadhook.redb", 0o640);
    is_wrong(
        &doctor(&place),
        "files",
        &["holds leads and is open", "chmod 600"],
    );
}

#[test]
fn it_was_run_as_root_once() {
    let place = Place::with_admin("");
    place.write("leadhook.redb", "");
    if std::os::unix::fs::chown(place.path(""), Some(1), None).is_err() {
        // Not by a macro: those are silent in tests that pass.
        let said = writeln!(
            std::io::stderr(),
            "SKIPPED: only root can give a directory away"
        );
        return said.expect("standard error");
    }
    is_wrong(&doctor(&place), "files", &["belongs to root", "chown"]);
}

#[test]
fn the_disk_is_nearly_full() {
    let place = Place::with_admin("");
    let config = place.read("leadhook.toml");
    place.write(
        "leadhook.toml",
        &config.replace("\nlow_space = 0", "\nlow_space = \"1000 GiB\""),
    );
    is_wrong(
        &doctor(&place),
        "disk",
        &["leads are refused", "larger disk"],
    );
}

#[test]
fn it_does_not_run() {
    is_wrong(
        &doctor(&Place::with_admin("")),
        "daemon",
        &["not running", "systemctl start leadhook"],
    );
}

#[test]
fn another_program_has_its_port() {
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = Place::with_admin("");
    let listen = format!(
        "[ingest]\nlisten = \"{}\"",
        other.local_addr().expect("its address")
    );
    let config = place.read("leadhook.toml");
    place.write(
        "leadhook.toml",
        &config.replace("[ingest]\nlisten = \"127.0.0.1:0\"", &listen),
    );
    is_wrong(&doctor(&place), "ports", &["ingest.listen", "ss -ltnp"]);
}

#[test]
fn the_config_was_changed_and_not_taken_over() {
    let place = Place::with_admin("");
    let daemon = place.start();
    let config = place.read("leadhook.toml");
    place.write("leadhook.toml", &format!("{config}{}", webhook(NOBODY)));
    is_wrong(
        &doctor(&place),
        "daemon",
        &["the file has crm", "systemctl reload"],
    );
    daemon.stop();
}

#[test]
fn the_daemon_was_started_with_another_token() {
    let place = Place::with_admin("");
    let daemon = place.start();
    let config = place.read("leadhook.toml");
    place.write(
        "leadhook.toml",
        &config.replace(TOKEN, "another-admin-token-0123"),
    );
    is_wrong(
        &doctor(&place),
        "daemon",
        &["does not know the admin token", "systemctl restart"],
    );
    daemon.stop();
}

#[test]
fn a_receiver_has_stopped_its_webhook() {
    let gone = Receiver::always(Reply::status(410));
    let place = Place::with_admin(&webhook(&gone.url()));
    let mut daemon = place.start();
    daemon.post("website");
    daemon.wait_for("stopped");
    is_wrong(
        &doctor(&place),
        "daemon",
        &["stopped by its receiver", "leadhook resume crm"],
    );
    daemon.stop();
}

#[test]
fn no_backups_are_made() {
    says(
        &doctor(&Place::with_admin("")),
        "advice",
        "backup",
        &["No backups", "directory ="],
    );
}

#[test]
fn the_last_backup_is_old() {
    let place = Place::with_admin("[backup]\ndirectory = \"backups\"\n");
    fs::create_dir(place.path("backups")).expect("a directory");
    mode(&place, "backups", 0o700);
    place.write("backups/leadhook-20200101T000000Z.redb", "");
    let old = SystemTime::now() - Duration::from_secs(5 * 86_400);
    let backup = File::open(place.path("backups/leadhook-20200101T000000Z.redb"));
    backup
        .and_then(|backup| backup.set_modified(old))
        .expect("an old file");
    let ended = doctor(&place);
    is_wrong(&ended, "backup", &["older than", "leadhook backup"]);
    says(
        &ended,
        "advice",
        "backup",
        &["on the disk of the database", "backup.run"],
    );
}

/// What the doctor says where `systemctl` says this.
fn with_systemd(told: &str) -> Ended {
    let place = Place::with_admin("");
    run_with_systemd(&place, told, &["doctor"])
}

#[test]
fn the_service_is_not_started_with_the_machine() {
    let told = "LoadState=loaded\nActiveState=active\nUnitFileState=disabled";
    is_wrong(
        &with_systemd(told),
        "systemd",
        &["not enabled", "systemctl enable"],
    );
    let told = "LoadState=not-found\nActiveState=inactive";
    says(
        &with_systemd(told),
        "advice",
        "systemd",
        &["no unit", "packaging/"],
    );
}

#[test]
fn the_service_has_failed() {
    let told = "LoadState=loaded\nActiveState=failed\nUnitFileState=enabled\nNeedDaemonReload=yes";
    let ended = with_systemd(told);
    is_wrong(&ended, "systemd", &["has failed", "journalctl"]);
    says(&ended, "advice", "systemd", &["daemon-reload"]);
}
