//! `leadhook healthcheck`: whether the daemon is well, as an exit code.

use std::path::PathBuf;

use super::asking::Daemon;
use super::plain::one_line;
use super::{Exit, complain, say};
use crate::outbound::Outgoing;

pub(super) fn healthcheck(live: bool, file: Option<PathBuf>) -> Exit {
    let daemon = match Daemon::of(file) {
        Ok(daemon) => daemon,
        Err(exit) => return exit,
    };
    let path = if live { "/livez" } else { "/healthz" };
    // Containers know 0 and 1 only, so no answer is 1 here.
    let answer = match daemon.try_to_ask(Outgoing::question(), path) {
        Ok(answer) => answer,
        Err(reason) => {
            complain(format_args!("the daemon does not answer: {reason}"));
            return Exit::Wrong;
        }
    };
    if answer.status == 200 {
        say("ok");
        return Exit::Well;
    }
    let reasons = answer.json().unwrap_or_default();
    for reason in reasons["reasons"].as_array().into_iter().flatten() {
        complain(one_line(reason.as_str().unwrap_or_default()));
    }
    Exit::Wrong
}
