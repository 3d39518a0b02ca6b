//! What is wrong with a config, where, and what to do about it. No text here ever quotes a secret.

use std::fmt;

/// One thing that is wrong, or that looks wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The config file, as it was named.
    pub file: String,
    /// Where in it; none where the file as a whole could not be read.
    pub place: Option<Place>,
    /// The section, the key, and what is wrong.
    pub message: String,
    /// What to do, or what is allowed.
    pub hint: Option<String>,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl Place {
    /// The place of the byte `offset` of `text`.
    pub(super) fn of(text: &str, offset: usize) -> Place {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let on_line = before[line_start..].trim_start_matches('\u{feff}');
        Place {
            line: before.matches('\n').count() + 1,
            column: on_line.chars().count() + 1,
        }
    }
}

/// `leadhook.toml:12:8: webhook "crm": url: …`, and the hint on a line of its own.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(place) = self.place {
            write!(f, ":{}:{}", place.line, place.column)?;
        }
        write!(f, ": {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n    hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// All that is wrong with a config, in the order of its lines; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

/// One problem after the other, each on its own lines.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            let newline = if i == 0 { "" } else { "\n" };
            write!(f, "{newline}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
