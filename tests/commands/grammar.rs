//! The command line: what is understood, and what is said of the rest.

use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};

use leadhook::cli::{Command as Cli, Sending, parse};

use crate::process::Place;

fn read(line: &str) -> Result<Cli, String> {
    parse(line.split_whitespace().map(str::to_owned))
}

fn init(directory: &str, domain: Option<&str>) -> Cli {
    Cli::Init {
        directory: directory.into(),
        domain: domain.map(str::to_owned),
    }
}

#[test]
fn commands_are_read_as_they_are_documented() {
    let file = || Some("a.toml".into());
    for (line, command) in [
        ("", Cli::Help(None)),
        ("help", Cli::Help(None)),
        ("--help", Cli::Help(None)),
        ("run --help", Cli::Help(Some("run"))),
        ("help run", Cli::Help(Some("run"))),
        ("-V", Cli::Version),
        ("version", Cli::Version),
        ("run", Cli::Run(None)),
        ("run --config a.toml", Cli::Run(file())),
        ("--config=a.toml run", Cli::Run(file())),
        ("run -c a.toml", Cli::Run(file())),
        (
            "check-config a.toml",
            Cli::CheckConfig(Some("a.toml".into())),
        ),
        (
            "check-config --config a.toml",
            Cli::CheckConfig(Some("a.toml".into())),
        ),
        ("init", init(".", None)),
        (
            "init dir --domain a.example",
            init("dir", Some("a.example")),
        ),
        ("example-config", Cli::ExampleConfig),
        (
            "resume crm",
            Cli::Sending(Sending::Resume("crm".into()), None),
        ),
        (
            "sources website --json -c a.toml",
            Cli::Sources {
                name: Some("website".into()),
                json: true,
                config: file(),
            },
        ),
        ("verify -c a.toml", Cli::Verify(file())),
    ] {
        assert_eq!(read(line), Ok(command), "{line}");
    }
}

#[test]
fn what_is_not_understood_is_said_in_a_sentence() {
    for (line, reason) in [
        ("launch", "there is no command launch"),
        ("run --fast", "there is no option --fast"),
        ("run --config", "--config wants a file behind it"),
        ("run -c a -c b", "--config is given twice"),
        ("init -c a", "--config does not belong to this command"),
        ("check-config a -c b", "check-config wants one file"),
        ("resume", "resume wants the name of a webhook"),
        ("run a.toml", "run does not take so many words"),
        ("version 2", "version does not take so many words"),
        ("--config a.toml", "there is no command before --config"),
        ("help launch", "there is no command launch"),
        ("test-lead", "test-lead wants the name of a source"),
        (
            "test-lead crm",
            "test-lead wants --file, a file with a post's body",
        ),
    ] {
        assert_eq!(read(line), Err(reason.to_owned()), "{line}");
    }
}

#[test]
fn a_wrong_command_line_ends_with_64() {
    let place = Place::new();
    for arguments in [&["launch"][..], &["run", "--fast"], &["resume"]] {
        let ended = place.run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(64), ""));
        assert!(ended.err.starts_with("leadhook: ") && ended.err.ends_with("Try `leadhook help`."));
    }
}

/// A name of a file in another encoding was a panic.
#[test]
fn an_argument_that_is_not_utf_8_ends_with_64() {
    let name = std::ffi::OsStr::from_bytes(b"anfr\xe4gen.csv");
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadhook"));
    let ended = command
        .arg("import")
        .arg(name)
        .output()
        .expect("the binary");
    assert_eq!(ended.status.code(), Some(64));
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(
        said.starts_with("leadhook: anfr") && said.contains("is not UTF-8"),
        "{said}"
    );
}

#[test]
fn version_and_help_go_to_standard_output() {
    let place = Place::new();
    let version = place.run(&["version"]);
    let expected = concat!("leadhook ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!((version.code, version.out.as_str()), (Some(0), expected));
    let help = place.run(&["help"]);
    assert_eq!(
        (help.code, help.out.as_str()),
        (Some(0), leadhook::cli::help(None).as_str())
    );
    assert_eq!((version.err, help.err), (String::new(), String::new()));
}

#[test]
fn the_example_that_is_printed_is_the_one_of_the_project() {
    let example = std::fs::read_to_string("config.example.toml").expect("the example");
    assert_eq!(Place::new().run(&["example-config"]).out, example);
}

#[test]
fn the_help_of_a_command_says_all_that_it_takes() {
    for entry in leadhook::cli::COMMANDS {
        let help = leadhook::cli::help(Some(entry.name));
        let parts = entry.words.iter().map(|word| word.name);
        for part in parts.chain(entry.options.iter().map(|option| option.name)) {
            assert!(help.contains(part), "{part} is missing in {help}");
        }
        let wide = help.lines().find(|line| line.chars().count() > 104);
        assert_eq!(wide, None);
    }
}

/// As in `leadhook example-config | head -1`.
#[test]
fn a_reader_that_has_gone_away_is_no_error() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadhook"));
    command
        .arg("example-config")
        .stdout(writer)
        .stderr(Stdio::piped());
    let ended = command.output().expect("the binary");
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

#[test]
fn a_disk_that_takes_nothing_is_an_error() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadhook"));
    let ended = command
        .arg("example-config")
        .stdout(full)
        .output()
        .expect("the binary");
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).starts_with("cannot print: "));
}
