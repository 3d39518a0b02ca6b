//! `leadhook deliveries`: where leads went, how far they have come, and what their attempts met.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::asking::{Daemon, escaped};
use super::plain::inert;
use super::table::{cell, listed, terminal_width};
use super::{Exit, complain, print, tasks, webhooks};
use crate::cli::Sending;
use crate::http::forms::form_body;

const PATH: &str = "/api/v1/deliveries";
/// The API gives no more at once.
const PER_PAGE_MAX: usize = 500;

/// Shows, or steers, what is sent.
pub(super) fn sending(what: Sending, file: Option<PathBuf>) -> Exit {
    match what {
        Sending::Webhooks { name, json } => webhooks::webhooks(name, json, file),
        Sending::List {
            filters,
            limit,
            json,
        } => deliveries(&filters, limit, json, file),
        Sending::One { id, json } => delivery(&id, json, file),
        Sending::Pause(name) => webhooks::pause(&name, file),
        Sending::Resume(name) => webhooks::resume(&name, file),
        Sending::Task(task) => tasks::task(&task, file),
    }
}

fn deliveries(
    filters: &[(String, String)],
    limit: usize,
    json: bool,
    file: Option<PathBuf>,
) -> Exit {
    let asked = Daemon::of(file).and_then(|daemon| {
        let list = read(&daemon, filters, limit)?;
        Ok(match json {
            true => format!("{list}\n"),
            false => text(&list, limit),
        })
    });
    match asked {
        Ok(text) => print(&text),
        Err(exit) => exit,
    }
}

/// The pages of a list as one.
fn read(daemon: &Daemon, filters: &[(String, String)], limit: usize) -> Result<Value, Exit> {
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    let mut cursor = Value::Null;
    loop {
        let left = (limit - found.len()).min(PER_PAGE_MAX).to_string();
        let given = filters.iter();
        let given = given.map(|(name, text)| (name.as_str(), text.as_str()));
        let mut pairs: Vec<(&str, &str)> = given.chain([("limit", left.as_str())]).collect();
        pairs.extend(cursor.as_str().map(|cursor| ("cursor", cursor)));
        let path = format!("{PATH}?{}", form_body(&pairs));
        let mut page = daemon.read(&path)?.well()?.json()?;
        let mut take = |name: &str, to: &mut Vec<Value>| {
            let items = page[name].as_array_mut().map(std::mem::take);
            to.extend(items.unwrap_or_default());
        };
        take("deliveries", &mut found);
        take("unreadable", &mut unreadable);
        cursor = page["next_cursor"].take();
        if found.len() >= limit || cursor.is_null() {
            return Ok(
                json!({ "deliveries": found, "unreadable": unreadable, "next_cursor": cursor }),
            );
        }
    }
}

fn text(list: &Value, limit: usize) -> String {
    const HEAD: [&str; 7] = [
        "delivery",
        "trigger",
        "state",
        "since",
        "attempts",
        "next attempt",
        "waits for",
    ];
    const KEYS: [&str; 7] = [
        "delivery_id",
        "trigger",
        "state",
        "since",
        "attempts",
        "next_attempt",
        "waits_for",
    ];
    let found = &list["deliveries"];
    let mut text = match found.as_array().is_some_and(Vec::is_empty) {
        true => "no delivery\n".to_owned(),
        false => listed(&HEAD, &KEYS, found, terminal_width()),
    };
    if !list["next_cursor"].is_null() {
        let _ = writeln!(text, "\nthe first {limit}; --limit shows more");
    }
    for id in list["unreadable"].as_array().into_iter().flatten() {
        let id = cell(id);
        let _ = writeln!(text, "{id} cannot be read; `leadhook verify` says why");
    }
    text
}

fn delivery(id: &str, json: bool, file: Option<PathBuf>) -> Exit {
    let asked = Daemon::of(file).and_then(|daemon| {
        let answer = daemon.read(&format!("{PATH}/{}", escaped(id)))?;
        if answer.status == 404 {
            complain(format_args!("there is no delivery {id}"));
            return Err(Exit::Wrong);
        }
        let answer = answer.well()?;
        match json {
            true => Ok(format!("{}\n", answer.text())),
            false => answer.json().map(|delivery| whole(&delivery)),
        }
    });
    match asked {
        Ok(text) => print(&text),
        Err(exit) => exit,
    }
}

fn whole(delivery: &Value) -> String {
    const SHOWN: [&str; 10] = [
        "delivery_id",
        "lead_id",
        "revision",
        "webhook",
        "trigger",
        "state",
        "since",
        "next_attempt",
        "waits_for",
        "event_id",
    ];
    let mut text = String::new();
    for name in SHOWN {
        if !delivery[name].is_null() {
            let _ = writeln!(text, "{name:<14}{}", cell(&delivery[name]));
        }
    }
    for attempt in delivery["attempts"].as_array().into_iter().flatten() {
        let of = |name: &str| cell(&attempt[name]);
        let (number, started, ms) = (of("number"), of("started"), of("ms"));
        let _ = writeln!(
            text,
            "\nattempt {number}, {started}, {ms} ms: {}",
            of("outcome")
        );
        let answer = attempt["answer"].as_str().unwrap_or_default();
        for line in inert(answer).lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}
