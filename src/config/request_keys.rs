//! The keys of a webhook that say what its requests look like, each as it is written: of the webhook
//! itself, or of a preset.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::auth::is_header_name;
use super::credentials::{self, Credentials};
use super::section::{Section, quoted};
use super::written::{Written, raw, written};
use crate::domain::answers::Statuses;
use crate::domain::raw::Raw;
use crate::domain::request::{Method, is_reserved};
use crate::domain::url::Host;

/// The forms of a body, by their names in the config.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Flat,
    Standard,
    Form,
    Text,
    Json,
}

const FORMATS: [(&str, Format); 5] = [
    ("flat", Format::Flat),
    ("standard", Format::Standard),
    ("form", Format::Form),
    ("text", Format::Text),
    ("json", Format::Json),
];

pub(super) enum BodyKey {
    Text(Written),
    Tree(Raw, usize),
}

/// The keys as they are written; none where one is absent.
pub(super) struct Keys {
    pub(super) url: Option<Written>,
    pub(super) method: Option<Method>,
    pub(super) format: Option<Format>,
    pub(super) body: Option<BodyKey>,
    pub(super) headers: Vec<(String, Written)>,
    pub(super) values: Vec<(String, String)>,
    pub(super) auth: Credentials,
    pub(super) success: Option<Statuses>,
    pub(super) permanent: Option<Statuses>,
    pub(super) body_contains: Option<String>,
    pub(super) redirect: Option<String>,
    pub(super) unsigned: bool,
}

impl Keys {
    /// Reads them, of a webhook or of a preset.
    pub(super) fn read(section: &Section<'_>) -> Keys {
        let methods = Method::ALL.map(Method::name);
        let method = section.text("method");
        let format = section.value("format");
        Keys {
            url: url(section),
            method: method
                .and_then(|text| section.as_word("method", &text, &methods, Method::parse)),
            format: format.map(|_| section.choice("format", &FORMATS, Format::Flat)),
            body: body(section),
            headers: headers(section),
            values: values(section),
            auth: credentials::read(section),
            success: success(section),
            permanent: statuses(section, "permanent"),
            body_contains: section
                .title("success_body_contains")
                .map(|text| text.value),
            redirect: redirect(section),
            unsigned: section
                .value("unsigned")
                .is_some_and(|value| value.get_ref().as_bool() == Some(true)),
        }
    }

    /// These, and for what they do not say, those of a preset.
    pub(super) fn over(self, preset: Keys) -> Keys {
        let same_format = self.format.is_none() || self.format == preset.format;
        let merged = |own: Vec<(String, Written)>, base: Vec<(String, Written)>| {
            let mut all = own;
            for (name, text) in base {
                if all
                    .iter()
                    .all(|(known, _)| !known.eq_ignore_ascii_case(&name))
                {
                    all.push((name, text.of_preset()));
                }
            }
            all
        };
        let mut values = self.values;
        for (name, text) in preset.values {
            if values.iter().all(|(known, _)| *known != name) {
                values.push((name, text));
            }
        }
        let preset_body = preset.body.filter(|_| same_format);
        Keys {
            url: self.url.or(preset.url.map(Written::of_preset)),
            method: self.method.or(preset.method),
            format: self.format.or(preset.format),
            body: self.body.or(preset_body.map(BodyKey::of_preset)),
            headers: merged(self.headers, preset.headers),
            values,
            auth: self.auth.over(preset.auth),
            success: self.success.or(preset.success),
            permanent: self.permanent.or(preset.permanent),
            body_contains: self.body_contains.or(preset.body_contains),
            redirect: self.redirect.or(preset.redirect),
            unsigned: preset.unsigned,
        }
    }
}

impl BodyKey {
    fn of_preset(self) -> BodyKey {
        match self {
            BodyKey::Text(text) => BodyKey::Text(text.of_preset()),
            tree @ BodyKey::Tree(..) => tree,
        }
    }
}

fn url(section: &Section<'_>) -> Option<Written> {
    let own = section
        .value("url")
        .map(|value| written(section, "url", value));
    let apart = section.kept_apart("url");
    let mut given = apart.given.into_iter();
    match (own, given.next(), given.next()) {
        (Some(own), None, _) => own,
        (None, Some(one), None) => Some(Written::elsewhere(one.text, one.at)),
        (None, None, _) => None,
        (_, Some(one), _) => {
            let hint = "url, url_file and url_credential: one of them, with one address";
            section.refuse(one.at, &one.key, "there is more than one address", hint);
            None
        }
    }
}

fn body(section: &Section<'_>) -> Option<BodyKey> {
    let value = section.value("body")?;
    match value.get_ref() {
        DeValue::Table(_) => {
            raw(section, "body", value).map(|raw| BodyKey::Tree(raw, value.span().start))
        }
        _ => written(section, "body", value).map(BodyKey::Text),
    }
}

/// The entries of a table with free names, in the order in which they are written.
fn each<'r, T>(
    section: &Section<'r>,
    key: &str,
    hint: &str,
    mut read: impl FnMut(&Section<'r>, usize, &str, &'r Spanned<DeValue<'r>>) -> Option<T>,
) -> Vec<(String, T)> {
    let read = section.table(key, hint, |inner, table| {
        let mut entries: Vec<_> = DeTable::iter(table).collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let entries = entries.into_iter().filter_map(|(name, value)| {
            // What it is asked for is not unknown.
            inner.value(name.get_ref());
            let read = read(inner, name.span().start, name.get_ref(), value)?;
            Some((name.get_ref().to_string(), read))
        });
        entries.collect()
    });
    read.unwrap_or_default()
}

fn headers(section: &Section<'_>) -> Vec<(String, Written)> {
    let hint = r#"headers = { "X-Source" = "leadhook" }"#;
    each(section, "headers", hint, |inner, at, name, value| {
        let known = name.to_ascii_lowercase();
        let ours = ["webhook-id", "webhook-timestamp", "webhook-signature"];
        let what = match known.as_str() {
            known if is_reserved(known) || ours.contains(&known) => {
                "leadhook sets this header itself"
            }
            "authorization" => "an authorization is a secret",
            "" => "this is no name for a header",
            known if !is_header_name(known) => "this is no name for a header",
            _ => return written(inner, name, value),
        };
        let hint = "letters, digits, - and _; for what proves who we are: auth = { bearer_file = \"token\" }";
        inner.refuse(at, name, what, hint);
        None
    })
}

fn values(section: &Section<'_>) -> Vec<(String, String)> {
    let hint = r#"values = { to = "+4712345678" }, for the placeholder {values.to}"#;
    each(section, "values", hint, |inner, at, name, value| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if name.is_empty() || !name.bytes().all(allowed) {
            let what = "this cannot be the name of a value";
            inner.refuse(at, name, what, "letters, digits and _: values.to");
        }
        match value.get_ref() {
            DeValue::Integer(number) => Some(number.as_str().to_owned()),
            _ => inner.as_text(name, value).map(|text| text.value),
        }
    })
}

fn success(section: &Section<'_>) -> Option<Statuses> {
    let value = section.value("success_status")?;
    if value.get_ref().as_array().is_some_and(|all| all.is_empty()) {
        let hint = r#"success_status = [200, "3xx"]; without this key any 2xx is a success"#;
        let what = "with an empty list no answer would be a success";
        section.refuse(value.span().start, "success_status", what, hint);
    }
    statuses(section, "success_status")
}

/// The host of a redirect that is a success, as it is compared.
fn redirect(section: &Section<'_>) -> Option<String> {
    let text = section.text("success_redirect")?;
    let Some(host) = Host::parse(&text.value) else {
        let what = format!("{} is not the name of a host", quoted(text.raw));
        let hint = r#"the name alone: success_redirect = "script.googleusercontent.com""#;
        section.refuse(text.at, "success_redirect", what, hint);
        return None;
    };
    Some(host.to_string())
}

fn statuses(section: &Section<'_>, key: &str) -> Option<Statuses> {
    const HINT: &str = r#"statuses from 200 to 599 and classes: [200, 302, "5xx"]"#;
    let value = section.value(key)?;
    let one = |value: &Spanned<DeValue<'_>>| {
        let read = match value.get_ref() {
            DeValue::Integer(number) => Statuses::parse(number.as_str()),
            DeValue::String(text) => Statuses::parse(text),
            _ => None,
        };
        if read.is_none() {
            section.refuse(value.span().start, key, "this is no status", HINT);
        }
        read
    };
    let ranges: Vec<_> = match value.get_ref() {
        DeValue::Array(items) => items.iter().filter_map(one).collect(),
        _ => one(value).into_iter().collect(),
    };
    Some(Statuses(ranges))
}
