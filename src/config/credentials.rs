//! The value of a webhook's `auth`: how a request proves who sends it, in the look that `auth` of a
//! source has. The kind and the secret may stand in different tables, as with a preset, which knows
//! the kind and cannot know the secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::auth::{header_name, is_query_name, parameter};
use super::secrets::Given;
use super::section::Section;
use super::written::{Written, written};
use crate::domain::request::Request;
use crate::domain::secret::Secret;
use crate::domain::template::{Scope, percent_encoded};

/// What is said of it, in one table or another.
#[derive(Default)]
pub(super) struct Credentials {
    kind: Option<Kind>,
    secret: Option<Given>,
}

enum Kind {
    Bearer,
    Header(String),
    Query(String),
    Basic(Written),
}

const HINT: &str = concat!(
    r#"auth = { bearer_file = "token" }, { header = "x-api-key", secret_file = "token" }, "#,
    r#"{ basic = "user", secret_file = "password" } or { query = "key", secret_file = "token" }"#
);

/// Reads `auth`.
pub(super) fn read(section: &Section<'_>) -> Credentials {
    let read = section.table("auth", HINT, |table, _| one(table));
    read.unwrap_or_default()
}

fn one(table: &Section<'_>) -> Credentials {
    let (bearer, secret) = (table.secrets("bearer"), table.secrets("secret"));
    let mut kinds = Vec::new();
    if bearer.said || table.value("bearer").is_some() {
        kinds.push(Kind::Bearer);
    }
    if table.value("header").is_some() {
        kinds.push(Kind::Header(header_name(table, "header", "x-api-key")));
    }
    if table.value("query").is_some() {
        let name = parameter(table, "query", is_query_name, "key");
        kinds.push(Kind::Query(name));
    }
    let basic = table
        .value("basic")
        .map(|value| written(table, "basic", value));
    kinds.extend(basic.flatten().map(Kind::Basic));
    let mut given = bearer.given.into_iter().chain(secret.given);
    let secret = given.next();
    if let Some(second) = given.next() {
        let hint = "one secret is sent: exchange it, and reload";
        table.refuse(
            second.at,
            &second.key,
            "there is more than one secret",
            hint,
        );
    }
    let mut kinds = kinds.into_iter();
    let kind = kinds.next();
    if kinds.next().is_some() {
        table.refuse_whole(
            "only one of bearer, header, query and basic is possible",
            HINT,
        );
    }
    Credentials { kind, secret }
}

impl Credentials {
    /// Whether a secret is there.
    pub(super) fn has_secret(&self) -> bool {
        self.secret.is_some()
    }

    /// This, and for what it does not say, a preset's.
    pub(super) fn over(self, preset: Credentials) -> Credentials {
        let of_preset = |kind| match kind {
            Kind::Basic(user) => Kind::Basic(user.of_preset()),
            kind => kind,
        };
        Credentials {
            kind: self.kind.or(preset.kind.map(of_preset)),
            secret: self.secret,
        }
    }

    /// Adds it to the headers of a request; gives what belongs into the query of its address.
    pub(super) fn add_to(
        &self,
        request: &mut Request,
        section: &Section<'_>,
        scope: &Scope,
    ) -> Option<String> {
        let (kind, secret) = match (&self.kind, &self.secret) {
            (None, None) => return None,
            (Some(kind), Some(secret)) => (kind, secret),
            (Some(_), None) => {
                section.missing(
                    "auth: secret",
                    r#"secret_file = "token", a file with it alone"#,
                );
                return None;
            }
            (None, Some(secret)) => {
                let what = "nothing says how this secret is sent";
                section.refuse(secret.at, &secret.key, what, HINT);
                return None;
            }
        };
        let visible = |c: char| c.is_ascii_graphic() || c == ' ';
        if !matches!(kind, Kind::Basic(_)) && !secret.text.chars().all(visible) {
            let what = "this secret has characters that no header can have";
            section.refuse(
                secret.at,
                &secret.key,
                what,
                "copy it as the service shows it",
            );
        }
        let (name, value) = match kind {
            Kind::Bearer => (
                "authorization".to_owned(),
                format!("Bearer {}", secret.text),
            ),
            Kind::Header(name) => (name.clone(), secret.text.clone()),
            Kind::Query(name) => return Some(format!("{name}={}", percent_encoded(&secret.text))),
            Kind::Basic(user) => {
                let user = user.template(section, "auth: basic", scope)?;
                let Some(user) = user.as_literal() else {
                    let what = "a user is the same for every lead";
                    section.refuse(section.at, "auth: basic", what, r#"basic = "user""#);
                    return None;
                };
                if user.contains(':') {
                    let what = "a user name has no colon: there the password begins";
                    section.refuse(section.at, "auth: basic", what, r#"basic = "user""#);
                }
                let pair = STANDARD.encode(format!("{user}:{}", secret.text));
                ("authorization".to_owned(), format!("Basic {pair}"))
            }
        };
        request.secrets.push((name, Secret::new(value)));
        None
    }
}
