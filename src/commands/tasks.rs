//! `leadhook replay` and `cancel`: count what is meant, ask, have it done, and follow it to its end. It
//! goes on in the daemon, also where this command is ended.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use serde_json::{Map, Value};

use super::asking::Daemon;
use super::consent::consent;
use super::table::cell;
use super::{Exit, complain, say};
use crate::cli::Task;

const LOOK_EVERY: Duration = Duration::from_millis(200);

pub(super) fn task(task: &Task, file: Option<PathBuf>) -> Exit {
    match do_it(task, file) {
        Ok(()) => Exit::Well,
        Err(exit) => exit,
    }
}

fn do_it(task: &Task, file: Option<PathBuf>) -> Result<(), Exit> {
    let daemon = Daemon::of(file)?;
    let path = format!("/api/v1/deliveries/{}", task.action);
    let members = task.members.iter();
    let members = members.map(|(name, text)| (name.clone(), Value::from(text.as_str())));
    let mut body: Map<String, Value> = members.collect();
    body.insert("dry_run".to_owned(), true.into());
    let counted = daemon
        .post(&path, &Value::from(body.clone()))?
        .well()?
        .json()?;
    let n = counted["deliveries"].as_u64().unwrap_or_default();
    say(meant(
        task,
        n,
        counted["overtaken"].as_u64().unwrap_or_default(),
    ));
    if n == 0 || task.dry_run {
        return Ok(());
    }
    if !task.yes {
        consent(
            "Go on?",
            "nothing was done",
            "with --yes it is done, with --dry-run only counted",
        )?;
    }
    body.remove("dry_run");
    // What was counted, and nothing that has ended since.
    if !counted["until"].is_null() {
        body.insert("until".to_owned(), counted["until"].clone());
    }
    let begun = daemon.post(&path, &Value::from(body))?.well()?.json()?;
    let done = follow(&daemon, &begun["task"])?;
    match task.action {
        "replay" => say(format_args!(
            "{done} on their way again; `leadhook deliveries` shows how far they have come"
        )),
        _ => say(format_args!("{done} cancelled")),
    }
    Ok(())
}

fn meant(task: &Task, n: u64, overtaken: u64) -> String {
    let deliveries = match n {
        0 => return "no delivery is meant".to_owned(),
        1 => "1 delivery".to_owned(),
        n => format!("{n} deliveries"),
    };
    if task.action == "cancel" {
        return format!("{deliveries} to be cancelled: what they carry is not sent");
    }
    match overtaken {
        0 => format!("{deliveries} to be sent again"),
        overtaken => format!(
            "{deliveries} to be sent again; {overtaken} of them older than what the receiver has of the same lead \
             (--current sends leads as they are now)"
        ),
    }
}

/// Waits for the end of a task; gives how many deliveries it was done to.
fn follow(daemon: &Daemon, task: &Value) -> Result<u64, Exit> {
    let path = format!("/api/v1/tasks/{}", cell(&task["task_id"]));
    let is_watched = std::io::stderr().is_terminal();
    loop {
        let task = daemon.read(&path)?.well()?.json()?;
        let done = task["done"].as_u64().unwrap_or_default();
        if is_watched {
            let meant = cell(&task["meant"]);
            complain(format_args!("{done} of {meant}"));
        }
        if !task["ended"].is_null() {
            return Ok(done);
        }
        thread::sleep(LOOK_EVERY);
    }
}
