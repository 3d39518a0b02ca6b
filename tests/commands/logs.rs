//! The log on standard error: text, JSON, and with the journal's priorities.

use serde_json::Value;

use crate::process::Place;

/// All lines of a daemon that took a lead, refused one, and stopped.
fn lines(log: &str, env: &[(&str, &str)]) -> Vec<String> {
    let place = Place::with_config(log);
    let mut daemon = place.start_with(env);
    assert_eq!((daemon.post("website"), daemon.post("nobody")), (201, 404));
    daemon.wait_for("lead stored");
    let ended = daemon.stop();
    assert_eq!(ended.out, "", "standard output is not for the log");
    ended.err.lines().map(str::to_owned).collect()
}

#[test]
fn each_line_has_a_time_a_level_and_fixed_words() {
    let lines = lines("", &[]);
    let stored = lines
        .iter()
        .find(|line| line.contains("lead stored"))
        .expect("a line");
    let (time, rest) = stored.split_once(' ').expect("a time");
    assert!(
        time.len() == 20 && time.starts_with("20") && time.ends_with('Z'),
        "{time}"
    );
    assert!(
        rest.starts_with("info  lead stored source=website lead=1 result=created deliveries=0 ms="),
        "{rest}"
    );
    for word in [
        "starting version=",
        "listening ingest=127.0.0.1:",
        "stopping",
        "stopped requests_cut=0",
    ] {
        assert!(
            lines.iter().any(|line| line.contains(word)),
            "{word} in {lines:#?}"
        );
    }
}

#[test]
fn json_lines_can_be_read_by_programs() {
    let lines = lines("[log]\nformat = \"json\"\n", &[]);
    let read =
        |line: &String| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line}"));
    let lines: Vec<Value> = lines.iter().map(read).collect();
    assert!(
        lines
            .iter()
            .all(|line| line["time"].is_string() && line["level"].is_string())
    );
    let stored = lines
        .iter()
        .find(|line| line["message"] == "lead stored")
        .expect("a line");
    assert_eq!(stored["lead"], serde_json::json!(1));
    assert_eq!(stored["source"], "website");
}

#[test]
fn the_journal_gets_a_priority_and_no_second_time() {
    let lines = lines("[log]\nlevel = \"debug\"\n", &[("JOURNAL_STREAM", "8:1")]);
    let begins = |text: &str| lines.iter().any(|line| line.starts_with(text));
    assert!(begins("<6>lead stored source=website"), "{lines:#?}");
    assert!(begins("<7>post refused status=404"), "{lines:#?}");
    assert!(lines.iter().all(|line| line.starts_with('<')), "{lines:#?}");
}

#[test]
fn the_level_hides_what_matters_less() {
    let quiet = Place::with_config("[log]\nlevel = \"error\"\n");
    let daemon = quiet.spawn(&["run", "--config", "leadhook.toml"], &[]);
    // It says nothing of itself: the file tells that it is there.
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !quiet.path("leadhook.redb").exists() {
        assert!(std::time::Instant::now() < until, "no database");
        std::thread::yield_now();
    }
    assert_eq!(daemon.stop().err, "");
}
