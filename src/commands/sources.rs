//! `leadhook sources`: what came by each source, and which posts were refused.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;

use super::{Exit, Origin, complain, load, print, read_daemon};

pub(super) fn sources(name: Option<String>, json: bool, file: Option<PathBuf>) -> Exit {
    let config = match load(&Origin::find(file)) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let path = match &name {
        None => "/api/v1/sources".to_owned(),
        Some(name) => format!("/api/v1/sources/{}/refused", escaped(name)),
    };
    let body = match read_daemon(&config, &path) {
        Ok(body) => body,
        Err(exit) => return exit,
    };
    if json {
        return print(&format!("{body}\n"));
    }
    match (serde_json::from_str::<Value>(&body), name) {
        (Ok(answer), None) => print(&counts(&answer)),
        (Ok(answer), Some(_)) => print(&refused(&answer)),
        (Err(_), _) => {
            complain("the daemon's answer cannot be read; is it of another release?");
            Exit::Wrong
        }
    }
}

/// A name as part of a path.
fn escaped(name: &str) -> String {
    let mut path = String::new();
    for byte in name.bytes() {
        match byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte) {
            true => path.push(char::from(byte)),
            false => {
                let _ = write!(path, "%{byte:02X}");
            }
        }
    }
    path
}

fn counts(answer: &Value) -> String {
    const HEAD: [&str; 7] = [
        "source",
        "taken",
        "ignored",
        "refused",
        "last taken",
        "last refused",
        "because of",
    ];
    const KEYS: [&str; 7] = [
        "name",
        "taken",
        "ignored",
        "refused",
        "last_taken",
        "last_refused",
        "last_code",
    ];
    let mut text = table(&HEAD, &KEYS, &answer["sources"]);
    let listed = answer["sources"].as_array().into_iter().flatten();
    if listed.into_iter().any(|one| one["name"] == "@unknown") {
        text.push_str("\n@unknown: posts to addresses at which no source is; `leadhook sources @unknown` shows which\n");
    }
    text
}

fn refused(answer: &Value) -> String {
    const HEAD: [&str; 7] = [
        "last",
        "times",
        "status",
        "code",
        "bytes",
        "client",
        "posted to",
    ];
    const KEYS: [&str; 7] = [
        "last", "count", "status", "code", "bytes", "client", "place",
    ];
    let all = answer["refused"].as_array().map_or(&[][..], Vec::as_slice);
    if all.is_empty() {
        return "no post was refused\n".to_owned();
    }
    let mut text = table(&HEAD, &KEYS, &answer["refused"]);
    for body in all
        .iter()
        .filter_map(|one| Some((&one["last"], one["body"].as_str()?)))
    {
        let (at, body) = (plain(body.0), plain(&body.1.into()));
        let _ = write!(text, "\nposted {at}: {body}\n");
    }
    text
}

/// Columns as wide as they need to be.
fn table(head: &[&str; 7], keys: &[&str; 7], rows: &Value) -> String {
    let mut cells = vec![head.map(str::to_owned)];
    for row in rows.as_array().into_iter().flatten() {
        cells.push(keys.map(|key| plain(&row[key])));
    }
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..head.len()).filter_map(width).collect();
    let mut text = String::new();
    for row in &cells {
        let padded = row.iter().zip(&widths);
        let padded = padded.map(|(cell, width)| format!("{cell:<width$}"));
        text.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A value as text; a terminal is not to be told what to do by a stranger.
fn plain(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    text.replace(|c: char| c.is_control(), " ")
}
