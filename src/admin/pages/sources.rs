//! The sources: what came by each, the address and the form to copy, and the posts that were refused.

use std::collections::BTreeMap;

use super::frame::page;
use super::markup::{Html, put};
use super::table::table;
use super::{Page, Visit, failed, in_url, moment, problem, trying};
use crate::admin::api::{Desk, Rights};
use crate::domain::source::Source;
use crate::domain::tally::{NO_SOURCE, Refusals, Tally};
use crate::http::Response;

pub(super) const PAGES: &[Page] = &[
    Page {
        method: "GET",
        path: "/sources",
        rights: Rights::Read,
        show: list,
    },
    Page {
        method: "GET",
        path: "/sources/{name}",
        rights: Rights::Read,
        show: one,
    },
];

type Tallies = BTreeMap<String, Tally>;

fn tallies(desk: &Desk) -> Result<Tallies, Response> {
    let tallies = desk.store.tallies().map_err(|error| failed(&error))?;
    Ok(tallies.into_iter().collect())
}

fn list(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let mut tallies = tallies(desk)?;
    let mut main = Html::new();
    let mut rows = Vec::new();
    for source in &desk.configured.sources {
        let tally = tallies.remove(&source.name).unwrap_or_default();
        rows.push(row(&source.name, source.lead_type.label(), &tally));
    }
    for (name, tally) in &tallies {
        let what = match name.as_str() {
            NO_SOURCE => "addresses that name no source",
            _ => "no longer in the config",
        };
        rows.push(row(name, what, tally));
    }
    let columns = [
        "Source",
        "What",
        "Taken",
        "Ignored",
        "Refused",
        "Last taken (UTC)",
    ];
    table(&mut main, &columns, rows);
    Ok(page(visit, "Sources", &main))
}

fn row(name: &str, what: &str, tally: &Tally) -> Vec<Html> {
    let last = tally.last_taken;
    vec![
        Html::link(format!("/sources/{}", in_url(name)), name),
        Html::of(what),
        Html::of(tally.taken.to_string()),
        Html::of(tally.ignored.to_string()),
        Html::of(tally.refused.to_string()),
        Html::of(last.map_or("never".to_owned(), moment)),
    ]
}

pub(super) fn unknown() -> Response {
    problem(404, "There is no such source", "The config names them.")
}

fn one(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let name = visit.name();
    let source = desk.configured.source(name);
    let tally = tallies(desk)?.remove(name);
    if source.is_none() && tally.is_none() {
        return Err(unknown());
    }
    let mut main = Html::new();
    if let Some(source) = source {
        how_to_post(&mut main, desk, source);
        trying::form(&mut main, visit, name, "");
    }
    refused(&mut main, &tally.unwrap_or_default().refusals);
    Ok(page(visit, &format!("Source {name}"), &main))
}

/// The address to copy, and for a public form the form.
fn how_to_post(main: &mut Html, desk: &Desk, source: &Source) {
    let site = desk.configured.ingest_url.trim_end_matches('/');
    let address = format!("{site}/in/{}", source.name);
    put!(
        main,
        "<h2>Where to post</h2><pre>",
        (&address),
        "</pre><p>Known by: ",
        (source.auth.kind()),
        ".</p>"
    );
    if !source.is_public_form() {
        return;
    }
    let form = format!(
        "<form action=\"{address}\" method=\"post\">\n  <label>Name <input name=\"name\" autocomplete=\"name\"></label>\n  \
         <label>E-mail <input name=\"email\" type=\"email\" autocomplete=\"email\" required></label>\n  \
         <label>Message <textarea name=\"message\"></textarea></label>\n  \
         <input name=\"_gotcha\" hidden tabindex=\"-1\" autocomplete=\"off\">\n  <button>Send</button>\n</form>\n\
         <script src=\"{site}/leadhook.js\" defer></script>"
    );
    put!(main, "<h2>A form to copy</h2><pre>", (form), "</pre>");
}

fn refused(main: &mut Html, refusals: &[Refusals]) {
    put!(main, "<h2>Refused posts</h2>");
    if refusals.is_empty() {
        put!(main, "<p>None.</p>");
        return;
    }
    for entry in refusals {
        let post = &entry.last;
        put!(
            main,
            "<figure><figcaption>",
            (moment(post.at)),
            ": ",
            (post.status.to_string()),
            " ",
            (&post.code),
            "</figcaption><p>",
            (entry.count.to_string()),
            " alike since ",
            (moment(entry.first)),
            ", from ",
            (post.client.to_string()),
            ", ",
            (post.bytes.to_string()),
            " bytes",
            (post
                .place
                .as_ref()
                .map_or(String::new(), |place| format!(", to {place}"))),
            "</p>"
        );
        if let Some(body) = &post.body {
            put!(main, "<pre>", (String::from_utf8_lossy(body)), "</pre>");
        }
        put!(main, "</figure>");
    }
}
