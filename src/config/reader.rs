//! One walk through a parsed TOML document.
//!
//! A value that is wrong becomes a problem with its place, and the walk goes on with the default,
//! so that one pass finds everything.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use toml::de::DeTable;

use super::env::Env;
use super::problem::{Place, Problem};
use super::section::Section;

/// What the walk needs everywhere, and what it collects.
pub(super) struct Reader<'a> {
    /// The document as it was written.
    pub(super) text: &'a str,
    /// Its name, for problems.
    pub(super) file: &'a str,
    /// Relative paths of secrets and certificates begin here.
    pub(super) base_dir: &'a Path,
    pub(super) env: &'a Env,
    /// Whether others than its owner have any right to the file.
    pub(super) open_to_others: bool,
    /// With the offset in the text, for their order.
    problems: RefCell<Vec<(usize, Problem)>>,
    warnings: RefCell<Vec<(usize, Problem)>>,
    keys: RefCell<BTreeSet<String>>,
    /// The labels of sections with a credential that could not be looked at.
    passed_over: RefCell<Vec<String>>,
}

/// What a walk found besides its values, in the order of the lines.
pub(super) struct Findings {
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
    /// Every key that was asked for, as `section.key`.
    pub(super) keys: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    /// Begins a walk through `text`.
    pub(super) fn new(
        text: &'a str,
        file: &'a str,
        base_dir: &'a Path,
        env: &'a Env,
    ) -> Reader<'a> {
        Reader {
            text,
            file,
            base_dir,
            env,
            open_to_others: false,
            problems: RefCell::default(),
            warnings: RefCell::default(),
            keys: RefCell::default(),
            passed_over: RefCell::default(),
        }
    }

    /// The document as a section without a name.
    pub(super) fn read<'r, T>(
        &'r self,
        document: &'r DeTable<'r>,
        walk: impl FnOnce(&Section<'r>) -> T,
    ) -> T {
        Section::new(self, String::new(), String::new(), 0, Some(document)).walk(walk)
    }

    /// Notes a problem at an offset of the text.
    pub(super) fn problem(&self, at: usize, message: String, hint: Option<String>) {
        let problem = self.note(at, message, hint);
        self.problems.borrow_mut().push((at, problem));
    }

    /// Notes what is allowed and yet probably not meant.
    pub(super) fn warning(&self, at: usize, message: String, hint: Option<String>) {
        let warning = self.note(at, message, hint);
        self.warnings.borrow_mut().push((at, warning));
    }

    /// Notes that a key, as `section.key`, was asked for.
    pub(super) fn asked(&self, key: String) {
        self.keys.borrow_mut().insert(key);
    }

    /// Notes that a credential in the section of this label was passed over.
    pub(super) fn pass_over(&self, label: &str) {
        self.passed_over.borrow_mut().push(label.to_owned());
    }

    /// Whether one was in the section of this label, or in a table of it.
    pub(super) fn has_passed_over(&self, label: &str) -> bool {
        let passed_over = self.passed_over.borrow();
        passed_over.iter().any(|known| known.starts_with(label))
    }

    /// Ends the walk.
    pub(super) fn finish(self) -> Findings {
        let in_order = |noted: RefCell<Vec<(usize, Problem)>>| {
            let mut noted = noted.into_inner();
            noted.sort_by_key(|(at, _)| *at);
            noted.into_iter().map(|(_, problem)| problem).collect()
        };
        Findings {
            problems: in_order(self.problems),
            warnings: in_order(self.warnings),
            keys: self.keys.into_inner(),
        }
    }

    fn note(&self, at: usize, message: String, hint: Option<String>) -> Problem {
        Problem {
            file: self.file.to_owned(),
            place: Some(Place::of(self.text, at)),
            message,
            hint,
        }
    }
}
