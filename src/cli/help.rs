//! What `leadhook help` prints, made of the table.

use std::fmt::Write;

use super::table::{COMMANDS, Entry, Opt};

const WIDTH: usize = 104;
/// Where the text beside a command begins.
const INDENT: usize = 33;

pub(super) const ABOUT: &str = "leadhook catches the sales leads of a small business and gets every one of them to \
     the systems that act on them.";

pub(super) const SIGNALS: [(&str, &str); 2] = [
    (
        "SIGTERM, SIGINT",
        "Finish what is under way, then stop; a second one stops at once.",
    ),
    ("SIGHUP", "Read the config again."),
];

pub(super) const EXIT_CODES: &str = "0 all is well; 1 something was found or went wrong; 64 the command line is wrong; \
     65 the database is of a newer release; 69 the daemon does not answer; 71 a port or thread could not be had; \
     74 the disk fails; 75 the database is in use by another process; 78 the config is wrong.";

/// All commands, or all about one.
pub fn help(of: Option<&str>) -> String {
    match COMMANDS.iter().find(|entry| Some(entry.name) == of) {
        Some(entry) => one(entry),
        None => {
            let commands = COMMANDS.iter();
            let commands = commands.map(|entry| beside(&usage(entry, false), entry.about));
            let signals = SIGNALS.iter().map(|(name, what)| beside(name, what));
            format!(
                "{}\n\nUsage: leadhook COMMAND\n\nCommands:\n{}\n`leadhook help COMMAND` says all that one of them takes.\n\n\
                 Signals to `run`:\n{}\nExit codes:\n  {}\n",
                wrapped(ABOUT, WIDTH).join("\n"),
                commands.collect::<String>(),
                signals.collect::<String>(),
                wrapped(EXIT_CODES, WIDTH - 2).join("\n  "),
            )
        }
    }
}

fn one(entry: &Entry) -> String {
    let usage = format!("Usage: leadhook {}", usage(entry, true));
    let mut text = format!("{}\n\n", wrapped(&usage, WIDTH - 2).join("\n  "));
    for line in wrapped(entry.about, WIDTH) {
        push(&mut text, format_args!("{line}\n"));
    }
    if !entry.options.is_empty() {
        text.push_str("\nOptions:\n");
    }
    for option in entry.options {
        text.push_str(&beside(&spelling(option), option.about));
    }
    text
}

/// `resume NAME [--config FILE]`; in short without the options that may be left out.
pub(super) fn usage(entry: &Entry, whole: bool) -> String {
    let mut usage = entry.name.to_owned();
    for word in entry.words {
        match word.required {
            true => push(&mut usage, format_args!(" {}", word.name)),
            false => push(&mut usage, format_args!(" [{}]", word.name)),
        }
    }
    for option in entry.options {
        match option.required {
            true => push(&mut usage, format_args!(" {}", spelling(option))),
            false if whole => push(&mut usage, format_args!(" [{}]", spelling(option))),
            false => {}
        }
    }
    usage
}

pub(super) fn spelling(option: &Opt) -> String {
    match option.value {
        Some((value, _)) => format!("{} {value}", option.name),
        None => option.name.to_owned(),
    }
}

/// `what`, and beside it, or below where it is long, the text.
fn beside(what: &str, text: &str) -> String {
    let mut out = format!("  {what}");
    let mut at = 2 + what.len();
    if at + 2 > INDENT {
        out.push('\n');
        at = 0;
    }
    for line in wrapped(text, WIDTH - INDENT) {
        push(&mut out, format_args!("{:1$}{line}\n", "", INDENT - at));
        at = 0;
    }
    out
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        if lines[last].is_empty() {
            lines[last].push_str(word);
        } else if lines[last].chars().count() + 1 + word.chars().count() <= width {
            push(&mut lines[last], format_args!(" {word}"));
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

fn push(to: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a text cannot fail.
    let _ = to.write_fmt(text);
}
