//! The commands that show where leads went, and steer it.

use super::Command;
use super::given::Given;
use super::leads::parameters;
use super::table::{CONFIG, Entry, JSON, Opt, Word, flag, joined, maybe, option, word};

/// What is to be shown of webhooks and deliveries, or done with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Show how webhooks are, or one of them.
    Webhooks {
        /// The name of the webhook.
        name: Option<String>,
        /// Whether for programs.
        json: bool,
    },
    /// List deliveries.
    List {
        /// Parameters of the API.
        filters: Vec<(String, String)>,
        /// How many.
        limit: usize,
        /// Whether for programs.
        json: bool,
    },
    /// Show one delivery.
    One {
        /// Its id.
        id: String,
        /// Whether for programs.
        json: bool,
    },
    /// Send nothing more to a webhook.
    Pause(String),
    /// Let a webhook go on.
    Resume(String),
    /// Send deliveries again, or take out those that wait.
    Task(Task),
}

/// Something that is to be done to many deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// What: the last part of the API's path.
    pub action: &'static str,
    /// Members of the API's body.
    pub members: Vec<(String, String)>,
    /// Whether only to count.
    pub dry_run: bool,
    /// Whether not to ask.
    pub yes: bool,
}

/// Each is named after the API's parameter.
const SELECTORS: [Opt; 5] = [
    option("--lead", ("ID", "the id of a lead"), "Of this lead."),
    option(
        "--webhook",
        ("NAME", "the name of a webhook"),
        "To this webhook.",
    ),
    option(
        "--state",
        ("STATE", "a state"),
        "In this state: pending, delivered, failed, cancelled; or ended, which is all but pending.",
    ),
    option(
        "--since",
        ("DATE", "a date"),
        "Ended on this day or later: 2026-02-01, or with a time, in UTC. What is pending: since it waits so.",
    ),
    option(
        "--until",
        ("DATE", "a date"),
        "Ended on this day or earlier.",
    ),
];

pub(super) const DELIVERIES: Entry = Entry {
    name: "deliveries",
    words: &[maybe("ID", "the id of a delivery")],
    options: &joined::<5, 3, 8>(
        SELECTORS,
        [
            option(
                "--limit",
                ("NUMBER", "a number"),
                "How many, 1 to 10000; without it: 50.",
            ),
            JSON,
            CONFIG,
        ],
    ),
    about: "List deliveries, those of the newest lead first, filtered as in the API. With ID: one delivery, with \
            what each attempt met. Asks the running daemon.",
    read: |given| {
        let limit = given.text("--limit").map(|text| text.parse());
        let limit = limit.transpose().ok().map(|limit| limit.unwrap_or(50));
        let limit = limit.filter(|limit| (1..=10_000).contains(limit));
        let (id, json) = (given.word(), given.has("--json"));
        let config = given.path("--config");
        let filters = parameters(given, &SELECTORS);
        let what = match id {
            Some(_) if !filters.is_empty() => {
                return Err("deliveries takes an id, or options that select some".to_owned());
            }
            Some(id) => Sending::One { id, json },
            None => Sending::List {
                filters,
                limit: limit.ok_or("--limit is a number from 1 to 10000")?,
                json,
            },
        };
        Ok(Command::Sending(what, config))
    },
};

pub(super) const WEBHOOKS: Entry = Entry {
    name: "webhooks",
    words: &[maybe("NAME", "the name of a webhook")],
    options: &[JSON, CONFIG],
    about: "Show how every webhook is and what waits for it, also of those that the config has no longer. With \
            NAME: all that is known of one. Asks the running daemon.",
    read: |given| {
        let (name, json) = (given.word(), given.has("--json"));
        let what = Sending::Webhooks { name, json };
        Ok(Command::Sending(what, given.path("--config")))
    },
};

const OF_TASKS: [Opt; 4] = [
    flag(
        "--all",
        "All of them; wanted where nothing else selects some.",
    ),
    flag("--dry-run", "Only count."),
    flag("--yes", "Do not ask."),
    CONFIG,
];

pub(super) const REPLAY: Entry = Entry {
    name: "replay",
    words: &[],
    options: &joined::<9, 1, 10>(
        joined::<5, 4, 9>(SELECTORS, OF_TASKS),
        [flag(
            "--current",
            "Send the leads as they are now, each once to a webhook, as updates.",
        )],
    ),
    about: "Send deliveries again that have ended, in order, at the pace of their webhooks, with a fresh budget of \
            attempts; with --state pending, try what waits at once. Counts them first and asks. Asks the running daemon.",
    read: |given| task(given, "replay"),
};

pub(super) const CANCEL: Entry = Entry {
    name: "cancel",
    words: &[],
    options: &joined::<5, 4, 9>(SELECTORS, OF_TASKS),
    about: "Take out deliveries that wait: they are not sent. Counts them first and asks. Asks the running daemon.",
    read: |given| task(given, "cancel"),
};

fn task(given: &mut Given, action: &'static str) -> Result<Command, String> {
    let mut members = parameters(given, &SELECTORS);
    let is_true = |name: &str| (name.to_owned(), "true".to_owned());
    if members.is_empty() && !given.has("--all") {
        return Err(format!(
            "{action} wants to know which: --lead, --webhook, --state, --since, --until, or --all"
        ));
    }
    members.extend(given.has("--all").then(|| is_true("all")));
    members.extend(given.has("--current").then(|| is_true("current")));
    let what = Sending::Task(Task {
        action,
        members,
        dry_run: given.has("--dry-run"),
        yes: given.has("--yes"),
    });
    Ok(Command::Sending(what, given.path("--config")))
}

const NAME: Word = word("NAME", "the name of a webhook");

pub(super) const PAUSE: Entry = Entry {
    name: "pause",
    words: &[NAME],
    options: &[CONFIG],
    about: "Send nothing more to a webhook until it is resumed; what waits for it is kept and does not age. Asks the \
            running daemon.",
    read: |given| {
        let what = Sending::Pause(given.must());
        Ok(Command::Sending(what, given.path("--config")))
    },
};

pub(super) const RESUME: Entry = Entry {
    name: "resume",
    words: &[NAME],
    options: &[CONFIG],
    about: "Let a webhook go on that is paused, suspended, or was stopped by its receiver. Asks the running daemon.",
    read: |given| {
        let what = Sending::Resume(given.must());
        Ok(Command::Sending(what, given.path("--config")))
    },
};
