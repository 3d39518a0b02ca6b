//! Public forms over HTTP: who may post from where, what the visitor sees, what betrays a robot.

mod captcha;
#[path = "../harness/client.rs"]
mod client;
mod cors;
#[path = "../harness/daemon.rs"]
mod daemon;
mod pages;
#[path = "../harness/receiver.rs"]
mod receiver;
mod robots;
mod script;
mod trouble;

use client::{Answer, ask};
use daemon::TestDaemon;
use leadhook::domain::field::Field;
use leadhook::domain::lead::Lead;

/// A form on two sites, and one that may be anywhere.
const FORMS: &str = "
[[source]]
name = \"website\"
auth = \"none\"
rate_per_minute = 0
origins = [\"https://www.example.com\", \"http://localhost:3000\"]
[[source]]
name = \"anywhere\"
auth = \"none\"
rate_per_minute = 0
";

/// A page on the form's own site.
const PAGE: (&str, &str) = ("origin", "https://www.example.com");
/// What a browser sends with a form.
const BROWSER: (&str, &str) = (
    "accept",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
);

/// Posts a urlencoded form.
fn form(daemon: &TestDaemon, source: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let headers = [&[form], headers].concat();
    let path = format!("/in/{source}");
    ask(daemon.ingest(), "POST", &path, &headers, body.as_bytes())
}

/// The lead of this number.
fn lead(daemon: &TestDaemon, id: u64) -> Lead {
    let event = daemon.store().lead(id).expect("a store");
    event.expect("a lead").lead
}

/// A text among the additional fields of the lead of this number.
fn label(daemon: &TestDaemon, id: u64, label: &str) -> Option<String> {
    let lead = lead(daemon, id);
    let mut labels = lead.values.map(Field::AdditionalFields).iter();
    labels
        .find(|(known, _)| known == label)
        .map(|(_, text)| text.clone())
}

/// What is said for this reason that a lead may be spam.
fn spam_reason(daemon: &TestDaemon, id: u64, code: &str) -> Option<String> {
    let lead = lead(daemon, id);
    let mut reasons = lead.values.map(Field::SpamReasons).iter();
    let reason = reasons.find(|(known, _)| known == code);
    reason.map(|(_, text)| text.clone())
}

/// How many leads there are.
fn count(daemon: &TestDaemon) -> u64 {
    daemon.store().counts().expect("counts").leads
}
