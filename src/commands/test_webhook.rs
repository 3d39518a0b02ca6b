//! `leadhook test-webhook`: sends a sample lead to a webhook, shows what went and what came, and says
//! what is wrong. Asks no daemon and stores nothing.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::plain::{inert, one_line};
use super::{Exit, Origin, complain, load, print};
use crate::config::Config;
use crate::delivery::{Sample, Trial, try_out};
use crate::domain::delivery::Outcome;
use crate::domain::indent::indented;
use crate::domain::lead_type::LeadType;
use crate::domain::webhook::{Trigger, Webhook};
use crate::outbound::Lookups;
use crate::system::{Clock, Dice};

/// What is to be sent; what is not said is chosen as the webhook wants it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) lead_type: Option<LeadType>,
    pub(super) trigger: Option<Trigger>,
}

pub(super) fn test_webhook(name: &str, wish: Wish, json: bool, file: Option<PathBuf>) -> Exit {
    let config = match load(&Origin::find(file)) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let Some(webhook) = config.webhooks.iter().find(|webhook| webhook.name == name) else {
        complain(unknown(&config, name));
        return Exit::Wrong;
    };
    let sample = Sample {
        lead_type: wish.lead_type,
        trigger: wish.trigger,
        ..Sample::new(webhook, &config.sources, &config.account)
    };
    let (lookups, clock, dice) = (Lookups::of_system(), Clock::of_system(), Dice::of_system());
    let trial = match try_out(webhook, &sample, &lookups, &clock, &dice) {
        Ok(trial) => trial,
        Err(reason) => {
            complain(format_args!("webhook {name}: {reason}"));
            return Exit::Wrong;
        }
    };
    let printed = match json {
        true => print(&format!("{}\n", trial.json(name))),
        false => print(&report(webhook, &trial)),
    };
    match printed {
        Exit::Well if !trial.is_success => Exit::Wrong,
        exit => exit,
    }
}

fn unknown(config: &Config, name: &str) -> String {
    let names: Vec<&str> = config.webhooks.iter().map(|w| w.name.as_str()).collect();
    match names.is_empty() {
        true => {
            "the config has no webhook yet; `leadhook example-config` shows how to write one".into()
        }
        false => format!(
            "the config has no webhook {name}; it has {}",
            names.join(", ")
        ),
    }
}

fn report(webhook: &Webhook, trial: &Trial) -> String {
    let mut text = format!(
        "A sample lead for {}: {}, trigger {}.\n",
        webhook.name,
        trial.lead_type.label(),
        trial.trigger.name()
    );
    if !trial.is_wanted {
        text.push_str(
            "The webhook's filter would not let such a lead pass; it was sent all the same.\n",
        );
    }
    if webhook.keys.is_empty() && webhook.mail.is_none() {
        text.push_str("It is not signed: the webhook has no `secret`.\n");
    }
    request(&mut text, trial);
    answer(&mut text, trial);
    times(&mut text, trial);
    verdict(&mut text, trial);
    text
}

fn request(text: &mut String, trial: &Trial) {
    let mut lines = trial.trace.sent.iter();
    let Some((method, target)) = lines.next() else {
        return text.push_str("\nNothing was sent.\n");
    };
    let _ = writeln!(text, "\nSent:\n> {method} {}", one_line(target));
    for (name, value) in lines {
        let _ = writeln!(text, "> {name}: {}", one_line(value));
    }
    let body = String::from_utf8_lossy(&trial.body);
    let _ = writeln!(text, "\n{}", inert(&indented(&body)));
}

fn answer(text: &mut String, trial: &Trial) {
    let Outcome::Answered(answer) = &trial.trace.outcome else {
        return;
    };
    let _ = writeln!(text, "\nAnswer:\n< {}", answer.status);
    for (name, value) in &trial.trace.received {
        let _ = writeln!(text, "< {name}: {}", one_line(value));
    }
    if !answer.excerpt.is_empty() {
        let body = String::from_utf8_lossy(&answer.excerpt);
        let _ = writeln!(text, "\n{}", inert(&body));
    }
}

fn times(text: &mut String, trial: &Trial) {
    let trace = &trial.trace;
    let ms = |time: std::time::Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    text.push_str("\nTime:\n");
    for (step, time) in &trace.steps {
        let _ = writeln!(
            text,
            "  {:<12}{:>12}",
            step.name().replace('_', " "),
            ms(*time)
        );
    }
    let _ = writeln!(text, "  {:<12}{:>12}", "in all", ms(trace.duration));
    if let Some(address) = trace.address {
        let _ = writeln!(text, "Connected to {address}.");
    }
    if let Some(expires) = trace.expires {
        let _ = writeln!(text, "The certificate is valid until {expires}.");
    }
}

fn verdict(text: &mut String, trial: &Trial) {
    let verdict = match (trial.is_success, trial.findings.is_empty()) {
        (true, true) => "It works: the receiver has taken the sample.",
        (true, false) => "The receiver has taken the sample, but:",
        (false, _) => "It does not work.",
    };
    let _ = writeln!(text, "\n{verdict}");
    for finding in &trial.findings {
        let (what, cure) = (one_line(&finding.what), one_line(&finding.cure));
        let _ = writeln!(text, "\n  What is wrong: {what}\n  What to do:    {cure}");
    }
}
