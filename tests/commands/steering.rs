//! The commands that show where leads went, and steer it.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::process::{Daemon, Ended, Place, well};
use crate::receiver::{Receiver, Reply};

/// How long a test waits for something that must happen.
const LIMIT: Duration = Duration::from_secs(60);

/// A receiver that nobody is at.
const CRM: &str = "[[webhook]]\nname = \"crm\"\nurl = \"http://127.0.0.1:9/\"\nunsigned = true\nallow_private = true\n";

#[track_caller]
fn refused(ended: Ended, code: i32, words: &str) {
    assert!(
        ended.code == Some(code) && ended.err.contains(words),
        "{:?} {}",
        ended.code,
        ended.err
    );
}

#[test]
fn pause_and_resume_ask_the_daemon_and_tell_how_it_went() {
    let place = Place::with_admin(CRM);
    let resume = |name| place.run(&["resume", name, "--config", "leadhook.toml"]);
    refused(resume("crm"), 69, "is it running?");
    let daemon = place.start();
    assert_eq!(well(resume("crm")), "nothing held crm up\n");
    let paused = well(place.run(&["pause", "crm"]));
    assert_eq!(
        paused,
        "crm is paused; `leadhook resume crm` lets it go on\n"
    );
    assert_eq!(
        well(place.run(&["pause", "crm"])),
        "crm was paused already\n"
    );
    assert_eq!(well(resume("crm")), "crm goes on\n");
    refused(resume("other"), 1, "the daemon has no webhook other");
    refused(place.run(&["pause", "other"]), 1, "no webhook other");
    daemon.stop();
}

#[test]
fn webhooks_shows_how_each_is_and_what_waits_for_it() {
    let place = Place::with_admin(CRM);
    let daemon = place.start();
    well(place.run(&["pause", "crm"]));
    daemon.post("website");
    let all = well(place.run(&["webhooks"]));
    let line = all.lines().nth(1).expect("a webhook");
    assert!(line.starts_with("crm      paused"), "{all}");
    let json: Value =
        serde_json::from_str(&well(place.run(&["webhooks", "--json"]))).expect("JSON");
    assert_eq!(json["webhooks"][0]["waiting"], 1);
    let one = well(place.run(&["webhooks", "crm"]));
    assert!(one.contains("since_start.attempts"), "{one}");
    refused(
        place.run(&["webhooks", "other"]),
        1,
        "no webhook of this name",
    );
    daemon.stop();
}

#[test]
fn deliveries_are_listed_and_shown_one_by_one() {
    let place = Place::with_admin(CRM);
    let daemon = place.start();
    well(place.run(&["pause", "crm"]));
    for _ in 0..3 {
        daemon.post("website");
    }
    let all = well(place.run(&["deliveries"]));
    let line = all.lines().nth(1).expect("a delivery");
    assert!(line.starts_with("3-1-crm   new      pending"), "{all}");
    assert!(line.contains("its webhook, which is paused since"), "{all}");
    let few = well(place.run(&["deliveries", "--limit", "2", "--webhook=crm"]));
    assert!(few.contains("the first 2; --limit shows more"), "{few}");
    let of_one = ["deliveries", "--json", "--lead", "2", "--state", "pending"];
    let json: Value = serde_json::from_str(&well(place.run(&of_one))).expect("JSON");
    assert_eq!(json["deliveries"][0]["delivery_id"], "2-1-crm");
    let one = well(place.run(&["deliveries", "3-1-crm"]));
    assert!(one.contains("event_id      evt_"), "{one}");
    refused(
        place.run(&["deliveries", "9-1-crm"]),
        1,
        "no delivery 9-1-crm",
    );
    refused(
        place.run(&["deliveries", "--webhook", "x"]),
        1,
        "no webhook of this name",
    );
    refused(
        place.run(&["deliveries", "3-1-crm", "--lead=3"]),
        64,
        "an id, or options",
    );
    daemon.stop();
}

#[test]
fn replay_and_cancel_count_and_ask_before_they_do_anything() {
    let place = Place::with_admin(CRM);
    let daemon = place.start();
    well(place.run(&["pause", "crm"]));
    for _ in 0..3 {
        daemon.post("website");
    }
    let cancel = |more: &[&str]| place.run(&[&["cancel", "--webhook", "crm"], more].concat());
    let counted = well(cancel(&["--dry-run"]));
    assert_eq!(
        counted,
        "3 deliveries to be cancelled: what they carry is not sent\n"
    );
    refused(cancel(&[]), 1, "with --yes it is done");
    let done = well(cancel(&["--yes", "--lead=2"]));
    assert!(done.ends_with("1 cancelled\n"), "{done}");
    assert_eq!(
        well(place.run(&["replay", "--state", "delivered"])),
        "no delivery is meant\n"
    );
    let again = well(place.run(&["replay", "--state=cancelled", "--yes"]));
    assert!(
        again.contains("1 delivery to be sent again\n1 on their way"),
        "{again}"
    );
    let current = well(place.run(&["replay", "--all", "--current", "--dry-run"]));
    assert_eq!(current, "no delivery is meant\n");
    refused(place.run(&["replay"]), 64, "wants to know which");
    refused(
        place.run(&["cancel", "--all", "--current"]),
        64,
        "does not belong",
    );
    daemon.stop();
}

#[test]
fn a_replay_goes_on_after_a_kill() {
    const LEADS: usize = 300;
    let receiver = Receiver::always(Reply::status(200));
    let crm = CRM.replace("http://127.0.0.1:9/", &receiver.url());
    let source = "[[source]]\nname = \"fast\"\nauth = \"none\"\nrate_per_minute = 0\n";
    let place = Place::with_admin(&format!("{source}{crm}"));
    let daemon = place.start();
    for n in 0..LEADS {
        assert_eq!(daemon.post_form("fast", &format!("name=N{n}")).status, 201);
    }
    let waiting = |daemon: &Daemon| daemon.get("/healthz").json()["store"]["pending"].clone();
    let until = Instant::now() + LIMIT;
    while waiting(&daemon) != 0 {
        assert!(Instant::now() < until, "{}", waiting(&daemon));
    }
    let mut replay = place.watch(&["replay", "--all", "--yes"]);
    assert_eq!(
        replay.line(),
        format!("{LEADS} deliveries to be sent again\n")
    );
    let tasks = |daemon: &Daemon| daemon.get("/api/v1/tasks").json()["tasks"][0].clone();
    while tasks(&daemon).is_null() {
        assert!(Instant::now() < until, "no task");
    }
    daemon.signal(Signal::KILL);
    drop(daemon);
    let daemon = place.start();
    while tasks(&daemon)["ended"].is_null() || waiting(&daemon) != 0 {
        assert!(Instant::now() < until, "{}", tasks(&daemon));
    }
    assert_eq!(tasks(&daemon)["done"], LEADS);
    let requests = receiver.requests();
    let mut ids: Vec<&str> = requests
        .iter()
        .filter_map(|one| one.header("webhook-id"))
        .collect();
    // What was under way when it was killed may have come once more.
    assert!(
        (2 * LEADS..2 * LEADS + 20).contains(&ids.len()),
        "{}",
        ids.len()
    );
    ids.sort_unstable();
    assert!(ids.chunk_by(|a, b| a == b).all(|same| same.len() >= 2));
    ids.dedup();
    assert_eq!(ids.len(), LEADS);
    daemon.stop();
}
