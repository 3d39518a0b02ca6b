//! `leadhook import`: old leads from a file. First all of it is tried, and told what is wrong with which
//! line; then, after a yes, it is taken over, a part with each request.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::asking::Daemon;
use super::consent::consent;
use super::old_leads::{OldLead, OldLeads};
use super::{Exit, complain, print, say};
use crate::cli::Import;
use crate::outbound::Outgoing;
use crate::system::Clock;

const PATH: &str = "/api/v1/import";
/// So many leads are sent at once, if they are small.
const AT_ONCE: usize = 250;
/// So many problems are told.
const PROBLEMS_TOLD: usize = 20;
/// What stands around the leads of a request.
const AROUND_BYTES: usize = 512;

/// What came of a file.
#[derive(Default)]
struct Counts {
    new: u64,
    known: u64,
    refused: u64,
    /// The first ones.
    problems: Vec<Value>,
}

pub(super) fn import(what: &Import, file: Option<PathBuf>) -> Exit {
    match Daemon::of(file).and_then(|daemon| with(&daemon, what)) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn with(daemon: &Daemon, what: &Import) -> Result<Exit, Exit> {
    let tried = pass(daemon, what, true)?;
    let goes_on = !what.dry_run && tried.new > 0;
    if !goes_on || !what.json {
        tell(&tried, "would be", what.json);
    }
    if !goes_on {
        return Ok(tried.exit());
    }
    if !what.yes {
        consent(
            &format!("Import {} leads?", tried.new),
            "nothing was imported",
            "say --yes to import them",
        )?;
    }
    let done = pass(daemon, what, false)?;
    tell(&done, "are", what.json);
    Ok(done.exit())
}

impl Counts {
    fn exit(&self) -> Exit {
        match self.refused {
            0 => Exit::Well,
            _ => Exit::Wrong,
        }
    }

    fn refuse(&mut self, line: u64, field: Option<&str>, message: &str) {
        self.refused += 1;
        if self.problems.len() < PROBLEMS_TOLD {
            let problem = json!({ "line": line, "field": field, "message": message });
            self.problems.push(problem);
        }
    }

    /// What the daemon says of the leads that begin in these lines.
    fn hear(&mut self, lines: &[u64], results: &Value) {
        for (n, line) in lines.iter().enumerate() {
            let told = &results[n];
            match told["result"].as_str() {
                Some("new") => self.new += 1,
                Some("known") => self.known += 1,
                _ => {
                    let message = told["message"].as_str().unwrap_or("it was not answered");
                    self.refuse(*line, told["field"].as_str(), message);
                }
            }
        }
    }
}

fn tell(counts: &Counts, verb: &str, json: bool) {
    let Counts {
        new,
        known,
        refused,
        problems,
    } = counts;
    if json {
        let told = json!({ "new": new, "known": known, "refused": refused, "problems": problems });
        print(&format!("{told}\n"));
        return;
    }
    for problem in problems {
        let field = problem["field"].as_str();
        let field = field.map(|field| format!("{field}: ")).unwrap_or_default();
        let message = problem["message"].as_str().unwrap_or_default();
        say(format_args!("line {}: {field}{message}", problem["line"]));
    }
    let more = *refused - problems.len() as u64;
    if more > 0 {
        say(format_args!("and {more} more like these"));
    }
    say(format_args!(
        "{new} leads {verb} new, {known} are there already, {refused} cannot be taken over."
    ));
}

/// Goes through the whole file once.
fn pass(daemon: &Daemon, what: &Import, is_trial: bool) -> Result<Counts, Exit> {
    let unread = |error: &io::Error| {
        complain(format_args!("cannot read {}: {error}", what.file.display()));
        Exit::Wrong
    };
    let bytes_max = daemon
        .config
        .ingest
        .body_bytes_max
        .saturating_sub(AROUND_BYTES);
    let leads = OldLeads::open(&what.file, bytes_max).map_err(|error| unread(&error))?;
    let mut counts = Counts::default();
    let mut part = Part::default();
    let mut said = Instant::now();
    let word = if is_trial { "tried" } else { "imported" };
    for lead in leads {
        let OldLead { line, json } = lead.map_err(|error| unread(&error))?;
        match json {
            Err(message) => counts.refuse(line, None, &message),
            Ok(json) => {
                if part.lines.len() == AT_ONCE || part.leads.len() + json.len() > bytes_max {
                    part.send(daemon, what, is_trial, &mut counts)?;
                }
                part.add(line, &json);
            }
        }
        if said.elapsed() >= Duration::from_secs(1) {
            said = Instant::now();
            complain(format_args!("{word} up to line {line}"));
        }
    }
    part.send(daemon, what, is_trial, &mut counts)?;
    Ok(counts)
}

/// Leads that go with one request.
#[derive(Default)]
struct Part {
    lines: Vec<u64>,
    leads: String,
}

impl Part {
    fn add(&mut self, line: u64, json: &str) {
        if !self.lines.is_empty() {
            self.leads.push(',');
        }
        self.lines.push(line);
        self.leads.push_str(json);
    }

    fn send(
        &mut self,
        daemon: &Daemon,
        what: &Import,
        is_trial: bool,
        counts: &mut Counts,
    ) -> Result<(), Exit> {
        let Part { lines, leads } = std::mem::take(self);
        if lines.is_empty() {
            return Ok(());
        }
        let source = json!(what.source);
        let notify = what.notify;
        let body = format!(
            r#"{{"dry_run":{is_trial},"notify":{notify},"source":{source},"leads":[{leads}]}}"#
        );
        let request = Outgoing::json(Clock::of_system().now(), body.as_bytes());
        let answer = daemon.ask(request, PATH)?.well()?.json()?;
        counts.hear(&lines, &answer["results"]);
        Ok(())
    }
}
