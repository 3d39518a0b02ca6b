//! The webhooks: how each does, what waits for it and why, and what can be done.

use super::frame::{button, page};
use super::markup::{Html, put};
use super::table::table;
use super::{Page, Visit, failed, go_to, moment, problem, tasks};
use crate::admin::api::deliveries::waits_for;
use crate::admin::api::statistics::attempts;
use crate::admin::api::webhooks::{Known, enrolled, known};
use crate::admin::api::{Desk, Rights};
use crate::delivery::Meter;
use crate::domain::delivery::State;
use crate::domain::health::Condition;
use crate::http::Response;
use crate::store::{Direction, Enrolled, Listed, Selection, States, StoreError};

pub(super) const PAGES: &[Page] = &[
    Page {
        method: "GET",
        path: "/webhooks",
        rights: Rights::Read,
        show: list,
    },
    Page {
        method: "GET",
        path: "/webhooks/{name}",
        rights: Rights::Read,
        show: one,
    },
    Page {
        method: "POST",
        path: "/webhooks/{name}/pause",
        rights: Rights::Full,
        show: |desk, visit| changed(desk.crews.pause(visit.name()), visit),
    },
    Page {
        method: "POST",
        path: "/webhooks/{name}/resume",
        rights: Rights::Full,
        show: |desk, visit| changed(desk.crews.resume(visit.name()), visit),
    },
];

/// What waits is counted up to this.
const COUNTED_MAX: usize = 100_000;
/// So many of the deliveries that wait, and of those that failed, are shown.
const SHOWN: usize = 25;

pub(super) fn unknown() -> Response {
    problem(404, "There is no such webhook", "The config names them.")
}

fn changed(result: Result<Option<bool>, StoreError>, visit: &Visit) -> Result<Response, Response> {
    let known = result.map_err(|error| failed(&error))?;
    known.ok_or_else(unknown)?;
    Ok(go_to(&format!("/webhooks/{}", visit.name())))
}

fn list(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let known = known(desk).map_err(|error| failed(&error))?;
    let meters = desk.crews.meters();
    let mut rows = Vec::new();
    for Known { enrolled, .. } in &known {
        let meter = meters.get(&*enrolled.name);
        let waiting = waiting(desk, enrolled).map_err(|error| failed(&error))?;
        rows.push(vec![
            Html::link(format!("/webhooks/{}", enrolled.name), &enrolled.name),
            condition(enrolled),
            Html::of(meter.and_then(|meter| rate(meter)).unwrap_or_default()),
            Html::of(meter.and_then(|meter| typical(meter)).unwrap_or_default()),
            Html::of(waiting.0),
            Html::of(waiting.1),
        ]);
    }
    let mut main = Html::new();
    match rows.is_empty() {
        true => put!(
            main,
            "<p>There is none: leads are kept, and go nowhere.</p>"
        ),
        false => table(
            &mut main,
            &[
                "Webhook",
                "State",
                "Success",
                "Takes",
                "Waiting",
                "Oldest since (UTC)",
            ],
            rows,
        ),
    }
    put!(
        main,
        "<p class=\"hint\">Success and time are those since leadhook was started.</p>"
    );
    Ok(page(visit, "Webhooks", &main))
}

/// How many deliveries wait, and since when the oldest does.
fn waiting(desk: &Desk, enrolled: &Enrolled) -> Result<(String, String), StoreError> {
    let waiting = desk.store.waiting(enrolled.number, COUNTED_MAX)?;
    let oldest = desk.store.waiting_since(enrolled.number)?;
    let more = if waiting == COUNTED_MAX {
        " or more"
    } else {
        ""
    };
    Ok((
        format!("{waiting}{more}"),
        oldest.map(moment).unwrap_or_default(),
    ))
}

fn condition(enrolled: &Enrolled) -> Html {
    let mut html = Html::new();
    let condition = enrolled.health.condition();
    put!(html, "<span class=\"tag");
    match condition {
        Condition::Healthy => html.tag(" good"),
        Condition::Paused => &mut html,
        Condition::Failing | Condition::Stopped | Condition::Suspended => html.tag(" bad"),
    };
    let word = match enrolled.removed {
        Some(_) => "no longer in the config",
        None => condition.name(),
    };
    put!(html, "\">", (word), "</span>");
    html
}

/// `98.5 % of 200`; none without an attempt.
fn rate(meter: &Meter) -> Option<String> {
    let (all, causes) = attempts(meter);
    let failed: u64 = causes.iter().map(|(_, n)| n).sum();
    let percent = 100.0 * all.saturating_sub(failed) as f64 / all as f64;
    (all > 0).then(|| format!("{percent:.1} % of {all}"))
}

/// How long attempts take: `20 ms; 95 % within 90 ms`.
fn typical(meter: &Meter) -> Option<String> {
    let took = |q| meter.attempt_duration.quantile(q);
    let ms = |seconds: f64| format!("{:.0} ms", seconds * 1000.0);
    Some(format!(
        "{}; 95 % within {}",
        ms(took(0.5)?),
        ms(took(0.95)?)
    ))
}

fn one(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let enrolled = enrolled(desk, visit.name()).ok_or_else(unknown)?;
    let mut main = Html::new();
    let meters = desk.crews.meters();
    let meter = meters.get(&*enrolled.name).map(|meter| &**meter);
    state(&mut main, desk, &enrolled, meter).map_err(|error| failed(&error))?;
    if visit.may_change() && enrolled.removed.is_none() {
        actions(&mut main, visit, &enrolled);
    }
    causes(&mut main, meter);
    for (title, states) in [
        ("Waiting", States::Only(State::Pending)),
        ("Failed", States::Only(State::Failed)),
    ] {
        let which = Selection {
            webhook: Some(enrolled.number),
            states,
            ..Selection::default()
        };
        let found = desk
            .store
            .deliveries(&which, Direction::NewestFirst, None, SHOWN);
        let found = found.map_err(|error| failed(&error))?.found;
        if !found.is_empty() {
            put!(main, "<h2>", (title), "</h2>");
            let columns = ["Lead", "What", "Since (UTC)", "Attempts", "Waits for"];
            table(
                &mut main,
                &columns,
                found.iter().map(|listed| row(desk, listed)),
            );
        }
    }
    Ok(page(visit, &format!("Webhook {}", enrolled.name), &main))
}

fn state(
    main: &mut Html,
    desk: &Desk,
    enrolled: &Enrolled,
    meter: Option<&Meter>,
) -> Result<(), StoreError> {
    let health = &enrolled.health;
    put!(
        main,
        "<dl class=\"fields\"><dt>State</dt><dd>",
        [&condition(enrolled)]
    );
    if let Some(since) = enrolled.removed.or(health.since()) {
        put!(main, " since ", (moment(since)), " UTC");
    }
    put!(main, "</dd>");
    let (n, oldest) = waiting(desk, enrolled)?;
    let failing = health.failing.as_ref();
    for (what, text) in [
        (
            "Failures in a row",
            failing.map(|failing| failing.failures.to_string()),
        ),
        ("The last one", failing.map(|failing| failing.last.clone())),
        ("Waiting", Some(n)),
        (
            "The oldest since",
            (!oldest.is_empty()).then(|| format!("{oldest} UTC")),
        ),
        ("Success since the start", meter.and_then(rate)),
        ("An attempt takes", meter.and_then(typical)),
    ] {
        if let Some(text) = text {
            put!(main, "<dt>", (what), "</dt><dd>", (text), "</dd>");
        }
    }
    put!(main, "</dl>");
    Ok(())
}

/// Why attempts failed since the start.
fn causes(main: &mut Html, meter: Option<&Meter>) {
    let causes = meter.map(|meter| attempts(meter).1).unwrap_or_default();
    if !causes.is_empty() {
        put!(main, "<h2>Why attempts failed since the start</h2>");
        let rows = causes
            .into_iter()
            .map(|(cause, n)| vec![Html::of(cause), Html::of(n.to_string())]);
        table(main, &["Cause", "Attempts"], rows);
    }
}

/// Forms for what can be done now.
fn actions(main: &mut Html, visit: &Visit, enrolled: &Enrolled) {
    let name = &*enrolled.name;
    put!(main, "<div class=\"buttons\">");
    let (steer, word) = match enrolled.health.hold {
        None => ("pause", "Pause"),
        Some(_) => ("resume", "Resume"),
    };
    for (action, words) in [("test", "Send a sample"), (steer, word)] {
        let path = format!("/webhooks/{name}/{action}");
        button(main, visit, &path, "other", words);
    }
    put!(
        main,
        "<form action=\"/webhooks/",
        (name),
        "/cancel\"><button class=\"other\">Take out what waits…</button></form></div><form class=\"row card\" action=\"/webhooks/",
        (name),
        "/replay\"><label>Send again <select name=\"state\">"
    );
    for (state, _, words) in tasks::STATES {
        put!(
            main,
            "<option value=\"",
            (state),
            "\">",
            (words),
            "</option>"
        );
    }
    put!(
        main,
        "</select></label><label>Since <input type=\"date\" name=\"since\"></label><button class=\"other\">Count…</button></form>"
    );
}

fn row(desk: &Desk, listed: &Listed) -> Vec<Html> {
    let lead = listed.id.lead.to_string();
    vec![
        Html::link(format!("/leads/{lead}"), &lead),
        Html::of(listed.delivery.trigger.name()),
        Html::of(moment(listed.delivery.since())),
        Html::of(listed.delivery.attempts.to_string()),
        Html::of(waits_for(desk, listed).unwrap_or_default()),
    ]
}
