//! One lead: all that is known of it, what changed, where it went, and what can be done.

use super::deliveries;
use super::frame::page;
use super::lead_list::{leads_table, who};
use super::markup::{Html, put};
use super::table::table;
use super::{Page, Visit, failed, marks, moment, problem};
use crate::admin::api::{Desk, Rights};
use crate::domain::event::Event;
use crate::domain::field::{Field, Kind};
use crate::domain::lead::Change;
use crate::domain::value::Value;
use crate::http::Response;
use crate::store::StoreError;

pub(super) const PAGES: &[Page] = &[
    Page {
        method: "GET",
        path: "/leads/{lead_id}",
        rights: Rights::Read,
        show,
    },
    Page {
        method: "POST",
        path: "/leads/{lead_id}",
        rights: Rights::Full,
        show: marks::save,
    },
];

/// So many changes are shown, the latest first.
const CHANGES_SHOWN: usize = 100;
/// So many other leads of the same person are shown.
const OTHERS_SHOWN: usize = 20;

pub(super) fn unknown() -> Response {
    problem(404, "There is no such lead", "It may have been deleted.")
}

fn show(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let id = visit.id().ok_or_else(unknown)?;
    let event = desk.store.lead(id).map_err(|error| failed(&error))?;
    let event = event.ok_or_else(unknown)?;
    let mut main = Html::new();
    contact(&mut main, &event);
    if visit.may_change() {
        marks::form(&mut main, visit, &event);
    }
    fields(&mut main, &event);
    deliveries::of_lead(&mut main, desk, visit, id)
        .and_then(|()| changes(&mut main, desk, &event))
        .and_then(|()| others(&mut main, desk, &event))
        .map_err(|error| failed(&error))?;
    if visit.may_change() {
        let erase = Html::link(format!("/leads/{id}/erase"), "Erase this lead…");
        put!(main, "<p>", [&erase], "</p>");
    }
    let title = format!("Lead {id}: {}", who(&event.lead));
    Ok(page(visit, &title, &main))
}

/// Who it is and what is wanted: what is looked for first, with links to call and to write.
fn contact(main: &mut Html, event: &Event) {
    const PARTS: [(&str, &[Field], &str); 5] = [
        (
            "Name",
            &[Field::ContactName, Field::CallerName, Field::SenderName],
            "",
        ),
        ("Firm", &[Field::ContactCompanyName], ""),
        (
            "Phone",
            &[
                Field::PhoneNumber,
                Field::ContactPhoneNumber,
                Field::CallerNumber,
            ],
            "tel:",
        ),
        (
            "E-mail",
            &[Field::EmailAddress, Field::ContactEmailAddress],
            "mailto:",
        ),
        (
            "Message",
            &[
                Field::Message,
                Field::EmailMessage,
                Field::CallTranscription,
            ],
            "",
        ),
    ];
    put!(main, "<dl class=\"fields\">");
    for (what, fields, scheme) in PARTS {
        let mut texts = fields
            .iter()
            .filter_map(|field| event.lead.values.text(*field));
        let Some(text) = texts.next() else { continue };
        put!(main, "<dt>", (what), "</dt><dd>");
        let plain: String = text.chars().filter(|c| !" ()/".contains(*c)).collect();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "+-_.@".contains(c);
        match !scheme.is_empty() && plain.chars().all(is_plain) {
            true => put!(main, "<a href=\"", (scheme), (plain), "\">", (text), "</a>"),
            false => put!(main, (text)),
        }
        put!(main, "</dd>");
    }
    put!(main, "</dl>");
}

fn fields(main: &mut Html, event: &Event) {
    put!(main, "<h2>All fields</h2>");
    field_list(main, event);
}

/// The fields of a lead that say something.
pub(super) fn field_list(main: &mut Html, event: &Event) {
    let lead = &event.lead;
    put!(main, "<dl class=\"fields\">");
    for (name, text) in [
        ("lead_type", lead.lead_type.label().to_owned()),
        ("date_created", lead.created.to_string()),
        ("last_updated", lead.updated.to_string()),
        ("source", lead.source.clone()),
        ("external_id", lead.external_id.clone().unwrap_or_default()),
    ] {
        if !text.is_empty() {
            put!(main, "<dt>", (name), "</dt><dd>", (text), "</dd>");
        }
    }
    for (field, value) in lead.values.iter() {
        match value {
            Value::Map(entries) => {
                for (label, text) in entries {
                    put!(
                        main,
                        "<dt>",
                        (field.name()),
                        ": ",
                        (label),
                        "</dt><dd>",
                        (text),
                        "</dd>"
                    );
                }
            }
            value => put!(
                main,
                "<dt>",
                (field.name()),
                "</dt><dd>",
                (plain(value)),
                "</dd>"
            ),
        }
    }
    put!(main, "</dl>");
}

fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.as_str().to_owned(),
        Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Map(entries) => {
            let pairs = entries
                .iter()
                .map(|(label, text)| format!("{label}: {text}"));
            pairs.collect::<Vec<_>>().join(", ")
        }
    }
}

fn changes(main: &mut Html, desk: &Desk, event: &Event) -> Result<(), StoreError> {
    let lead = event.lead.id;
    let first = event.lead.revision.saturating_sub(CHANGES_SHOWN as u32);
    let events = desk.store.events_after((lead, first), CHANGES_SHOWN)?;
    put!(main, "<h2>What changed</h2>");
    let mut rows = Vec::new();
    for event in events.iter().filter(|event| event.lead.id == lead).rev() {
        let mut row = |what: &str, before: String| {
            let when = moment(event.lead.updated);
            rows.push(vec![Html::of(when), Html::of(what), Html::of(before)]);
        };
        if event.changes.is_empty() {
            // Later on it is a replay that sent it as it was then.
            let what = match event.lead.revision {
                1 => "the lead came in",
                _ => "nothing: it was sent again as it is",
            };
            row(what, String::new());
        }
        for change in &event.changes {
            row(change.field.name(), before(change));
        }
    }
    table(main, &["When (UTC)", "What", "Before"], rows);
    Ok(())
}

/// Other leads of the same person.
fn others(main: &mut Html, desk: &Desk, event: &Event) -> Result<(), StoreError> {
    let others = desk.store.others_of(&event.lead, OTHERS_SHOWN)?;
    if !others.is_empty() {
        put!(main, "<h2>Other leads of this person</h2>");
        leads_table(main, &others);
    }
    Ok(())
}

fn before(change: &Change) -> String {
    match (&change.previous, change.field.kind()) {
        (Some(value), _) => plain(value),
        (None, Kind::Flag) => "no".to_owned(),
        (None, _) => "empty".to_owned(),
    }
}
