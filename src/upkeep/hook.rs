//! The hook: a command of the owner that takes a backup off the machine.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How often is looked whether leadhook stops meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Runs `command` with the shell. It finds the backup as `$1` and as `LEADHOOK_BACKUP`, and the folder
/// of the leads' files, which may not be there, as `LEADHOOK_BACKUP_FILES`. What it prints goes to
/// standard error. An error is a sentence without the command itself, which may hold a secret.
pub(super) fn run(
    command: &str,
    backup: &Path,
    timeout: Duration,
    is_stopping: impl Fn() -> bool,
) -> Result<(), String> {
    let spawned = Command::new("/bin/sh")
        .args(["-c", command, "sh"])
        .arg(backup)
        .env("LEADHOOK_BACKUP", backup)
        .env("LEADHOOK_BACKUP_FILES", backup.with_extension("files"))
        .stdin(Stdio::null())
        .stdout(io::stderr())
        .process_group(0)
        .spawn();
    let mut child = spawned.map_err(|error| format!("cannot be started: {error}"))?;
    let group = Pid::from_child(&child);
    let (sender, ended) = mpsc::channel();
    let waiting = thread::Builder::new().name("hook".to_owned());
    let waiting = waiting.spawn(move || {
        let _ = sender.send(child.wait());
    });
    waiting.map_err(|error| format!("cannot be waited for: {error}"))?;
    let until = Instant::now() + timeout;
    let status = loop {
        let left = until.saturating_duration_since(Instant::now());
        match ended.recv_timeout(left.min(LOOK_AGAIN)) {
            Ok(status) => break status,
            Err(_) if !left.is_zero() && !is_stopping() => {}
            Err(_) => {
                let _ = kill_process_group(group, Signal::KILL);
                let why = match left.is_zero() {
                    true => format!("took longer than {} s and was killed", timeout.as_secs()),
                    false => "was killed, since leadhook stops".to_owned(),
                };
                return Err(why);
            }
        }
    };
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("ended with {status}")),
        Err(error) => Err(format!("cannot be waited for: {error}")),
    }
}
