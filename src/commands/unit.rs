//! The systemd unit: what its process is given, and a command that is typed by hand is not. All commands
//! read the config as the unit's process does, so that they find its database and its secrets.

use std::fs;
use std::path::{self, Path};
use std::process::{Command, Stdio};

use crate::config::Env;

pub(super) const NAME: &str = "leadhook.service";

/// What systemd says of the unit; nothing where there is no systemd.
pub(super) struct Unit(Vec<(String, String)>);

impl Unit {
    /// Asks systemd.
    pub(super) fn of_system() -> Unit {
        let properties =
            "LoadState,ActiveState,UnitFileState,NeedDaemonReload,StateDirectory,ExecStart,MainPID";
        let asked = Command::new("systemctl")
            .args(["show", NAME, "--property", properties])
            // Else it tells our supervisor, where there is one, how it fared itself.
            .env_remove("NOTIFY_SOCKET")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output();
        let told = asked.ok().filter(|output| output.status.success());
        let told = told.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let lines = told.iter().flat_map(|told| told.lines());
        Unit(pairs(lines))
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.value(name) == Some(value)
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let mut known = self.0.iter().filter(|(known, _)| known == name);
        known.next().map(|(_, value)| value.as_str())
    }

    /// What the process of the unit is given, where it is the one that has this config; else nothing.
    pub(super) fn env(&self, config: &Path) -> Env {
        if !self.starts(config) {
            return Env::default();
        }
        let of_process = self.env_of_process().into_iter().collect::<Env>();
        of_process.or(self.directories().into_iter().collect())
    }

    fn starts(&self, config: &Path) -> bool {
        let path = path::absolute(config).unwrap_or_else(|_| config.to_owned());
        let path = path.display().to_string();
        let command = self.value("ExecStart").unwrap_or_default();
        command.split([' ', ';']).any(|word| word == path)
    }

    /// The variables of the process that runs, where this user may see them.
    fn env_of_process(&self) -> Vec<(String, String)> {
        let process = self.value("MainPID").unwrap_or_default();
        let shown = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        pairs(String::from_utf8_lossy(&shown).split('\0'))
    }

    /// The directories that systemd names to a process that it starts.
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
}

/// Texts of the form `NAME=VALUE`.
fn pairs<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let pairs = texts.filter_map(|text| text.split_once('='));
    pairs
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}
