//! `leadhook tail`: leads as they come and change. The daemon is asked once a second for what stands
//! behind the last one that was shown.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::asking::Daemon;
use super::leads::{list_path, row};
use super::plain::one_line;
use super::{Exit, print};

const PAUSE: Duration = Duration::from_secs(1);

pub(super) fn tail(json: bool, file: Option<PathBuf>) -> Exit {
    match Daemon::of(file).and_then(|daemon| follow(&daemon, json)) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn follow(daemon: &Daemon, json: bool) -> Result<Exit, Exit> {
    let mut cursor = read(daemon, &[("order", "desc")])?["next_cursor"].clone();
    loop {
        let place = cursor.as_str().map(|place| ("cursor", place));
        let asked: Vec<(&str, &str)> = [("order", "asc")].into_iter().chain(place).collect();
        let page = read(daemon, &asked)?;
        // A page of one lead has a cursor as long as there is one.
        let Some(lead) = page["leads"].get(0) else {
            thread::sleep(PAUSE);
            continue;
        };
        let line = match json {
            true => format!("{lead}\n"),
            false => line(lead),
        };
        match print(&line) {
            Exit::Well => cursor = page["next_cursor"].clone(),
            exit => return Ok(exit),
        }
    }
}

fn read(daemon: &Daemon, more: &[(&str, &str)]) -> Result<Value, Exit> {
    const ONE: [(&str, &str); 3] = [
        ("order_by", "last_updated"),
        ("leads_per_page", "1"),
        ("count", "false"),
    ];
    daemon
        .read(&list_path(&[], &[&ONE, more].concat()))?
        .well()?
        .json()
}

fn line(lead: &Value) -> String {
    let what = match lead["revision"] == 1 {
        true => "new   ",
        false => "update",
    };
    let cells: Vec<String> = row(lead).iter().map(|cell| one_line(cell)).collect();
    format!(
        "{}  {what}  {}\n",
        one_line(lead["last_updated"].as_str().unwrap_or("-")),
        cells.join("  ")
    )
}
