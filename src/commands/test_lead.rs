//! `leadhook test-lead`: what would become of a post, storing nothing and asking nobody.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{Exit, Origin, complain, load, print};
use crate::config::Config;
use crate::domain::decision::{self, Owner};
use crate::domain::derive::{self, Known};
use crate::domain::event::Event;
use crate::domain::field::Field;
use crate::domain::intake::{self, Visitor};
use crate::domain::judgement::Heard;
use crate::domain::lead::Lead;
use crate::domain::mapping::{Envelope, Named};
use crate::domain::raw::{NAMES_MAX, Raw, without_mark};
use crate::domain::source::Source;
use crate::domain::unmapped::Lack;
use crate::domain::value::Value;
use crate::domain::webhook::Trigger;
use crate::http::forms::form_fields;
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
    let raw = read(body)?;
    let named = match &source.mapping {
        Some(mapping) => mapping.apply(raw, source.lead_type, &Envelope::empty()),
        None => Some(Named { raw, found: true }),
    };
    let Some(named) = named else {
        return Ok("this post would be ignored: `when` does not hold\n".to_owned());
    };
    let submission = intake::read(named.raw, source, &Visitor::default());
    let mut submission = submission.map_err(|refusal| match refusal.field {
        Some(field) => format!("{} ({}: {field})", refusal.message, refusal.code),
        None => format!("{} ({})", refusal.message, refusal.code),
    })?;
    if !named.found {
        submission.lack = Some(Lack::Mapping);
    }
    let submission = decision::admit(submission)
        .map_err(|lack| format!("{} ({})", lack.sentence(), lack.code()))?;
    let owner = Owner {
        account: config.account.clone(),
        profile: source.profile.clone(),
    };
    let now = Clock::of_system().now();
    let mut lead = decision::create(submission, 1, &source.name, &owner, now);
    derive::complete(&mut lead, &Known::nothing(), &source.derivation);
    let rules = config.judgement.apply(&mut lead, Some(Heard::default()));
    let event = Event {
        id: "evt_test".to_owned(),
        phase: lead.phase(None),
        lead,
        changes: Vec::new(),
        heard_by: Vec::new(),
        body: None,
        test: false,
    };
    Ok(shown(config, &event, &rules))
}

/// What begins like JSON is JSON, all else an urlencoded form.
fn read(body: &[u8]) -> Result<Raw, String> {
    let begin = without_mark(body).trim_ascii_start().first();
    if matches!(begin, Some(b'{' | b'[')) {
        return Raw::from_json(body).map_err(|error| error.to_string());
    }
    // A file ends with a newline that a form does not.
    let pairs = form_fields(body.trim_ascii_end());
    Raw::from_form(pairs).ok_or_else(|| format!("it has more than {NAMES_MAX} names"))
}

fn shown(config: &Config, event: &Event, rules: &[&str]) -> String {
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
    judged(&mut text, lead, rules);
    text.push_str("\nWebhooks:\n");
    for webhook in &config.webhooks {
        let wants = webhook.filter.wants(event.facts(Trigger::New));
        line(
            &mut text,
            &webhook.name,
            if wants { "gets it" } else { "does not want it" },
        );
    }
    if config.webhooks.is_empty() {
        text.push_str("  there is none\n");
    }
    let payload = event.payload(Trigger::New);
    let _ = write!(
        text,
        "\nThe payload:\n{}\n",
        String::from_utf8_lossy(&payload)
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

/// One line, whatever is in the value; a terminal is not to be told what to do by a visitor.
fn line(text: &mut String, name: &str, value: &str) {
    let plain = |text: &str| text.replace(|c: char| c.is_control(), " ");
    let _ = writeln!(text, "  {:<24} {}", plain(name), plain(value));
}
