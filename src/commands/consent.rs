//! What cannot be undone is asked for first, or said with `--yes`.

use std::io::{self, IsTerminal, Write};

use super::{Exit, complain};

/// Whether a person wants it so. Where nobody can be asked, it takes `--yes`.
pub(super) fn consent(yes: bool) -> Result<(), Exit> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        complain("nobody can be asked here; with --yes it is done, with --dry-run only counted");
        return Err(Exit::Wrong);
    }
    let mut out = io::stdout();
    let _ = write!(out, "Go on? [y/N] ").and_then(|()| out.flush());
    let mut answer = String::new();
    let _ = io::stdin().read_line(&mut answer);
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => {
            complain("nothing was done");
            Err(Exit::Wrong)
        }
    }
}
