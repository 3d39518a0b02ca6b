//! The commands that show where leads went, and steer it.

use super::Command;
use super::leads::parameters;
use super::table::{CONFIG, Entry, JSON, Opt, Word, joined, maybe, option, word};

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
