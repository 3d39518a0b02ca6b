//! `check-config` and `init`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::process::{Place, WEBSITE};

#[test]
fn a_good_config_is_fine_and_warnings_are_told() {
    let place = Place::with_config("");
    let ended = place.run(&["check-config", "leadhook.toml"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ended.out);
    assert!(lines[0].ends_with("webhook: there is none: leads are kept, and go nowhere"));
    assert_eq!(lines[2], "leadhook.toml is fine; sources: 1, webhooks: 0");
    assert!(!place.path("leadhook.redb").exists());
}

#[test]
fn all_problems_of_a_config_are_listed_at_once_each_with_its_place() {
    let place = Place::with_config(
        "rate_per_minut = 1\n[stop]\ngrace = \"soon\"\n[[webhook]]\nname = \"crm\"\nurl = \"ftp://x\"\nsecret = \"hush\"\n",
    );
    let ended = place.run(&["check-config", "leadhook.toml"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(78), ""));
    let lines: Vec<&str> = ended
        .err
        .lines()
        .filter(|line| line.starts_with("leadhook.toml:"))
        .collect();
    assert_eq!(lines.len(), 4, "{}", ended.err);
    for (line, word) in lines
        .iter()
        .zip(["rate_per_minut", "grace", "url", "secret"])
    {
        let place: Vec<&str> = line.split(':').take(3).collect();
        assert!(
            place[1..]
                .iter()
                .all(|number| number.parse::<u32>().is_ok()),
            "{line}"
        );
        assert!(line.contains(word), "{line}");
    }
    assert!(!ended.err.contains("hush"));
    let run = place.run(&["run", "--config", "leadhook.toml"]);
    assert_eq!((run.code, run.err), (Some(78), ended.err));
}

#[test]
fn a_config_that_is_not_there_is_78_and_told_how_to_get_one() {
    let ended = Place::new().run(&["run", "--config", "nowhere.toml"]);
    assert_eq!(ended.code, Some(78));
    assert!(
        ended.err.contains("nowhere.toml") && ended.err.contains("leadhook init"),
        "{}",
        ended.err
    );
}

#[test]
fn what_init_writes_is_for_its_owner_passes_the_check_and_runs() {
    let place = Place::new();
    let ended = place.run(&["init", "new"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let made: Vec<&str> = ended
        .out
        .lines()
        .filter_map(|line| line.strip_prefix("made "))
        .collect();
    assert_eq!(made.len(), 4, "{}", ended.out);
    for name in &made {
        let mode = fs::metadata(place.path(name))
            .expect(name)
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(
        place.run(&["check-config", "new/leadhook.toml"]).code,
        Some(0)
    );

    let config = place.read("new/leadhook.toml");
    let free_ports = config
        .replace("127.0.0.1:8480\"", "127.0.0.1:0\"")
        .replace("127.0.0.1:8481\"", "127.0.0.1:0\"");
    assert_ne!(config, free_ports);
    // Nobody is to hear of this lead.
    place.write(
        "new/leadhook.toml",
        &free_ports.replace("127.0.0.1:8481/", "127.0.0.1:9/"),
    );
    let mut daemon = place.spawn(&["run", "--config", "new/leadhook.toml"], &[]);
    daemon.wait_for("listening");
    assert_eq!((daemon.post("website"), daemon.post("partner")), (201, 401));
    daemon.stop();
}

#[test]
fn a_second_init_overwrites_nothing() {
    let place = Place::new();
    assert_eq!(place.run(&["init"]).code, Some(0));
    let before = (place.read("leadhook.toml"), place.read("admin-token"));
    let again = place.run(&["init"]);
    assert_eq!(again.code, Some(1));
    assert!(
        again
            .err
            .contains("leadhook.toml exists and is left as it is"),
        "{}",
        again.err
    );
    assert_eq!(
        (place.read("leadhook.toml"), place.read("admin-token")),
        before
    );
}

#[test]
fn two_inits_make_different_secrets() {
    let place = Place::new();
    place.run(&["init", "a"]);
    place.run(&["init", "b"]);
    for name in ["admin-token", "source-token", "webhook-secret"] {
        assert_ne!(
            place.read(&format!("a/{name}")),
            place.read(&format!("b/{name}"))
        );
    }
}

#[test]
fn the_published_secrets_serve_nobody_but_the_inspector() {
    let place = Place::new();
    let public = format!(
        "[ingest]\nlisten = \"0.0.0.0:0\"\n[admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"example-admin-token\"\n{WEBSITE}"
    );
    place.write("leadhook.toml", &public);
    let ended = place.run(&["run", "--config", "leadhook.toml"]);
    assert_eq!(ended.code, Some(78), "{}", ended.err);
}
