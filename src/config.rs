//! The config: from the text of a TOML file to checked values.
//!
//! Every key has its limits and its default here, once; `config.example.toml` documents them, and
//! tests hold the two together. A config is either whole, or one gets all its problems at once, each
//! with its place and a hint. Secrets never appear in them.

mod alerts;
mod amounts;
mod analysis;
mod auth;
mod conditions;
mod credentials;
mod derivation;
mod env;
mod example;
mod files;
mod forms;
mod listeners;
mod mail;
mod mapping;
mod nearest;
mod posting;
mod preset;
mod presets;
mod problem;
mod reader;
mod receivers;
mod request_keys;
mod requests;
mod restart;
mod rules;
mod scoring;
mod secrets;
mod section;
mod settings;
mod sources;
mod spam;
mod starter;
mod upkeep;
mod webhooks;
mod words;
mod written;

use std::collections::BTreeSet;
use std::path::Path;

use toml::de::DeTable;

use crate::domain::judgement::Judgement;
use crate::domain::location::Location;
use crate::domain::retention::Retention;
use crate::domain::source::{Account, Profile, Source};
use crate::domain::units;
use crate::domain::watch::Watch;
use crate::domain::webhook::Webhook;

pub use env::Env;
pub use example::{EXAMPLE, PUBLISHED_SECRETS};
pub use listeners::{Admin, Ingest};
pub use presets::{PRESETS, Preset};
pub use problem::{Place, Problem, Problems};
use reader::Reader;
pub use receivers::{PRESETS as RECEIVERS, described as receiver};
use section::Section;
pub use settings::{Log, Stop, Store};
pub use starter::{StarterError, starter};
pub use upkeep::Backup;

/// All that is configured.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where leads are posted to.
    pub ingest: Ingest,
    /// The listener for the owner.
    pub admin: Admin,
    /// The database file.
    pub store: Store,
    /// Copies of the database.
    pub backup: Backup,
    /// What is old enough to go.
    pub retention: Retention,
    /// What is logged, and how.
    pub log: Log,
    /// How the daemon ends.
    pub stop: Stop,
    /// The account that all leads belong to.
    pub account: Account,
    /// Its profiles; at least one.
    pub profiles: Vec<Profile>,
    /// Where leads come from; each name once.
    pub sources: Vec<Source>,
    /// Where leads go; each name once.
    pub webhooks: Vec<Webhook>,
    /// Where visitors are looked up, if at all.
    pub location: Option<Location>,
    /// How leads are judged.
    pub judgement: Judgement,
    /// Who is told of trouble, and when.
    pub watch: Watch,
    /// What is allowed and yet probably not meant.
    pub warnings: Vec<Problem>,
}

const CONFIG_BYTES_MAX: u64 = 1 << 20;

/// Reads the config at `path`, and the files of secrets and certificates that it names.
pub fn load(path: &Path, env: &Env) -> Result<Config, Problems> {
    let file = path.display().to_string();
    let failed = |place, message, hint: &str| {
        Problems(vec![Problem {
            file: file.clone(),
            place,
            message,
            hint: Some(hint.to_owned()),
        }])
    };
    let content = files::read(path, CONFIG_BYTES_MAX)
        .map_err(|why| failed(None, why, "`leadhook init` writes a config to begin with"))?;
    let text = String::from_utf8(content.bytes).map_err(|error| {
        let readable = error.utf8_error().valid_up_to();
        let place = Place::of(
            &String::from_utf8_lossy(&error.as_bytes()[..readable]),
            readable,
        );
        failed(
            Some(place),
            "this is not UTF-8".to_owned(),
            "save the file as UTF-8",
        )
    })?;
    let mut reader = Reader::new(&text, &file, path.parent().unwrap_or(Path::new("")), env);
    reader.open_to_others = content.open_to_others;
    read(reader)
}

/// Reads a config that is at hand. `file` is its name in problems; relative paths begin at
/// `base_dir`.
pub fn parse(text: &str, file: &str, base_dir: &Path, env: &Env) -> Result<Config, Problems> {
    read(Reader::new(text, file, base_dir, env))
}

/// Every key that a config may have, as `section.key`.
pub fn keys() -> BTreeSet<String> {
    const ONE_OF_EACH: &str = "[spam]\npoints = {}\n[[rule]]\n[[profile]]\n[[source]]\nauth = {}\ncaptcha = {}\ntexts = {}\n[[webhook]]\nauth = {}\n";
    let env = Env::default();
    let reader = Reader::new(ONE_OF_EACH, "", Path::new(""), &env);
    let (document, _) = DeTable::parse_recoverable(ONE_OF_EACH);
    reader.read(document.get_ref(), config);
    reader.finish().keys
}

fn read(reader: Reader<'_>) -> Result<Config, Problems> {
    let (document, errors) = DeTable::parse_recoverable(reader.text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.problem(at, error.message().to_owned(), syntax_hint(error.message()));
    }
    // Behind an error of the syntax the walk, and the parser on the same line, find much that is none.
    if !errors.is_empty() {
        let mut problems = reader.finish().problems;
        problems.dedup_by_key(|problem| problem.place.map(|place| place.line));
        return Err(Problems(problems));
    }
    let mut config = reader.read(document.get_ref(), config);
    let findings = reader.finish();
    if !findings.problems.is_empty() {
        return Err(Problems(findings.problems));
    }
    config.warnings = findings.warnings;
    Ok(config)
}

fn config(root: &Section<'_>) -> Config {
    let ((account, country), time_zone) = root.section("account", |section| {
        (settings::account(section), settings::time_zone(section))
    });
    let profiles = sources::profiles(root, &account);
    let ingest = root.section("ingest", listeners::ingest);
    let admin = root.section("admin", |section| listeners::admin(section, ingest.listen));
    let around = sources::Surroundings {
        listen: ingest.listen,
        public_url: ingest.public_url.as_deref(),
        profiles: &profiles,
        country,
    };
    let mut names = Vec::new();
    let mut thresholds = Vec::new();
    let sources = root.each("source", |section| {
        let source = sources::source(section, &mut names, &around);
        let own = spam::own_threshold(section);
        thresholds.extend(own.map(|threshold| (source.name.clone(), threshold)));
        source
    });
    let judgement = judgement(root, &names, thresholds);
    let smtp = root.section("smtp", mail::smtp);
    let around = webhooks::Surroundings {
        admin: &admin,
        sources: &names,
        smtp: smtp.as_ref(),
        profiles: &profiles,
        time_zone: &time_zone,
    };
    let mut names = Vec::new();
    let webhooks = root.each("webhook", |section| {
        webhooks::webhook(section, &mut names, &around)
    });
    let (channels, webhooks): (Vec<Webhook>, Vec<Webhook>) = webhooks
        .into_iter()
        .partition(|webhook| webhook.alerts_only);
    let mut watch = root.section("alerts", |section| {
        alerts::alerts(section, smtp.as_ref(), channels, &time_zone)
    });
    watch.heartbeat = root.section("heartbeat", alerts::heartbeat);
    warn_of_deafness(root, &admin, &webhooks, &watch);
    warn_of_none(root, "source", sources.len(), "no lead can come in");
    warn_of_none(
        root,
        "webhook",
        webhooks.len(),
        "leads are kept, and go nowhere",
    );
    let store = root.section("store", settings::store);
    Config {
        ingest,
        admin,
        retention: root.section("retention", upkeep::retention),
        backup: root.section("backup", |section| upkeep::backup(section, &store.path)),
        store,
        log: root.section("log", settings::log),
        stop: root.section("stop", settings::stop),
        account,
        location: root.section("location", settings::location),
        judgement,
        profiles,
        sources,
        webhooks,
        watch,
        warnings: Vec::new(),
    }
}

/// How leads are judged; `thresholds` are those that sources have of their own.
fn judgement(root: &Section<'_>, sources: &[String], thresholds: Vec<(String, u32)>) -> Judgement {
    let (mut screening, blocked_words) = root.section("spam", spam::spam);
    let differs = |(_, threshold): &(String, u32)| *threshold != screening.threshold;
    screening.of_sources = thresholds.into_iter().filter(differs).collect();
    let analysis = root.section("analysis", analysis::analysis);
    let rules = scoring::rules(root, sources);
    Judgement::new(screening, &blocked_words, analysis, rules)
}

/// A webhook that fails for days should not be found by chance; the built-in inspector needs nobody.
fn warn_of_deafness(root: &Section<'_>, admin: &Admin, webhooks: &[Webhook], watch: &Watch) {
    let inspector = format!("http://{}/inspector/", admin.listen);
    let leaves = webhooks
        .iter()
        .any(|webhook| !webhook.receiver.url.starts_with(&inspector));
    if leaves && watch.is_deaf() {
        let message = root.message(
            "alerts",
            "nobody is told when a webhook fails or the disk is full",
        );
        let hint = "email in [alerts], or a webhook with alerts_only = true; `leadhook example-config` shows both";
        root.reader.warning(root.at, message, Some(hint.to_owned()));
    }
}

fn warn_of_none(root: &Section<'_>, key: &str, n: usize, outcome: &str) {
    if n == 0 {
        let message = root.message(key, &format!("there is none: {outcome}"));
        let hint = format!("add a [[{key}]]; `leadhook example-config` shows several");
        root.reader.warning(root.at, message, Some(hint));
    }
}

/// The parser's messages are right and short; these are for people who never saw TOML before.
fn syntax_hint(message: &str) -> Option<String> {
    let hint = if message.contains("must be quoted") {
        r#"text stands in quotes: name = "website""#
    } else if message.contains("duplicate key") {
        "each key and each [section] may be there once; only [[source]], [[webhook]], [[profile]] and [[rule]] repeat"
    } else if message.contains("string") || message.contains("escape") {
        r#"text ends with the quote it began with; in "…" a backslash is written twice, in '…' once"#
    } else {
        r#"a line is key = value, [section], [[section]] or a # comment"#
    };
    Some(hint.to_owned())
}
