//! The pages: what the owner of a business looks at in the morning.
//!
//! Rendered here, without a script and without anything from elsewhere; what a lead says can only
//! become text ([`markup`]). A visit begins with a token and lasts as a session; what changes
//! something carries the key of that session's forms. Pages and the API stand on the same store and
//! do the same things: marking a lead here is an edit like any other.

mod chart;
mod deliveries;
mod erasing;
mod frame;
mod lead;
mod lead_list;
mod marks;
mod markup;
mod new_lead;
mod overview;
mod sign_in;
mod sources;
mod system;
mod table;
mod tasks;
mod trial;
mod trying;
mod webhooks;

use super::api::{Desk, Rights};
use super::sessions::Session;
use crate::domain::time::Timestamp;
use crate::http::forms::form_fields;
use crate::http::{Head, Response};
pub(super) use frame::STYLE;
use frame::{problem, with_policy};
pub(super) use sign_in::{cookie, own_path, session_id, sign_in, sign_out};

/// One page, or one thing that is done on it.
#[derive(Debug)]
pub struct Page {
    /// `GET` or `POST`.
    pub(super) method: &'static str,
    /// A part in braces stands for a value.
    pub(super) path: &'static str,
    /// What the token of the session must allow.
    pub(super) rights: Rights,
    pub(super) show: fn(&Desk, &Visit) -> Result<Response, Response>,
}

/// A request of somebody who is signed in.
pub(super) struct Visit {
    pub(super) session: Session,
    /// The values in the path.
    pub(super) values: Vec<String>,
    /// The path, for the mark in the menu.
    pub(super) path: String,
    /// The query, and for a `POST` the form.
    pub(super) said: Vec<(String, String)>,
}

const PAGES: &[&[Page]] = &[
    overview::PAGES,
    lead_list::PAGES,
    // Before the page of a lead, whose id could be any word.
    new_lead::PAGES,
    lead::PAGES,
    erasing::PAGES,
    webhooks::PAGES,
    tasks::PAGES,
    trial::PAGES,
    sources::PAGES,
    trying::PAGES,
    system::PAGES,
];

/// What the form of a page says to prove that it is one.
pub(super) const FORM_KEY: &str = "form_key";

impl Visit {
    /// What was said under this name; none where that is empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let mut said = self.said.iter().filter(|(known, _)| known == name);
        let text = said.next()?.1.trim();
        (!text.is_empty()).then_some(text)
    }

    /// The name in the path.
    pub(super) fn name(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    /// The number in the path.
    pub(super) fn id(&self) -> Option<u64> {
        self.values.first()?.parse().ok()
    }

    /// Whether whoever looks may change something, too.
    pub(super) fn may_change(&self) -> bool {
        self.session.caller.rights == Rights::Full
    }
}

/// The page that a request leads to, with the values in its path.
pub(super) fn route(head: &Head) -> Option<(&'static Page, Vec<String>)> {
    PAGES.iter().copied().flatten().find_map(|page| {
        let values = super::api::matched(page.path, head.path())?;
        (page.method == head.method()).then_some((page, values))
    })
}

/// Shows a page, or does what its form asks for and goes on to the page that shows it.
pub(super) fn answer(
    desk: &Desk,
    page: &Page,
    values: Vec<String>,
    session: Session,
    head: &Head,
    body: &[u8],
) -> Response {
    let mut said = form_fields(head.query().unwrap_or_default().as_bytes());
    said.extend(form_fields(body));
    let visit = Visit {
        session,
        values,
        path: head.path().to_owned(),
        said,
    };
    if page.method == "POST" && visit.text(FORM_KEY) != Some(&visit.session.form_key) {
        return problem(
            403,
            "This form is too old",
            "Go back, load the page again, and send it once more.",
        );
    }
    if page.rights > visit.session.caller.rights {
        return problem(
            403,
            "This token may only look",
            "Sign in with a token that has full rights.",
        );
    }
    let answered = (page.show)(desk, &visit);
    // What anybody may do who may look changes nothing.
    if answered.is_ok() && page.method == "POST" && page.rights == Rights::Full {
        // What was done was done, also where it cannot be noted.
        let what = format!("page {}", head.path());
        let _ = desk.store.note_deed(&visit.session.caller.name, &what);
    }
    with_policy(answered.unwrap_or_else(|refusal| refusal))
}

/// Goes on to another page.
pub(super) fn go_to(path: &str) -> Response {
    Response::empty(303).header("location", path)
}

/// What the store could not do.
fn failed(error: &crate::store::StoreError) -> Response {
    problem(503, "The store cannot do this now", &error.to_string())
}

/// A time for people, in UTC: `2026-02-01 14:09:01`.
fn moment(time: Timestamp) -> String {
    time.to_string().replace('T', " ").replace('Z', "")
}

/// A text as a value of a query.
fn in_url(text: &str) -> String {
    crate::http::forms::form_body(&[("", text)])[1..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is done with full rights is noted in [`answer`], whatever it is.
    #[test]
    fn no_form_but_one_is_left_out_of_the_log_of_changes() {
        let forms = PAGES
            .iter()
            .copied()
            .flatten()
            .filter(|page| page.method != "GET");
        let not_noted = forms.filter(|page| page.rights != Rights::Full || page.method != "POST");
        let not_noted: Vec<&str> = not_noted.map(|page| page.path).collect();
        // It reads a pasted body and stores nothing.
        assert_eq!(not_noted, ["/sources/{name}/try"]);
    }
}
