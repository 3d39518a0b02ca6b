//! Every command: how it is typed, what it takes, what it does. What is understood and what the help
//! says both come from here.

use super::Command;
use super::completions::Shell;
use super::given::Given;
use super::leads::{EXPORT, LEAD, LEADS, TAIL};
use super::owning::{DOCTOR, HEALTHCHECK, STATS, TOKEN};
use super::person::{FORGET, IMPORT};
use super::sending::{CANCEL, DELIVERIES, PAUSE, REPLAY, RESUME, WEBHOOKS};
use super::trying::{LISTEN, SIGN, TEST_WEBHOOK, VERIFY_SIGNATURE};

/// One command.
#[derive(Debug)]
pub struct Entry {
    /// The word that names it.
    pub name: &'static str,
    /// The words behind its name, in their order.
    pub words: &'static [Word],
    /// The options it takes.
    pub options: &'static [Opt],
    /// What it does, in whole sentences.
    pub about: &'static str,
    pub(super) read: fn(&mut Given) -> Result<Command, String>,
}

/// A word behind the name of a command.
#[derive(Debug)]
pub struct Word {
    /// As the usage shows it: `NAME`.
    pub name: &'static str,
    /// As a sentence names it: `the name of a webhook`.
    pub what: &'static str,
    /// Whether it must be there.
    pub required: bool,
}

/// An option.
#[derive(Clone, Copy, Debug)]
pub struct Opt {
    /// With its dashes: `--config`.
    pub name: &'static str,
    /// What stands behind it, as the usage shows it and as a sentence names it; none for a flag.
    pub value: Option<(&'static str, &'static str)>,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// Whether it must be there.
    pub required: bool,
}

pub(super) const fn word(name: &'static str, what: &'static str) -> Word {
    Word {
        name,
        what,
        required: true,
    }
}

pub(super) const fn maybe(name: &'static str, what: &'static str) -> Word {
    Word {
        name,
        what,
        required: false,
    }
}

pub(super) const fn option(
    name: &'static str,
    value: (&'static str, &'static str),
    about: &'static str,
) -> Opt {
    Opt {
        name,
        value: Some(value),
        about,
        required: false,
    }
}

pub(super) const fn flag(name: &'static str, about: &'static str) -> Opt {
    Opt {
        name,
        value: None,
        about,
        required: false,
    }
}

pub(super) const CONFIG: Opt = Opt {
    name: "--config",
    value: Some(("FILE", "a file")),
    about: "The config. Without it: leadhook.toml here, or /etc/leadhook/leadhook.toml.",
    required: false,
};

/// Options of several kinds, one after the other; `ALL` is how many there are.
pub(super) const fn joined<const A: usize, const B: usize, const ALL: usize>(
    first: [Opt; A],
    then: [Opt; B],
) -> [Opt; ALL] {
    assert!(A + B == ALL);
    let mut all = [first[0]; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < A { first[at] } else { then[at - A] };
        at += 1;
    }
    all
}

pub(super) const JSON: Opt = flag("--json", "For programs: the API's answer.");

/// All of them, in the order of the help.
pub const COMMANDS: &[Entry] = &[
    Entry {
        name: "run",
        words: &[],
        options: &[CONFIG],
        about: "Take leads and deliver them, until a signal ends it. Without FILE: leadhook.toml here, or \
                /etc/leadhook/leadhook.toml, or else the built-in example, to try things out.",
        read: |given| Ok(Command::Run(given.path("--config"))),
    },
    Entry {
        name: "check-config",
        words: &[maybe("FILE", "a file")],
        options: &[CONFIG],
        about: "Check a config; list all its problems, each with its place.",
        read: |given| {
            let named = given.path("--config");
            match (given.word(), named) {
                (Some(file), None) => Ok(Command::CheckConfig(Some(file.into()))),
                (None, named) => Ok(Command::CheckConfig(named)),
                _ => Err("check-config wants one file".to_owned()),
            }
        },
    },
    Entry {
        name: "init",
        words: &[maybe("DIRECTORY", "a directory")],
        options: &[option(
            "--domain",
            ("DOMAIN", "the name of a domain"),
            "The name that leads are posted to from the internet: also write a Caddyfile and a form for it.",
        )],
        about: "Write a config to begin with, and fresh secrets in files of their own; say what to do next.",
        read: |given| {
            Ok(Command::Init {
                directory: given.word().unwrap_or(".".to_owned()).into(),
                domain: given.text("--domain"),
            })
        },
    },
    Entry {
        name: "example-config",
        words: &[],
        options: &[],
        about: "Print the example config, in which every key is explained.",
        read: |_| Ok(Command::ExampleConfig),
    },
    WEBHOOKS,
    DELIVERIES,
    REPLAY,
    CANCEL,
    PAUSE,
    RESUME,
    Entry {
        name: "test-lead",
        words: &[word("SOURCE", "the name of a source")],
        options: &[
            Opt {
                name: "--file",
                value: Some(("BODY", "a file with a post's body")),
                about: "The file with the post's body, as the service sends it.",
                required: true,
            },
            CONFIG,
        ],
        about: "Show what would become of a post: the lead, what is left over, which webhooks would get it, \
                and what. Stores and sends nothing.",
        read: |given| {
            Ok(Command::TestLead {
                source: given.must(),
                body: given.path("--file").unwrap_or_default(),
                config: given.path("--config"),
            })
        },
    },
    Entry {
        name: "sources",
        words: &[maybe("NAME", "the name of a source")],
        options: &[JSON, CONFIG],
        about: "Show what came by each source: posts taken, ignored, refused. With NAME: its last refused \
                posts, and why. Asks the running daemon.",
        read: |given| {
            Ok(Command::Sources {
                name: given.word(),
                json: given.has("--json"),
                config: given.path("--config"),
            })
        },
    },
    LEADS,
    LEAD,
    EXPORT,
    IMPORT,
    FORGET,
    TAIL,
    STATS,
    DOCTOR,
    HEALTHCHECK,
    TOKEN,
    TEST_WEBHOOK,
    LISTEN,
    SIGN,
    VERIFY_SIGNATURE,
    Entry {
        name: "verify",
        words: &[],
        options: &[CONFIG],
        about: "Read the whole database and list what is wrong in it. The daemon must not be running.",
        read: |given| Ok(Command::Verify(given.path("--config"))),
    },
    Entry {
        name: "backup",
        words: &[],
        options: &[
            Opt {
                name: "--to",
                value: Some(("FILE", "a file that is not there yet")),
                about: "Copy it there, too. With the daemon down, make it only there.",
                required: false,
            },
            CONFIG,
        ],
        about: "Make a backup now, into backup.directory, and verify it. Asks the running daemon, or does it \
                itself when there is none.",
        read: |given| Ok(Command::Backup(given.path("--to"), given.path("--config"))),
    },
    Entry {
        name: "restore",
        words: &[word("BACKUP", "a backup")],
        options: &[
            Opt {
                name: "--journal",
                value: Some(("DIRECTORY", "the directory of a journal, or none")),
                about: "The journal that has what came after the backup. Without it: that of the config. \
                        none: go back to the backup alone.",
                required: false,
            },
            CONFIG,
        ],
        about: "Make the database of a backup and the journal, where there is none. The daemon must not be \
                running. Webhooks are paused after it.",
        read: |given| {
            Ok(Command::Restore {
                backup: given.must().into(),
                journal: given.path("--journal"),
                config: given.path("--config"),
            })
        },
    },
    Entry {
        name: "compact",
        words: &[],
        options: &[CONFIG],
        about: "Give the disk back what the database file does not need, and wipe what was deleted. The \
                daemon must not be running.",
        read: |given| Ok(Command::Compact(given.path("--config"))),
    },
    Entry {
        name: "completions",
        words: &[word("SHELL", "bash, zsh or fish")],
        options: &[],
        about: "Print what completes command lines in a shell; packages install it where the shell looks.",
        read: |given| {
            let shell = Shell::parse(&given.must());
            let shell = shell.ok_or("completions wants bash, zsh or fish")?;
            Ok(Command::Completions(shell))
        },
    },
    Entry {
        name: "man",
        words: &[],
        options: &[],
        about: "Print the manual page, as in `leadhook man | man -l -`.",
        read: |_| Ok(Command::Man),
    },
    Entry {
        name: "version",
        words: &[],
        options: &[],
        about: "Print the version.",
        read: |_| Ok(Command::Version),
    },
    Entry {
        name: "help",
        words: &[maybe("COMMAND", "the name of a command")],
        options: &[],
        about: "Print this, or all that one command takes.",
        read: |given| match given.word() {
            None => Ok(Command::Help(None)),
            Some(name) => super::entry(&name).map(|entry| Command::Help(Some(entry.name))),
        },
    },
];
