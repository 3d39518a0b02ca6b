//! A form for a lead that came in person or by a phone that nobody tracks.

use super::frame::{form_key, page_with};
use super::markup::{Html, put};
use super::{Page, Visit, failed, go_to};
use crate::admin::api::{Desk, Rights, Unmade, make_lead};
use crate::domain::lead_type::LeadType;
use crate::domain::raw::Raw;
use crate::domain::source::BY_HAND;
use crate::http::Response;

pub(super) const PAGES: &[Page] = &[
    Page {
        method: "GET",
        path: "/leads/new",
        rights: Rights::Full,
        show,
    },
    Page {
        method: "POST",
        path: "/leads/new",
        rights: Rights::Full,
        show: make,
    },
];

const FIELDS: [(&str, &str); 8] = [
    ("contact_name", "Name"),
    ("contact_company_name", "Firm"),
    ("phone_number", "Phone"),
    ("email_address", "E-mail"),
    ("city", "City"),
    ("lead_source", "How they heard of us"),
    ("quote_value", "Quote"),
    ("sales_value", "Sale"),
];

fn show(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    Ok(form(desk, visit, None))
}

/// The form; with what was wrong, and all that was chosen and typed, where it was sent before.
fn form(desk: &Desk, visit: &Visit, wrong: Option<&str>) -> Response {
    let mut main = Html::new();
    let status = if wrong.is_some() { 422 } else { 200 };
    if let Some(wrong) = wrong {
        put!(main, "<p class=\"bad\" role=\"alert\">", (wrong), "</p>");
    }
    put!(main, "<form class=\"stack\" method=\"post\">");
    form_key(&mut main, visit);
    put!(main, "<label>Type <select name=\"lead_type\">");
    for lead_type in [
        LeadType::Other,
        LeadType::PhoneCall,
        LeadType::Email,
        LeadType::Appointment,
    ] {
        put!(main, "<option");
        if visit.text("lead_type") == Some(lead_type.label()) {
            main.tag(" selected");
        }
        put!(main, ">", (lead_type.label()), "</option>");
    }
    put!(main, "</select></label>");
    if desk.configured.profiles.len() > 1 {
        put!(main, "<label>Profile <select name=\"profile_id\">");
        for profile in &desk.configured.profiles {
            let id = profile.id.to_string();
            put!(main, "<option value=\"", (&id), "\"");
            if visit.text("profile_id") == Some(&id) {
                main.tag(" selected");
            }
            put!(main, ">", (&profile.name), "</option>");
        }
        put!(main, "</select></label>");
    }
    for (name, label) in FIELDS {
        put!(
            main,
            "<label>",
            (label),
            " <input name=\"",
            (name),
            "\" value=\""
        );
        main.held(visit.text(name).unwrap_or_default());
        put!(main, "\"></label>");
    }
    put!(
        main,
        "<label>What they want <textarea name=\"notes\" rows=\"4\" dir=\"auto\">\n"
    );
    main.held(visit.text("notes").unwrap_or_default());
    put!(
        main,
        "</textarea></label><button>Save and tell the webhooks</button></form>"
    );
    page_with(status, visit, "New lead", &main)
}

fn make(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let said = visit
        .said
        .iter()
        .filter(|(name, text)| name != super::FORM_KEY && !text.trim().is_empty());
    let raw = Raw::Map(
        said.map(|(name, text)| (name.clone(), Raw::Text(text.clone())))
            .collect(),
    );
    match make_lead(desk, BY_HAND, raw, None) {
        Ok(receipt) => Ok(go_to(&format!("/leads/{}", receipt.lead_id))),
        Err(Unmade::Refused(refusal)) => {
            let field = refusal.field.map(|field| format!("{field}: "));
            let wrong = field.unwrap_or_default() + &refusal.message;
            Err(form(desk, visit, Some(&wrong)))
        }
        Err(Unmade::Failed(error)) => Err(failed(&error)),
    }
}
