//! What all pages have around them: head, menu, style, and the policy that lets nothing else in.

use super::markup::{Html, put};
use super::{FORM_KEY, Visit};
use crate::http::Response;

/// The style of all pages.
pub(in crate::admin) const STYLE: &str = include_str!("style.css");

/// No script runs; nothing is loaded from or sent to elsewhere, whatever gets into a page.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

const MENU: [(&str, &str); 6] = [
    ("/", "Overview"),
    ("/leads", "Leads"),
    ("/leads/new", "New lead"),
    ("/webhooks", "Webhooks"),
    ("/sources", "Sources"),
    ("/system", "System"),
];

/// A page with the menu.
pub(super) fn page(visit: &Visit, title: &str, main: &Html) -> Response {
    page_with(200, visit, title, main)
}

/// The same with another status.
pub(super) fn page_with(status: u16, visit: &Visit, title: &str, main: &Html) -> Response {
    let mut html = Html::new();
    head(&mut html, title);
    put!(
        html,
        "<header><nav aria-label=\"Pages\"><a class=\"name\" href=\"/\">leadhook</a>"
    );
    for (path, name) in MENU {
        let here = visit.path == path;
        put!(html, "<a href=\"", (path), "\"");
        if here {
            html.tag(" aria-current=\"page\"");
        }
        put!(html, ">", (name), "</a>");
    }
    put!(html, "</nav><form method=\"post\" action=\"/sign-out\">");
    form_key(&mut html, visit);
    put!(
        html,
        "<button class=\"quiet\">Sign out</button></form></header><main><h1>",
        (title),
        "</h1>",
        [main],
        "</main>"
    );
    Response::html(status, html.into_string())
}

/// A page without a menu: for who is not signed in, and for what went wrong.
pub(super) fn bare(status: u16, title: &str, main: &Html) -> Response {
    let mut html = Html::new();
    head(&mut html, title);
    put!(
        html,
        "<main class=\"narrow\"><h1>",
        (title),
        "</h1>",
        [main],
        "</main>"
    );
    with_policy(Response::html(status, html.into_string()))
}

/// Says what went wrong, and what to do.
pub(in crate::admin) fn problem(status: u16, title: &str, what: &str) -> Response {
    let mut main = Html::new();
    put!(
        main,
        "<p>",
        (what),
        "</p><p><a href=\"/\">To the overview</a></p>"
    );
    bare(status, title, &main)
}

fn head(html: &mut Html, title: &str) {
    put!(
        html,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">",
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">",
        "<meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">",
        "<link rel=\"stylesheet\" href=\"/style.css\"><title>",
        (title),
        " · leadhook</title>"
    );
}

/// The hidden field that every form which changes something must have.
pub(super) fn form_key(html: &mut Html, visit: &Visit) {
    put!(
        html,
        "<input type=\"hidden\" name=\"",
        (FORM_KEY),
        "\" value=\"",
        (&visit.session.form_key),
        "\">"
    );
}

/// A form that is nothing but a button.
pub(super) fn button(html: &mut Html, visit: &Visit, action: &str, class: &str, words: &str) {
    put!(html, "<form method=\"post\" action=\"", (action), "\">");
    form_key(html, visit);
    put!(
        html,
        "<button class=\"",
        (class),
        "\">",
        (words),
        "</button></form>"
    );
}

/// The same answer with the policy of all pages.
pub(in crate::admin) fn with_policy(response: Response) -> Response {
    response
        .header("content-security-policy", POLICY)
        .header("x-frame-options", "DENY")
        .header("cross-origin-opener-policy", "same-origin")
}
