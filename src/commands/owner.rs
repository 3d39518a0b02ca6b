//! Whose files a command works on. What root makes beside the database, the daemon could not open: so
//! root becomes the user whose the database is before a file is touched.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{self, Path};
use std::process::Command;

use rustix::process::geteuid;

use super::{Exit, complain};
use crate::config::Config;

/// Gives the config back to who owns the database, or the directory where it will be, or is not root. For
/// root the command begins anew as that user, who can read the config, as the daemon can.
pub(super) fn become_owner(config: Config) -> Result<Config, Exit> {
    match owner(&config.store.path) {
        Some((user, group)) if geteuid().is_root() && user != 0 => Err(begin_anew(user, group)),
        _ => Ok(config),
    }
}

fn owner(database: &Path) -> Option<(u32, u32)> {
    let database = path::absolute(database).ok()?;
    let mut either = database.ancestors().take(2);
    let kept = either.find_map(|path| fs::metadata(path).ok());
    kept.map(|kept| (kept.uid(), kept.gid()))
}

/// Comes back only where that failed.
fn begin_anew(user: u32, group: u32) -> Exit {
    let begun = env::current_exe().map(|program| {
        let mut command = Command::new(program);
        command.args(env::args_os().skip(1)).uid(user).gid(group);
        command.exec()
    });
    let (Ok(error) | Err(error)) = begun;
    complain(format_args!(
        "cannot go on as the user {user}, whose the database is: {error}"
    ));
    Exit::System
}
