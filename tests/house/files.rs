//! The project's own files, for tests that read them.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path from the root of the project, and its text.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// The lines of code with their numbers, without comments and without the file's own tests.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().take_while(|line| *line != "#[cfg(test)]");
        let code = |line: &str| !line.trim_start().starts_with("//");
        (1..).zip(lines).filter(move |(_, line)| code(line))
    }

    /// The room it belongs to: `store` of `src/store.rs` and of `src/store/file.rs`.
    pub(crate) fn room(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let first = inside.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }
}

/// All Rust files below `folder`; at least so many, or the walk itself is at fault.
pub(crate) fn files(folder: &str, n_min: usize) -> Vec<File> {
    let mut paths = Vec::new();
    walk(Path::new(folder), &mut paths);
    paths.sort();
    assert!(
        paths.len() > n_min,
        "only {} files in {folder}",
        paths.len()
    );
    let read = |path: &PathBuf| File {
        path: path.display().to_string(),
        text: fs::read_to_string(path).expect("a text"),
    };
    paths.iter().map(read).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

pub(crate) fn sources() -> Vec<File> {
    files("src", 30)
}

pub(crate) fn all() -> Vec<File> {
    let mut all = sources();
    all.extend(files("tests", 30));
    all
}

#[track_caller]
pub(crate) fn none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

/// The names that follow `prefix` in a line: `store` for `crate::` in `use crate::store::Store;`, and
/// each name of a group in braces.
pub(crate) fn named_after<'a>(line: &'a str, prefix: &str) -> Vec<&'a str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut names = Vec::new();
    for (at, _) in line.match_indices(prefix) {
        if line[..at].ends_with(is_name) {
            continue;
        }
        let rest = &line[at + prefix.len()..];
        match rest
            .strip_prefix('{')
            .and_then(|rest| rest.split('}').next())
        {
            Some(group) => names.extend(group.split(',').map(str::trim)),
            None => names.extend(rest.split(|c| !is_name(c)).next()),
        }
    }
    names
}
