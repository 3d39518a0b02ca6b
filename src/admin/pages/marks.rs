//! What the owner decides of a lead: a form, and the edit that it makes. Only what was touched in the
//! form is changed; all else stays as it is, to the letter, whatever has become of it meanwhile.

use super::frame::form_key;
use super::lead::unknown;
use super::markup::{Html, put};
use super::{Visit, failed, go_to, problem};
use crate::admin::api::Desk;
use crate::domain::event::Event;
use crate::domain::field::Field;
use crate::domain::listing::QUOTABLE;
use crate::domain::raw::Raw;
use crate::domain::value::Value;
use crate::http::Response;
use crate::store::StoreError;

const MARKS: [Field; 5] = [
    Field::Quotable,
    Field::QuoteValue,
    Field::SalesValue,
    Field::Spam,
    Field::Notes,
];

/// What the form holds of a field.
fn held(event: &Event, field: Field) -> &str {
    let values = &event.lead.values;
    match (field, values.find(field)) {
        (Field::Spam, _) if values.is_set(field) => "yes",
        (Field::Spam, _) => "no",
        (_, Some(Value::Text(text))) => text,
        (_, Some(Value::Number(number))) => number.as_str(),
        (Field::Quotable, _) => QUOTABLE[0],
        _ => "",
    }
}

pub(super) fn form(main: &mut Html, visit: &Visit, event: &Event) {
    put!(main, "<form class=\"row card\" method=\"post\">");
    form_key(main, visit);
    put!(
        main,
        "<input type=\"hidden\" name=\"revision\" value=\"",
        (event.lead.revision.to_string()),
        "\"><label>Quotable "
    );
    choice(main, event, Field::Quotable, &QUOTABLE);
    for (label, field) in [("Quote", Field::QuoteValue), ("Sale", Field::SalesValue)] {
        put!(
            main,
            "</label><label>",
            (label),
            " <input name=\"",
            (field.name()),
            "\" inputmode=\"decimal\" size=\"8\" value=\"",
            (held(event, field)),
            "\">"
        );
    }
    put!(main, "</label><label>Spam ");
    choice(main, event, Field::Spam, &["no", "yes"]);
    // A newline behind the tag is no part of the text.
    put!(
        main,
        "</label><label>Notes <textarea name=\"notes\" rows=\"2\" cols=\"30\" dir=\"auto\">\n"
    );
    main.held(held(event, Field::Notes));
    put!(
        main,
        "</textarea></label><button>Save and tell the webhooks</button></form>"
    );
}

fn choice(main: &mut Html, event: &Event, field: Field, words: &[&str]) {
    put!(main, "<select name=\"", (field.name()), "\">");
    for word in words {
        put!(main, "<option");
        if held(event, field) == *word {
            main.tag(" selected");
        }
        put!(main, ">", (word), "</option>");
    }
    put!(main, "</select>");
}

/// Saves what was touched; webhooks hear of it as of any other edit.
pub(super) fn save(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let id = visit.id().ok_or_else(unknown)?;
    let shown = shown(desk, visit, id).map_err(|error| failed(&error))?;
    let edits: Vec<(String, Raw)> = MARKS
        .into_iter()
        .filter_map(|field| {
            Some((
                field.name().to_owned(),
                touched(visit, shown.as_ref(), field)?,
            ))
        })
        .collect();
    let back = go_to(&format!("/leads/{id}"));
    if edits.is_empty() {
        return Ok(back);
    }
    let edited = desk.store.edit(id, Raw::Map(edits));
    match edited.map_err(|error| failed(&error))? {
        None => Err(unknown()),
        Some(Err(refusal)) => {
            let field = refusal.field.unwrap_or_default();
            let what = format!(
                "{field}: {}. Go back; what you typed is still there.",
                refusal.message
            );
            Err(problem(422, "This was not saved", &what))
        }
        Some(Ok(_)) => Ok(back),
    }
}

/// The lead as the form showed it; none where that is not known any more.
fn shown(desk: &Desk, visit: &Visit, id: u64) -> Result<Option<Event>, StoreError> {
    match visit.text("revision").and_then(|text| text.parse().ok()) {
        Some(revision) => desk.store.event(id, revision),
        None => Ok(None),
    }
}

/// What the form says of a field, if that is another than it showed. A browser sends every line of a
/// text with an end of its own kind.
fn touched(visit: &Visit, shown: Option<&Event>, field: Field) -> Option<Raw> {
    let mut said = visit.said.iter();
    let (_, said) = said.find(|(known, _)| known == field.name())?;
    let shown = shown.map(|event| held(event, field));
    let ends_as_shown = match shown {
        Some(shown) if !shown.contains("\r\n") => said.replace("\r\n", "\n"),
        _ => said.clone(),
    };
    if shown == Some(&ends_as_shown) {
        return None;
    }
    Some(match ends_as_shown.trim() {
        "" => Raw::Null,
        text => Raw::Text(text.to_owned()),
    })
}
