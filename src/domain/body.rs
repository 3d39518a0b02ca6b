//! The body of a request to a webhook, in the form that its receiver takes.

use std::borrow::Cow;

use super::raw::Raw;
use super::template::{Json, Occasion, Template, Without, percent_encode};
use super::webhook::Trigger;

/// What is sent of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// The flat payload: its bytes are fixed with the event.
    #[default]
    Flat,
    /// The flat payload in the envelope of Standard Webhooks.
    Standard,
    /// The fields of the flat payload as a urlencoded form, `additional_fields[City]` for labels.
    FlatForm,
    /// A urlencoded form of these names.
    Form(Vec<(String, Template)>),
    /// Plain text.
    Text(Template),
    /// JSON of the owner's own design.
    Json(Json),
}

/// No body is larger, whatever a template makes of a lead.
pub const BODY_BYTES_MAX: usize = 16 << 20;

impl Body {
    /// What the header `content-type` says of it.
    pub fn content_type(&self) -> &'static str {
        match self {
            Body::Flat | Body::Standard | Body::Json(_) => "application/json",
            Body::FlatForm | Body::Form(_) => "application/x-www-form-urlencoded",
            Body::Text(_) => "text/plain; charset=utf-8",
        }
    }

    /// The bytes to send, or why there are none.
    pub(super) fn render<'a>(&self, occasion: &Occasion<'a>) -> Result<Cow<'a, [u8]>, String> {
        let body: Cow<'a, [u8]> = match self {
            Body::Flat => return Ok(Cow::Borrowed(occasion.payload)),
            Body::Standard => standard(occasion).into(),
            Body::FlatForm => flat_form(occasion.payload)?.into_bytes().into(),
            Body::Form(fields) => form(fields, occasion).into_bytes().into(),
            Body::Text(template) => template
                .text(occasion)
                .unwrap_or_default()
                .into_bytes()
                .into(),
            Body::Json(json) => {
                let mut body = Vec::with_capacity(1024);
                json.fill(occasion, &mut body);
                body.into()
            }
        };
        match body.len() > BODY_BYTES_MAX {
            true => Err(format!(
                "the body would have {} bytes, more than {BODY_BYTES_MAX}; shorten it with |truncate:…",
                body.len()
            )),
            false => Ok(body),
        }
    }
}

fn standard(occasion: &Occasion<'_>) -> Vec<u8> {
    let kind = match (occasion.alert, occasion.trigger) {
        (Some(_), _) => "alert",
        (None, Trigger::New) => "lead.new",
        (None, Trigger::Update) => "lead.update",
    };
    let time = occasion.event.lead.updated;
    let head = format!(r#"{{"type":"{kind}","timestamp":"{time}","data":"#);
    [head.as_bytes(), occasion.payload, b"}"].concat()
}

fn form(fields: &[(String, Template)], occasion: &Occasion<'_>) -> String {
    let mut form = String::new();
    for (name, template) in fields {
        let before = form.len();
        begin_field(&mut form, name);
        // Literal parts need encoding as well, so the text is made first.
        let mut text = String::new();
        let filled = template.fill(occasion, &mut text, |part, out| out.push_str(part));
        percent_encode(&text, &mut form);
        if filled != Without::Stays {
            form.truncate(before);
        }
    }
    form
}

fn begin_field(form: &mut String, name: &str) {
    if !form.is_empty() {
        form.push('&');
    }
    percent_encode(name, form);
    form.push('=');
}

/// The payload is ours, so it is JSON; every name is there, also without a value.
fn flat_form(payload: &[u8]) -> Result<String, String> {
    let mut form = String::with_capacity(payload.len());
    let raw = Raw::from_json(payload)
        .map_err(|error| format!("no form can be made of the payload: {}", error.reason))?;
    if let Raw::Map(members) = &raw {
        for (name, raw) in members {
            add(&mut form, name, raw);
        }
    }
    Ok(form)
}

fn add(form: &mut String, name: &str, raw: &Raw) {
    let text: Cow<'_, str> = match raw {
        Raw::Null => Cow::Borrowed(""),
        Raw::Text(text) | Raw::Number(text) => Cow::Borrowed(text),
        Raw::Flag(flag) => Cow::Owned(flag.to_string()),
        Raw::List(items) => {
            items
                .iter()
                .for_each(|item| add(form, &format!("{name}[]"), item));
            return;
        }
        Raw::Map(members) => {
            members
                .iter()
                .for_each(|(label, raw)| add(form, &format!("{name}[{label}]"), raw));
            return;
        }
    };
    begin_field(form, name);
    percent_encode(&text, form);
}
