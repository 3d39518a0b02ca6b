//! `leadhook forget`: shows what there is of a person, asks, and has it erased. `leadhook export --person`
//! is the same search, and writes it all down in place of erasing it.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::asking::Daemon;
use super::consent::consent;
use super::export::{Broken, write_to};
use super::plain::{counted, one_line};
use super::{Exit, backup, complain, print, say};
use crate::cli::Forget;
use crate::http::forms::form_body;
use crate::outbound::Outgoing;
use crate::system::Clock;

pub(super) fn forget(what: &Forget, file: Option<PathBuf>) -> Exit {
    match Daemon::of(file).and_then(|daemon| with(&daemon, what)) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn with(daemon: &Daemon, what: &Forget) -> Result<Exit, Exit> {
    let whom = (what.whom.0, what.whom.1.as_str());
    let seen = look(daemon, whom)?;
    let there_is_none = count(&seen) == 0 && seen["remaining"] == 0;
    if what.dry_run || there_is_none {
        return Ok(match what.json {
            true => print(&format!("{seen}\n")),
            false if there_is_none => print("nothing is stored under this contact\n"),
            false => print(&told(&seen, "Found")),
        });
    }
    if !what.yes {
        say(told(&seen, "Found").trim_end());
        consent(
            "Erase all of it for good?",
            "nothing was erased",
            "say --yes to erase it, or --dry-run to look only",
        )?;
    }
    let erased = erase(daemon, whom)?;
    if let Some(id) = erased["unreadable"].get(0) {
        complain(format_args!(
            "lead {id} cannot be read and was not erased; `leadhook verify` says why"
        ));
    }
    match what.json {
        true => print(&format!("{erased}\n")),
        false => print(&told(&erased, "Erased")),
    };
    cut_journal(daemon, &erased)?;
    Ok(match erased["unreadable"].get(0) {
        Some(_) => Exit::Wrong,
        None => Exit::Well,
    })
}

/// What there is of a person.
fn look(daemon: &Daemon, whom: (&str, &str)) -> Result<Value, Exit> {
    let path = format!("/api/v1/person?{}", form_body(&[whom]));
    daemon.read(&path)?.well()?.json()
}

/// Has all leads erased, a part with each call.
fn erase(daemon: &Daemon, (name, text): (&str, &str)) -> Result<Value, Exit> {
    let mut all = Value::Null;
    loop {
        let part = daemon.post("/api/v1/forget", &json!({ name: text }))?;
        let part = part.well()?.json()?;
        let erased = count(&part);
        let remaining = part["remaining"].as_u64().unwrap_or_default();
        match all.is_null() {
            true => all = part,
            false => add(&mut all, part),
        }
        if remaining == 0 || erased == 0 {
            return Ok(all);
        }
        complain(format_args!(
            "{} leads erased, {remaining} to go",
            count(&all)
        ));
    }
}

/// Adds what a later call erased.
fn add(all: &mut Value, part: Value) {
    let Value::Object(part) = part else { return };
    for (name, value) in part {
        let of_all = &mut all[name.as_str()];
        match (name.as_str(), value) {
            ("leads" | "unreadable", Value::Array(more)) => {
                of_all
                    .as_array_mut()
                    .into_iter()
                    .for_each(|known| known.extend(more.clone()));
            }
            ("webhooks", Value::Array(more)) => {
                for one in more {
                    hear(of_all, one);
                }
            }
            ("events" | "deliveries" | "cancelled" | "attempts" | "files", more) => {
                let sum = of_all.as_u64().unwrap_or_default() + more.as_u64().unwrap_or_default();
                *of_all = sum.into();
            }
            (_, value) => *of_all = value,
        }
    }
}

/// A webhook had received something, too.
fn hear(webhooks: &mut Value, one: Value) {
    let Some(known) = webhooks.as_array_mut() else {
        return;
    };
    match known.iter_mut().find(|known| known["name"] == one["name"]) {
        None => known.push(one),
        Some(known) if one["received"] == "yes" => *known = one,
        Some(_) => {}
    }
}

fn count(seen: &Value) -> usize {
    seen["leads"].as_array().map_or(0, Vec::len)
}

/// What there is, or was, in sentences.
fn told(seen: &Value, verb: &str) -> String {
    let number = |name: &str| seen[name].as_u64().unwrap_or_default();
    let more = number("remaining");
    let ids = seen["leads"].as_array().map_or(&[][..], Vec::as_slice);
    let shown: Vec<String> = ids.iter().take(20).map(Value::to_string).collect();
    let dots = if ids.len() > shown.len() { " …" } else { "" };
    let mut text = format!(
        "{verb}: {} ({}{dots}), {}, {}, {}, {}.\n",
        counted(ids.len() as u64 + more, "lead", "leads"),
        shown.join(", "),
        counted(number("events"), "revision", "revisions"),
        counted(number("deliveries"), "delivery", "deliveries"),
        counted(number("attempts"), "attempt", "attempts"),
        counted(number("files"), "file", "files"),
    );
    if number("cancelled") > 0 {
        text += &format!(
            "Deliveries that waited and are not made: {}.\n",
            number("cancelled")
        );
    }
    for webhook in seen["webhooks"].as_array().into_iter().flatten() {
        let word =
            |name: &str| one_line(webhook[name].as_str().unwrap_or("no longer in the config"));
        let had = match webhook["received"] == "yes" {
            true => "had received",
            false => "has perhaps received",
        };
        text += &format!(
            "The webhook {} ({}) {had} them: tell whoever is there.\n",
            word("name"),
            word("host")
        );
    }
    let backups = &seen["backups"];
    match (backups["number"].as_u64(), backups["until"].as_str()) {
        (None | Some(0), _) => {}
        (Some(n), Some(until)) => {
            text += &format!("Backups have them until {until} ({n} there are now).\n")
        }
        (Some(n), None) => {
            text += &format!(
                "Backups have them ({n} there are now) until newer ones have taken their place.\n"
            )
        }
    }
    if backups["handed_over"] == true {
        text += "What backup.run took off this machine has them as long as it is kept there.\n";
    }
    if seen["journal"] == true {
        text += "The journal has them until the next backup is made.\n";
    }
    text += "Unused pages of the database file have them until they are written over, or `leadhook compact`.\n";
    text
}

/// The next backup begins a journal without them.
fn cut_journal(daemon: &Daemon, erased: &Value) -> Result<(), Exit> {
    if erased["journal"] != true {
        return Ok(());
    }
    let request = Outgoing::json(Clock::of_system().now(), b"");
    let asked = daemon.ask(request, backup::PATH)?;
    if asked.status == 409 {
        complain(
            "no backups are made, so the journal stays as it is: `leadhook backup` or backup.directory helps",
        );
        return Ok(());
    }
    asked.well()?;
    match backup::wait_for(daemon, None)? {
        Exit::Well => Ok(()),
        exit => Err(exit),
    }
}

/// Writes all that there is of a person, as JSON.
pub(super) fn export(
    whom: &(&'static str, String),
    to: Option<&Path>,
    file: Option<PathBuf>,
) -> Exit {
    let daemon = match Daemon::of(file) {
        Ok(daemon) => daemon,
        Err(exit) => return exit,
    };
    write_to(to, &|out| write_all(&daemon, (whom.0, &whom.1), out))
}

fn write_all(daemon: &Daemon, whom: (&str, &str), out: &mut dyn Write) -> Result<u64, Broken> {
    let seen = look(daemon, whom).map_err(Broken::Daemon)?;
    let missing = seen["remaining"] != 0 || seen["unreadable"].get(0).is_some();
    if missing {
        complain("not all leads of this person can be read, so that this would not be complete");
        return Err(Broken::Daemon(Exit::Wrong));
    }
    write!(out, "{{\n\"webhooks\":{},\n\"leads\":[", seen["webhooks"])?;
    let mut written = 0;
    for id in seen["leads"].as_array().into_iter().flatten() {
        let lead = daemon.read(&format!("/api/v1/leads/{id}/everything"));
        let lead = lead
            .and_then(super::asking::Answer::well)
            .map_err(Broken::Daemon)?;
        out.write_all(if written == 0 { b"\n" } else { b",\n" })?;
        out.write_all(&lead.body)?;
        written += 1;
    }
    out.write_all(b"\n]\n}\n")?;
    Ok(written)
}
