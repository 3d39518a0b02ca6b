//! Erasing a lead: first what there is of it and who has it, then, with a second press, it is gone.

use serde_json::Value;

use super::frame::{form_key, page};
use super::lead::unknown;
use super::markup::{Html, put};
use super::table::table;
use super::{Page, Visit, failed, problem};
use crate::admin::api::erasing::{erase, shown};
use crate::admin::api::{Desk, Rights};
use crate::http::Response;
use crate::store::Traces;

pub(super) const PAGES: &[Page] = &[
    Page {
        method: "GET",
        path: "/leads/{lead_id}/erase",
        rights: Rights::Full,
        show: ask,
    },
    Page {
        method: "POST",
        path: "/leads/{lead_id}/erase",
        rights: Rights::Full,
        show: done,
    },
];

fn ask(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let id = visit.id().ok_or_else(unknown)?;
    let traces = desk.store.traces(&[id]).map_err(|error| failed(&error))?;
    if traces.leads.is_empty() {
        return Err(unknown());
    }
    let mut main = Html::new();
    put!(
        main,
        "<p>It goes at once and for good, with all that follows from it. What waits for delivery is not sent.</p>"
    );
    told(&mut main, desk, &traces);
    put!(main, "<form method=\"post\">");
    form_key(&mut main, visit);
    put!(
        main,
        "<button class=\"harm\">Erase it for good</button></form>"
    );
    let back = Html::link(format!("/leads/{id}"), "Back to the lead");
    put!(main, "<p>", [&back], "</p>");
    Ok(page(visit, &format!("Erase lead {id}?"), &main))
}

fn done(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let id = visit.id().ok_or_else(unknown)?;
    let erased = erase(desk, &[id]).map_err(|error| failed(&error))?;
    if !erased.unreadable.is_empty() {
        let what = "`leadhook verify` says why.";
        return Err(problem(500, "This lead cannot be read", what));
    }
    if erased.leads.is_empty() {
        return Err(unknown());
    }
    let mut main = Html::new();
    put!(main, "<p class=\"state good\">It is gone.</p>");
    told(&mut main, desk, &erased);
    put!(main, "<p><a href=\"/leads\">To the leads</a></p>");
    Ok(page(visit, &format!("Lead {id} was erased"), &main))
}

/// What there is, or was; who has received it; until when backups have it.
fn told(main: &mut Html, desk: &Desk, traces: &Traces) {
    let told = shown(desk, traces, 0);
    put!(main, "<dl class=\"fields\">");
    for (what, member) in [
        ("Revisions", "events"),
        ("Deliveries that have ended", "deliveries"),
        ("Deliveries that wait", "cancelled"),
        ("Attempts", "attempts"),
        ("Files", "files"),
    ] {
        put!(
            main,
            "<dt>",
            (what),
            "</dt><dd>",
            (told[member].to_string()),
            "</dd>"
        );
    }
    put!(main, "</dl>");
    let text = |value: &Value| Html::of(value.as_str().unwrap_or_default());
    let webhooks = told["webhooks"].as_array().cloned().unwrap_or_default();
    if !webhooks.is_empty() {
        put!(main, "<h2>Who has it: ask them, too</h2>");
        let rows = webhooks.iter().map(|webhook| {
            let members = ["name", "host", "received"].map(|name| text(&webhook[name]));
            members.into_iter().collect()
        });
        table(main, &["Webhook", "Where", "Received"], rows);
    }
    let backups = &told["backups"];
    if told["journal"] == true || backups["number"].as_u64().unwrap_or_default() > 0 {
        put!(main, "<p>Backups still have it");
        match backups["until"].as_str() {
            Some(until) => put!(main, ", until ", (until)),
            None => put!(main, " until they go"),
        }
        put!(main, "; a restore of one erases it again.");
        if backups["handed_over"] == true {
            put!(
                main,
                " Those that backup.run took elsewhere are yours to remove."
            );
        }
        put!(main, "</p>");
    }
}
