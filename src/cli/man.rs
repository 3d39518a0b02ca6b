//! The manual page, made of the table and of what the help says.

use std::fmt::Write;

use super::help::{ABOUT, EXIT_CODES, SIGNALS, spelling, usage};
use super::table::COMMANDS;

const FILES: [(&str, &str); 3] = [
    (
        "/etc/leadhook/leadhook.toml",
        "The config, where no other is named. `leadhook example-config` explains every key.",
    ),
    (
        "/var/lib/leadhook",
        "The database and its backups, under systemd.",
    ),
    (
        "/usr/share/doc/leadhook",
        "The README and recipes for web servers, where the package is installed.",
    ),
];

const ENVIRONMENT: [(&str, &str); 4] = [
    (
        "LEADHOOK_SECRET",
        "The secret of sign and verify-signature, without --secret-file.",
    ),
    (
        "CREDENTIALS_DIRECTORY",
        "Where keys that end in _credential find their secrets; else those of the unit leadhook.service.",
    ),
    (
        "STATE_DIRECTORY",
        "Where a relative path of the database begins; else in that of the unit, where it has the config, or beside the config.",
    ),
    (
        "NOTIFY_SOCKET, WATCHDOG_USEC",
        "The supervisor that is told how it goes, as in sd_notify(3).",
    ),
];

/// The page in the language of man(7).
pub fn man() -> String {
    let mut page = format!(
        ".\\\" Made by `leadhook man`.\n.TH LEADHOOK 1 \"\" \"leadhook {}\"\n.SH NAME\nleadhook \\- catches leads and delivers them\n\
         .SH SYNOPSIS\n.B leadhook\n.I COMMAND\n.SH DESCRIPTION\n{}\n.SH COMMANDS\n",
        env!("CARGO_PKG_VERSION"),
        escaped(ABOUT)
    );
    for entry in COMMANDS {
        paragraph(&mut page, &usage(entry, false), entry.about);
        if entry.options.is_empty() {
            continue;
        }
        page.push_str(".RS\n");
        for option in entry.options {
            paragraph(&mut page, &spelling(option), option.about);
        }
        page.push_str(".RE\n");
    }
    section(&mut page, "SIGNALS", &SIGNALS);
    let _ = write!(page, ".SH EXIT STATUS\n{}\n", escaped(EXIT_CODES));
    section(&mut page, "FILES", &FILES);
    section(&mut page, "ENVIRONMENT", &ENVIRONMENT);
    page
}

fn section(page: &mut String, title: &str, entries: &[(&str, &str)]) {
    let _ = writeln!(page, ".SH {title}");
    for (what, text) in entries {
        paragraph(page, what, text);
    }
}

fn paragraph(page: &mut String, what: &str, text: &str) {
    let _ = write!(page, ".TP\n.B {}\n{}\n", escaped(what), escaped(text));
}

/// A hyphen as it is typed; no line is taken for a request.
fn escaped(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ").replace('\\', "\\e").replace('-', "\\-");
    let is_request = text.starts_with(['.', '\'']);
    format!("{}{text}", if is_request { "\\&" } else { "" })
}
