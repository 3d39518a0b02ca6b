//! `leadhook token`: makes, lists and revokes tokens of the API.

use std::path::PathBuf;

use serde_json::json;

use super::asking::{Daemon, escaped};
use super::table::{cell, table, terminal_width};
use super::{Exit, complain, print};
use crate::cli::Token;

const PATH: &str = "/api/v1/tokens";

pub(super) fn token(what: &Token, file: Option<PathBuf>) -> Exit {
    let done = Daemon::of(file).and_then(|daemon| match what {
        Token::Create { name, read_only } => create(&daemon, name, *read_only),
        Token::List { json } => list(&daemon, *json),
        Token::Revoke { name } => revoke(&daemon, name),
    });
    match done {
        Ok(text) => print(&text),
        Err(exit) => exit,
    }
}

/// The token alone, so that a script can take it.
fn create(daemon: &Daemon, name: &str, read_only: bool) -> Result<String, Exit> {
    let rights = if read_only { "read" } else { "full" };
    let made = daemon.post(PATH, &json!({ "name": name, "rights": rights }))?;
    let made = made.well()?.json()?;
    Ok(format!("{}\n", cell(&made["token"])))
}

fn list(daemon: &Daemon, json: bool) -> Result<String, Exit> {
    let answer = daemon.read(PATH)?.well()?;
    if json {
        return Ok(format!("{}\n", answer.text()));
    }
    let answer = answer.json()?;
    let all = answer["tokens"].as_array().map_or(&[][..], Vec::as_slice);
    if all.is_empty() {
        return Ok("no token was made; those of the config are not listed\n".to_owned());
    }
    let row = |one: &serde_json::Value| ["name", "rights", "created"].map(|key| cell(&one[key]));
    let rows: Vec<Vec<String>> = all.iter().map(|one| row(one).to_vec()).collect();
    Ok(table(&["name", "rights", "made"], &rows, terminal_width()))
}

fn revoke(daemon: &Daemon, name: &str) -> Result<String, Exit> {
    let answer = daemon.remove(&format!("{PATH}/{}", escaped(name)))?;
    if answer.status == 404 {
        complain(format_args!(
            "there is no token {name}; `leadhook token list` shows them all"
        ));
        return Err(Exit::Wrong);
    }
    answer.well()?;
    Ok(format!("{name} opens nothing any more\n"))
}
