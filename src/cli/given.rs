//! What was typed behind the name of a command, held against what the command takes.

use std::collections::VecDeque;
use std::path::PathBuf;

use super::table::{Entry, Opt};

/// The words and options of one command line; each is taken out once.
#[derive(Debug, Default)]
pub(super) struct Given {
    words: VecDeque<String>,
    options: Vec<(&'static str, String)>,
}

impl Given {
    /// Reads the arguments behind the name of `entry`. An error is a sentence for who typed them.
    pub(super) fn read(
        entry: &'static Entry,
        arguments: impl IntoIterator<Item = String>,
    ) -> Result<Given, String> {
        let mut given = Given::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            if !argument.starts_with('-') {
                given.words.push_back(argument);
                continue;
            }
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (argument.as_str(), None),
            };
            let option = find(entry, name)?;
            let value = match (option.value, value) {
                (None, None) => String::new(),
                (None, Some(_)) => return Err(format!("{} takes no value", option.name)),
                (Some(_), Some(value)) => value,
                (Some((_, what)), None) => arguments
                    .next()
                    .ok_or_else(|| format!("{} wants {what} behind it", option.name))?,
            };
            if given.has(option.name) {
                return Err(format!("{} is given twice", option.name));
            }
            given.options.push((option.name, value));
        }
        let mut required = entry.words.iter().filter(|word| word.required);
        if let Some(missing) = required.nth(given.words.len()) {
            return Err(format!("{} wants {}", entry.name, missing.what));
        }
        let missing = |option: &&Opt| option.required && !given.has(option.name);
        if let Some(missing) = entry.options.iter().find(missing) {
            let what = missing.value.map_or("", |(_, what)| what);
            return Err(format!("{} wants {}, {what}", entry.name, missing.name));
        }
        match given.words.len() > entry.words.len() {
            true => Err(format!("{} does not take so many words", entry.name)),
            false => Ok(given),
        }
    }

    /// The next word, if there is one.
    pub(super) fn word(&mut self) -> Option<String> {
        self.words.pop_front()
    }

    /// The next word, one that the table says must be there.
    pub(super) fn must(&mut self) -> String {
        self.word().unwrap_or_default()
    }

    /// Whether an option is given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.options.iter().any(|(known, _)| *known == name)
    }

    /// The value of an option.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let at = self.options.iter().position(|(known, _)| *known == name)?;
        Some(self.options.remove(at).1)
    }

    /// The value of an option that is a path.
    pub(super) fn path(&mut self, name: &str) -> Option<PathBuf> {
        self.text(name).map(PathBuf::from)
    }
}

fn find(entry: &'static Entry, name: &str) -> Result<&'static Opt, String> {
    let long = if name == "-c" { "--config" } else { name };
    let mut options = entry.options.iter();
    options.find(|option| option.name == long).ok_or_else(|| {
        let all = super::COMMANDS.iter().flat_map(|entry| entry.options);
        match all.into_iter().any(|option| option.name == long) {
            true => format!("{long} does not belong to this command"),
            false => format!("there is no option {name}"),
        }
    })
}
