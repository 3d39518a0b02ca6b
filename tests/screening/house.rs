//! Leads and settings without a daemon.

use std::path::Path;

use leadhook::config::{self, Config, Env};
use leadhook::domain::decision::{self, Owner};
use leadhook::domain::derive::{self, Known};
use leadhook::domain::intake::{self, Visitor};
use leadhook::domain::judgement::Heard;
use leadhook::domain::lead::Lead;
use leadhook::domain::raw::Raw;
use leadhook::domain::time::Timestamp;

use crate::daemon::TestDaemon;

/// 2026-02-01T14:09:01Z
pub(crate) const NOW: Timestamp = Timestamp(1_769_954_941_000);

/// Put before every config: one public form.
const GROUND: &str = "\
[admin]
token = \"test-admin-token-0123\"
[[source]]
name = \"website\"
auth = \"none\"
";

/// A config with a public form and this.
#[track_caller]
pub(crate) fn config(text: &str) -> Config {
    let text = format!("{GROUND}{text}");
    match config::parse(&text, "test.toml", Path::new(""), &Env::default()) {
        Ok(config) => config,
        Err(problems) => panic!("{problems}"),
    }
}

/// The lead that this JSON makes at the public form of `config`.
#[track_caller]
pub(crate) fn lead(config: &Config, json: &str) -> Lead {
    let source = &config.sources[0];
    let raw = Raw::from_json(json.as_bytes()).unwrap_or_else(|error| panic!("{error:?}: {json}"));
    let submission = intake::read(raw, source, &Visitor::default()).expect("a submission");
    let owner = Owner {
        account: config.account.clone(),
        profile: source.profile.clone(),
    };
    let mut lead = decision::create(submission, 1, &source.name, &owner, NOW);
    derive::complete(&mut lead, &Known::nothing(), &source.derivation);
    config.judgement.apply(&mut lead, Some(Heard::default()));
    lead
}

/// The lead of this number as it is stored.
#[track_caller]
pub(crate) fn stored(daemon: &TestDaemon, id: u64) -> Lead {
    let event = daemon.store().lead(id).expect("a readable lead");
    event.expect("a lead").lead
}

/// Edits a lead as a person does.
#[track_caller]
pub(crate) fn edit(daemon: &TestDaemon, id: u64, json: &str) {
    let raw = Raw::from_json(json.as_bytes()).expect("JSON");
    let edited = daemon.store().edit(id, raw).expect("an answer");
    edited.expect("a lead").expect("an edit");
}
