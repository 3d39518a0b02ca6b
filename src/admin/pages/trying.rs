//! "Try it": what a source would make of a body that somebody pastes. Stores and sends nothing, so
//! whoever may look may try.

use super::frame::{form_key, page};
use super::lead::field_list;
use super::markup::{Html, put};
use super::sources::unknown;
use super::table::table;
use super::{Page, Visit, in_url};
use crate::admin::api::{Desk, Rights};
use crate::domain::field::Field;
use crate::domain::indent::indented;
use crate::domain::rehearsal::{Rehearsal, Stage};
use crate::domain::value::Value;
use crate::domain::webhook::Trigger;
use crate::http::Response;

pub(super) const PAGES: &[Page] = &[Page {
    method: "POST",
    path: "/sources/{name}/try",
    rights: Rights::Read,
    show,
}];

/// The form; with what was pasted before.
pub(super) fn form(main: &mut Html, visit: &Visit, name: &str, body: &str) {
    put!(
        main,
        "<h2>Try it</h2><p>Paste the body of a post, as JSON or as a form, and see what would become of it. ",
        "Nothing is stored or sent.</p><form class=\"stack\" method=\"post\" action=\"/sources/",
        (in_url(name)),
        "/try\">"
    );
    form_key(main, visit);
    // A newline behind the tag is no part of the text.
    put!(
        main,
        "<label>Body <textarea name=\"body\" rows=\"6\" spellcheck=\"false\" required>\n"
    );
    main.held(body);
    put!(main, "</textarea></label><button>Try it</button></form>");
}

fn show(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let name = visit.name();
    let source = desk.configured.source(name).ok_or_else(unknown)?;
    let stage = Stage {
        source,
        account: &desk.configured.account,
        judgement: &desk.configured.judgement,
        webhooks: &desk.configured.webhooks,
        now: desk.now,
    };
    let body = visit.text("body").unwrap_or_default();
    let mut main = Html::new();
    match stage.rehearse(body.as_bytes()) {
        Err(reason) => put!(
            main,
            "<p class=\"state bad\" role=\"alert\">This post would be refused: ",
            (reason),
            ".</p>"
        ),
        Ok(None) => put!(
            main,
            "<p class=\"state\">This post would be ignored: <code>when</code> of the source does not hold.</p>"
        ),
        Ok(Some(rehearsal)) => outcome(&mut main, &rehearsal),
    }
    form(&mut main, visit, name, body);
    let back = Html::link(format!("/sources/{}", in_url(name)), "Back to the source");
    put!(main, "<p>", [&back], "</p>");
    Ok(page(visit, &format!("Source {name}: a trial"), &main))
}

fn outcome(main: &mut Html, rehearsal: &Rehearsal<'_>) {
    let lead = &rehearsal.event.lead;
    let (verdict, is_spam) = match lead.values.is_set(Field::Spam) {
        true => ("spam", true),
        false => ("no spam", false),
    };
    let score = match lead.values.find(Field::SpamScore) {
        Some(Value::Number(number)) => number.as_str(),
        _ => "0",
    };
    put!(main, "<p class=\"state");
    main.tag(if is_spam { " bad" } else { " good" });
    put!(
        main,
        "\">This post would be taken; ",
        (verdict),
        ", score ",
        (score),
        ".</p><h2>The lead</h2>"
    );
    field_list(main, &rehearsal.event);
    let left_over = lead.values.map(Field::AdditionalFields).len();
    if left_over > 0 {
        put!(
            main,
            "<p class=\"hint\">Left over, in additional_fields: ",
            (left_over.to_string()),
            ". A mapping of the source puts them where they belong.</p>"
        );
    }
    put!(main, "<h2>Who would get it</h2>");
    let rows = rehearsal.webhooks.iter().map(|(name, is_wanted)| {
        let what = if *is_wanted {
            "gets it"
        } else {
            "does not want it"
        };
        vec![Html::of(name), Html::of(what)]
    });
    match rehearsal.webhooks.is_empty() {
        true => put!(main, "<p>There is no webhook.</p>"),
        false => table(main, &["Webhook", "What"], rows),
    }
    if !rehearsal.rules.is_empty() {
        put!(
            main,
            "<p>Rules that hold: ",
            (rehearsal.rules.join(", ")),
            "</p>"
        );
    }
    let payload = rehearsal.event.payload(Trigger::New);
    put!(
        main,
        "<details><summary>The payload</summary><pre>",
        (indented(&String::from_utf8_lossy(&payload))),
        "</pre></details>"
    );
}
