//! The keys of a webhook that say what its requests look like: `preset`, `url`, `method`, `format`,
//! `body`, `headers`, `auth`, `values`, and what its answers mean. A preset has the same keys; what
//! the webhook says itself goes before it.

use jiff::tz::TimeZone;

use super::receivers::{self, Preset};
use super::request_keys::{BodyKey, Format, Keys};
use super::section::Section;
use super::written::{Written, refuse};
use crate::domain::answers::Answers;
use crate::domain::body::Body;
use crate::domain::pace::Rate;
use crate::domain::raw::Raw;
use crate::domain::request::Request;
use crate::domain::template::{Json, Scope, Template, Without};

/// What a webhook says of its requests.
pub(super) struct Shape {
    pub(super) request: Request,
    pub(super) answers: Answers,
    /// Where to, with its place; none where that is missing or wrong.
    pub(super) url: Option<(String, usize)>,
    /// Whether its preset is of a service that checks no signature.
    pub(super) unsigned: bool,
    /// How many requests the service of its preset takes.
    pub(super) rate: Option<Rate>,
}

/// Reads the keys of a webhook.
pub(super) fn read(section: &Section<'_>, time_zone: &TimeZone) -> Shape {
    let preset = preset(section);
    let own = Keys::read(section);
    let (keys, needs, rate) = match preset {
        Some(preset) => (own.over(preset.keys), preset.needs, preset.rate),
        None => (own, Vec::new(), None),
    };
    let mut complete = true;
    for (key, hint) in &needs {
        let is_there = match key.split_once('.') {
            Some((_, name)) => keys.values.iter().any(|(known, _)| known == name),
            None if key.starts_with("url") => keys.url.is_some(),
            None => keys.auth.has_secret(),
        };
        if !is_there {
            complete = false;
            section.missing(key, hint);
        }
    }
    let scope = Scope {
        values: keys.values.clone(),
        time_zone: time_zone.clone(),
    };
    match complete {
        true => Shape {
            rate,
            ..keys.shape(section, &scope)
        },
        // What is built upon them would only be told as further mistakes.
        false => Shape {
            request: Request::default(),
            answers: Answers::default(),
            url: None,
            unsigned: true,
            rate,
        },
    }
}

fn preset(section: &Section<'_>) -> Option<Preset> {
    let text = section.text("preset")?;
    let names = receivers::PRESETS.map(|(name, _)| name);
    section.as_word("preset", &text, &names, Preset::find)
}

impl Keys {
    fn shape(self, section: &Section<'_>, scope: &Scope) -> Shape {
        let usual = Answers::default();
        let mut request = Request {
            method: self.method.unwrap_or_default(),
            body: self.body(section, scope),
            headers: filled(section, scope, &self.headers),
            ..Request::default()
        };
        let query = self.auth.add_to(&mut request, section, scope);
        Shape {
            url: self.address(section, scope, query.as_deref(), &mut request),
            request,
            answers: Answers {
                success: self.success.unwrap_or(usual.success),
                permanent: self.permanent.unwrap_or(usual.permanent),
                body_contains: self.body_contains,
                redirect_host: self.redirect,
            },
            unsigned: self.unsigned,
            rate: None,
        }
    }

    fn body(&self, section: &Section<'_>, scope: &Scope) -> Body {
        let (key, refuse_format) = ("body", |what: &str, hint: &str| {
            let at = section.value("format").or(section.value("body"));
            let at = at.map_or(section.at, |value| value.span().start);
            section.refuse(at, "format", what, hint);
            Body::Flat
        });
        match (self.format, &self.body) {
            (None | Some(Format::Flat), None) => Body::Flat,
            (Some(Format::Standard), None) => Body::Standard,
            (Some(Format::Form), None) => Body::FlatForm,
            (Some(Format::Text), None) => {
                let text = Template::parse("{headline}\n\n{lines}", scope);
                Body::Text(text.unwrap_or_default())
            }
            (Some(Format::Json), None) => {
                section.missing(key, r#"body = '{"text": "{headline}"}'"#);
                Body::Flat
            }
            (Some(Format::Text), Some(BodyKey::Text(text))) => {
                let template = text.template(section, key, scope);
                let template = template.filter(|template| stays(section, key, text, template));
                Body::Text(template.unwrap_or_default())
            }
            (None | Some(Format::Json), Some(BodyKey::Text(text))) => {
                let json = text.json(section, key, scope);
                json_body(section, text.place(section), json)
            }
            (None | Some(Format::Json), Some(BodyKey::Tree(raw, at))) => {
                json_body(section, *at, tree(section, *at, raw, scope))
            }
            (Some(Format::Form), Some(BodyKey::Tree(Raw::Map(members), at))) => {
                form(section, *at, members, scope)
            }
            (Some(Format::Form), Some(_)) => refuse_format(
                "a form has names and texts",
                r#"body = { name = "{name}", email = "{email?}" }"#,
            ),
            (Some(Format::Text), Some(_)) => {
                refuse_format("the body of a text is a text", r#"body = "{lines}""#)
            }
            (Some(Format::Flat | Format::Standard), Some(_)) => refuse_format(
                "the body of this format is fixed",
                r#"leave one of them out, or write format = "json""#,
            ),
        }
    }

    /// Puts the address together: the part before the path is the same for every lead.
    fn address(
        &self,
        section: &Section<'_>,
        scope: &Scope,
        query: Option<&str>,
        request: &mut Request,
    ) -> Option<(String, usize)> {
        let Some(url) = &self.url else {
            let spellings = ["url", "url_file", "url_credential"];
            if spellings.iter().all(|key| section.value(key).is_none()) {
                section.missing("url", r#"url = "https://crm.example.com/hooks/leads""#);
            }
            return None;
        };
        let mut template = url.template(section, "url", scope)?;
        if !stays(section, "url", url, &template) {
            return None;
        }
        if let Some(query) = query {
            template.push(if url.text.contains('?') { "&" } else { "?" });
            template.push(query);
        }
        let at = url.place(section);
        if let Some(literal) = template.as_literal() {
            return Some((literal, at));
        }
        let Some((host, target)) = template.split_address() else {
            let what = "a lead must not choose the host";
            let hint =
                "placeholders belong behind the host: https://crm.example.com/leads/{lead_id}";
            section.refuse(at, "url", what, hint);
            return None;
        };
        let sample = format!("{host}{}", target.filled_with("x"));
        request.target = Some(target);
        Some((sample, at))
    }
}

/// Whether a text can always be filled in; one that could be left out belongs to a member.
fn stays(section: &Section<'_>, key: &str, text: &Written, template: &Template) -> bool {
    let stays = template.without() == Without::Stays;
    if !stays {
        let hint = "write {city} or {city|default:…}; for leads that have it only: when";
        section.refuse(text.place(section), key, "this cannot be left out", hint);
    }
    stays
}

fn json_body(section: &Section<'_>, at: usize, json: Option<Json>) -> Body {
    let Some(json) = json else {
        return Body::Flat;
    };
    if json.may_vanish() {
        let hint = "? leaves out a member, ?? what is around it; for leads that have it only: when";
        section.refuse(
            at,
            "body",
            "for some leads there would be nothing to send",
            hint,
        );
    }
    Body::Json(json)
}

fn tree(section: &Section<'_>, at: usize, raw: &Raw, scope: &Scope) -> Option<Json> {
    let json = Json::of(raw, scope);
    json.map_err(|wrong| refuse(section, "body", at, &wrong.1))
        .ok()
}

fn form(section: &Section<'_>, at: usize, members: &[(String, Raw)], scope: &Scope) -> Body {
    let mut fields = Vec::new();
    for (name, raw) in members {
        let Raw::Text(text) = raw else {
            let hint = r#"body = { name = "{name}", email = "{email?}" }"#;
            section.refuse(at, "body", "a form has names and texts", hint);
            continue;
        };
        match Template::parse(text, scope) {
            Ok(template) => fields.push((name.clone(), template)),
            Err(error) => refuse(section, "body", at, &error),
        }
    }
    Body::Form(fields)
}

fn filled(
    section: &Section<'_>,
    scope: &Scope,
    headers: &[(String, Written)],
) -> Vec<(String, Template)> {
    let filled = headers.iter().filter_map(|(name, text)| {
        let template = text.template(section, "headers", scope)?;
        let literal = template.filled_with("");
        if literal.contains(char::is_control) {
            let hint = "a header is one line of text";
            let at = text.place(section);
            section.refuse(at, "headers", "this is no value for a header", hint);
        }
        Some((name.to_ascii_lowercase(), template))
    });
    filled.collect()
}
