//! `leadhook stats`: leads by day, source, type and what became of them; what webhooks were sent.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::asking::Daemon;
use super::table::{cell, table, terminal_width};
use super::{Exit, print};

pub(super) fn stats(days: u64, json: bool, file: Option<PathBuf>) -> Exit {
    let path = format!("/api/v1/statistics?days={days}");
    let asked = Daemon::of(file).and_then(|daemon| {
        let answer = daemon.read(&path)?.well()?;
        match json {
            true => Ok(format!("{}\n", answer.text())),
            false => answer.json().map(|answer| text(&answer)),
        }
    });
    match asked {
        Ok(text) => print(&text),
        Err(exit) => exit,
    }
}

fn text(answer: &Value) -> String {
    let days = answer["days"].as_array().map_or(&[][..], Vec::as_slice);
    let width = terminal_width();
    let mut head = vec!["day", "leads"];
    let fates: Vec<&String> = names(days, "by_fate").into_keys().collect();
    head.extend(fates.iter().map(|name| name.as_str()));
    let rows = days.iter().map(|day| {
        let fates = fates
            .iter()
            .map(|name| cell(&day["by_fate"][name.as_str()]));
        let first = [cell(&day["date"]), cell(&day["leads"])];
        first.into_iter().chain(fates).collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let mut text = table(&head, &rows, width);
    for (what, member) in [("source", "by_source"), ("type", "by_type")] {
        let sums = names(days, member).into_iter().filter(|(_, n)| *n > 0);
        let rows: Vec<Vec<String>> = sums
            .map(|(name, n)| vec![name.clone(), n.to_string()])
            .collect();
        if !rows.is_empty() {
            text += "\n";
            text += &table(&[what, "leads"], &rows, width);
        }
    }
    let webhooks = answer["webhooks"].as_array().map_or(&[][..], Vec::as_slice);
    if !webhooks.is_empty() {
        text += "\nsince leadhook was started:\n";
        text += &table(
            &[
                "webhook",
                "delivered",
                "failed",
                "attempts",
                "success",
                "median",
                "95 %",
            ],
            &webhooks.iter().map(sent).collect::<Vec<_>>(),
            width,
        );
    }
    text
}

/// The names that a member of the days has, each with the sum over all of them.
fn names<'a>(days: &'a [Value], member: &str) -> BTreeMap<&'a String, u64> {
    let mut sums = BTreeMap::new();
    for (name, n) in days
        .iter()
        .filter_map(|day| day[member].as_object())
        .flatten()
    {
        *sums.entry(name).or_default() += n.as_u64().unwrap_or_default();
    }
    sums
}

fn sent(webhook: &Value) -> Vec<String> {
    let seconds = |name: &str| match webhook["attempt_seconds"][name].as_f64() {
        Some(seconds) => format!("{:.0} ms", seconds * 1000.0),
        None => "-".to_owned(),
    };
    let success = webhook["success_rate"].as_f64();
    vec![
        cell(&webhook["name"]),
        cell(&webhook["deliveries"]["delivered"]),
        cell(&webhook["deliveries"]["failed"]),
        cell(&webhook["attempts"]),
        success.map_or("-".to_owned(), |rate| format!("{:.1} %", rate * 100.0)),
        seconds("p50"),
        seconds("p95"),
    ]
}
