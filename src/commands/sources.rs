//! `leadhook sources`: what came by each source, and which posts were refused.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;

use super::asking::{Daemon, escaped};
use super::plain::one_line;
use super::table::{cell, listed, terminal_width};
use super::{Exit, print};

pub(super) fn sources(name: Option<String>, json: bool, file: Option<PathBuf>) -> Exit {
    let asked = Daemon::of(file).and_then(|daemon| {
        let path = match &name {
            None => "/api/v1/sources".to_owned(),
            Some(name) => format!("/api/v1/sources/{}/refused", escaped(name)),
        };
        let answer = daemon.read(&path)?.well()?;
        Ok(match json {
            true => format!("{}\n", answer.text()),
            false if name.is_some() => refused(&answer.json()?),
            false => counts(&answer.json()?),
        })
    });
    match asked {
        Ok(text) => print(&text),
        Err(exit) => exit,
    }
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
    let mut text = listed(&HEAD, &KEYS, &answer["sources"], terminal_width());
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
    let mut text = listed(&HEAD, &KEYS, &answer["refused"], terminal_width());
    for body in all
        .iter()
        .filter_map(|one| Some((&one["last"], one["body"].as_str()?)))
    {
        let (at, body) = (cell(body.0), one_line(body.1));
        let _ = write!(text, "\nposted {at}: {body}\n");
    }
    text
}
