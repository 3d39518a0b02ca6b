//! The systemd unit: whether the machine starts leadhook by itself, and what the unit's process is given
//! that a command typed by hand is not.

use std::path::Path;
use std::process::{Command, Stdio};

use super::Notes;
use crate::config::Env;

const NAME: &str = "leadhook.service";

/// What systemd says of the unit; nothing where there is no systemd.
pub(super) struct Unit(Vec<(String, String)>);

impl Unit {
    /// Asks systemd.
    pub(super) fn of_system() -> Unit {
        let properties =
            "LoadState,ActiveState,UnitFileState,NeedDaemonReload,StateDirectory,ExecStart";
        let asked = Command::new("systemctl")
            .args(["show", NAME, "--property", properties])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output();
        let told = asked.ok().filter(|output| output.status.success());
        let told = told.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let lines = told.iter().flat_map(|told| told.lines());
        let pairs = lines.filter_map(|line| line.split_once('='));
        Unit(
            pairs
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.value(name) == Some(value)
    }

    fn value(&self, name: &str) -> Option<&str> {
        let mut known = self.0.iter().filter(|(known, _)| known == name);
        known.next().map(|(_, value)| value.as_str())
    }

    /// The environment in which the config is to be read: where it is the unit's, also the directories that
    /// systemd would name.
    pub(super) fn env(&self, config: &Path) -> Env {
        let own = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let of_unit = match self.starts(config) {
            true => self.directories(),
            false => Vec::new(),
        };
        // What this process was given goes before it.
        of_unit.into_iter().chain(own).collect()
    }

    fn starts(&self, config: &Path) -> bool {
        let path = config.display().to_string();
        let command = self.value("ExecStart").unwrap_or_default();
        config.is_absolute() && command.split([' ', ';']).any(|word| word == path)
    }

    fn directories(&self) -> Vec<(String, String)> {
        let state = self.value("StateDirectory").unwrap_or_default();
        let state = state.split(' ').next().filter(|name| !name.is_empty());
        let state = state.map(|name| ("STATE_DIRECTORY".to_owned(), format!("/var/lib/{name}")));
        let credentials = format!("/run/credentials/{NAME}");
        let credentials = Path::new(&credentials)
            .is_dir()
            .then(|| ("CREDENTIALS_DIRECTORY".to_owned(), credentials));
        state.into_iter().chain(credentials).collect()
    }

    /// Whether it is there and started with the machine.
    pub(super) fn examine(&self, notes: &mut Notes) {
        let check = "systemd";
        match self.value("LoadState") {
            None => return notes.skip(check, "there is no systemd on this machine to ask"),
            Some("loaded") => {}
            Some("not-found") => {
                return notes.advise(
                    check,
                    format!("There is no unit {NAME}: after a restart of the machine nothing takes leads."),
                    "Install packaging/leadhook.service as the README says, unless something else starts \
                     leadhook.",
                );
            }
            Some(state) => {
                return notes.wrong(
                    check,
                    format!("systemd cannot use the unit {NAME}: {state}."),
                    format!(
                        "`systemctl status {NAME}` says why; `systemd-analyze verify {NAME}`, too."
                    ),
                );
            }
        }
        if self.is("ActiveState", "failed") {
            notes.wrong(
                check,
                "The service has failed.",
                "`journalctl -u leadhook -n 50` says why; then `systemctl restart leadhook`.",
            );
        }
        if self.is("UnitFileState", "disabled") {
            notes.wrong(
                check,
                "The service is not enabled: it does not come back when the machine restarts.",
                "`systemctl enable leadhook`",
            );
        }
        if self.is("NeedDaemonReload", "yes") {
            notes.advise(
                check,
                "The unit's file was changed, and systemd works with the old one.",
                "`systemctl daemon-reload`, then `systemctl restart leadhook`.",
            );
        }
        if notes.is_well(check) {
            notes.well(check, "the unit is loaded and starts with the machine");
        }
    }
}
