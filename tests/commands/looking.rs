//! The commands that show leads: lists, one lead, an export.

use serde_json::Value;

use crate::process::{well, with_daemon};

const HOSTILE: &str = "name=%1B%5B2JEve%0D%0Aforged&email=eve@example.com&message=%3D1%2B1&Text%1B%5B31m=x%C2%9By%E2%80%AE";

#[test]
fn leads_are_listed_and_filtered_as_in_the_api() {
    let (place, daemon) = with_daemon();
    for name in ["Ada", "Grace", "Alan"] {
        daemon.post_form(
            "website",
            &format!("name={name}&email={name}@example.com&utm_source={name}"),
        );
    }
    let all = well(place.run(&["leads"]));
    assert!(all.starts_with("id  created"), "{all}");
    assert_eq!(all.lines().count(), 4, "{all}");
    let one = well(place.run(&["leads", "--search", "gra", "--lead-source=Grace"]));
    assert!(
        one.contains("grace@example.com") && one.lines().count() == 2,
        "{one}"
    );
    let hers = well(place.run(&["leads", "--email-address", "GRACE@example.com"]));
    assert!(
        hers.lines().count() == 2 && hers.contains("Grace"),
        "{hers}"
    );
    let few = well(place.run(&["leads", "--limit", "2", "--order", "asc"]));
    assert!(few.contains("Ada") && few.contains("2 of 3 leads"), "{few}");
    let json: Value = serde_json::from_str(&well(place.run(&["leads", "--json"]))).expect("JSON");
    assert_eq!(json["total_leads"], 3);
    assert_eq!(well(place.run(&["leads", "--spam", "true"])), "no lead\n");
    for (line, code, words) in [
        (["leads", "--limit", "0"], 64, "1 to 2500"),
        (
            ["leads", "--quotable", "maybe"],
            1,
            "quotable: this is one of",
        ),
        (["lead", "9", "--json"], 1, "there is no lead 9"),
        (["lead", "x", "--json"], 64, "not the id of a lead"),
    ] {
        let ended = place.run(&line);
        assert!(
            ended.code == Some(code) && ended.err.contains(words),
            "{}",
            ended.err
        );
    }
    daemon.stop();
}

#[test]
fn every_filter_of_the_api_is_an_option() {
    let (_place, daemon) = with_daemon();
    let described = daemon.get("/api/v1/openapi.json").json();
    let parameters = described["paths"]["/api/v1/leads"]["get"]["parameters"].clone();
    let entry = |name| {
        leadhook::cli::COMMANDS
            .iter()
            .find(|entry| entry.name == name)
    };
    let options = |name| {
        entry(name)
            .expect("the command")
            .options
            .iter()
            .map(|option| option.name)
    };
    const OF_PAGES: [&str; 5] = ["leads_per_page", "page_number", "page", "cursor", "count"];
    let mut seen = 0;
    for parameter in parameters.as_array().expect("parameters") {
        let name = parameter["name"].as_str().expect("a name");
        if OF_PAGES.contains(&name) {
            continue;
        }
        seen += 1;
        let option = format!("--{}", name.replace('_', "-"));
        assert!(options("leads").any(|known| known == option), "{option}");
        let is_order = name.starts_with("order");
        assert!(
            is_order || options("export").any(|known| known == option),
            "{option}"
        );
    }
    assert!(seen > 15, "{seen}");
    daemon.stop();
}

#[test]
fn a_hostile_lead_tells_the_terminal_nothing() {
    let (place, daemon) = with_daemon();
    assert_eq!(daemon.post_form("website", HOSTILE).status, 201);
    place.write("post", HOSTILE);
    let tried = &["test-lead", "website", "--file", "post"];
    for line in [&["leads"][..], &["lead", "1"], tried] {
        let shown = well(place.run(line));
        assert!(shown.contains("eve@example.com"), "{shown}");
        let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.contains(acts), "{shown:?}");
        assert!(
            !shown.lines().any(|line| line.starts_with("forged")),
            "{shown}"
        );
    }
    daemon.stop();
}

#[test]
fn an_export_has_every_lead_once_in_every_format() {
    let (place, daemon) = with_daemon();
    daemon.post_form("website", HOSTILE);
    for n in 0..30 {
        daemon.post_form(
            "website",
            &format!("name=N{n}&email=n{n}@example.com&Budget={n}"),
        );
    }
    let csv = well(place.run(&["export"]));
    assert!(csv.starts_with("lead_id,lead_type,date_created,"), "{csv}");
    assert!(csv.contains(",'=1+1,") || csv.contains("\"\"=1+1"), "{csv}");
    let rows: Vec<_> = leadhook::domain::csv::Rows::of(&csv).collect();
    assert_eq!(rows.len(), 32);
    well(place.run(&["export", "--format", "json", "--to", "all.json"]));
    let all: Value = serde_json::from_str(&place.read("all.json")).expect("JSON");
    assert_eq!(all.as_array().map(Vec::len), Some(31));
    let lines = well(place.run(&["export", "--format=ndjson", "--search", "n7"]));
    assert_eq!(lines.lines().count(), 1, "{lines}");
    daemon.stop();
    let gone = place.run(&["export", "--to", "gone.csv"]);
    assert!(
        gone.code == Some(69) && gone.err.contains("gone.csv was not written"),
        "{}",
        gone.err
    );
    assert!(!place.path("gone.csv").exists() && !place.path("gone.csv.part").exists());
}

#[test]
fn healthcheck_ends_with_0_or_1() {
    let (place, daemon) = with_daemon();
    assert_eq!(well(place.run(&["healthcheck"])), "ok\n");
    assert_eq!(well(place.run(&["healthcheck", "--live"])), "ok\n");
    daemon.stop();
    let down = place.run(&["healthcheck"]);
    assert!(
        down.code == Some(1) && down.err.contains("does not answer"),
        "{}",
        down.err
    );
}
