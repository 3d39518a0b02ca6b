//! The grammar of the command line: what was typed becomes a command, or a sentence on what is
//! wrong with it.

use std::path::PathBuf;

/// What `leadhook --help` prints.
pub const HELP: &str = "\
leadhook catches the sales leads of a small business and gets every one of them to the systems that
act on them.

Usage: leadhook COMMAND

Commands:
  run [--config FILE]            Take leads and deliver them, until a signal ends it. Without FILE:
                                 leadhook.toml here, or /etc/leadhook/leadhook.toml, or else the
                                 built-in example, to try things out.
  check-config FILE              Check a config; list all its problems, each with its place.
  init [DIRECTORY]               Write a config to begin with, and fresh secrets in files of their own.
  example-config                 Print the example config, in which every key is explained.
  resume NAME [--config FILE]    Let a webhook go on that its receiver has stopped. Asks the running
                                 daemon.
  test-lead SOURCE --file BODY [--config FILE]
                                 Show what would become of a post: the lead, what is left over, which
                                 webhooks would get it, and what. Stores and sends nothing.
  verify [--config FILE]         Read the whole database and list what is wrong in it. The daemon must
                                 not be running.
  version                        Print the version.
  help                           Print this.

Signals to `run`:
  SIGTERM, SIGINT                Finish what is under way, then stop; a second one stops at once.
  SIGHUP                         Read the config again.

Exit codes:
  0 all is well; 1 something was found or went wrong; 64 the command line is wrong; 65 the database is of
  a newer release; 69 the daemon does not answer; 71 a port or thread could not be had; 74 the disk fails;
  75 the database is in use by another process; 78 the config is wrong.
";

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
    /// Check the database of a config.
    Verify(Option<PathBuf>),
    /// Print the version.
    Version,
    /// Print the help.
    Help,
}

/// Reads the arguments behind the program's name. An error is a sentence for who typed them.
pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut words = Vec::new();
    let mut config = None;
    let mut body = None;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if let Some(file) = file_option(&argument, &mut arguments) {
            if body.replace(PathBuf::from(file?)).is_some() {
                return Err("--file is given twice".to_owned());
            }
            continue;
        }
        let value = match argument.as_str() {
            "--config" | "-c" => Some(arguments.next().ok_or("--config wants a file behind it")?),
            "--help" | "-h" => return Ok(Command::Help),
            "--version" | "-V" => return Ok(Command::Version),
            other => other.strip_prefix("--config=").map(str::to_owned),
        };
        match value {
            Some(_) if config.is_some() => return Err("--config is given twice".to_owned()),
            Some(file) => config = Some(PathBuf::from(file)),
            None if argument.starts_with('-') => {
                return Err(format!("there is no option {argument}"));
            }
            None => words.push(argument),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match (words.as_slice(), body) {
        (["test-lead", source], Some(body)) => Ok(Command::TestLead {
            source: (*source).to_owned(),
            body,
            config,
        }),
        (["test-lead", ..], _) => {
            Err("test-lead wants the name of a source, and --file with a post's body".to_owned())
        }
        (_, Some(_)) => Err("--file does not belong to this command".to_owned()),
        (words, None) => command(words, config),
    }
}

/// The value of `--file`, where the argument is that.
fn file_option(
    argument: &str,
    rest: &mut impl Iterator<Item = String>,
) -> Option<Result<String, String>> {
    match argument {
        "--file" => Some(
            rest.next()
                .ok_or("--file wants a file behind it".to_owned()),
        ),
        other => other
            .strip_prefix("--file=")
            .map(|file| Ok(file.to_owned())),
    }
}

fn command(words: &[&str], config: Option<PathBuf>) -> Result<Command, String> {
    let takes_config = matches!(
        words.first(),
        Some(&("run" | "check-config" | "resume" | "verify"))
    );
    if config.is_some() && !takes_config {
        return Err("--config does not belong to this command".to_owned());
    }
    match words {
        ["run"] => Ok(Command::Run(config)),
        ["check-config"] => config
            .map(Command::CheckConfig)
            .ok_or("check-config wants a file".to_owned()),
        ["check-config", file] if config.is_none() => Ok(Command::CheckConfig(file.into())),
        ["init"] => Ok(Command::Init(".".into())),
        ["init", directory] => Ok(Command::Init(directory.into())),
        ["example-config"] => Ok(Command::ExampleConfig),
        ["resume", name] => Ok(Command::Resume((*name).to_owned(), config)),
        ["resume"] => Err("resume wants the name of a webhook".to_owned()),
        ["verify"] => Ok(Command::Verify(config)),
        ["version"] => Ok(Command::Version),
        [] | ["help"] => Ok(Command::Help),
        [
            known @ ("run" | "check-config" | "init" | "example-config" | "resume" | "verify"
            | "version" | "help"),
            ..,
        ] => Err(format!("{known} does not take so many words")),
        [other, ..] => Err(format!("there is no command {other}")),
    }
}
