//! Control fields: what a form says to the service it posts to and not to the people who read the
//! lead. They never become part of it.

use std::time::Duration;

use super::field::Field;
use super::form::{Form, Service};
use super::judgement::{Code, Signal};
use super::raw::Raw;

/// What the control fields of one post said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Controls {
    /// `_next`: where the visitor wants to go.
    pub next: Option<String>,
    /// `_idempotency_key`: what the page calls this post.
    pub key: Option<String>,
    /// `_elapsed_ms`: how long the page was open before it was sent.
    pub elapsed: Option<Duration>,
    /// The token of the captcha that the form asks for.
    pub token: Option<String>,
    /// The first honeypot that was filled in.
    pub trap: Option<String>,
}

const NEXT: [&str; 2] = ["_next", "_redirect"];
const KEY: &str = "_idempotency_key";
const ELAPSED: &str = "_elapsed_ms";

/// What other form services read, and what page builders put into every form. Names of honeypots
/// and captcha tokens come on top.
const OTHERS: [&str; 16] = [
    "_subject",
    "_language",
    "_cc",
    "_bcc",
    "_template",
    "_captcha",
    "_autoresponse",
    "_blacklist",
    "_format",
    "_after",
    "_charset_",
    "_wpnonce",
    "_wp_http_referer",
    "access_key",
    "bot-field",
    "botcheck",
];

/// Names that begin like this belong to Contact Form 7.
const PREFIX: &str = "_wpcf7";

/// Whether a posted name is one of a control field for this form, whatever its case.
pub fn is_control(name: &str, form: &Form) -> bool {
    let named = |known: &str| known.eq_ignore_ascii_case(name);
    let begins = name.get(..PREFIX.len());
    NEXT.iter().chain(&OTHERS).any(|known| named(known))
        || named(KEY)
        || named(ELAPSED)
        || super::form::HONEYPOTS.iter().any(|known| named(known))
        || Service::ALL
            .iter()
            .any(|service| named(service.token_field()))
        || form.honeypots.iter().any(|known| named(known))
        || begins.is_some_and(|begin| begin.eq_ignore_ascii_case(PREFIX))
}

/// Takes the control fields out of what was posted.
pub fn take(raw: &mut Raw, form: &Form) -> Controls {
    let mut controls = Controls::default();
    let Raw::Map(entries) = raw else {
        return controls;
    };
    entries.retain(|(name, raw)| {
        let control = is_control(name, form);
        if control {
            controls.hear(name, raw, form);
        }
        !control
    });
    controls
}

/// Takes the labels of control fields out of the additional fields of a post that was mapped
/// already; what a mapping makes a field of, stays.
pub fn drop_labels(raw: &mut Raw, form: &Form) {
    let Raw::Map(entries) = raw else { return };
    let additional = Field::AdditionalFields.name();
    for (_, labels) in entries.iter_mut().filter(|(name, _)| name == additional) {
        if let Raw::Map(labels) = labels {
            labels.retain(|(label, _)| !is_control(label, form));
        }
    }
}

impl Controls {
    fn hear(&mut self, name: &str, raw: &Raw, form: &Form) {
        let named = |known: &str| known.eq_ignore_ascii_case(name);
        let text = first_text(raw);
        if form.honeypots.iter().any(|known| named(known)) {
            if !matches!(text, "" | "false" | "0") {
                self.trap.get_or_insert(name.to_owned());
            }
            return;
        }
        let text = || Some(text.to_owned()).filter(|text| !text.is_empty());
        if NEXT.iter().any(|known| named(known)) {
            self.next = self.next.take().or_else(text);
        } else if named(KEY) {
            self.key = text();
        } else if named(ELAPSED) {
            let ms = text().and_then(|text| text.parse().ok());
            self.elapsed = ms.map(Duration::from_millis);
        } else if let Some(captcha) = &form.captcha
            && named(captcha.service.token_field())
        {
            self.token = text();
        }
    }

    /// What betrays a robot.
    pub fn signals(&self, form: &Form) -> Vec<Signal> {
        let trapped = self.trap.as_ref().map(|name| {
            let name: String = name.chars().take(SHOWN_CHARS_MAX).collect();
            Signal {
                code: Code::Honeypot,
                sentence: format!("the hidden field {name} was filled in"),
            }
        });
        let hurried = self.elapsed.filter(|time| *time < form.min_fill_time);
        let hurried = hurried.map(|time| {
            let tenths = time.as_millis() / 100;
            Signal {
                code: Code::Speed,
                sentence: format!("sent after {}.{} s", tenths / 10, tenths % 10),
            }
        });
        trapped.into_iter().chain(hurried).collect()
    }
}

const SHOWN_CHARS_MAX: usize = 64;

/// The first text, where a name came more than once; what else there is, is not for us.
fn first_text(raw: &Raw) -> &str {
    match raw {
        Raw::Text(text) | Raw::Number(text) => text.trim(),
        Raw::Flag(true) => "true",
        Raw::List(values) => {
            let mut texts = values.iter().map(first_text);
            texts.find(|text| !text.is_empty()).unwrap_or_default()
        }
        Raw::Null | Raw::Flag(false) | Raw::Map(_) => "",
    }
}
