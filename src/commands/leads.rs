//! `leadhook leads` and `leadhook lead`: what came in, for people and for programs.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;

use super::asking::Daemon;
use super::plain::{inert, one_line};
use super::table::{cell, table, terminal_width};
use super::{Exit, complain, print};
use crate::domain::lead_csv::columns;
use crate::http::forms::form_body;

const PATH: &str = "/api/v1/leads";

/// A list of leads that is asked for with these parameters.
pub(super) fn list_path(parameters: &[(String, String)], more: &[(&str, &str)]) -> String {
    let given = parameters.iter();
    let given = given.map(|(name, text)| (name.as_str(), text.as_str()));
    let pairs: Vec<(&str, &str)> = given.chain(more.iter().copied()).collect();
    format!("{PATH}?{}", form_body(&pairs))
}

pub(super) fn leads(
    filters: Vec<(String, String)>,
    limit: u64,
    json: bool,
    file: Option<PathBuf>,
) -> Exit {
    let limit = limit.to_string();
    let path = list_path(&filters, &[("leads_per_page", &limit)]);
    let asked = Daemon::of(file).and_then(|daemon| {
        let answer = daemon.read(&path)?.well()?;
        match json {
            true => Ok(format!("{}\n", answer.text())),
            false => answer.json().map(|answer| list(&answer)),
        }
    });
    match asked {
        Ok(text) => print(&text),
        Err(exit) => exit,
    }
}

pub(super) fn lead(id: u64, json: bool, file: Option<PathBuf>) -> Exit {
    let asked = Daemon::of(file).and_then(|daemon| {
        let answer = daemon.read(&format!("{PATH}/{id}"))?;
        if answer.status == 404 {
            complain(format_args!("there is no lead {id}"));
            return Err(Exit::Wrong);
        }
        let answer = answer.well()?;
        match json {
            true => Ok(format!("{}\n", answer.text())),
            false => answer.json().map(|lead| whole(&lead)),
        }
    });
    match asked {
        Ok(text) => print(&text),
        Err(exit) => exit,
    }
}

fn list(answer: &Value) -> String {
    const HEAD: [&str; 7] = ["id", "created", "type", "name", "contact", "from", "value"];
    let leads = answer["leads"].as_array().map_or(&[][..], Vec::as_slice);
    if leads.is_empty() {
        return "no lead\n".to_owned();
    }
    let rows: Vec<Vec<String>> = leads.iter().map(row).collect();
    let mut text = table(&HEAD, &rows, terminal_width());
    let total = answer["total_leads"].as_u64().unwrap_or_default();
    if total > leads.len() as u64 {
        let _ = writeln!(
            text,
            "\n{} of {total} leads; --limit shows more",
            leads.len()
        );
    }
    for id in answer["unreadable"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "lead {id} cannot be read; `leadhook verify` says why");
    }
    text
}

/// A lead in one line, as [`list`] and `tail` show it.
pub(super) fn row(lead: &Value) -> Vec<String> {
    let first = |names: &[&str]| {
        let found = names.iter().find_map(|name| lead[*name].as_str());
        found.unwrap_or("-").to_owned()
    };
    let mut kind = cell(&lead["lead_type"]);
    for mark in ["spam", "duplicate"] {
        if lead[mark] == Value::Bool(true) {
            let _ = write!(kind, ", {mark}");
        }
    }
    vec![
        cell(&lead["lead_id"]),
        cell(&lead["date_created"]),
        kind,
        first(&["contact_name", "caller_name", "contact_company_name"]),
        first(&[
            "email_address",
            "contact_email_address",
            "phone_number",
            "contact_phone_number",
            "caller_number",
        ]),
        format!(
            "{} / {}",
            cell(&lead["lead_source"]),
            cell(&lead["lead_medium"])
        ),
        match &lead["sales_value"] {
            Value::Null => cell(&lead["quote_value"]),
            sold => cell(sold),
        },
    ]
}

/// All fields that say something, each with its name beside it.
fn whole(lead: &Value) -> String {
    let mut lines = Vec::new();
    for name in columns() {
        match &lead[name] {
            Value::Null => {}
            Value::Object(labels) => {
                for (label, text) in labels {
                    lines.push((format!("{name}.{}", one_line(label)), text));
                }
            }
            value => lines.push((name.to_owned(), value)),
        }
    }
    let width = lines.iter().map(|(name, _)| name.chars().count()).max();
    let width = width.unwrap_or_default().min(40);
    let mut text = String::new();
    for (name, value) in lines {
        let value = match value {
            Value::String(text) => inert(text).replace('\n', &format!("\n{:1$}", "", width + 2)),
            value => value.to_string(),
        };
        let _ = writeln!(text, "{name:<width$}  {value}");
    }
    text
}
