//! Slack, Discord, Teams, ntfy and Gotify.

use serde_json::{Value, json};

use super::{chars, demand, post_of_json, satisfies};
use crate::{Reply, Request};

fn slack(request: &Request) -> Result<Reply, String> {
    let body = post_of_json(request, "/services/T0/B0/x")?;
    let text = body["text"].as_str().ok_or("no_text")?;
    demand!((1..=40_000).contains(&text.chars().count()), "msg_too_long");
    demand!(!text.contains(['<', '>']), "a mention or a link: {text}");
    let entities = ["&amp;", "&lt;", "&gt;"];
    let bare = text
        .match_indices('&')
        .find(|(at, _)| !entities.iter().any(|e| text[*at..].starts_with(e)));
    demand!(bare.is_none(), "a bare &");
    Ok(Reply::full(200, &[("content-type", "text/html")], b"ok"))
}

#[test]
fn slack_is_satisfied() {
    satisfies(
        "preset = \"slack\"\nurl = \"{url}/services/T0/B0/x\"",
        slack,
    );
}

/// Discord counts the characters of all embeds together.
fn discord(request: &Request) -> Result<Reply, String> {
    let body = post_of_json(request, "/api/webhooks/1/x")?;
    demand!(
        body["allowed_mentions"] == json!({"parse": []}),
        "could ping everybody"
    );
    demand!(chars(&body["content"]) <= 2000, "content");
    let embeds = body["embeds"].as_array().ok_or("no embeds")?;
    demand!((1..=10).contains(&embeds.len()), "{} embeds", embeds.len());
    let mut total = 0;
    for embed in embeds {
        let (title, description) = (chars(&embed["title"]), chars(&embed["description"]));
        demand!(
            (1..=256).contains(&title) && description <= 4096,
            "title {title}, description {description}"
        );
        let said = embed["description"].as_str().unwrap_or_default();
        demand!(!said.replace("\\](", "").contains("]("), "a masked link");
        total += title + description;
        for field in embed["fields"].as_array().ok_or("no fields")? {
            let (name, value) = (chars(&field["name"]), chars(&field["value"]));
            demand!(
                (1..=256).contains(&name) && (1..=1024).contains(&value),
                "field {name}, {value}"
            );
            total += name + value;
        }
    }
    demand!(total <= 6000, "{total} characters");
    Ok(Reply::status(204))
}

#[test]
fn discord_is_satisfied() {
    satisfies(
        "preset = \"discord\"\nurl = \"{url}/api/webhooks/1/x\"",
        discord,
    );
}

fn teams(request: &Request) -> Result<Reply, String> {
    let body = post_of_json(request, "/workflows/x/triggers/manual/paths/invoke?sig=s")?;
    demand!(
        request.body.len() <= 28 * 1024,
        "{} bytes",
        request.body.len()
    );
    demand!(body["type"] == "message", "type");
    let [attachment] = body["attachments"]
        .as_array()
        .ok_or("attachments")?
        .as_slice()
    else {
        return Err("one attachment".to_owned());
    };
    demand!(
        attachment["contentType"] == "application/vnd.microsoft.card.adaptive",
        "contentType"
    );
    let card = &attachment["content"];
    demand!(
        card["type"] == "AdaptiveCard" && card["version"].is_string(),
        "card"
    );
    for element in card["body"].as_array().ok_or("body")? {
        match element["type"].as_str() {
            Some("TextBlock") => demand!(chars(&element["text"]) > 0, "an empty text"),
            Some("FactSet") => {
                let facts = element["facts"].as_array().ok_or("facts")?;
                let filled = |fact: &Value| chars(&fact["title"]) > 0 && chars(&fact["value"]) > 0;
                demand!(!facts.is_empty() && facts.iter().all(filled), "facts");
            }
            other => return Err(format!("element {other:?}")),
        }
    }
    Ok(Reply::status(202))
}

#[test]
fn teams_is_satisfied() {
    satisfies(
        "preset = \"teams\"\nurl = \"{url}/workflows/x/triggers/manual/paths/invoke?sig=s\"",
        teams,
    );
}

fn ntfy(request: &Request) -> Result<Reply, String> {
    let body = post_of_json(request, "/")?;
    demand!(body["topic"] == "leads-k3x9", "topic");
    let message = body["message"].as_str().ok_or("message")?;
    demand!(
        (1..=4096).contains(&message.len()),
        "{} bytes",
        message.len()
    );
    demand!(
        chars(&body["title"]) > 0 && body["tags"].is_array(),
        "title, tags"
    );
    Ok(Reply::full(200, &[], br#"{"id":"x","event":"message"}"#))
}

#[test]
fn ntfy_is_satisfied() {
    satisfies(
        "preset = \"ntfy\"\nurl = \"{url}/\"\nvalues.topic = \"leads-k3x9\"",
        ntfy,
    );
}

fn gotify(request: &Request) -> Result<Reply, String> {
    let body = post_of_json(request, "/message")?;
    demand!(
        request.header("x-gotify-key") == Some("service-token"),
        "401"
    );
    demand!(chars(&body["message"]) > 0, "message is required");
    demand!(body["priority"].is_u64(), "priority");
    Ok(Reply::full(200, &[], br#"{"id":1}"#))
}

#[test]
fn gotify_is_satisfied() {
    satisfies(
        "preset = \"gotify\"\nurl = \"{url}/message\"\nauth = { secret_file = \"TOKEN\" }",
        gotify,
    );
}
