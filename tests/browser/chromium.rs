//! A browser of its own for each test, without a window and without a past.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::daemon::Directory;

/// A browser at work; ended with the value.
pub(crate) struct Chromium {
    child: Child,
    /// Its profile; goes after the browser.
    _profile: Directory,
}

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Nothing of the outside world, and nothing to ask anybody.
pub(crate) const FLAGS: [&str; 12] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
];

impl Chromium {
    /// Opens a page; none, and a word on standard error, where no browser is installed.
    pub(crate) fn open(url: &str) -> Option<Chromium> {
        let Some(program) = find() else {
            say_skipped("the browser's part of leadhook.js was not tried");
            return None;
        };
        let profile = Directory::new();
        let mut command = Command::new(program);
        command
            .args(FLAGS)
            .arg("--remote-debugging-port=0")
            .arg(format!("--user-data-dir={}", profile.0.display()))
            .arg(url)
            .env("HOME", &profile.0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().expect("a browser that starts");
        Some(Chromium {
            child,
            _profile: profile,
        })
    }
}

/// Says what was not tried.
pub(crate) fn say_skipped(what: &str) {
    // Not by a macro: those are silent in tests that pass.
    let _ = writeln!(std::io::stderr(), "SKIPPED, no Chromium in PATH: {what}");
}

pub(crate) fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let places = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|place| place.is_file())
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
