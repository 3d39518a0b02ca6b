//! The list of leads: search, filters, pages, and all of them as a file.

use super::frame::page;
use super::markup::{Html, put};
use super::table::table;
use super::{Page, Visit, failed, in_url, moment, problem};
use crate::admin::api::{Desk, Rights, filter_fits, lead_page, lead_query, written_cursor};
use crate::domain::event::Event;
use crate::domain::field::Field;
use crate::domain::lead::Lead;
use crate::domain::lead_csv::{push_head, push_lead};
use crate::domain::lead_type::LeadType;
use crate::domain::listing::{QUOTABLE, Query};
use crate::domain::source::WITHOUT_POSTS;
use crate::http::Response;
use crate::store;

pub(super) const PAGES: &[Page] = &[
    Page {
        method: "GET",
        path: "/leads",
        rights: Rights::Read,
        show,
    },
    Page {
        method: "GET",
        path: "/leads.csv",
        rights: Rights::Read,
        show: download,
    },
];

/// What the form may say, all with the names and meanings of the API.
const FILTERS: [&str; 8] = [
    "search",
    "lead_type",
    "quotable",
    "spam",
    "source",
    "lead_source",
    "start_date",
    "end_date",
];

/// More leads than this are no download, but an export.
const DOWNLOADED_MAX: u64 = 20_000;
/// So many of them are read at once.
const DOWNLOADED_AT_ONCE: usize = 1000;

/// What the address says, if all of it is a filter or the place in the list: one that is passed over
/// would show, and write into a file, other leads than were asked for.
fn query(desk: &Desk, visit: &Visit) -> Result<Query, Response> {
    let is_known = |name: &str| name == "cursor" || FILTERS.contains(&name);
    let mut said = visit.said.iter();
    match said.all(|(name, text)| is_known(name) && filter_fits(name, text)) {
        true => Ok(lead_query(
            &|name| visit.text(name),
            &desk.configured.countries(),
        )),
        false => Err(wrong()),
    }
}

fn wrong() -> Response {
    problem(
        400,
        "This list cannot be shown",
        "The address has a filter that there is not, or one with a value that it cannot have. Use the form.",
    )
}

fn show(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let query = query(desk, visit)?;
    let (_, wanted) = lead_page(&|name| visit.text(name)).ok_or_else(wrong)?;
    let found = desk
        .store
        .find(&query, &wanted)
        .map_err(|error| failed(&error))?;
    let mut main = Html::new();
    filters(&mut main, desk, visit);
    let total = found.total.unwrap_or_default();
    let noun = if total == 1 { "lead" } else { "leads" };
    put!(main, "<p>", (total.to_string()), " ", (noun));
    if total > 0 {
        put!(
            main,
            " · <a href=\"/leads.csv?",
            (carried(visit)),
            "\" download>Download as CSV</a>"
        );
    }
    put!(main, "</p>");
    if !found.unreadable.is_empty() {
        put!(
            main,
            "<p class=\"bad\">",
            (found.unreadable.len().to_string()),
            " on this page cannot be read; <code>leadhook verify</code> says why.</p>"
        );
    }
    leads_table(&mut main, &found.leads);
    put!(
        main,
        "<nav class=\"pages\" aria-label=\"Parts of the list\">"
    );
    if visit.text("cursor").is_some() {
        put!(
            main,
            "<a href=\"/leads?",
            (carried(visit)),
            "\">First page</a>"
        );
    }
    if let Some(next) = found.next {
        put!(
            main,
            "<a href=\"/leads?",
            (carried(visit)),
            "cursor=",
            (written_cursor(next)),
            "\">Older</a>"
        );
    }
    put!(main, "</nav>");
    Ok(page(visit, "Leads", &main))
}

/// All leads that the filters let pass, the oldest first, as `leadhook export` writes them.
fn download(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let query = Query {
        ascending: true,
        ..query(desk, visit)?
    };
    let mut wanted = store::Page {
        limit: DOWNLOADED_AT_ONCE,
        count: true,
        ..store::Page::default()
    };
    let mut text = String::new();
    push_head(&mut text);
    loop {
        let found = desk
            .store
            .find(&query, &wanted)
            .map_err(|error| failed(&error))?;
        if found.total.is_some_and(|total| total > DOWNLOADED_MAX) {
            return Err(problem(
                413,
                "These are too many leads for a download",
                &format!(
                    "Up to {DOWNLOADED_MAX} are. Choose a shorter time, or let `leadhook export` write all of them."
                ),
            ));
        }
        if !found.unreadable.is_empty() {
            return Err(problem(
                500,
                "Some of these leads cannot be read",
                "The download would not be complete. `leadhook verify` says why.",
            ));
        }
        for event in &found.leads {
            // What is written here is JSON.
            let lead = serde_json::from_slice(&event.lead_json()).unwrap_or_default();
            push_lead(&mut text, &lead);
        }
        match found.next {
            None => break,
            next => {
                wanted = store::Page {
                    after: next,
                    count: false,
                    ..wanted
                }
            }
        }
    }
    let file = Response::typed(200, "text/csv; charset=utf-8", text);
    Ok(file.header("content-disposition", "attachment; filename=\"leads.csv\""))
}

/// The filters in force, for a link.
fn carried(visit: &Visit) -> String {
    let said = FILTERS.iter().filter_map(|name| {
        let text = visit.text(name)?;
        Some(format!("{name}={}&", in_url(text)))
    });
    said.collect()
}

fn filters(main: &mut Html, desk: &Desk, visit: &Visit) {
    put!(
        main,
        "<form class=\"filters card\" method=\"get\" role=\"search\"><label>Words <input type=\"search\" name=\"search\" value=\""
    );
    main.held(visit.text("search").unwrap_or_default());
    put!(main, "\"></label>");
    let types = LeadType::ALL.map(LeadType::label);
    select(main, visit, "Type", "lead_type", &types);
    select(main, visit, "Quotable", "quotable", &QUOTABLE);
    select(main, visit, "Spam", "spam", &["false", "true"]);
    let sources = desk
        .configured
        .sources
        .iter()
        .map(|source| source.name.as_str());
    let sources: Vec<&str> = sources.chain(WITHOUT_POSTS).collect();
    select(main, visit, "Source", "source", &sources);
    for (label, name) in [("From", "start_date"), ("Until", "end_date")] {
        put!(
            main,
            "<label>",
            (label),
            " <input type=\"date\" name=\"",
            (name),
            "\" value=\"",
            (visit.text(name).unwrap_or_default()),
            "\"></label>"
        );
    }
    put!(main, "<button>Show</button></form>");
}

/// A choice of one of these words, or any.
pub(super) fn select(main: &mut Html, visit: &Visit, label: &str, name: &str, words: &[&str]) {
    put!(
        main,
        "<label>",
        (label),
        " <select name=\"",
        (name),
        "\"><option value=\"\">any</option>"
    );
    for word in words {
        put!(main, "<option value=\"", (word), "\"");
        if visit.text(name) == Some(word) {
            main.tag(" selected");
        }
        put!(main, ">", (word), "</option>");
    }
    put!(main, "</select></label>");
}

/// Leads in a table, each with a link to its own page.
pub(super) fn leads_table(main: &mut Html, leads: &[Event]) {
    if leads.is_empty() {
        put!(main, "<p>No leads here yet.</p>");
        return;
    }
    let columns = [
        "Lead",
        "Created (UTC)",
        "Who",
        "Type",
        "Came from",
        "Source",
        "State",
    ];
    table(main, &columns, leads.iter().map(|event| row(&event.lead)));
}

fn row(lead: &Lead) -> Vec<Html> {
    let id = lead.id.to_string();
    vec![
        Html::link(format!("/leads/{id}"), &id),
        Html::of(moment(lead.created)),
        Html::of(cut(who(lead))),
        Html::of(lead.lead_type.label()),
        Html::of(cut(&came_from(lead))),
        Html::of(&lead.source),
        tags(lead),
    ]
}

/// As much of a text as a list needs.
fn cut(text: &str) -> String {
    match text.char_indices().nth(CHARS_LISTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Longer texts are cut in a list.
const CHARS_LISTED: usize = 80;

/// The first of name, firm, e-mail address and phone number.
pub(super) fn who(lead: &Lead) -> &str {
    let fields = [
        Field::ContactName,
        Field::ContactCompanyName,
        Field::EmailAddress,
        Field::PhoneNumber,
    ];
    let mut texts = fields.iter().filter_map(|field| lead.values.text(*field));
    texts.next().unwrap_or("unknown")
}

fn came_from(lead: &Lead) -> String {
    let fields = [Field::LeadSource, Field::LeadMedium];
    let texts: Vec<&str> = fields
        .iter()
        .filter_map(|field| lead.values.text(*field))
        .collect();
    texts.join(" / ")
}

fn tags(lead: &Lead) -> Html {
    let mut html = Html::new();
    let quotable = lead
        .values
        .text(Field::Quotable)
        .filter(|text| *text != QUOTABLE[0]);
    if let Some(quotable) = quotable {
        put!(
            html,
            "<span class=\"tag\">quotable: ",
            (quotable),
            "</span> "
        );
    }
    for (field, word) in [(Field::Spam, "spam"), (Field::Duplicate, "duplicate")] {
        if lead.values.is_set(field) {
            put!(html, "<span class=\"tag bad\">", (word), "</span> ");
        }
    }
    html
}
