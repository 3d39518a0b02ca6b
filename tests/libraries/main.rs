//! Other people's code on our signatures: the Standard Webhooks libraries for Python and Node accept what
//! arrives from the real daemon and reject what was altered, is late, or was signed with another key;
//! and so do the snippets of the README.
//!
//! The libraries are installed into a place that goes with the test. Where a tool or its registry is
//! missing, that is said on standard error, and passed over.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
#[path = "../harness/receiver.rs"]
mod receiver;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leadhook::domain::signature::{SigningKey, sign};
use leadhook::domain::time::Timestamp;
use serde_json::json;

use daemon::{Directory, SECRET, TestDaemon, WEBSITE, webhook};
use receiver::{Receiver, Reply};

/// Another secret than [`SECRET`].
const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const DELIVERIES: usize = 300;

/// A webhook as it arrived, or what became of it on the way.
struct Case {
    id: String,
    at: String,
    signature: String,
    body: Vec<u8>,
    holds: bool,
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since.expect("a time after 1970").as_millis();
    Timestamp(u64::try_from(ms).expect("a time"))
}

/// Texts that code which takes a body apart, or writes it again, gets wrong.
fn nasty(n: usize) -> String {
    let texts = [
        "plain",
        "Ünïcödé 日本語 🦀",
        "\u{0}\u{1}\u{1f}\u{7f}\u{9f}",
        "\"quotes\" \\back\\ /slash/ </script>",
        "line\r\nends\ntabs\t",
        "\u{2028}\u{2029}\u{feff}\u{202e}",
        "e\u{301} \u{e9}",
        "{\"json\": [1.10, 1e400]}",
        "%00 &amp; a=b&c=d",
        "😀\u{200d}👩\u{200d}👩",
    ];
    format!("{} {n} {}", texts[n % texts.len()], "x".repeat(n * 7 % 900))
}

fn short(n: usize) -> String {
    nasty(n).chars().take(60).collect()
}

/// What arrives of so many leads, and four ways to spoil each.
fn cases() -> Vec<Case> {
    let receiver = Receiver::always(Reply::status(204));
    let daemon = TestDaemon::start(&format!("{WEBSITE}{}", webhook("crm", &receiver.url(), "")));
    daemon.set_clock(now());
    for n in 0..DELIVERIES {
        let (name, label) = (short(n), short(n + 2));
        let lead = json!({ "name": name, "notes": nasty(n + 1), label: nasty(n + 3) });
        let answer = daemon.post("website", &lead.to_string());
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
    let arrived = receiver.wait_for(DELIVERIES);
    arrived.iter().flat_map(spoiled).collect()
}

fn spoiled(request: &receiver::Request) -> Vec<Case> {
    let header = |name| request.header(name).expect("a header").to_owned();
    let case = |at: &str, signature: String, body: &[u8], holds| Case {
        id: header("webhook-id"),
        at: at.to_owned(),
        signature,
        body: body.to_vec(),
        holds,
    };
    let (id, at, signature) = (
        header("webhook-id"),
        header("webhook-timestamp"),
        header("webhook-signature"),
    );
    let body = &request.body;
    let mut altered = body.clone();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    let signed = |secret, at| sign(&[SigningKey::parse(secret).expect("a key")], &id, at, body);
    let begin = now();
    let late = Timestamp(begin.0 - 400_000);
    let early = begin.after(Duration::from_secs(4000));
    let text = |at: Timestamp| at.unix_seconds().to_string();
    vec![
        case(&at, signature.clone(), body, true),
        case(&at, signature, &altered, false),
        case(&text(late), signed(SECRET, late), body, false),
        case(&text(early), signed(SECRET, early), body, false),
        case(&text(begin), signed(OTHER, begin), body, false),
    ]
}

/// The block of code in the README that begins with this line.
fn snippet(language: &str, first: &str) -> String {
    let readme = fs::read_to_string("README.md").expect("the README");
    let begin = format!("```{language}\n{first}");
    let at = readme.find(&begin).expect("a snippet in the README");
    let code = &readme[at + language.len() + 4..];
    code[..code.find("```").expect("its end")].to_owned()
}

fn skipped(why: &str) {
    // Not by a macro: those are silent in tests that pass.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED, {why}: nobody else's code checked signatures there"
    );
}

/// Runs a program to its end; none where it is missing or fails.
fn run(program: &str, arguments: &[&str], dir: &Path) -> Option<Output> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::null());
    command.env("PYTHONPATH", dir.join("python"));
    command.env("NODE_PATH", dir.join("node_modules"));
    command
        .output()
        .ok()
        .filter(|output| output.status.success())
}

/// Holds the verdicts of one checker against the cases.
fn agrees(program: &str, script: &str, way: &str, cases: &[Case], place: &Directory, code: &str) {
    let lines = cases.iter().map(|case| {
        let headers = json!({
            "webhook-id": case.id, "webhook-timestamp": case.at, "webhook-signature": case.signature,
        });
        json!({ "headers": headers, "body": STANDARD.encode(&case.body) }).to_string()
    });
    let lines: Vec<String> = lines.collect();
    fs::write(place.0.join("cases"), lines.join("\n")).expect("a written file");
    fs::write(place.0.join("snippet"), code).expect("a written file");
    let script: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/libraries")
        .join(script);
    let script = script.display().to_string();
    let output = run(
        program,
        &[&script, way, "cases", SECRET, "snippet"],
        &place.0,
    );
    let output = output.unwrap_or_else(|| panic!("{way} of {program} does not run"));
    let verdicts = String::from_utf8_lossy(&output.stdout).into_owned();
    let expected: String = cases
        .iter()
        .map(|case| format!("{}\n", u8::from(case.holds)))
        .collect();
    assert!(
        verdicts == expected,
        "{way} of {program} sees it differently"
    );
}

#[test]
fn python_accepts_what_arrives_and_rejects_what_was_spoiled() {
    let place = Directory::new();
    if run("python3", &["--version"], &place.0).is_none() {
        return skipped("no python3");
    }
    let cases = cases();
    let code = snippet("python", "import base64");
    agrees("python3", "check.py", "README", &cases, &place, &code);
    let install = "-m pip install --quiet --disable-pip-version-check --no-compile --retries 1 --timeout 15 --target python \
                   standardwebhooks svix";
    let install: Vec<&str> = install.split_whitespace().collect();
    if run("python3", &install, &place.0).is_none() {
        return skipped("pip cannot install standardwebhooks and svix");
    }
    for way in ["standardwebhooks", "svix.webhooks"] {
        agrees("python3", "check.py", way, &cases, &place, &code);
    }
}

#[test]
fn node_accepts_what_arrives_and_rejects_what_was_spoiled() {
    let place = Directory::new();
    if run("node", &["--version"], &place.0).is_none() {
        return skipped("no node");
    }
    let cases = cases();
    let code = snippet("js", "const { createHmac");
    agrees("node", "check.js", "README", &cases, &place, &code);
    let install = "install --silent --no-audit --no-fund --fetch-retries=1 --fetch-timeout=15000 \
                   standardwebhooks svix";
    let install: Vec<&str> = install.split_whitespace().collect();
    if run("npm", &install, &place.0).is_none() {
        return skipped("npm cannot install standardwebhooks and svix");
    }
    for way in ["standardwebhooks", "svix"] {
        agrees("node", "check.js", way, &cases, &place, &code);
    }
}

#[test]
fn php_does_as_the_readme_says_where_it_is_installed() {
    let place = Directory::new();
    if run("php", &["--version"], &place.0).is_none() {
        return skipped("no php");
    }
    let code = snippet("php", "function holds");
    agrees(
        "php",
        "check.php",
        "README",
        &cases(),
        &place,
        &format!("<?php {code}"),
    );
}
