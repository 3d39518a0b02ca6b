//! E-mails and text messages by services for them.

use serde_json::Value;

use super::{chars, demand, no_nulls, post_of_json, satisfies};
use crate::{Reply, Request, form};

/// `Basic` with this user and the token.
fn basic(user: &str) -> String {
    use base64::Engine;
    let pair = format!("{user}:service-token");
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair)
    )
}

fn post_of_form(
    request: &Request,
    path: &str,
    user: &str,
) -> Result<Vec<(String, String)>, String> {
    demand!(
        request.line == format!("POST {path} HTTP/1.1"),
        "{}",
        request.line
    );
    let content_type = request.header("content-type");
    demand!(
        content_type == Some("application/x-www-form-urlencoded"),
        "{content_type:?}"
    );
    demand!(request.header("authorization") == Some(&basic(user)), "401");
    Ok(form(&request.body))
}

fn field<'f>(fields: &'f [(String, String)], name: &str) -> Result<&'f str, String> {
    let found = fields.iter().find(|(known, _)| known == name);
    found
        .map(|(_, value)| value.as_str())
        .ok_or(format!("{name} is missing"))
}

fn one_line(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_control)
}

fn mailgun(request: &Request) -> Result<Reply, String> {
    let fields = post_of_form(request, "/v3/mg.example.com/messages", "api")?;
    for name in ["from", "to", "subject", "text"] {
        demand!(!field(&fields, name)?.is_empty(), "{name} is empty");
    }
    demand!(one_line(field(&fields, "subject")?), "subject");
    let reply_to = field(&fields, "h:Reply-To").unwrap_or("none@example.com");
    demand!(
        reply_to.matches('@').count() == 1 && !reply_to.contains(['"', ' ', '\n']),
        "{reply_to}"
    );
    Ok(Reply::full(
        200,
        &[],
        br#"{"id":"<x@mg.example.com>","message":"Queued. Thank you."}"#,
    ))
}

#[test]
fn mailgun_is_satisfied() {
    let keys = "preset = \"mailgun\"\nurl = \"{url}/v3/{values.domain}/messages\"\nauth = { secret_file = \"TOKEN\" }\nvalues = { domain = \"mg.example.com\", from = \"leads@mg.example.com\", to = \"you@example.com\" }";
    let requests = satisfies(keys, mailgun);
    let goes_to_ada =
        |request: &Request| field(&form(&request.body), "h:Reply-To") == Ok("ada@example.com");
    assert!(requests.iter().any(goes_to_ada));
}

fn postmark(request: &Request) -> Result<Reply, String> {
    let body = post_of_json(request, "/email")?;
    demand!(
        request.header("x-postmark-server-token") == Some("service-token"),
        "401"
    );
    demand!(request.header("accept") == Some("application/json"), "406");
    for name in ["From", "To", "Subject", "TextBody", "MessageStream"] {
        demand!(chars(&body[name]) > 0, "{name}");
    }
    demand!(
        no_nulls(&body) && one_line(body["Subject"].as_str().unwrap_or_default()),
        "Subject"
    );
    Ok(Reply::full(200, &[], br#"{"ErrorCode":0,"Message":"OK"}"#))
}

const MAIL: &str = "values = { from = \"leads@example.com\", to = \"you@example.com\" }";

#[test]
fn postmark_is_satisfied() {
    satisfies(
        &format!(
            "preset = \"postmark\"\nurl = \"{{url}}/email\"\nauth = {{ secret_file = \"TOKEN\" }}\n{MAIL}"
        ),
        postmark,
    );
}

fn brevo(request: &Request) -> Result<Reply, String> {
    let body = post_of_json(request, "/v3/smtp/email")?;
    demand!(request.header("api-key") == Some("service-token"), "401");
    let mail = |value: &Value| chars(&value["email"]) > 0;
    demand!(mail(&body["sender"]) && mail(&body["to"][0]), "sender, to");
    demand!(body.get("replyTo").is_none_or(mail), "replyTo");
    demand!(
        chars(&body["subject"]) > 0 && chars(&body["textContent"]) > 0,
        "subject, textContent"
    );
    Ok(Reply::full(201, &[], br#"{"messageId":"x"}"#))
}

#[test]
fn brevo_is_satisfied() {
    satisfies(
        &format!(
            "preset = \"brevo\"\nurl = \"{{url}}/v3/smtp/email\"\nauth = {{ secret_file = \"TOKEN\" }}\n{MAIL}"
        ),
        brevo,
    );
}

fn sendgrid(request: &Request) -> Result<Reply, String> {
    let body = post_of_json(request, "/v3/mail/send")?;
    demand!(
        request.header("authorization") == Some("Bearer service-token"),
        "401"
    );
    demand!(
        chars(&body["personalizations"][0]["to"][0]["email"]) > 0,
        "to"
    );
    demand!(
        chars(&body["from"]["email"]) > 0 && chars(&body["subject"]) > 0,
        "from, subject"
    );
    demand!(
        body["content"][0]["type"] == "text/plain" && chars(&body["content"][0]["value"]) > 0,
        "content"
    );
    demand!(
        body.get("reply_to")
            .is_none_or(|reply| chars(&reply["email"]) > 0),
        "reply_to"
    );
    Ok(Reply::status(202))
}

#[test]
fn sendgrid_is_satisfied() {
    satisfies(
        &format!(
            "preset = \"sendgrid\"\nurl = \"{{url}}/v3/mail/send\"\nauth = {{ bearer_file = \"TOKEN\" }}\n{MAIL}"
        ),
        sendgrid,
    );
}

fn twilio(request: &Request) -> Result<Reply, String> {
    let fields = post_of_form(request, "/2010-04-01/Accounts/AC1/Messages.json", "AC1")?;
    demand!(
        field(&fields, "To")? == "+4787654321" && field(&fields, "From")? == "+4712345678",
        "21211"
    );
    let n = field(&fields, "Body")?.chars().count();
    demand!((1..=1600).contains(&n), "21617: {n} characters");
    Ok(Reply::full(201, &[], br#"{"sid":"SM1","status":"queued"}"#))
}

#[test]
fn twilio_is_satisfied() {
    let keys = "preset = \"twilio_sms\"\nurl = \"{url}/2010-04-01/Accounts/{values.account}/Messages.json\"\nauth = { secret_file = \"TOKEN\" }\nvalues = { account = \"AC1\", from = \"+4712345678\", to = \"+4787654321\" }";
    satisfies(keys, twilio);
}
