//! What a `[[source]]` says of its public form: pages, redirect, traps, captcha, texts.

use std::time::Duration;

use toml::de::DeValue;

use super::section::{Section, Text, quoted};
use crate::domain::form::{Captcha, Form, Origin, Service, Texts, is_place};
use crate::domain::secret::Secret;
use crate::domain::url::{Host, Scheme, Url};

const FILL_TIME_MAX: Duration = Duration::from_secs(60);
const TEXT_CHARS_MAX: usize = 2000;
const NAME_CHARS_MAX: usize = 64;
/// In thousandths.
const MIN_SCORE: u16 = 500;

pub(super) fn form(section: &Section<'_>) -> Form {
    let default = Form::default();
    Form {
        origins: origins(section),
        redirect: redirect(section),
        honeypots: honeypots(section).unwrap_or(default.honeypots),
        min_fill_time: section.duration(
            "min_fill_time",
            Duration::ZERO..=FILL_TIME_MAX,
            default.min_fill_time,
        ),
        captcha: section
            .table("captcha", CAPTCHA_HINT, |inner, _| captcha(inner))
            .flatten(),
        texts: section
            .table("texts", TEXTS_HINT, |inner, _| texts(inner))
            .unwrap_or(default.texts),
    }
}

/// Warns of keys that change nothing where no visitor posts by himself.
pub(super) fn warn_of_no_visitors(section: &Section<'_>) {
    for key in ["redirect", "honeypots", "min_fill_time", "captcha", "texts"] {
        if let Some(value) = section.value(key) {
            let message = section.message(key, "this has no effect: the source is no public form");
            let hint = "it holds for auth = \"none\" without a preset; take it out";
            let at = value.span().start;
            section.reader.warning(at, message, Some(hint.to_owned()));
        }
    }
}

const CAPTCHA_HINT: &str =
    r#"captcha = { turnstile = "www.example.com", secret_file = "captcha-secret" }"#;
const TEXTS_HINT: &str = r#"texts.thank_you = "We call you back today.""#;

fn origins(section: &Section<'_>) -> Vec<Origin> {
    let texts = section.texts("origins").unwrap_or_default();
    let read = |text: &Text<'_>| {
        let origin = Origin::parse(&text.value);
        if origin.is_none() {
            let what = format!("{} is not the address of a site", quoted(text.raw));
            let hint = r#"scheme and host alone, as in "https://www.example.com""#;
            section.refuse(text.at, "origins", what, hint);
        }
        origin
    };
    texts.iter().filter_map(read).collect()
}

fn redirect(section: &Section<'_>) -> Option<String> {
    let text = section.text("redirect")?;
    if !is_place(&text.value) {
        let what = format!("{} is no place to send a visitor to", quoted(text.raw));
        let hint = r#"the whole address of a page, "https://www.example.com/thanks", or a path of this very host: "/thanks""#;
        section.refuse(text.at, "redirect", what, hint);
    }
    Some(text.value)
}

fn honeypots(section: &Section<'_>) -> Option<Vec<String>> {
    let texts = section.texts("honeypots")?;
    for text in &texts {
        let fits = (1..=NAME_CHARS_MAX).contains(&text.value.chars().count());
        if !fits || text.value.contains(char::is_control) {
            let hint = r#"the name attribute of the hidden input, as in "_gotcha""#;
            section.refuse(text.at, "honeypots", "this is no name of a field", hint);
        }
    }
    Some(texts.into_iter().map(|text| text.value).collect())
}

/// What the table `captcha` says; all keys are asked for, whichever of them are there.
fn captcha(section: &Section<'_>) -> Option<Captcha> {
    let named: Vec<Service> = Service::ALL
        .into_iter()
        .filter(|service| section.value(service.name()).is_some())
        .collect();
    let secrets = section.secrets("secret");
    let (min_score, url) = (min_score(section), section.text("url"));
    let [service] = named.as_slice() else {
        let what = "one of turnstile, hcaptcha and recaptcha is wanted";
        section.refuse(section.at, "turnstile", what, CAPTCHA_HINT);
        return None;
    };
    if min_score.is_some() && *service != Service::Recaptcha {
        let hint = "take it out: only reCAPTCHA v3 gives a score";
        section.refuse(section.at, "min_score", "this has no effect here", hint);
    }
    let url = match url {
        Some(text) => asked_at(section, text),
        None => service.url().to_owned(),
    };
    let [given] = secrets.given.as_slice() else {
        if !secrets.said || secrets.given.len() > 1 {
            let hint = r#"secret_file = "captcha-secret", one file with the secret key alone"#;
            section.refuse(section.at, "secret", "one secret is wanted", hint);
        }
        return None;
    };
    Some(Captcha {
        service: *service,
        hosts: hosts(section, service.name()),
        secret: Secret::new(given.text.as_str()),
        min_score: min_score.unwrap_or(MIN_SCORE),
        url,
    })
}

/// Names of hosts without anything around them.
fn hosts(section: &Section<'_>, key: &str) -> Vec<String> {
    let texts = section.texts(key).unwrap_or_default();
    let read = |text: &Text<'_>| {
        let url = Url::parse(&format!("https://{}", text.value)).ok();
        let host = url.filter(|url| !url.has_target() && !text.value.contains(['/', ':']));
        if host.is_none() {
            let what = format!("{} is not the name of a host", quoted(text.raw));
            let hint = r#"where the form is: "www.example.com"; [] for anywhere"#;
            section.refuse(text.at, key, what, hint);
        }
        host.map(|url| url.host.to_string())
    };
    texts.iter().filter_map(read).collect()
}

fn asked_at(section: &Section<'_>, text: Text<'_>) -> String {
    let is_near = |url: &Url| match &url.host {
        Host::Address(address) => address.is_loopback(),
        Host::Name(_) => false,
    };
    let usable = |url: &Url| url.scheme == Scheme::Https || is_near(url);
    if !Url::parse(&text.value).is_ok_and(|url| usable(&url)) {
        let what = "this would send the secret unencrypted, or nowhere";
        let hint = "an https:// URL; without this key it is the service's own";
        section.refuse(text.at, "url", what, hint);
    }
    text.value
}

/// A number from 0 to 1, in thousandths.
fn min_score(section: &Section<'_>) -> Option<u16> {
    let value = section.value("min_score")?;
    let number: Option<f64> = match value.get_ref() {
        DeValue::Float(float) => float.as_str().parse().ok(),
        DeValue::Integer(integer) => integer.as_str().parse().ok(),
        _ => {
            section.wrong_type("min_score", value, "a number", "min_score = 0.5");
            return None;
        }
    };
    let fitting = number.filter(|number| (0.0..=1.0).contains(number));
    if fitting.is_none() {
        let hint = "0.0 to 1.0 are allowed; without this key it is 0.5";
        section.refuse(
            value.span().start,
            "min_score",
            "this is out of range",
            hint,
        );
    }
    fitting.map(|number| (number * 1000.0).round() as u16)
}

fn texts(section: &Section<'_>) -> Texts {
    let default = Texts::default();
    let words = |key: &str, default: String| words(section, key).unwrap_or(default);
    Texts {
        lang: lang(section).unwrap_or(default.lang),
        thank_you_title: words("thank_you_title", default.thank_you_title),
        thank_you: words("thank_you", default.thank_you),
        error_title: words("error_title", default.error_title),
        error: words("error", default.error),
        send_again: words("send_again", default.send_again),
        back: words("back", default.back),
    }
}

fn words(section: &Section<'_>, key: &str) -> Option<String> {
    let text = section.text(key)?;
    let fits = (1..=TEXT_CHARS_MAX).contains(&text.value.chars().count());
    if !fits || text.value.trim().is_empty() {
        let hint = format!("1 to {TEXT_CHARS_MAX} characters");
        section.refuse(text.at, key, "this is no text for a visitor", hint);
    }
    Some(text.value)
}

/// A language tag (RFC 5646), as far as its letters go.
fn lang(section: &Section<'_>) -> Option<String> {
    let text = section.text("lang")?;
    let part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if !text.value.split('-').all(part) {
        let what = format!("{} is not a language", quoted(text.raw));
        let hint = r#"as HTML writes it: "en", "de", "pt-BR""#;
        section.refuse(text.at, "lang", what, hint);
    }
    Some(text.value)
}
