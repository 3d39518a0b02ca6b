//! The log: one line for each thing that happened, as text or JSON, with a level the journal knows.
//!
//! A line has a message of fixed words and named values. Values are numbers, names from the config
//! and causes of failures; what a lead says is never one of them.

use std::fmt::{self, Display, Write as _};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use crate::system::Clock;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For who looks for a fault.
    Debug,
    /// All is well.
    Info,
    /// Something failed that is tried again, or is probably not meant.
    Warn,
    /// Somebody has to act.
    Error,
}

impl Level {
    /// All levels, the least first.
    pub const ALL: [Level; 4] = [Level::Debug, Level::Info, Level::Warn, Level::Error];

    /// The word in the config and in the log.
    pub fn name(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }

    /// The priority that the journal reads at the start of a line (sd-daemon(3)).
    fn priority(self) -> &'static str {
        match self {
            Level::Debug => "<7>",
            Level::Info => "<6>",
            Level::Warn => "<4>",
            Level::Error => "<3>",
        }
    }
}

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `2026-02-01T14:09:01Z info lead stored source=website lead=7`
    Text,
    /// One JSON object.
    Json,
}

/// A log, to be shared by all who have something to say.
#[derive(Clone)]
pub struct Log(Arc<Inner>);

struct Inner {
    format: Format,
    level: Level,
    /// The journal notes the time itself and wants a priority.
    journal: bool,
    clock: Clock,
    to: Mutex<Box<dyn Write + Send>>,
}

impl Log {
    /// A log that writes lines of at least `level` to `to`.
    pub fn new(
        format: Format,
        level: Level,
        journal: bool,
        clock: Clock,
        to: Box<dyn Write + Send>,
    ) -> Log {
        Log(Arc::new(Inner {
            format,
            level,
            journal,
            clock,
            to: Mutex::new(to),
        }))
    }

    /// Writes a line, unless its level is too low. A log that cannot be written to is passed over:
    /// leads matter more.
    pub fn write(&self, level: Level, message: &str, values: &[(&str, &dyn Display)]) {
        if level < self.0.level {
            return;
        }
        let mut line = match self.0.format {
            Format::Text => self.text(level, message, values),
            Format::Json => self.json(level, message, values),
        };
        line.push('\n');
        let mut to = self.0.to.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = to.write_all(line.as_bytes());
    }

    /// A line that all is well.
    pub fn info(&self, message: &str, values: &[(&str, &dyn Display)]) {
        self.write(Level::Info, message, values);
    }

    /// A line about something that is tried again, or probably not meant.
    pub fn warn(&self, message: &str, values: &[(&str, &dyn Display)]) {
        self.write(Level::Warn, message, values);
    }

    /// A line about something that somebody has to act on.
    pub fn error(&self, message: &str, values: &[(&str, &dyn Display)]) {
        self.write(Level::Error, message, values);
    }

    fn text(&self, level: Level, message: &str, values: &[(&str, &dyn Display)]) -> String {
        let mut line = match self.0.journal {
            true => level.priority().to_owned(),
            false => format!("{} {:5} ", self.0.clock.now(), level.name()),
        };
        line.push_str(message);
        for (name, value) in values {
            // Writing into a text cannot fail.
            let _ = write!(line, " {name}=");
            let value = value.to_string();
            let plain = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
            match !value.is_empty() && value.chars().all(plain) {
                true => line.push_str(&value),
                false => push_quoted(&mut line, &value),
            }
        }
        line
    }

    fn json(&self, level: Level, message: &str, values: &[(&str, &dyn Display)]) -> String {
        let mut line = String::new();
        if self.0.journal {
            line.push_str(level.priority());
        }
        let _ = write!(
            line,
            "{{\"time\":\"{}\",\"level\":\"{}\",\"message\":",
            self.0.clock.now(),
            level.name()
        );
        push_quoted(&mut line, message);
        for (name, value) in values {
            let _ = write!(line, ",\"{name}\":");
            let value = value.to_string();
            match is_json_number(&value) {
                true => line.push_str(&value),
                false => push_quoted(&mut line, &value),
            }
        }
        line.push('}');
        line
    }
}

fn is_json_number(text: &str) -> bool {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    digits && matches!(text.len(), 1..=15) && (text == "0" || !text.starts_with('0'))
}

/// A JSON string; also hides the characters that would move a terminal's cursor.
fn push_quoted(line: &mut String, text: &str) {
    line.push('"');
    for c in text.chars() {
        match c {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                let _ = write!(line, "\\u{:04x}", c as u32);
            }
            c => line.push(c),
        }
    }
    line.push('"');
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}
