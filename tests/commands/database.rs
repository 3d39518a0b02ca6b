//! What keeps the daemon from starting, each with its exit code; `verify` and `resume`.

use std::fs;
use std::net::TcpListener;

use redb::{Database, ReadableDatabase, TableDefinition};

use crate::process::{GROUND, Place, WEBSITE};

const META: TableDefinition<&str, u64> = TableDefinition::new("meta_1");

#[test]
fn a_database_that_another_process_has_open_is_75() {
    let place = Place::with_config("");
    let daemon = place.start();
    for command in ["run", "verify"] {
        let ended = place.run(&[command, "--config", "leadhook.toml"]);
        assert_eq!(ended.code, Some(75), "{}", ended.err);
        assert!(
            ended.err.contains("is open in another process"),
            "{}",
            ended.err
        );
    }
    assert_eq!(daemon.post("website"), 201);
    daemon.stop();
}

#[test]
fn a_port_that_is_taken_is_71_and_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    for key in ["ingest", "admin"] {
        let place = Place::new();
        let free = format!("[{key}]\nlisten = \"127.0.0.1:0\"");
        let config = GROUND.replace(&free, &format!("[{key}]\nlisten = \"{address}\""));
        place.write("leadhook.toml", &format!("{config}{WEBSITE}"));
        let ended = place.run(&["run", "--config", "leadhook.toml"]);
        assert_eq!(ended.code, Some(71), "{}", ended.err);
        let named = format!("cannot listen on {address} ({key}.listen)");
        assert!(ended.err.contains(&named), "{}", ended.err);
        assert!(
            ended
                .err
                .contains("is leadhook, or another program, running there already?")
        );
        assert!(!place.path("leadhook.redb").exists());
    }
}

#[test]
fn a_database_of_a_newer_release_is_65_and_left_as_it_is() {
    let place = Place::with_config("");
    let path = place.path("leadhook.redb");
    {
        let database = Database::create(&path).expect("a database");
        let writing = database.begin_write().expect("a transaction");
        writing
            .open_table(META)
            .expect("a table")
            .insert("format", 99)
            .expect("a row");
        writing.commit().expect("a commit");
    }
    for command in ["run", "verify"] {
        let ended = place.run(&[command, "--config", "leadhook.toml"]);
        assert_eq!(ended.code, Some(65), "{}", ended.err);
        assert!(
            ended
                .err
                .contains("has format 99 and was written by a newer release"),
            "{}",
            ended.err
        );
    }
    let database = Database::open(&path).expect("a database");
    let reading = database.begin_read().expect("a transaction");
    let table = reading.open_table(META).expect("a table");
    let format = table.get("format").expect("a row").map(|row| row.value());
    assert_eq!(format, Some(99));
}

#[test]
fn a_damaged_database_keeps_the_daemon_up_to_say_so_and_is_not_overwritten() {
    let place = Place::with_config("");
    let garbage = "this is no database ".repeat(1000);
    place.write("leadhook.redb", &garbage);
    let mut daemon = place.spawn(&["run", "--config", "leadhook.toml"], &[]);
    let line = daemon.wait_for("the database is not open; no leads are taken");
    assert!(line.contains("is damaged"), "{line}");
    daemon.wait_for("listening");
    assert_eq!(daemon.post("website"), 503);
    let ready = daemon.get("/readyz");
    assert_eq!(ready.status, 503);
    assert!(
        ready.body.contains("leadhook restore BACKUP"),
        "{}",
        ready.body
    );
    daemon.stop();
    assert_eq!(
        place.run(&["verify", "--config", "leadhook.toml"]).code,
        Some(1)
    );
    assert_eq!(place.read("leadhook.redb"), garbage);
}

#[test]
fn verify_says_that_a_fresh_database_is_in_order_and_makes_none() {
    let place = Place::with_config("");
    let none = place.run(&["verify", "--config", "leadhook.toml"]);
    assert_eq!(none.code, Some(1));
    assert!(
        none.err.contains("there is no database at "),
        "{}",
        none.err
    );
    assert!(!place.path("leadhook.redb").exists());
    let daemon = place.start();
    assert_eq!([daemon.post("website"), daemon.post("website")], [201, 201]);
    daemon.stop();
    let verified = place.run(&["verify", "--config", "leadhook.toml"]);
    assert_eq!(
        (verified.code, verified.out.as_str()),
        (Some(0), "the database is in order (2 leads)\n")
    );
}

#[test]
fn the_database_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::with_config("");
    place.start().stop();
    let mode = fs::metadata(place.path("leadhook.redb"))
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o077, 0);
}

#[test]
fn sources_shows_what_came_and_what_was_refused() {
    let place = Place::with_admin("");
    let sources =
        |words: &[&str]| place.run(&[&["sources"], words, &["--config", "leadhook.toml"]].concat());
    assert_eq!(sources(&[]).code, Some(69));
    let daemon = place.start();
    assert_eq!(daemon.post("website"), 201);
    assert_eq!(daemon.post("webseite"), 404);
    let all = sources(&[]);
    for line in [
        "website   1      0        0",
        "@unknown  0      0        1",
        "unknown_source",
    ] {
        assert!(all.out.contains(line), "{line} in {}", all.out);
    }
    let unknown = sources(&["@unknown"]);
    assert!(unknown.out.contains("webseite"), "{}", unknown.out);
    assert_eq!(sources(&["website"]).out, "no post was refused\n");
    let json = sources(&["website", "--json"]).out;
    assert_eq!(json, "{\"refused\":[],\"source\":\"website\"}\n");
    let nobody = sources(&["no body"]);
    assert_eq!(nobody.code, Some(1));
    assert!(
        nobody.err.contains("there is no source of this name"),
        "{}",
        nobody.err
    );
    daemon.stop();
}
