//! The grammar of the command line: what was typed becomes a command, or a sentence on what is
//! wrong with it.
//!
//! A command is one entry of [`COMMANDS`] and one variant of [`Command`]; parsing and help follow
//! from the entry.

mod given;
mod help;
mod table;

use std::path::PathBuf;

use given::Given;

pub use help::help;
pub use table::{COMMANDS, Entry, Opt, Word};

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Take leads and deliver them.
    Run(Option<PathBuf>),
    /// Check a config.
    CheckConfig(PathBuf),
    /// Write a config and secrets into a directory.
    Init(PathBuf),
    /// Print the example config.
    ExampleConfig,
    /// Let a webhook of the daemon of a config go on.
    Resume(String, Option<PathBuf>),
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
    /// Check the database of a config.
    Verify(Option<PathBuf>),
    /// Print the version.
    Version,
    /// Print the help, of all commands or of this one.
    Help(Option<&'static str>),
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
