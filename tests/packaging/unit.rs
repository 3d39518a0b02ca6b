//! The unit of systemd, weighed and read by its own tools where they are there.

use std::fs;
use std::process::Command;

use crate::passed_over;

const UNIT: &str = "packaging/leadhook.service";
const EXPOSURE_MAX: f64 = 1.5;

/// What systemd-analyze prints; none where there is none, or it knows no such command.
fn analyzed(arguments: &[&str]) -> Option<String> {
    let output = match Command::new("systemd-analyze").args(arguments).output() {
        Ok(output) => output,
        Err(error) => {
            passed_over(&format!("systemd-analyze: {error}"));
            return None;
        }
    };
    let both = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&both).into_owned())
}

#[test]
#[allow(clippy::print_stderr, reason = "the figure is asked for")]
fn the_unit_is_exposed_to_at_most_the_promised_degree() {
    let offline = ["security", "--offline=true", "--no-pager", UNIT];
    let Some(printed) = analyzed(&offline) else {
        return;
    };
    let Some((_, overall)) = printed.split_once("Overall exposure level for leadhook.service: ")
    else {
        return passed_over(&format!(
            "systemd-analyze weighs no unit offline: {printed}"
        ));
    };
    let figure = overall.split(' ').next().unwrap_or_default();
    eprintln!("exposure by systemd-analyze: {figure}");
    let exposure: f64 = figure.parse().expect("a figure");
    assert!(exposure <= EXPOSURE_MAX, "{printed}");
}

#[test]
fn the_unit_says_nothing_that_systemd_does_not_know() {
    let Some(printed) = analyzed(&["verify", "--man=no", UNIT]) else {
        return;
    };
    // The binary need not be installed where the tests run.
    let problems: Vec<&str> = printed
        .lines()
        .filter(|line| line.contains("leadhook.service"))
        .collect();
    let unknown: Vec<_> = problems
        .iter()
        .filter(|line| !line.contains("is not executable"))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// A directive that is said twice, or a mistyped section, would not be seen by `verify`.
#[test]
fn the_unit_reports_ready_is_watched_and_keeps_its_state() {
    let unit = fs::read_to_string(UNIT).expect("the unit");
    for line in [
        "Type=notify",
        "WatchdogSec=60",
        "StateDirectory=leadhook",
        "User=leadhook",
        "Restart=always",
    ] {
        assert_eq!(
            unit.lines().filter(|known| *known == line).count(),
            1,
            "{line}"
        );
    }
    assert!(unit.contains("RestartPreventExitStatus=65 78"));
}
