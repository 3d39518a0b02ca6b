//! The pages that a visitor sees who has no script to see to the answer: thanks, and what went
//! wrong with everything he typed. In the owner's words, without scripts, made safe against whatever
//! was posted.

use std::fmt::Write;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};

use crate::domain::control::is_control;
use crate::domain::form::{Form, Origin};
use crate::domain::html::escaped;
use crate::domain::raw::Raw;
use crate::domain::url::Url;
use crate::http::{Head, Response};

const STYLE: &str = "\
:root{color-scheme:light dark;font:1.05rem/1.6 system-ui,sans-serif}\
body{max-width:34rem;margin:12vh auto 4rem;padding:0 1.25rem}\
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .75rem}\
p{margin:0 0 1rem;white-space:pre-line}\
.why{border-left:3px solid #c33;padding-left:.75rem}\
label{display:block;margin:0 0 1rem;font-size:.9rem;overflow-wrap:anywhere}\
input,textarea{display:block;box-sizing:border-box;width:100%;margin-top:.25rem;padding:.5rem .6rem;\
font:inherit;border:1px solid #8888;border-radius:6px}\
textarea{min-height:8rem}\
button{font:inherit;padding:.55rem 1.4rem;border:0;border-radius:6px;background:#1d5fbf;color:#fff}";

/// A page of this style, its parts escaped already.
fn page(lang: &str, title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1>{body}</main></body></html>"
    )
}

static STYLE_HASH: LazyLock<String> =
    LazyLock::new(|| STANDARD.encode(digest(&SHA256, STYLE.as_bytes())));

/// Nothing is loaded and no script runs. Forms go back to us, and from there to where the visitor
/// may be sent: browsers hold redirects to this, too.
fn guarded(form: &Form, answer: Response) -> Response {
    let redirect = form.redirect.as_deref();
    let redirect = redirect.and_then(|url| Url::parse(url.split('#').next()?).ok());
    let redirect = redirect.map(|url| Origin::of(&url));
    let mut sites = String::from("'self'");
    for origin in form.origins.iter().chain(&redirect) {
        sites.push(' ');
        sites.push_str(origin.as_str());
    }
    let style = STYLE_HASH.as_str();
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action {sites}; \
         frame-ancestors {sites}; base-uri 'none'"
    );
    answer
        .header("content-security-policy", &policy)
        .header("cache-control", "no-store")
        .header("referrer-policy", "same-origin")
        .header("x-content-type-options", "nosniff")
}

/// What the visitor sees whose post was taken: the page that the form asks for (`next`), else the
/// owner's, else ours.
pub(super) fn thanks(form: &Form, next: Option<&str>, origin: Option<&str>) -> Response {
    let wanted = next.and_then(|next| form.destination(next, origin));
    if let Some(place) = wanted.as_ref().or(form.redirect.as_ref()) {
        return Response::empty(303).header("location", place);
    }
    let texts = &form.texts;
    let body = format!("<p>{}</p>", escaped(&texts.thank_you));
    let page = page(&texts.lang, &escaped(&texts.thank_you_title), &body);
    guarded(form, Response::html(200, page))
}

/// The page for a refusal, with what was posted, if it is known, to be sent again.
pub(super) fn refused(
    form: &Form,
    head: &Head,
    refusal: Response,
    posted: Option<&Raw>,
) -> Response {
    let texts = &form.texts;
    let mut body = format!("<p>{}</p>", escaped(&texts.error));
    let why = reason(&refusal);
    // What is wrong is said in English only; the owner's words stand above it.
    push(
        &mut body,
        format_args!("<p class=\"why\" lang=\"en\">{}</p>", escaped(&why)),
    );
    // A used captcha does not get better by being sent again; the form gives a new one.
    let hopeless = matches!(
        refusal.code(),
        Some("captcha_failed" | "origin_not_allowed")
    );
    if let Some(posted) = posted {
        write_form(&mut body, form, head, posted, !hopeless);
    }
    if let Some(back) = head
        .header("referer")
        .filter(|_| hopeless || posted.is_none())
        && Url::parse(back).is_ok()
    {
        let (back, words) = (escaped(back), escaped(&texts.back));
        push(
            &mut body,
            format_args!("<p><a href=\"{back}\">{words}</a></p>"),
        );
    }
    let page = page(&texts.lang, &escaped(&texts.error_title), &body);
    guarded(form, refusal.with_page(page))
}

/// What is wrong, said to a visitor and not to a program.
fn reason(refusal: &Response) -> String {
    match refusal.status() {
        503 => return "The server cannot take messages right now. Try again in a minute.".into(),
        429 => return "Too many messages came from your connection. Try again in a minute.".into(),
        _ => {}
    }
    let said: serde_json::Value = serde_json::from_slice(refusal.body()).unwrap_or_default();
    let message = said["error"]["message"].as_str().unwrap_or_default();
    match said["error"]["field"].as_str() {
        Some(field) => format!("{field}: {message}"),
        None => message.to_owned(),
    }
}

/// What the visitor typed, to be looked at and sent again; what he never saw stays hidden. Without
/// an action it goes to where it came from.
fn write_form(out: &mut String, form: &Form, head: &Head, posted: &Raw, sends: bool) {
    let mut values = Vec::new();
    flatten(String::new(), posted, &mut values);
    if let Some(page) = head.header("referer").filter(|_| !posted_as(&values, PAGE)) {
        values.push((PAGE.to_owned(), page.to_owned()));
    }
    out.push_str("<form method=\"post\">");
    for (name, value) in values
        .iter()
        .take(VALUES_MAX)
        .filter(|(name, _)| !is_password(name))
    {
        let hidden = is_control(name, form) || is_tracking(name);
        let (name, text) = (escaped(name), escaped(value));
        if hidden {
            push(
                out,
                format_args!("<input type=\"hidden\" name=\"{name}\" value=\"{text}\">"),
            );
        } else if value.contains('\n') || value.len() > LINE_BYTES_MAX {
            // The parser takes one line break away.
            push(
                out,
                format_args!("<label>{name}<textarea name=\"{name}\">\n{text}</textarea></label>"),
            );
        } else {
            push(
                out,
                format_args!("<label>{name}<input name=\"{name}\" value=\"{text}\"></label>"),
            );
        }
    }
    if sends {
        push(
            out,
            format_args!("<button>{}</button>", escaped(&form.texts.send_again)),
        );
    }
    out.push_str("</form>");
}

/// The name under which the form's page travels on: the next `Referer` is ours.
const PAGE: &str = "page_url";
const VALUES_MAX: usize = 500;
const LINE_BYTES_MAX: usize = 80;

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a text cannot fail.
    let _ = out.write_fmt(text);
}

fn posted_as(values: &[(String, String)], wanted: &str) -> bool {
    values.iter().any(|(name, _)| name == wanted)
}

/// The pairs of the form that `raw` was read from.
fn flatten(name: String, raw: &Raw, out: &mut Vec<(String, String)>) {
    match raw {
        Raw::Null => {}
        Raw::Text(text) | Raw::Number(text) => out.push((name, text.clone())),
        Raw::Flag(flag) => out.push((name, flag.to_string())),
        Raw::List(values) => values
            .iter()
            .for_each(|value| flatten(name.clone(), value, out)),
        Raw::Map(entries) => {
            for (inner, value) in entries {
                let name = match name.as_str() {
                    "" => inner.clone(),
                    outer => format!("{outer}[{inner}]"),
                };
                flatten(name, value, out);
            }
        }
    }
}

/// What a page's script adds.
fn is_tracking(name: &str) -> bool {
    const NAMES: [&str; 10] = [
        PAGE,
        "landing_page",
        "referrer",
        "visitor_id",
        "user_id",
        "consent_text",
        "consent_time",
        "gclsrc",
        "gbraid",
        "wbraid",
    ];
    NAMES.contains(&name)
        || name.starts_with("utm_")
        || name.ends_with("clid")
        || name.ends_with("clkid")
}

fn is_password(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "pwd"]
        .iter()
        .any(|word| name.contains(word))
}
