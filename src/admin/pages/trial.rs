//! A test of a webhook: a sample lead is sent to it, and the page says what went, what came, and what to
//! do. Nothing is stored.

use super::frame::page;
use super::markup::{Html, put};
use super::webhooks::unknown;
use super::{Page, Visit, problem};
use crate::admin::api::{Desk, Rights};
use crate::delivery::{Sample, Trial};
use crate::domain::delivery::Outcome;
use crate::domain::indent::indented;
use crate::http::Response;

pub(super) const PAGES: &[Page] = &[Page {
    method: "POST",
    path: "/webhooks/{name}/test",
    rights: Rights::Full,
    show,
}];

fn show(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let (name, configured) = (visit.name(), &desk.configured);
    let webhook = configured.webhook(name).ok_or_else(unknown)?;
    let sample = Sample::new(webhook, &configured.sources, &configured.account);
    let trial = desk.crews.try_out(webhook, &sample);
    let trial = trial.map_err(|why| problem(409, "This webhook cannot be tried", &why))?;
    let mut main = Html::new();
    verdict(&mut main, &trial);
    request(&mut main, &trial);
    answer(&mut main, &trial);
    let back = Html::link(format!("/webhooks/{name}"), "Back to the webhook");
    put!(main, "<p>", [&back], "</p>");
    Ok(page(visit, &format!("Webhook {name}: a test"), &main))
}

fn verdict(main: &mut Html, trial: &Trial) {
    match (trial.is_success, trial.findings.is_empty()) {
        (true, true) => put!(
            main,
            "<p class=\"state good\">It works: the receiver has taken the sample.</p>"
        ),
        (true, false) => put!(
            main,
            "<p class=\"state\">The receiver has taken the sample, but:</p>"
        ),
        (false, _) => put!(
            main,
            "<p class=\"state bad\" role=\"alert\">It does not work.</p>"
        ),
    }
    for finding in &trial.findings {
        put!(
            main,
            "<dl class=\"fields\"><dt>What is wrong</dt><dd>",
            (&finding.what),
            "</dd><dt>What to do</dt><dd>",
            (&finding.cure),
            "</dd></dl>"
        );
    }
}

/// What left; a value that may be a secret is not shown.
fn request(main: &mut Html, trial: &Trial) {
    let mut lines = String::new();
    for (n, (name, value)) in trial.trace.sent.iter().enumerate() {
        let between = if n == 0 { " " } else { ": " };
        lines.extend([name, between, value, "\n"]);
    }
    let body = String::from_utf8_lossy(&trial.body);
    put!(
        main,
        "<h2>What was sent</h2><pre>",
        (lines),
        "\n",
        (indented(&body)),
        "</pre>"
    );
}

fn answer(main: &mut Html, trial: &Trial) {
    let took = trial.trace.duration.as_millis().to_string();
    put!(main, "<h2>What came</h2><pre>");
    match &trial.trace.outcome {
        Outcome::Answered(answer) => {
            put!(
                main,
                (answer.status.to_string()),
                " after ",
                (took),
                " ms\n"
            );
            for (name, value) in &trial.trace.received {
                put!(main, (name), ": ", (value), "\n");
            }
            put!(
                main,
                "\n",
                (indented(&String::from_utf8_lossy(&answer.excerpt)))
            );
        }
        unanswered => put!(main, (unanswered.to_string()), ", after ", (took), " ms"),
    }
    put!(main, "</pre>");
}
