//! The commands of who owns the place: who may come in, and whether all is well.

use super::table::{CONFIG, Entry, JSON, flag, maybe, option, word};
use super::{Command, Token};

pub(super) const TOKEN: Entry = Entry {
    name: "token",
    words: &[
        word("ACTION", "create, list or revoke"),
        maybe("NAME", "the name of a token"),
    ],
    options: &[
        flag("--read", "Of a new one: it may look, and change nothing."),
        JSON,
        CONFIG,
    ],
    about: "Make a token of the API and print it, this once and alone; list those that were made; revoke one. \
            NAME says who has it. Asks the running daemon.",
    read: |given| {
        let action = given.must();
        let (name, read_only) = (given.word(), given.has("--read"));
        let token = match (action.as_str(), name) {
            ("create", Some(name)) => Token::Create { name, read_only },
            ("revoke", Some(name)) if !read_only => Token::Revoke { name },
            ("list", None) if !read_only => Token::List {
                json: given.has("--json"),
            },
            ("create" | "revoke", None) => {
                return Err(format!("token {action} wants the name of a token"));
            }
            ("list" | "revoke", _) => return Err(format!("token {action} does not take this")),
            _ => return Err("token wants create, list or revoke".to_owned()),
        };
        Ok(Command::Token(token, given.path("--config")))
    },
};

pub(super) const HEALTHCHECK: Entry = Entry {
    name: "healthcheck",
    words: &[],
    options: &[
        flag(
            "--live",
            "Ask only whether the process answers, for who would start it anew.",
        ),
        CONFIG,
    ],
    about: "End with 0 if the running daemon says that all is well, else with 1, and say what is wrong. For \
            containers and monitors.",
    read: |given| {
        Ok(Command::Healthcheck {
            live: given.has("--live"),
            config: given.path("--config"),
        })
    },
};

pub(super) const DOCTOR: Entry = Entry {
    name: "doctor",
    words: &[],
    options: &[flag("--json", "For programs."), CONFIG],
    about: "Look for what usually goes wrong, and say what to do: config, files, disk, clock, the daemon, its \
            ports, unit and backups, and whether every webhook can be reached. Sends no lead, changes nothing; \
            the daemon may be down. Ends with 1 if something is wrong.",
    read: |given| {
        Ok(Command::Doctor {
            json: given.has("--json"),
            config: given.path("--config"),
        })
    },
};

pub(super) const STATS: Entry = Entry {
    name: "stats",
    words: &[],
    options: &[
        option(
            "--days",
            ("NUMBER", "a number"),
            "Of so many days, 1 to 365, with today; without it: 30.",
        ),
        JSON,
        CONFIG,
    ],
    about: "Show how many leads there were by day (UTC), source, type and what became of them, and what each webhook was \
            sent since the start. Asks the running daemon.",
    read: |given| {
        let days = given.text("--days").map_or(Ok(30), |text| text.parse());
        let days = days.ok().filter(|days| (1..=365).contains(days));
        Ok(Command::Stats {
            days: days.ok_or("--days is a number from 1 to 365")?,
            json: given.has("--json"),
            config: given.path("--config"),
        })
    },
};
