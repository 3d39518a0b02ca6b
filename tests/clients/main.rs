//! Other people's clients on our API: one that makes up requests from the description, and one that was
//! written for the reference.
//!
//! They are installed once, into the build's own directory. Where Python or its registry is missing,
//! that is said on standard error, and passed over.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use daemon::{TestDaemon, WEBSITE, webhook};

/// Pinned: a newer release may look for more, and is let in by somebody who reads what it finds.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";
/// Of the admin listener.
const TOKEN: &str = "test-admin-token-0123";
const TAP: &str = "oviond-tap-whatconverts==0.0.2";

/// Where a Python package is installed with all that it needs; none where that cannot be done.
fn installed(package: &str) -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(package);
    if !place.exists() {
        let unfinished = place.with_extension(format!("{}", std::process::id()));
        let pip = Command::new("python3")
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--retries", "1", "--timeout", "15", "--target"])
            .arg(&unfinished)
            .arg(package)
            .stdin(Stdio::null())
            .output();
        if !pip.is_ok_and(|output| output.status.success()) {
            // Not by a macro: those are silent in tests that pass.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: {package} cannot be installed, so nobody else's client asked anything"
            );
            return None;
        }
        fs::rename(&unfinished, &place).expect("the same disk");
    }
    Some(place)
}

/// Runs Python on what is installed there; gives all that it printed.
#[track_caller]
fn python(place: &Path, arguments: &[&str]) -> String {
    let output = Command::new("python3")
        .args(arguments)
        .env("PYTHONPATH", place)
        .current_dir(place)
        .stdin(Stdio::null())
        .output()
        .expect("python3");
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed).into_owned();
    assert!(output.status.success(), "{printed}");
    printed
}

/// A daemon with leads, whose API begins at the second.
fn daemon() -> (TestDaemon, String) {
    let crm = webhook("crm", "http://127.0.0.1:9/", "");
    let daemon = TestDaemon::start(&format!("{WEBSITE}{crm}"));
    for n in 0..30 {
        let lead =
            format!(r#"{{"name":"Ada {n}","email":"ada{n}@example.com","quote_value":{n}}}"#);
        assert_eq!(daemon.post("website", &lead).status, 201);
    }
    let base = format!("http://{}/api/v1", daemon.admin());
    (daemon, base)
}

#[test]
fn requests_made_up_from_the_description_get_no_answer_that_it_does_not_allow() {
    let Some(place) = installed(SCHEMATHESIS) else {
        return;
    };
    let (mut daemon, base) = daemon();
    let description = format!("{base}/openapi.json");
    let bearer = format!("Authorization: Bearer {TOKEN}");
    // What is asked of a value beyond its form only the answer tells, so a request that is right by its
    // form may still be refused. And forms are read kindly: a flag may be `1`, what is empty is not said.
    let options = "-m schemathesis.cli run --checks all --exclude-checks \
                   positive_data_acceptance,negative_data_rejection,ignored_auth --phases examples,coverage,fuzzing \
                   --continue-on-failure --max-examples 20 --seed 1 --warnings off --no-color";
    let mut arguments: Vec<&str> = options.split_whitespace().collect();
    arguments.extend(["-H", &bearer, &description]);
    daemon.run_while(|| python(&place, &arguments));
}

#[test]
fn a_singer_tap_of_the_reference_reads_leads_with_only_its_base_url_changed() {
    let Some(place) = installed(TAP) else { return };
    let (_daemon, base) = daemon();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/tap.py");
    let read = python(&place, &[&script.display().to_string(), &base, TOKEN]);
    let records = read.lines().filter(|line| line.contains("\"RECORD\""));
    assert_eq!(records.count(), 30, "{read}");
}
