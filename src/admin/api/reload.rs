//! Reading the config again, as a SIGHUP has it done.

use serde_json::{Value, json};

use super::{Call, Desk, Endpoint, Rights};
use crate::domain::reload::Reloaded;
use crate::http::Response;

pub(super) const ENDPOINTS: &[Endpoint] = &[Endpoint {
    method: "POST",
    path: "/reload",
    rights: Rights::Full,
    about: "Reads the config again, as a SIGHUP has it done, and goes over to it in one step. Names the changed keys that \
            need a restart. A config that is wrong is refused (422, config_refused, each problem with its place and key \
            in problems), and the old one goes on.",
    parameters: &[],
    body: None,
    answers: (200, "Reloaded"),
    answer: reload,
}];

fn reload(desk: &Desk, _: &Call) -> Result<Response, Response> {
    match (desk.reload)() {
        None => Err(Response::error(503, "reload_unanswered", None, UNANSWERED)),
        Some(Reloaded::Taken {
            needs_restart,
            warnings,
        }) => {
            let body = json!({
                "reloaded": true,
                "needs_restart": needs_restart,
                "warnings": warnings,
            });
            Ok(Response::json(200, body.to_string()))
        }
        Some(kept) => Err(refusal(&kept)),
    }
}

/// Nobody got to it in time.
pub(in crate::admin) const UNANSWERED: &str =
    "the daemon did not get to it; the log will say what came of it";

fn refusal(kept: &Reloaded) -> Response {
    let problems = kept.problems();
    let on_one_line = |problem: &String| {
        let words: Vec<&str> = problem.split_whitespace().collect();
        words.join(" ")
    };
    let all: Vec<String> = problems.iter().map(on_one_line).collect();
    let message = format!("{}: {}", kept.sentence(), all.join("; "));
    let refusal = Response::error(422, "config_refused", None, &message);
    let mut body: Value = serde_json::from_slice(refusal.body()).unwrap_or_default();
    body["problems"] = json!(problems);
    refusal.with_json(body.to_string())
}
