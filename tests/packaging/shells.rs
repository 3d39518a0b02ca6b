//! The manual page and what shells complete: they know every command, and the tools that read them
//! find nothing wrong.

use std::fs;
use std::process::{Command, Output};

use leadhook::cli::COMMANDS;

use crate::passed_over;
use crate::process::Place;

const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

fn made(place: &Place, arguments: &[&str]) -> String {
    let ended = place.run(arguments);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    ended.out
}

/// What a tool says of a file; none where there is no such tool.
fn said(tool: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(tool).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            passed_over(&format!("{tool}: {error}"));
            None
        }
    }
}

#[test]
fn every_command_and_option_is_in_the_manual_and_completed_by_every_shell() {
    let place = Place::new();
    let mut texts = vec![made(&place, &["man"]).replace("\\-", "-")];
    texts.extend(SHELLS.map(|shell| made(&place, &["completions", shell])));
    assert!(COMMANDS.len() > 20);
    for (text, kind) in texts.iter().zip(["man", "bash", "zsh", "fish"]) {
        for entry in COMMANDS {
            assert!(text.contains(entry.name), "{kind}: {}", entry.name);
            for option in entry.options {
                let name = match kind {
                    "fish" => option.name.replacen("--", "-l ", 1),
                    _ => option.name.to_owned(),
                };
                assert!(text.contains(&name), "{kind}: {}", option.name);
            }
        }
    }
}

#[test]
fn the_manual_page_is_what_man_reads() {
    let place = Place::new();
    place.write("leadhook.1", &made(&place, &["man"]));
    let page = place.path("leadhook.1").display().to_string();
    let Some(rendered) = said("man", &["--warnings", "-l", &page]) else {
        return;
    };
    if !rendered.status.success() {
        return passed_over("man is there and cannot show a page");
    }
    assert_eq!(String::from_utf8_lossy(&rendered.stderr), "");
    let text = String::from_utf8_lossy(&rendered.stdout).into_owned();
    for part in ["healthcheck", "SIGHUP", "65", "/etc/leadhook/leadhook.toml"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn the_shells_read_their_scripts() {
    let place = Place::new();
    for shell in SHELLS {
        place.write(shell, &made(&place, &["completions", shell]));
        let script = place.path(shell).display().to_string();
        if let Some(read) = said(shell, &["-n", &script]) {
            let err = String::from_utf8_lossy(&read.stderr);
            assert!(read.status.success() && err.is_empty(), "{shell}: {err}");
        }
    }
}

#[test]
fn bash_completes_commands_options_and_values() {
    let place = Place::new();
    place.write("script", &made(&place, &["completions", "bash"]));
    fs::create_dir(place.path("backups")).expect("a directory");
    let complete = |line: &str| -> Option<String> {
        let words: Vec<&str> = line.split(' ').collect();
        let ask = format!(
            "cd {dir}; . ./script; COMP_WORDS=({words}); COMP_CWORD={at}; _leadhook; echo \"${{COMPREPLY[*]}}\"",
            dir = place.path("").display(),
            words = words
                .iter()
                .map(|word| format!("'{word}' "))
                .collect::<String>(),
            at = words.len() - 1,
        );
        let answer = said("bash", &["-c", &ask])?;
        Some(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
    };
    for (line, expected) in [
        ("leadhook exa", "example-config"),
        ("leadhook export --for", "--format"),
        ("leadhook export --format ", "csv json ndjson"),
        ("leadhook token ", "create list revoke"),
        ("leadhook completions ", "bash zsh fish"),
        ("leadhook check-config scr", "script"),
        ("leadhook init back", "backups"),
        ("leadhook help heal", "healthcheck"),
        ("leadhook resume ", ""),
    ] {
        let Some(completed) = complete(line) else {
            return;
        };
        assert_eq!(completed, expected, "{line}");
    }
}

#[test]
fn fish_completes_commands_options_and_values() {
    let place = Place::new();
    place.write("script.fish", &made(&place, &["completions", "fish"]));
    let script = place.path("script.fish").display().to_string();
    for (line, expected) in [
        ("leadhook exa", "example-config"),
        ("leadhook export --for", "--format"),
        ("leadhook export --format nd", "ndjson"),
        ("leadhook token rev", "revoke"),
    ] {
        let ask = format!("source {script}; complete -C '{line}'");
        let Some(answer) = said("fish", &["--no-config", "-c", &ask]) else {
            return;
        };
        let answer = String::from_utf8_lossy(&answer.stdout).into_owned();
        let first = answer.lines().next().unwrap_or_default();
        assert_eq!(first.split('\t').next(), Some(expected), "{line}: {answer}");
    }
}
