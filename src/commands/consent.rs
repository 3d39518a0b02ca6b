//! What cannot be undone is asked for first, or said with `--yes`.

use std::io::{self, BufRead, IsTerminal, Write};

use super::{Exit, complain};

/// Whether a person wants what `question` asks. Where nobody can be asked, or somebody does not want
/// it, `refused` tells what was not done; `way_out` says how it is done without being asked.
pub(super) fn consent(question: &str, refused: &str, way_out: &str) -> Result<(), Exit> {
    if !io::stdin().is_terminal() {
        complain(format_args!("{refused}: {way_out}"));
        return Err(Exit::Wrong);
    }
    // Not among what the command prints: that may be for a program.
    let mut err = io::stderr();
    let _ = write!(err, "{question} Type yes: ").and_then(|()| err.flush());
    let mut typed = String::new();
    let _ = io::stdin().lock().read_line(&mut typed);
    if typed.trim() == "yes" {
        return Ok(());
    }
    complain(refused);
    Err(Exit::Wrong)
}
