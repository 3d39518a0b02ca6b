//! How the text looks: purpose, length, names, nothing left for later.

use std::path::Path;

use crate::files::{File, all, named_after, none, sources};

#[test]
fn every_file_begins_with_its_purpose() {
    let silent = |file: &File| !file.text.starts_with("//! ");
    let silent: Vec<String> = all()
        .into_iter()
        .filter(silent)
        .map(|file| file.path)
        .collect();
    none(&silent);
}

/// Longer files, each with its reason.
const LONG: [(&str, &str); 1] = [(
    "tests/harness/receiver.rs",
    "all tricks of one receiver; test targets include it as one file",
)];
const LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

#[test]
fn no_file_is_longer_than_400_lines() {
    let length = |file: &File| file.text.lines().count();
    let excused = |file: &File| LONG.iter().any(|(path, _)| *path == file.path);
    let long = all()
        .into_iter()
        .filter(|file| length(file) > LINES_MAX && !excused(file));
    none(
        &long
            .map(|file| format!("{}: {} lines", file.path, length(&file)))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn no_function_is_longer_than_70_lines() {
    let mut violations = Vec::new();
    let mut n_functions = 0;
    for file in all() {
        let lines: Vec<&str> = file.text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some((indent, name)) = function(line) else {
                continue;
            };
            n_functions += 1;
            let end = format!("{indent}}}");
            let length = lines[at..]
                .iter()
                .position(|line| **line == end)
                .unwrap_or(0)
                + 1;
            if length > FUNCTION_LINES_MAX {
                violations.push(format!("{}:{}: {name}: {length} lines", file.path, at + 1));
            }
        }
    }
    none(&violations);
    assert!(n_functions > 500, "only {n_functions} functions were found");
}

/// The indentation and the name of the function that begins in this line and does not end there.
fn function(line: &str) -> Option<(&str, &str)> {
    let code = line.trim_start();
    let (before, after) = code.split_once("fn ")?;
    let words = ["pub", "pub(crate)", "pub(super)", "const", "async"];
    let begins = before.split_whitespace().all(|word| words.contains(&word));
    let open = !line.ends_with(';') && !line.ends_with('}');
    let name = after.split(['(', '<']).next()?;
    (begins && open).then_some((&line[..line.len() - code.len()], name))
}

#[test]
fn nothing_is_left_for_later() {
    let mut violations = Vec::new();
    for file in all() {
        if file.path == "tests/house/text.rs" {
            continue;
        }
        for (number, line) in (1..).zip(file.text.lines()) {
            let words = ["TODO", "FIXME", "XXX", "unimplemented!", "todo!(", "dbg!("];
            if words.iter().any(|word| line.contains(word)) {
                violations.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    none(&violations);
}

#[test]
fn a_file_is_named_after_a_question_and_not_after_a_kind_of_code() {
    let vague = [
        "utils", "util", "common", "helpers", "helper", "types", "manager", "misc", "mod",
    ];
    let name = |file: &File| {
        Path::new(&file.path)
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
    };
    let found = all()
        .into_iter()
        .filter(|file| name(file).is_some_and(|name| vague.contains(&&*name)));
    none(&found.map(|file| file.path).collect::<Vec<_>>());
}

#[test]
fn nobody_gets_what_he_can_name() {
    let mut violations = Vec::new();
    for file in sources() {
        for (number, line) in file.code() {
            if named_after(line, "fn ")
                .iter()
                .any(|name| name.starts_with("get_"))
            {
                violations.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    none(&violations);
}
