//! Where a lead went: each delivery with its attempts, request and answers, why it waits, and a line for
//! the shell that sends the same by hand.

use super::markup::{Html, put};
use super::table::table;
use super::tasks::again_form;
use super::{Visit, moment};
use crate::admin::api::Desk;
use crate::admin::api::deliveries::{waits_for, webhook_name};
use crate::domain::delivery::{Attempt, Outcome, State};
use crate::domain::indent::indented;
use crate::domain::shell::quoted;
use crate::domain::template::Occasion;
use crate::domain::webhook::Webhook;
use crate::store::{Direction, Listed, Selection, StoreError};

/// So many deliveries of a lead are shown, the newest first.
const SHOWN: usize = 100;
/// So many attempts of each, the first ones.
const ATTEMPTS_SHOWN: usize = 100;

/// All deliveries of a lead.
pub(super) fn of_lead(
    main: &mut Html,
    desk: &Desk,
    visit: &Visit,
    lead: u64,
) -> Result<(), StoreError> {
    let which = Selection {
        lead: Some(lead),
        ..Selection::default()
    };
    let page = desk
        .store
        .deliveries(&which, Direction::NewestFirst, None, SHOWN)?;
    put!(main, "<h2>Where it went</h2>");
    if page.found.is_empty() {
        put!(main, "<p>Nowhere: no webhook wants it.</p>");
    }
    for listed in &page.found {
        one(main, desk, visit, listed)?;
    }
    Ok(())
}

fn one(main: &mut Html, desk: &Desk, visit: &Visit, listed: &Listed) -> Result<(), StoreError> {
    let name = webhook_name(desk, listed.id);
    let delivery = &listed.delivery;
    put!(
        main,
        "<figure><figcaption>",
        [&Html::link(format!("/webhooks/{name}"), &name)],
        " <span class=\"tag"
    );
    match delivery.state {
        State::Delivered => main.tag(" good"),
        State::Failed => main.tag(" bad"),
        State::Pending | State::Cancelled => main,
    };
    put!(
        main,
        "\">",
        (delivery.state.name()),
        "</span></figcaption><p>",
        (delivery.trigger.name()),
        ", revision ",
        (listed.id.revision.to_string()),
        ", since ",
        (moment(delivery.since())),
        " UTC"
    );
    if let Some(reason) = waits_for(desk, listed) {
        put!(main, "; waits for ", (reason));
    }
    put!(main, ".</p>");
    let attempts = desk.store.attempts(listed.id, ATTEMPTS_SHOWN)?;
    if !attempts.is_empty() {
        let columns = ["Attempt", "When (UTC)", "Took", "Answer"];
        table(main, &columns, attempts.iter().map(row));
    }
    request(main, desk, visit, listed, &name)?;
    if visit.may_change() && desk.configured.webhook(&name).is_some() {
        let (lead, since) = (listed.id.lead, delivery.since());
        again_form(main, visit, lead, &name, delivery.state, since);
    }
    put!(main, "</figure>");
    Ok(())
}

fn row(attempt: &Attempt) -> Vec<Html> {
    let mut answer = Html::of(attempt.outcome.to_string());
    if let Outcome::Answered(said) = &attempt.outcome
        && !said.excerpt.is_empty()
    {
        let body = String::from_utf8_lossy(&said.excerpt);
        put!(
            answer,
            "<details><summary>What it said</summary><pre>",
            (indented(&body)),
            "</pre></details>"
        );
    }
    vec![
        Html::of(attempt.number.to_string()),
        Html::of(moment(attempt.started)),
        Html::of(format!("{} ms", attempt.duration.as_millis())),
        answer,
    ]
}

/// What is sent, and how to send it by hand.
fn request(
    main: &mut Html,
    desk: &Desk,
    visit: &Visit,
    listed: &Listed,
    name: &str,
) -> Result<(), StoreError> {
    let Some(event) = desk.store.event(listed.id.lead, listed.id.revision)? else {
        return Ok(());
    };
    let trigger = listed.delivery.trigger;
    let payload = event.payload(trigger);
    // A body of the owner's own design may hold what only he is to know.
    let webhook = desk.configured.webhook(name);
    let webhook = webhook.filter(|_| visit.may_change());
    let occasion = Occasion {
        event: &event,
        trigger,
        payload: &payload,
        alert: None,
    };
    let rendered = webhook.and_then(|webhook| webhook.request.render(&occasion).ok());
    let body = rendered
        .as_ref()
        .map_or(payload.as_slice(), |rendered| &rendered.body);
    let body = String::from_utf8_lossy(body);
    put!(
        main,
        "<details><summary>The request</summary><pre>",
        (indented(&body)),
        "</pre>"
    );
    if webhook.is_none_or(|webhook| webhook.mail.is_none()) {
        put!(
            main,
            "<p class=\"hint\">By hand, without signature and secrets; set <code>WEBHOOK_URL</code> to the url in the \
             config first:</p><pre>",
            (curl(webhook, &event.id, &body)),
            "</pre>"
        );
    }
    put!(main, "</details>");
    Ok(())
}

/// A line for the shell. The address may be a secret, so it stays in the config; `--data-raw` takes a
/// body that begins with @ for no file.
fn curl(webhook: Option<&Webhook>, event: &str, body: &str) -> String {
    let request = webhook
        .map(|webhook| webhook.request.clone())
        .unwrap_or_default();
    format!(
        "curl -X {} \"$WEBHOOK_URL\" -H {} -H {} --data-raw {}",
        request.method.name(),
        quoted(&format!("content-type: {}", request.body.content_type())),
        quoted(&format!("webhook-id: {event}")),
        quoted(body)
    )
}
