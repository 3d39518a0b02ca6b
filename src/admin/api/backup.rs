//! Backups: how it is with them, and making one now.

use serde_json::{Value, json};

use super::{Call, Desk, Endpoint, Rights};
use crate::http::Response;
use crate::upkeep::BackupHealth;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "POST",
        path: "/backup",
        rights: Rights::Full,
        about: "Begins a backup now. How it goes on is asked for with GET.",
        parameters: &[],
        body: None,
        answers: (202, "Backup"),
        answer: begin,
    },
    Endpoint {
        method: "GET",
        path: "/backup",
        rights: Rights::Read,
        about: "How it is with backups: whether one is being made, the last good one, what failed; null where none \
                are made.",
        parameters: &[],
        body: None,
        answers: (200, "Backup"),
        answer: look,
    },
];

fn begin(desk: &Desk, _: &Call) -> Result<Response, Response> {
    desk.upkeep.ask_for_backup();
    let health = desk.upkeep.health().ok_or_else(|| {
        let message = "no backups are made: set backup.directory in the config, and start again";
        Response::error(409, "no_backups", None, message)
    })?;
    Ok(Response::json(
        202,
        json!({ "backup": shown(&health) }).to_string(),
    ))
}

fn look(desk: &Desk, _: &Call) -> Result<Response, Response> {
    let shown = desk
        .upkeep
        .health()
        .map_or(Value::Null, |health| shown(&health));
    Ok(Response::json(200, json!({ "backup": shown }).to_string()))
}

/// How it is with backups, for programs.
pub(in crate::admin) fn shown(health: &BackupHealth) -> Value {
    let last = health.last.map(|last| {
        json!({
            "at": last.at.to_string(),
            "bytes": last.bytes,
            "with_journal": last.with_journal,
        })
    });
    let problem = health.problem.as_ref().map(|(_, problem)| problem);
    json!({
        "running": health.is_running,
        "rows_copied": health.rows.0,
        "rows": health.rows.1,
        "last": last,
        "path": health.path.as_ref().map(|path| path.display().to_string()),
        "overdue": health.is_overdue,
        "problem": problem,
        "hook_problem": health.hook_problem,
    })
}
