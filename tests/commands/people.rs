//! `leadhook forget`, `export --person` and `stats`.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::process::{Daemon, Place, well};

fn place() -> (Place, Daemon) {
    let place = Place::with_admin("\n[backup]\ndirectory = \"backups\"\nevery = \"0s\"\n");
    let daemon = place.start();
    for n in 1..=3 {
        daemon.post_form(
            "website",
            &format!("name=Ada+Lovelace&email=ada@example.com&message=m{n}"),
        );
    }
    daemon.post_form(
        "website",
        "name=Eva&email=eva@example.com&phone=%2B49301234567",
    );
    (place, daemon)
}

#[test]
fn forget_shows_asks_erases_and_cuts_the_journal() {
    let (place, daemon) = place();
    let seen = well(place.run(&["forget", "ADA@example.com", "--dry-run"]));
    assert!(
        seen.starts_with("Found: 3 leads (1, 2, 3), 3 revisions"),
        "{seen}"
    );
    let unasked = place.run(&["forget", "ada@example.com"]);
    assert!(
        unasked.code == Some(1) && unasked.err.contains("nothing was erased: say --yes"),
        "{}",
        unasked.err
    );
    assert_eq!(
        well(place.run(&["leads", "--json"]))
            .matches("\"lead_id\":")
            .count(),
        4
    );
    let erased = well(place.run(&["forget", "ada@example.com", "--yes"]));
    assert!(erased.starts_with("Erased: 3 leads"), "{erased}");
    assert!(erased.contains("is made and verified"), "{erased}");
    for entry in std::fs::read_dir(place.path("journal")).expect("a journal") {
        let bytes = std::fs::read(entry.expect("a file").path()).expect("a file");
        assert!(!bytes.windows(8).any(|window| window == b"Lovelace"));
    }
    assert_eq!(
        well(place.run(&["forget", "ada@example.com", "--yes"])),
        "nothing is stored under this contact\n"
    );
    let by_phone = well(place.run(&["forget", "+49 30 1234567", "--yes", "--json"]));
    assert_eq!(
        serde_json::from_str::<Value>(by_phone.lines().next().expect("a line")).expect("JSON")["leads"],
        json!([4])
    );
    for line in [
        &["forget"][..],
        &["forget", "--lead", "x"],
        &["forget", "a@b", "--lead", "1"],
    ] {
        assert_eq!(place.run(line).code, Some(64), "{line:?}");
    }
    daemon.stop();
    well(place.run(&["verify"]));
}

#[test]
fn all_of_a_person_is_exported_as_one_file() {
    let (place, daemon) = place();
    daemon.post_api("/api/v1/leads/1", r#"{"notes":"called back"}"#);
    well(place.run(&["export", "--person", "ada@example.com", "--to", "ada.json"]));
    let text = place.read("ada.json");
    let all: Value = serde_json::from_str(&text).expect("JSON");
    let leads = all["leads"].as_array().expect("leads");
    assert_eq!(leads.len(), 3);
    assert_eq!(
        leads[0]["revisions"][1]["lead"]["changed_fields"],
        json!(["notes"])
    );
    assert!(leads[0]["deliveries"].is_array() && leads[0]["files"].is_array());
    assert!(!text.contains("eva@example.com"));
    let both = place.run(&["export", "--person", "a@b", "--spam", "true"]);
    assert_eq!(both.code, Some(64), "{}", both.err);
    daemon.stop();
}

#[test]
fn stats_count_leads_by_day_source_type_and_fate() {
    let (place, daemon) = place();
    let shown = well(place.run(&["stats", "--days", "2"]));
    let lines: Vec<&str> = shown.lines().collect();
    assert!(
        lines[0].starts_with("day") && lines[0].contains("open"),
        "{shown}"
    );
    assert!(
        shown.contains("website  4") && shown.contains("Web Form  4"),
        "{shown}"
    );
    let json: Value = serde_json::from_str(&well(place.run(&["stats", "--json"]))).expect("JSON");
    assert_eq!(json["days"].as_array().map(Vec::len), Some(30));
    assert_eq!(place.run(&["stats", "--days", "0"]).code, Some(64));
    daemon.stop();
}

#[test]
fn forget_goes_on_where_a_kill_broke_it_off() {
    let (place, daemon) = place();
    let lead = |n| json!({ "name": "Grace Hopper", "email": "grace@example.com", "message": format!("pfirsich {n}") });
    let leads: Vec<String> = (0..200).map(|n| lead(n).to_string()).collect();
    place.write("grace.ndjson", &leads.join("\n"));
    well(place.run(&["import", "grace.ndjson", "--yes"]));
    std::thread::scope(|scope| {
        let forgotten = scope.spawn(|| place.run(&["forget", "grace@example.com", "--yes"]));
        // The first bite is committed, the last one is not.
        while daemon.get("/api/v1/leads?leads_per_page=1").json()["total_leads"] == 204 {}
        daemon.signal(Signal::KILL);
        assert_ne!(forgotten.join().expect("an end").code, Some(0));
    });
    drop(daemon);
    let daemon = place.start();
    let left = daemon.get("/api/v1/leads?leads_per_page=1").json()["total_leads"].clone();
    assert!(left.as_u64().is_some_and(|left| left < 204), "{left}");
    well(place.run(&["forget", "grace@example.com", "--yes"]));
    let left = daemon.get("/api/v1/leads?leads_per_page=1").json()["total_leads"].clone();
    assert_eq!(left, 4);
    daemon.stop();
    well(place.run(&["verify"]));
    well(place.run(&["compact"]));
    let bytes = std::fs::read(place.path("leadhook.redb")).expect("a database");
    for text in ["grace@example.com", "hopper", "pfirsich"] {
        let mut windows = bytes.windows(text.len());
        assert!(
            !windows.any(|window| window.eq_ignore_ascii_case(text.as_bytes())),
            "{text}"
        );
    }
}
