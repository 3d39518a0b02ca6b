//! `leadhook webhooks`, `pause` and `resume`: how receivers are, and whether they are sent anything.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;

use super::asking::{Daemon, escaped};
use super::table::{cell, listed, terminal_width};
use super::{Exit, complain, print};

const PATH: &str = "/api/v1/webhooks";

pub(super) fn webhooks(name: Option<String>, json: bool, file: Option<PathBuf>) -> Exit {
    let asked = Daemon::of(file).and_then(|daemon| {
        let path = match &name {
            None => PATH.to_owned(),
            Some(name) => format!("{PATH}/{}", escaped(name)),
        };
        let answer = daemon.read(&path)?.well()?;
        Ok(match json {
            true => format!("{}\n", answer.text()),
            false if name.is_some() => whole(&answer.json()?),
            false => list(&answer.json()?),
        })
    });
    match asked {
        Ok(text) => print(&text),
        Err(exit) => exit,
    }
}

fn list(answer: &Value) -> String {
    const HEAD: [&str; 6] = [
        "webhook",
        "condition",
        "since",
        "waiting",
        "oldest",
        "last failure",
    ];
    const KEYS: [&str; 6] = [
        "name",
        "condition",
        "since",
        "waiting",
        "oldest_waiting",
        "last_failure",
    ];
    let mut text = listed(&HEAD, &KEYS, &answer["webhooks"], terminal_width());
    for one in answer["webhooks"].as_array().into_iter().flatten() {
        if let Some(since) = one["removed"].as_str() {
            let (name, waiting) = (cell(&one["name"]), cell(&one["waiting"]));
            let _ = writeln!(
                text,
                "\n{name}: not in the config since {since}; what waits for it ({waiting}) is kept"
            );
        }
    }
    text
}

/// All that is known of one, a line each.
fn whole(webhook: &Value) -> String {
    let mut text = String::new();
    let mut put = |prefix: &str, members: &Value| {
        for (name, value) in members.as_object().into_iter().flatten() {
            if !value.is_object() {
                let _ = writeln!(text, "{:<34}{}", format!("{prefix}{name}"), cell(value));
            }
        }
    };
    put("", webhook);
    let since_start = &webhook["since_start"];
    put("since_start.", since_start);
    for inner in ["deliveries", "attempt_seconds", "failures"] {
        put(&format!("since_start.{inner}."), &since_start[inner]);
    }
    text
}

pub(super) fn pause(name: &str, file: Option<PathBuf>) -> Exit {
    steer(name, "pause", file, |changed| match changed {
        true => format!("{name} is paused; `leadhook resume {name}` lets it go on\n"),
        false => format!("{name} was paused already\n"),
    })
}

pub(super) fn resume(name: &str, file: Option<PathBuf>) -> Exit {
    steer(name, "resume", file, |changed| match changed {
        true => format!("{name} goes on\n"),
        false => format!("nothing held {name} up\n"),
    })
}

fn steer(
    name: &str,
    action: &str,
    file: Option<PathBuf>,
    words: impl FnOnce(bool) -> String,
) -> Exit {
    let path = format!("{PATH}/{}/{action}", escaped(name));
    let asked = Daemon::of(file).and_then(|daemon| {
        let answer = daemon.post(&path, &Value::Null)?;
        if answer.status == 404 {
            complain(format_args!("the daemon has no webhook {name}"));
            return Err(Exit::Wrong);
        }
        answer.well()?.json()
    });
    match asked {
        Ok(answer) => print(&words(answer[format!("{action}d")] == Value::Bool(true))),
        Err(exit) => exit,
    }
}
