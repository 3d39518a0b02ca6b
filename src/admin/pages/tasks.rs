//! Sending again and taking out, from the pages: first how many deliveries are meant, then, with a second
//! press, it is begun.

use std::sync::Arc;

use super::frame::{form_key, page};
use super::markup::{Html, put};
use super::webhooks::unknown;
use super::{Page, Visit, failed, go_to, problem};
use crate::admin::api::webhooks::enrolled;
use crate::admin::api::{Desk, Rights};
use crate::domain::delivery::State;
use crate::domain::time::Timestamp;
use crate::http::Response;
use crate::store::{Enrolled, Plan, Selection, States, TaskKind};

pub(super) const PAGES: &[Page] = &[
    Page {
        method: "GET",
        path: "/webhooks/{name}/replay",
        rights: Rights::Full,
        show: |desk, visit| ask(desk, visit, TaskKind::Replay),
    },
    Page {
        method: "POST",
        path: "/webhooks/{name}/replay",
        rights: Rights::Full,
        show: |desk, visit| begin(desk, visit, TaskKind::Replay),
    },
    Page {
        method: "GET",
        path: "/webhooks/{name}/cancel",
        rights: Rights::Full,
        show: |desk, visit| ask(desk, visit, TaskKind::Cancel),
    },
    Page {
        method: "POST",
        path: "/webhooks/{name}/cancel",
        rights: Rights::Full,
        show: |desk, visit| begin(desk, visit, TaskKind::Cancel),
    },
    Page {
        method: "POST",
        path: "/leads/{lead_id}/again",
        rights: Rights::Full,
        show: again,
    },
];

/// What can be sent again, as the form names it.
pub(super) const STATES: [(&str, States, &str); 3] = [
    ("failed", States::Only(State::Failed), "what failed"),
    ("ended", States::Ended, "all that has ended"),
    (
        "pending",
        States::Only(State::Pending),
        "what waits, at once",
    ),
];

/// What is meant by the address and the form.
fn meant(desk: &Desk, visit: &Visit, kind: TaskKind) -> Result<(Plan, Arc<Enrolled>), Response> {
    let webhook = enrolled(desk, visit.name()).ok_or_else(unknown)?;
    if kind.sends() && webhook.removed.is_some() {
        return Err(problem(
            409,
            "The config has this webhook no longer",
            "Add it again first, or cancel what waits.",
        ));
    }
    let since = match visit.text("since") {
        None => None,
        Some(text) => Some(Timestamp::parse(text).ok_or_else(|| {
            let what = "Write it like 2026-02-01, or leave it empty.";
            problem(400, "This is no date", what)
        })?),
    };
    let said = visit.text("state").unwrap_or("failed");
    let states = STATES.iter().find(|(name, ..)| *name == said);
    let states = match kind {
        TaskKind::Cancel => States::Only(State::Pending),
        _ => states.map_or(States::Only(State::Failed), |(_, states, _)| *states),
    };
    let which = Selection {
        webhook: Some(webhook.number),
        states,
        since,
        ..Selection::default()
    };
    Ok((Plan::new(kind, which, desk.now), webhook))
}

/// Tells how many deliveries are meant, and asks.
fn ask(desk: &Desk, visit: &Visit, kind: TaskKind) -> Result<Response, Response> {
    let (plan, webhook) = meant(desk, visit, kind)?;
    let counted = desk
        .store
        .count_meant(&plan)
        .map_err(|error| failed(&error))?;
    let back = format!("/webhooks/{}", webhook.name);
    let mut main = Html::new();
    let (title, verb, button) = match kind {
        TaskKind::Cancel => (
            "Take out what waits",
            "are taken out and never sent",
            "Take them out",
        ),
        _ => (
            "Send again",
            "are sent again, in order, at the pace of the webhook",
            "Send them again",
        ),
    };
    let n = counted.deliveries;
    match n {
        0 => put!(main, "<p>There is none to which this applies.</p>"),
        _ => put!(
            main,
            "<p>Deliveries to ",
            (&*webhook.name),
            " that ",
            (verb),
            ": ",
            (n.to_string()),
            ".</p>"
        ),
    }
    if counted.overtaken > 0 {
        put!(
            main,
            "<p class=\"bad\">Older than what the receiver has of the same lead, and then the last that it hears: ",
            (counted.overtaken.to_string()),
            ".</p>"
        );
    }
    if n > 0 {
        confirm_form(&mut main, visit, kind, button);
    }
    put!(
        main,
        "<p>",
        [&Html::link(&back, "Back to the webhook")],
        "</p>"
    );
    Ok(page(visit, title, &main))
}

/// The second press, with all that the first one said.
fn confirm_form(main: &mut Html, visit: &Visit, kind: TaskKind, button: &str) {
    put!(main, "<form method=\"post\">");
    form_key(main, visit);
    for name in ["state", "since"] {
        if let Some(text) = visit.text(name) {
            put!(
                main,
                "<input type=\"hidden\" name=\"",
                (name),
                "\" value=\"",
                (text),
                "\">"
            );
        }
    }
    let class = if kind == TaskKind::Cancel {
        "harm"
    } else {
        "main"
    };
    put!(
        main,
        "<button class=\"",
        (class),
        "\">",
        (button),
        "</button></form>"
    );
}

fn begin(desk: &Desk, visit: &Visit, kind: TaskKind) -> Result<Response, Response> {
    let (plan, webhook) = meant(desk, visit, kind)?;
    desk.crews
        .begin_task(plan)
        .map_err(|error| failed(&error))?;
    Ok(go_to(&format!("/webhooks/{}", webhook.name)))
}

/// A form beside a delivery of a lead: sends it once more, or what waits at once.
pub(super) fn again_form(
    main: &mut Html,
    visit: &Visit,
    lead: u64,
    webhook: &str,
    state: State,
    since: Timestamp,
) {
    let words = match state {
        State::Pending => "Try now",
        State::Failed | State::Cancelled => "Try again",
        State::Delivered => "Send again",
    };
    put!(
        main,
        "<form method=\"post\" action=\"/leads/",
        (lead.to_string()),
        "/again\">"
    );
    form_key(main, visit);
    for (name, value) in [
        ("webhook", webhook),
        ("state", state.name()),
        ("since", &since.0.to_string()),
    ] {
        put!(
            main,
            "<input type=\"hidden\" name=\"",
            (name),
            "\" value=\"",
            (value),
            "\">"
        );
    }
    put!(
        main,
        "<button class=\"other\">",
        (words),
        "</button></form>"
    );
}

fn again(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let gone = || {
        problem(
            404,
            "There is no such delivery",
            "It may have changed meanwhile: load the lead again.",
        )
    };
    let lead = visit.id().ok_or_else(gone)?;
    let webhook = visit.text("webhook").and_then(|name| enrolled(desk, name));
    let webhook = webhook
        .filter(|webhook| webhook.removed.is_none())
        .ok_or_else(gone)?;
    let state = State::ALL
        .into_iter()
        .find(|state| visit.text("state") == Some(state.name()));
    let since = visit
        .text("since")
        .and_then(|ms| ms.parse().ok())
        .map(Timestamp);
    // As it was when the page was shown: what has changed since is another matter.
    let which = Selection {
        lead: Some(lead),
        webhook: Some(webhook.number),
        states: States::Only(state.ok_or_else(gone)?),
        since,
        until: since,
    };
    let plan = Plan::new(TaskKind::Replay, which, desk.now);
    let (counted, _) = desk
        .crews
        .begin_task(plan)
        .map_err(|error| failed(&error))?;
    match counted.deliveries {
        0 => Err(gone()),
        _ => Ok(go_to(&format!("/leads/{lead}"))),
    }
}
