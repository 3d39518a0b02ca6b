//! `[smtp]`: the owner's mailbox; and webhooks that write through it to `mailto:` addresses.

use std::time::Duration;

use super::section::{Section, Text, quoted};
use super::webhooks::{Surroundings, ca_pem, filter, private, private_hint, schedule};
use crate::domain::answers::Answers;
use crate::domain::guard;
use crate::domain::mail::{Encryption, Login, Mailbox, Route, Smtp, is_address};
use crate::domain::request::Request;
use crate::domain::secret::Secret;
use crate::domain::url::Host;
use crate::domain::webhook::{Private, Receiver, Webhook};

const SECOND: Duration = Duration::from_secs(1);
const IMPLICIT_PORT: u16 = 465;
const STARTTLS_PORT: u16 = 587;
const RECIPIENTS_MAX: usize = 20;

/// Reads `[smtp]`; none where it is absent, or not whole.
pub(super) fn smtp(section: &Section<'_>) -> Option<Smtp> {
    let encryptions = [
        ("implicit", Encryption::Implicit),
        ("starttls", Encryption::StartTls),
    ];
    let encryption = section.choice("tls", &encryptions, Encryption::Implicit);
    let port = match encryption {
        Encryption::Implicit => IMPLICIT_PORT,
        Encryption::StartTls => STARTTLS_PORT,
    };
    let port = section.count("port", 1..=u16::MAX, port);
    let timeout = section.duration("timeout", 5 * SECOND..=120 * SECOND, 30 * SECOND);
    let (private, ca_pem) = (private(section), ca_pem(section));
    let login = login(section);
    let host = host(section, &private);
    let from = from(section, login.as_ref());
    Some(Smtp {
        host: host?,
        port,
        encryption,
        login,
        from: from?,
        timeout,
        private,
        ca_pem,
    })
}

fn host(section: &Section<'_>, private: &Private) -> Option<String> {
    let Some(text) = section.text("host") else {
        if section.is_present() && section.value("host").is_none() {
            section.missing(
                "host",
                r#"host = "smtp.example.com", as your provider names it"#,
            );
        }
        return None;
    };
    match Host::parse(&text.value) {
        None => {
            let what = format!("{} is not the name of a server", quoted(text.raw));
            let hint = r#"the name alone: host = "smtp.example.com", and the port as port = 465"#;
            section.refuse(text.at, "host", what, hint);
            None
        }
        Some(Host::Address(address)) => {
            if let Some(class) = guard::refusal(address, private) {
                let what = format!("{address} is {class}, and not allowed here");
                section.refuse(text.at, "host", what, private_hint(address));
            }
            Some(address.to_string())
        }
        Some(Host::Name(name)) => Some(name),
    }
}

fn login(section: &Section<'_>) -> Option<Login> {
    let user = section.text("user");
    let passwords = section.secrets("password");
    match (&user, passwords.said) {
        (Some(user), false) => {
            let hint =
                r#"password_file = "smtp-password"; many providers want an app password there"#;
            section.refuse(user.at, "user", "there is no password for it", hint);
        }
        (None, true) => {
            let hint = r#"user = "owner@example.com", as your provider says"#;
            section.missing("user", hint);
        }
        _ => {}
    }
    if let [_, second, ..] = passwords.given.as_slice() {
        let hint = "a mailbox has one; the old one is of no use any more";
        section.refuse(second.at, &second.key, "there are several passwords", hint);
    }
    let password = passwords.given.into_iter().next()?;
    Some(Login {
        user: user?.value,
        password: Secret::new(password.text),
    })
}

fn from(section: &Section<'_>, login: Option<&Login>) -> Option<Mailbox> {
    let Some(text) = section.text("from") else {
        let own = login.and_then(|login| Mailbox::parse(&login.user));
        if section.is_present() && section.value("from").is_none() && own.is_none() {
            let hint =
                r#"from = "Leads <leads@example.com>", an address that the mailbox may write from"#;
            section.missing("from", hint);
        }
        return own;
    };
    let from = Mailbox::parse(&text.value);
    if from.is_none() {
        let what = format!("{} is not an address", quoted(text.raw));
        let hint = r#"from = "leads@example.com", or with a name: "Leads <leads@example.com>""#;
        section.refuse(text.at, "from", what, hint);
    }
    from
}

const MAILTO: &str = "mailto:";

pub(super) fn is_mailto(section: &Section<'_>) -> bool {
    let url = section.value("url").and_then(|url| url.get_ref().as_str());
    let scheme = url.and_then(|url| url.get(..MAILTO.len()));
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(MAILTO))
}

/// A webhook that writes e-mails. What `[smtp]` says for all of them is not asked for here, and so an
/// unknown key.
pub(super) fn webhook(
    section: &Section<'_>,
    name: String,
    url: &Text<'_>,
    around: &Surroundings<'_>,
) -> Webhook {
    let to = recipients(
        section,
        "url",
        url.at,
        url.value.get(MAILTO.len()..).unwrap_or_default(),
    );
    if around.smtp.is_none() {
        refuse_without_mailbox(section, "url", url.at);
    }
    let timeout = around.smtp.map_or(60 * SECOND, |smtp| smtp.timeout);
    Webhook {
        name,
        receiver: Receiver {
            url: url.value.clone(),
            timeout,
            private: Private::Refused,
            insecure_http: false,
            proxy: None,
            ca_pem: None,
            dns_cache: Duration::ZERO,
        },
        mail: around.smtp.map(|smtp| Route {
            smtp: smtp.clone(),
            to,
        }),
        request: Request::default(),
        answers: Answers::default(),
        filter: filter(section, around),
        alerts_only: false,
        keys: Vec::new(),
        schedule: schedule(section),
        in_flight: section.count("in_flight", 1..=64, 1),
        rate: section.rate("rate"),
    }
}

/// Says that letters need a mailbox.
pub(super) fn refuse_without_mailbox(section: &Section<'_>, key: &str, at: usize) {
    let hint = "`leadhook example-config` shows a section [smtp], with host, user and password";
    let what = "there is no mailbox to send it from";
    section.refuse(at, key, what, hint);
}

/// Reads addresses that stand at `key` with commas between them.
pub(super) fn recipients(section: &Section<'_>, key: &str, at: usize, list: &str) -> Vec<String> {
    let mut recipients = Vec::new();
    for address in list.split(',').map(str::trim) {
        if is_address(address) {
            recipients.push(address.to_owned());
        } else {
            let what = format!("{} is not an address", quoted(address));
            let hint = r#"such as "owner@example.com", several with commas between them"#;
            section.refuse(at, key, what, hint);
        }
    }
    if recipients.len() > RECIPIENTS_MAX {
        let what = format!("there are more than {RECIPIENTS_MAX} addresses");
        section.refuse(
            at,
            key,
            what,
            "write to a mailing list, or make a second webhook",
        );
    }
    recipients
}
