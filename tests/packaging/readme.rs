//! Every command that the README shows: run here, or listed with the reason why not.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use leadhook::cli::parse;

use crate::passed_over;
use crate::process::{Place, TOKEN};
use crate::receiver::{Receiver, Reply};

/// Commands that this test does not run, by how they begin, and why.
const NOT_RUN: &[(&str, &str)] = &[
    (
        "cargo run --release",
        "a release takes long to build; `newcomer.rs` does the same with the binary of the tests",
    ),
    ("cargo test", "this is it"),
    ("cargo build --release", "a release takes long to build"),
    (
        "packaging/build-static",
        "it wants the target of musl, and takes long to build",
    ),
    (
        "packaging/build-container",
        "it wants podman, docker or buildah, and takes long to build",
    ),
    ("cargo bench", "it takes hours, and builds a release"),
    (
        "cargo deny",
        "`.ci/run` does, where cargo-deny is installed",
    ),
    ("packaging/release", "it builds a release"),
    (
        "packaging/build-deb",
        "a release takes long to build; `deb.rs` packs the binary of the tests",
    ),
    (
        "packaging/build-rpm",
        "a release takes long to build; `rpm.rs` packs the binary of the tests",
    ),
    (
        "apt install",
        "packaging/try-install does it on a bare Debian",
    ),
    (
        "leadhook doctor",
        "it looks at the whole machine, which differs; `doctor.rs` looks at it",
    ),
    ("editor ", "a person does it"),
    (
        "systemctl ",
        "packaging/try-install does it on a bare Debian",
    ),
    (
        "cp /etc/leadhook/Caddyfile",
        "packaging/try-install does it on a bare Debian",
    ),
    (
        "leadhook listen",
        "it goes on until Ctrl-C; `trying.rs` looks at it",
    ),
];

/// The commands of the blocks for a shell, without what stands beside them.
fn shown() -> Vec<String> {
    let readme = fs::read_to_string("README.md").expect("the README");
    let mut commands = Vec::new();
    for block in readme.split("```sh\n").skip(1) {
        let (block, _) = block.split_once("```").expect("the end of a block");
        for line in block.replace("\\\n", " ").lines() {
            let command = line.split("  #").next().unwrap_or_default().trim();
            if !command.is_empty() {
                commands.push(command.to_owned());
            }
        }
    }
    assert!(commands.len() > 12, "only {commands:?}");
    commands
}

fn reason(command: &str) -> Option<&'static str> {
    let known = NOT_RUN.iter().find(|(begin, _)| command.starts_with(begin));
    known.map(|(_, why)| *why)
}

/// A place where the commands of the README find what they speak of.
fn prepared(receiver: &Receiver) -> Place {
    let crm = format!(
        "[[source]]\nname = \"crm\"\nauth = {{ bearer = \"{TOKEN}\" }}\n\
         [[webhook]]\nname = \"crm\"\nurl = \"{}\"\nsecret_file = \"webhook-secret\"\nallow_private = true\n",
        receiver.url()
    );
    let place = Place::with_admin(&crm);
    place.write("webhook-secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
    place.write("body.json", r#"{"email_address":"ada@example.com"}"#);
    let bin = place.path("bin");
    fs::create_dir(&bin).expect("a directory");
    symlink(env!("CARGO_BIN_EXE_leadhook"), bin.join("leadhook")).expect("a link");
    // An answer that is an error is one here.
    place.write(
        "bin/curl",
        "#!/bin/sh\nPATH=${PATH#*:}\nexec curl --fail --silent --show-error --max-time 10 \"$@\"\n",
    );
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(bin.join("curl"), executable).expect("a mode");
    place
}

#[test]
fn every_command_of_the_readme_works_or_is_listed_with_the_reason_why_it_is_not_run() {
    if Command::new("curl").arg("--version").output().is_err() {
        return passed_over("there is no curl");
    }
    let receiver = Receiver::always(Reply::status(200));
    let place = prepared(&receiver);
    let daemon = place.start();
    for _ in 0..7 {
        assert_eq!(daemon.post("website"), 201);
    }
    let path = format!(
        "{}:{}",
        place.path("bin").display(),
        std::env::var("PATH").expect("a path")
    );
    let mut n_run = 0;
    for command in shown() {
        if reason(&command).is_some() {
            continue;
        }
        let here = command
            .replace(
                "https://leads.example.com",
                &format!("http://{}", daemon.ingest()),
            )
            .replace("127.0.0.1:8480", &daemon.ingest().to_string())
            .replace("127.0.0.1:8481", &daemon.admin().to_string())
            .replace("ADMIN-TOKEN", TOKEN)
            .replace('…', TOKEN)
            .replace("/etc/leadhook", &place.path("etc").display().to_string());
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &here])
            .current_dir(place.path(""))
            .env("PATH", &path);
        let ended = shell.output().expect("a shell");
        let (out, err) = (
            String::from_utf8_lossy(&ended.stdout),
            String::from_utf8_lossy(&ended.stderr),
        );
        assert!(ended.status.success(), "{command}\n{out}\n{err}");
        if command.starts_with("leadhook sign ") {
            place.write("headers.txt", &out);
        }
        n_run += 1;
    }
    assert!(n_run >= 8, "only {n_run}");
    daemon.stop();
}

#[test]
fn no_reason_is_left_for_a_command_that_the_readme_does_not_show() {
    let shown = shown();
    let gone: Vec<_> = NOT_RUN
        .iter()
        .filter(|(begin, _)| !shown.iter().any(|command| command.starts_with(begin)))
        .collect();
    assert!(gone.is_empty(), "{gone:?}");
}

/// In its sentences, too.
#[test]
fn every_command_that_the_readme_names_is_understood() {
    let readme = fs::read_to_string("README.md").expect("the README");
    let mut n_named = 0;
    for quoted in readme.split('`').skip(1).step_by(2) {
        let Some(line) = quoted.strip_prefix("leadhook ") else {
            continue;
        };
        n_named += 1;
        let entry = leadhook::cli::COMMANDS
            .iter()
            .find(|entry| Some(entry.name) == line.split(' ').next());
        let entry = entry.unwrap_or_else(|| panic!("there is no command {line}"));
        // What is cut short, as in `leadhook token`, is no mistake; an option that is not there is one.
        for option in line
            .split_whitespace()
            .filter(|word| word.starts_with("--"))
        {
            assert!(
                entry.options.iter().any(|known| known.name == option),
                "{line}"
            );
        }
    }
    assert!(n_named > 10, "only {n_named}");
    for command in shown()
        .iter()
        .filter_map(|command| command.strip_prefix("leadhook "))
    {
        let read = parse(command.split_whitespace().map(str::to_owned));
        assert!(read.is_ok(), "{command}: {read:?}");
    }
}
