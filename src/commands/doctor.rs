//! `leadhook doctor`: looks at everything that usually goes wrong, and says in plain words what to do
//! next. Changes nothing, sends no lead, and works with the daemon down, too.

mod daemon;
mod files;
mod receivers;
mod unit;

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use super::plain::one_line;
use super::unit::Unit;
use super::{Exit, Origin, print};
use crate::config::{Config, PUBLISHED_SECRETS, Problem};
use crate::domain::advice::Finding;
use crate::domain::source::{Auth, Source};
use crate::system::Clock;

/// What was looked at, in its order.
#[derive(Default)]
struct Notes(Vec<Note>);

struct Note {
    /// What was looked at: `config`, `disk`.
    check: &'static str,
    verdict: Verdict,
    what: String,
    /// What to do; empty where nothing is to be done.
    cure: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// All is well.
    Well,
    /// It works, and could be better.
    Advice,
    /// It does not work, or not for long.
    Wrong,
    /// Could not be looked at.
    Skipped,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Verdict::Well => "ok",
            Verdict::Advice => "advice",
            Verdict::Wrong => "wrong",
            Verdict::Skipped => "skipped",
        }
    }
}

impl Notes {
    fn well(&mut self, check: &'static str, what: impl Into<String>) {
        self.note(check, Verdict::Well, what, "");
    }

    fn skip(&mut self, check: &'static str, why: impl Into<String>) {
        self.note(check, Verdict::Skipped, why, "");
    }

    fn advise(&mut self, check: &'static str, what: impl Into<String>, cure: impl Into<String>) {
        self.note(check, Verdict::Advice, what, cure);
    }

    fn wrong(&mut self, check: &'static str, what: impl Into<String>, cure: impl Into<String>) {
        self.note(check, Verdict::Wrong, what, cure);
    }

    fn note(
        &mut self,
        check: &'static str,
        verdict: Verdict,
        what: impl Into<String>,
        cure: impl Into<String>,
    ) {
        let (what, cure) = (what.into(), cure.into());
        self.0.push(Note {
            check,
            verdict,
            what,
            cure,
        });
    }

    /// Findings about a receiver, each with its name.
    fn findings(&mut self, check: &'static str, verdict: Verdict, name: &str, found: Vec<Finding>) {
        for Finding { what, cure } in found {
            self.note(check, verdict, format!("{name}: {what}"), cure);
        }
    }

    /// Whether this was looked at and all of it is well.
    fn is_well(&self, check: &str) -> bool {
        let of_check = |note: &&Note| note.check == check && note.verdict != Verdict::Well;
        !self.0.iter().any(|note| of_check(&note))
    }

    fn count(&self, verdict: Verdict) -> usize {
        let alike = self.0.iter().filter(|note| note.verdict == verdict);
        alike.count()
    }
}

pub(super) fn doctor(json: bool, file: Option<PathBuf>) -> Exit {
    let mut notes = Notes::default();
    examine(&mut notes, &Origin::find(file));
    let printed = match json {
        true => print(&as_json(&notes)),
        false => print(&as_text(&notes)),
    };
    match printed {
        Exit::Well if notes.count(Verdict::Wrong) > 0 => Exit::Wrong,
        exit => exit,
    }
}

fn examine(notes: &mut Notes, origin: &Origin) {
    let Origin::File(_) = origin else {
        return notes.wrong(
            "config",
            "There is no config: neither leadhook.toml here nor /etc/leadhook/leadhook.toml.",
            "`leadhook init` writes one to begin with; or name yours: `leadhook doctor --config FILE`.",
        );
    };
    let unit = Unit::of_system();
    let config = match origin.load_as(&origin.env_of(&unit)) {
        Ok(config) => config,
        Err(problems) => {
            for problem in &problems.0 {
                notes.wrong("config", place(problem), hint(problem));
            }
            return notes.skip("other checks", "they need a config without mistakes");
        }
    };
    settings(notes, &config, origin);
    files::examine(notes, &config);
    unit::examine(notes, &unit);
    let clock = Clock::of_system();
    let is_running = daemon::examine(notes, &config);
    receivers::examine(notes, &config, is_running, &clock);
    receivers::public_addresses(notes, &config);
    daemon::backups(notes, &config, clock.now());
}

/// What a config without mistakes says that is probably not meant.
fn settings(notes: &mut Notes, config: &Config, origin: &Origin) {
    for warning in &config.warnings {
        notes.advise("config", place(warning), hint(warning));
    }
    if has_published_secrets(config) {
        notes.wrong(
            "config",
            "A secret of the example config is in use, and everybody knows those.",
            "`leadhook init DIRECTORY` writes fresh secrets into files; refer to them in the config.",
        );
    }
    let ingest = &config.ingest;
    if ingest.public_url.is_none() && ingest.listen.ip().is_loopback() {
        notes.advise(
            "config",
            format!(
                "Leads can only be posted from this machine: ingest listens on {}.",
                ingest.listen
            ),
            "Let a proxy with TLS pass https://leads.YOUR-DOMAIN on to it (see the README), and set \
             ingest.public_url to that address.",
        );
    }
    if !ingest.listen.ip().is_loopback() {
        notes.advise(
            "config",
            format!(
                "Ingest listens on {}, where leads and tokens arrive unencrypted.",
                ingest.listen
            ),
            "Let it listen on 127.0.0.1:8480 with a proxy with TLS in front of it, unless your own network is \
             all that can reach it.",
        );
    }
    let is_behind_proxy = ingest.public_url.is_some() && ingest.listen.ip().is_loopback();
    if is_behind_proxy && ingest.trusted_proxies.is_empty() {
        notes.wrong(
            "config",
            "ingest.trusted_proxies is empty: all posts seem to come from the proxy, so the limits for one \
             visitor hold for all of them together.",
            "trusted_proxies = [\"127.0.0.1\"] in [ingest] for a proxy on this machine, which has to set \
             X-Forwarded-For.",
        );
    }
    if notes.is_well("config") {
        let (sources, webhooks) = (config.sources.len(), config.webhooks.len());
        let name = origin.name();
        let what = format!("{name} is fine; sources: {sources}, webhooks: {webhooks}");
        notes.well("config", what);
    }
}

/// Whether something is opened by a secret of the example.
fn has_published_secrets(config: &Config) -> bool {
    let of_source = |source: &Source| match &source.auth {
        Auth::Bearer(secrets)
        | Auth::Header(_, secrets)
        | Auth::Query(_, secrets)
        | Auth::Basic(_, secrets)
        | Auth::Body(_, secrets) => secrets.clone(),
        _ => Vec::new(),
    };
    let of_sources = config.sources.iter().flat_map(of_source);
    let mut all = config.admin.tokens.iter().cloned().chain(of_sources);
    all.any(|secret| {
        PUBLISHED_SECRETS
            .iter()
            .any(|known| secret.matches(known.as_bytes()))
    })
}

/// Where a problem is, and what.
fn place(problem: &Problem) -> String {
    let bare = Problem {
        hint: None,
        ..problem.clone()
    };
    bare.to_string()
}

fn hint(problem: &Problem) -> String {
    problem.hint.clone().unwrap_or_default()
}

fn as_text(notes: &Notes) -> String {
    let mut text = String::new();
    for note in &notes.0 {
        let name = note.verdict.name();
        let _ = writeln!(text, "{name:<8} {:<9} {}", note.check, one_line(&note.what));
        if !note.cure.is_empty() {
            let _ = writeln!(text, "{:19}What to do: {}", "", one_line(&note.cure));
        }
    }
    let (wrong, advice) = (notes.count(Verdict::Wrong), notes.count(Verdict::Advice));
    let _ = match (wrong, advice) {
        (0, 0) => writeln!(text, "\nAll is well."),
        (0, _) => writeln!(text, "\nNothing is wrong; {advice} could be better."),
        _ => writeln!(text, "\nWrong: {wrong}; could be better: {advice}."),
    };
    text
}

fn as_json(notes: &Notes) -> String {
    let list = notes.0.iter().map(|note| {
        json!({
            "check": note.check,
            "verdict": note.verdict.name(),
            "what": note.what,
            "cure": (!note.cure.is_empty()).then_some(&note.cure),
        })
    });
    let list: Vec<_> = list.collect();
    let is_well = notes.count(Verdict::Wrong) == 0;
    format!("{:#}\n", json!({ "ok": is_well, "notes": list }))
}
