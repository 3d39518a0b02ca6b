//! `leadhook test-lead`: what would become of a post, storing nothing and asking nobody.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::plain::{inert, one_line};
use super::{Exit, Origin, complain, load, print};
use crate::config::Config;
use crate::domain::field::Field;
use crate::domain::lead::Lead;
use crate::domain::rehearsal::{Rehearsal, Stage};
use crate::domain::source::Source;
use crate::domain::value::Value;
use crate::domain::webhook::Trigger;
use crate::system::Clock;

pub(super) fn test_lead(name: &str, body: &Path, file: Option<PathBuf>) -> Exit {
    let config = match load(&Origin::find(file)) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let Some(source) = config.sources.iter().find(|source| source.name == name) else {
        let names: Vec<&str> = config.sources.iter().map(|s| s.name.as_str()).collect();
        let names = names.join(", ");
        complain(format_args!(
            "the config has no source {name}; it has {names}"
        ));
        return Exit::Wrong;
    };
    let bytes = match std::fs::read(body) {
        Ok(bytes) => bytes,
        Err(error) => {
            complain(format_args!("cannot read {}: {error}", body.display()));
            return Exit::Wrong;
        }
    };
    match report(&config, source, &bytes) {
        Ok(report) => print(&report),
        Err(reason) => {
            complain(format_args!("this post would be refused: {reason}"));
            Exit::Wrong
        }
    }
}

/// What would become of a post, for people.
fn report(config: &Config, source: &Source, body: &[u8]) -> Result<String, String> {
    let stage = Stage {
        source,
        account: &config.account,
        judgement: &config.judgement,
        webhooks: &config.webhooks,
        now: Clock::of_system().now(),
    };
    Ok(match stage.rehearse(body)? {
        None => "this post would be ignored: `when` does not hold\n".to_owned(),
        Some(rehearsal) => shown(&rehearsal),
    })
}

fn shown(rehearsal: &Rehearsal<'_>) -> String {
    let event = &rehearsal.event;
    let lead = &event.lead;
    let mut text = "The lead:\n".to_owned();
    line(&mut text, "lead_type", lead.lead_type.label());
    line(&mut text, "date_created", &lead.created.to_string());
    if let Some(id) = &lead.external_id {
        line(&mut text, "external_id", id);
    }
    let elsewhere = [
        Field::AdditionalFields,
        Field::SpamScore,
        Field::SpamReasons,
    ];
    let own = |field: Field| !field.is_from_config() && !elsewhere.contains(&field);
    for (field, value) in lead.values.iter().filter(|(field, _)| own(*field)) {
        show(&mut text, field, value);
    }
    text.push_str("\nLeft over, in additional_fields:\n");
    left_over(&mut text, lead);
    judged(&mut text, lead, &rehearsal.rules);
    text.push_str("\nWebhooks:\n");
    for (name, is_wanted) in &rehearsal.webhooks {
        let what = if *is_wanted {
            "gets it"
        } else {
            "does not want it"
        };
        line(&mut text, name, what);
    }
    if rehearsal.webhooks.is_empty() {
        text.push_str("  there is none\n");
    }
    let payload = event.payload(Trigger::New);
    let _ = write!(
        text,
        "\nThe payload:\n{}\n",
        inert(&String::from_utf8_lossy(&payload))
    );
    text
}

/// Why it is spam or might have been, and which rules of the owner hold.
fn judged(text: &mut String, lead: &Lead, rules: &[&str]) {
    let score = lead.values.find(Field::SpamScore);
    let verdict = match lead.values.is_set(Field::Spam) {
        true => "spam",
        false => "no spam",
    };
    let score = match score {
        Some(Value::Number(number)) => number.as_str(),
        _ => "0",
    };
    let _ = writeln!(text, "\nScreening: {verdict}, score {score}");
    for (code, reason) in lead.values.map(Field::SpamReasons) {
        line(text, code, reason);
    }
    text.push_str("\nRules that hold:\n");
    for name in rules {
        let _ = writeln!(text, "  {name}");
    }
    if rules.is_empty() {
        text.push_str("  none\n");
    }
}

fn left_over(text: &mut String, lead: &Lead) {
    let labels = lead.values.map(Field::AdditionalFields);
    for (label, value) in labels {
        line(text, label, value);
    }
    if labels.is_empty() {
        text.push_str("  nothing\n");
    }
}

fn show(text: &mut String, field: Field, value: &Value) {
    match value {
        Value::Text(said) => line(text, field.name(), said),
        Value::Number(number) => line(text, field.name(), number.as_str()),
        Value::Flag(flag) => line(text, field.name(), &flag.to_string()),
        Value::Map(labels) => {
            for (label, said) in labels {
                line(text, &format!("{}: {label}", field.name()), said);
            }
        }
    }
}

/// One line, whatever is in the value.
fn line(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "  {:<24} {}", one_line(name), one_line(value));
}
