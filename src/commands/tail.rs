//! `leadhook tail`: leads as they come and change, and attempts as they are made. The daemon is asked
//! once a second for what stands behind the last ones that were shown.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::asking::Daemon;
use super::leads::{list_path, row};
use super::plain::one_line;
use super::table::cell;
use super::{Exit, Printed, printed};
use crate::http::forms::form_body;

const PAUSE: Duration = Duration::from_secs(1);
/// So many leads are asked for at once.
const LEADS: usize = 100;

/// What was shown last.
struct Tail<'a> {
    daemon: &'a Daemon,
    json: bool,
    lead: Value,
    attempt: Value,
}

pub(super) fn tail(json: bool, file: Option<PathBuf>) -> Exit {
    match Daemon::of(file).and_then(|daemon| follow(&daemon, json)) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn follow(daemon: &Daemon, json: bool) -> Result<Exit, Exit> {
    let mut tail = Tail {
        daemon,
        json,
        lead: Value::Null,
        attempt: Value::Null,
    };
    tail.lead = tail.leads(1, &[("order", "desc")])?["next_cursor"].take();
    tail.attempt = tail.attempts("1")?["next_cursor"].take();
    loop {
        let text = tail.what_came()?;
        if text.is_empty() {
            thread::sleep(PAUSE);
            continue;
        }
        match printed(&text) {
            Printed::Well => {}
            // Whoever read it has what he wanted.
            Printed::NobodyReads => return Ok(Exit::Well),
            Printed::Failed => return Ok(Exit::Wrong),
        }
    }
}

impl Tail<'_> {
    /// Lines of what came since the last look. Leads are asked for after the attempts, and shown before
    /// them: so no attempt comes before its lead.
    fn what_came(&mut self) -> Result<String, Exit> {
        let mut made = self.attempts("500")?;
        self.attempt = made["next_cursor"].take();
        let mut text = String::new();
        while let Some(mut page) = self.next_leads()? {
            self.lead = page["next_cursor"].take();
            self.write(&mut text, "lead", &page["leads"], lead_line);
        }
        if made["missed"] != 0 {
            let _ = match self.json {
                true => writeln!(text, "{}", json!({ "missed_attempts": made["missed"] })),
                false => writeln!(
                    text,
                    "… {} more attempts than can be shown …",
                    made["missed"]
                ),
            };
        }
        self.write(&mut text, "attempt", &made["attempts"], attempt_line);
        Ok(text)
    }

    fn write(&self, text: &mut String, kind: &str, all: &Value, line: fn(&Value) -> String) {
        for one in all.as_array().into_iter().flatten() {
            let _ = match self.json {
                true => writeln!(text, "{}", json!({ (kind): one })),
                false => writeln!(text, "{}", line(one)),
            };
        }
    }

    /// The next leads; none where there is none. Only a full page has a cursor, so one that is not is
    /// asked for again with as many as it has.
    fn next_leads(&self) -> Result<Option<Value>, Exit> {
        let mut limit = LEADS;
        while limit > 0 {
            let place = self.lead.as_str().map(|place| ("cursor", place));
            let asked: Vec<(&str, &str)> = [("order", "asc")].into_iter().chain(place).collect();
            let page = self.leads(limit, &asked)?;
            if page["next_cursor"].is_string() {
                return Ok(Some(page));
            }
            // One that cannot be read has its place in a page, too.
            let rows = |of: &str| page[of].as_array().map_or(0, Vec::len);
            let found = rows("leads") + rows("unreadable");
            limit = if found < limit { found } else { 0 };
        }
        Ok(None)
    }

    fn leads(&self, limit: usize, more: &[(&str, &str)]) -> Result<Value, Exit> {
        let limit = limit.to_string();
        let page = [
            ("order_by", "last_updated"),
            ("leads_per_page", &limit),
            ("count", "false"),
        ];
        let path = list_path(&[], &[&page, more].concat());
        self.daemon.read(&path)?.well()?.json()
    }

    fn attempts(&self, limit: &str) -> Result<Value, Exit> {
        let place = self.attempt.as_str().map(|place| ("cursor", place));
        let asked: Vec<(&str, &str)> = [("limit", limit)].into_iter().chain(place).collect();
        let path = format!("/api/v1/attempts?{}", form_body(&asked));
        self.daemon.read(&path)?.well()?.json()
    }
}

fn lead_line(lead: &Value) -> String {
    let what = match lead["revision"] == 1 {
        true => "new    ",
        false => "update ",
    };
    let cells: Vec<String> = row(lead).iter().map(|cell| one_line(cell)).collect();
    format!(
        "{}  {what}  {}",
        cell(&lead["last_updated"]),
        cells.join("  ")
    )
}

fn attempt_line(attempt: &Value) -> String {
    let said = |name: &str| cell(&attempt[name]);
    format!(
        "{}  attempt  {}  {}  {}, attempt {}: {}; {} ms; {}",
        said("started"),
        said("lead_id"),
        said("webhook"),
        said("trigger"),
        said("number"),
        said("outcome"),
        said("ms"),
        said("next"),
    )
}
