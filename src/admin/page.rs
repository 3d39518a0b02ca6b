//! The inspector's page: plain HTML without scripts, made safe against whatever a lead says.

use std::fmt::Write;

use super::inspector::{Seen, Signature};
use crate::domain::html::escaped;
use crate::domain::indent::indented;
use crate::http::Response;

const STYLE: &str = "\
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}\
body{max-width:60rem;margin:2rem auto;padding:0 1rem}\
article{border:1px solid #8886;border-radius:8px;padding:1rem;margin:1rem 0}\
h2{font-size:1.1rem;margin:0 0 .5rem;overflow-wrap:anywhere}\
nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem;overflow-wrap:anywhere}\
p{margin:.5rem 0}\
pre{overflow:auto;background:#8881;padding:.75rem;border-radius:6px;font-size:.85rem;white-space:pre-wrap;\
overflow-wrap:anywhere}\
.holds{color:#080}.fails{color:#c00}\
@media (prefers-color-scheme:dark){.holds{color:#6d6}.fails{color:#f77}}";

/// No script runs and nothing is loaded or sent, whatever gets into the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; \
                      base-uri 'none'; form-action 'none'";

/// The requests that the inspector has seen, of one name or of all.
pub(super) fn inspected(name: Option<&str>, names: &[(String, usize)], seen: &[Seen]) -> Response {
    let mut page = String::with_capacity(4096);
    page.push_str("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
    page.push_str("<title>leadhook inspector</title><style>");
    page.push_str(STYLE);
    page.push_str("</style><h1>Inspector</h1>");
    navigation(&mut page, name, names);
    let of_whom = name.map_or(String::new(), |name| format!(" for {}", escaped(name)));
    match seen.len() {
        0 => push(
            &mut page,
            format_args!(
                "<p>No webhook has arrived{of_whom} yet. Post a lead, or run <code>leadhook \
                 test-webhook</code>, and load this page again."
            ),
        ),
        n => push(
            &mut page,
            format_args!("<p>The last {n} webhooks{of_whom}, the newest first."),
        ),
    }
    seen.iter().for_each(|seen| article(&mut page, seen));
    Response::html(200, page).header("content-security-policy", POLICY)
}

/// Links to the names that something has arrived under.
fn navigation(page: &mut String, shown: Option<&str>, names: &[(String, usize)]) {
    page.push_str("<nav aria-label=\"Names\">");
    let mut link = |address: &str, text: &str, is_shown: bool| {
        let current = if is_shown {
            " aria-current=\"page\""
        } else {
            ""
        };
        push(
            page,
            format_args!(
                "<a href=\"{}\"{current}>{}</a>",
                escaped(address),
                escaped(text)
            ),
        );
    };
    link("/inspector", "All", shown.is_none());
    for (name, count) in names {
        let address = format!("/inspector/{name}");
        link(&address, &format!("{name} ({count})"), shown == Some(name));
    }
    page.push_str("</nav>");
}

fn article(page: &mut String, seen: &Seen) {
    push(
        page,
        format_args!("<article><h2>{} · {}</h2>", escaped(&seen.name), seen.at),
    );
    match &seen.signature {
        Signature::Holds => page.push_str("<p class=\"holds\">The signature holds."),
        Signature::Fails(why) => {
            push(
                page,
                format_args!(
                    "<p class=\"fails\">The signature does not hold: {}.",
                    escaped(why)
                ),
            );
        }
        Signature::Unchecked => {
            page.push_str("<p>The signature was not checked: no webhook of this name signs.");
        }
    }
    push(page, format_args!("<p>Answered {}.", seen.reply.words()));
    page.push_str("<details><summary>Headers</summary><pre>");
    for (name, value) in &seen.headers {
        push(
            page,
            format_args!("{}: {}\n", escaped(name), escaped(value)),
        );
    }
    page.push_str("</pre></details><pre>");
    page.push_str(&escaped(&indented(&seen.body)));
    page.push_str("</pre></article>");
}

fn push(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a text cannot fail.
    let _ = page.write_fmt(text);
}
