//! The grammar of the command line: what was typed becomes a command, or a sentence on what is
//! wrong with it.
//!
//! A command is one entry of [`COMMANDS`] and one variant of [`Command`]; parsing and help follow
//! from the entry.

mod completions;
mod given;
mod help;
mod leads;
mod man;
mod owning;
mod person;
mod sending;
mod table;
mod trying;

use std::path::PathBuf;
use std::time::Duration;

use crate::domain::lead_type::LeadType;
use crate::domain::webhook::Trigger;
use given::Given;

pub use completions::{Shell, completions};
pub use help::help;
pub use leads::Format;
pub use man::man;
pub use person::{Forget, Import, Whom};
pub use sending::{Sending, Task};
pub use table::{COMMANDS, Entry, Opt, Word};

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Take leads and deliver them.
    Run(Option<PathBuf>),
    /// Check a config.
    CheckConfig(Option<PathBuf>),
    /// Write a config and secrets into a directory.
    Init {
        /// The directory.
        directory: PathBuf,
        /// The domain that leads are posted to, if it is known.
        domain: Option<String>,
    },
    /// Print the example config.
    ExampleConfig,
    /// Show where leads went, or steer it, with the daemon of a config.
    Sending(Sending, Option<PathBuf>),
    /// Show what would become of a post.
    TestLead {
        /// The name of the source.
        source: String,
        /// The file with the post's body.
        body: PathBuf,
        /// The config.
        config: Option<PathBuf>,
    },
    /// Show what came by the sources, or what was refused of one.
    Sources {
        /// The name of the source.
        name: Option<String>,
        /// Whether for programs.
        json: bool,
        /// The config.
        config: Option<PathBuf>,
    },
    /// List leads.
    Leads {
        /// Parameters of the API.
        filters: Vec<(String, String)>,
        /// How many.
        limit: u64,
        /// Whether for programs.
        json: bool,
        /// The config.
        config: Option<PathBuf>,
    },
    /// Show one lead.
    Lead {
        /// Its id.
        id: u64,
        /// Whether for programs.
        json: bool,
        /// The config.
        config: Option<PathBuf>,
    },
    /// Write leads.
    Export {
        /// Parameters of the API.
        filters: Vec<(String, String)>,
        /// How.
        format: Format,
        /// Into which file.
        to: Option<PathBuf>,
        /// The config.
        config: Option<PathBuf>,
    },
    /// Write all that there is of a person.
    ExportPerson {
        /// Who is meant.
        whom: Whom,
        /// Into which file.
        to: Option<PathBuf>,
        /// The config.
        config: Option<PathBuf>,
    },
    /// Take over old leads.
    Import(Import, Option<PathBuf>),
    /// Erase a person.
    Forget(Forget, Option<PathBuf>),
    /// Show how many leads there were, and what webhooks were sent.
    Stats {
        /// Of so many days.
        days: u64,
        /// Whether for programs.
        json: bool,
        /// The config.
        config: Option<PathBuf>,
    },
    /// Show leads as they come.
    Tail {
        /// Whether for programs.
        json: bool,
        /// The config.
        config: Option<PathBuf>,
    },
    /// Tell whether the daemon of a config is well.
    Healthcheck {
        /// Whether it is enough that it answers.
        live: bool,
        /// The config.
        config: Option<PathBuf>,
    },
    /// Look for what usually goes wrong.
    Doctor {
        /// Whether for programs.
        json: bool,
        /// The config.
        config: Option<PathBuf>,
    },
    /// Make, list or revoke tokens of the daemon of a config.
    Token(Token, Option<PathBuf>),
    /// Send a sample lead to a webhook.
    TestWebhook {
        /// The name of the webhook.
        name: String,
        /// The type of the sample, if it matters.
        lead_type: Option<LeadType>,
        /// Its trigger, if it matters.
        trigger: Option<Trigger>,
        /// Whether programs are to read what is printed.
        json: bool,
        /// The config.
        config: Option<PathBuf>,
    },
    /// Receive webhooks in the terminal.
    Listen {
        /// Where, as it was typed.
        address: Option<String>,
        /// The file with the secret that checks signatures.
        secret: Option<PathBuf>,
        /// What is answered.
        status: u16,
        /// The wait before it.
        delay: Duration,
    },
    /// Print the headers that sign a body.
    Sign(Signed),
    /// Check the signature of a body.
    VerifySignature {
        /// The body and what it is checked with.
        signed: Signed,
        /// The value of `webhook-signature`.
        signature: Option<String>,
        /// A file with the headers.
        headers: Option<PathBuf>,
        /// Whether the timestamp may be old.
        any_age: bool,
    },
    /// Check the database of a config.
    Verify(Option<PathBuf>),
    /// Back up the database of a config; also to this file.
    Backup(Option<PathBuf>, Option<PathBuf>),
    /// Make a database of a backup.
    Restore {
        /// The backup.
        backup: PathBuf,
        /// The journal, if not that of the config; `none` for none.
        journal: Option<PathBuf>,
        /// The config.
        config: Option<PathBuf>,
    },
    /// Make the database file of a config small.
    Compact(Option<PathBuf>),
    /// Print what completes command lines in this shell.
    Completions(Shell),
    /// Print the manual page.
    Man,
    /// Print the version.
    Version,
    /// Print the help, of all commands or of this one.
    Help(Option<&'static str>),
}

/// What is to be done with tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// Make one.
    Create {
        /// Who has it.
        name: String,
        /// Whether it may only look.
        read_only: bool,
    },
    /// List them.
    List {
        /// Whether for programs.
        json: bool,
    },
    /// Revoke one.
    Revoke {
        /// Which.
        name: String,
    },
}

/// A body that is signed, and with what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signed {
    /// The file with the body; standard input, if it is not named.
    pub body: Option<PathBuf>,
    /// The file with the secret; the environment, if it is not named.
    pub secret: Option<PathBuf>,
    /// The value of `webhook-id`.
    pub id: Option<String>,
    /// The value of `webhook-timestamp`.
    pub timestamp: Option<String>,
}

/// Reads the arguments behind the program's name. An error is a sentence for who typed them.
pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut arguments: Vec<String> = arguments.into_iter().collect();
    let asks = |words: [&str; 2]| arguments.iter().any(|word| words.contains(&&**word));
    if asks(["--version", "-V"]) {
        return Ok(Command::Version);
    }
    let asks_for_help = asks(["--help", "-h"]);
    let Some(at) = place_of_name(&arguments) else {
        return match arguments.first() {
            Some(option) if !asks_for_help => Err(format!("there is no command before {option}")),
            _ => Ok(Command::Help(None)),
        };
    };
    let entry = entry(&arguments.remove(at))?;
    if asks_for_help {
        return Ok(Command::Help(Some(entry.name)));
    }
    (entry.read)(&mut Given::read(entry, arguments)?)
}

/// Where the name of the command is: the first word that is neither an option nor its value.
fn place_of_name(arguments: &[String]) -> Option<usize> {
    let takes_value = |argument: &str| {
        let mut all = COMMANDS.iter().flat_map(|entry| entry.options);
        argument == "-c" || all.any(|option| option.name == argument && option.value.is_some())
    };
    let is_value = |at: usize| at > 0 && takes_value(&arguments[at - 1]);
    (0..arguments.len()).find(|at| !arguments[*at].starts_with('-') && !is_value(*at))
}

fn entry(name: &str) -> Result<&'static Entry, String> {
    let mut all = COMMANDS.iter();
    all.find(|entry| entry.name == name)
        .ok_or_else(|| format!("there is no command {name}"))
}
