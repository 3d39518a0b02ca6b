//! `[[webhook]]`: where leads go, which of them, signed with what, and tried how often.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use toml::de::DeValue;

use super::conditions::conditions;
use super::files;
use super::listeners::{Admin, networks};
use super::mail;
use super::requests;
use super::section::Section;
use crate::domain::field::{Field, Kind};
use crate::domain::guard;
use crate::domain::lead::Changed;
use crate::domain::lead_type::{LeadType, Phase};
use crate::domain::mail::Smtp;
use crate::domain::retry::Schedule;
use crate::domain::signature::SigningKey;
use crate::domain::source::Profile;
use crate::domain::url::{Host, Scheme, Url};
use crate::domain::webhook::{Filter, Private, Receiver, Trigger, Webhook};

/// What the webhooks have in common.
pub(super) struct Surroundings<'a> {
    pub(super) admin: &'a Admin,
    /// Names of all sources.
    pub(super) sources: &'a [String],
    /// The mailbox, where there is one.
    pub(super) smtp: Option<&'a Smtp>,
    /// All profiles; at least one.
    pub(super) profiles: &'a [Profile],
    /// For the placeholders that tell a time.
    pub(super) time_zone: &'a TimeZone,
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
const WEEK: Duration = Duration::from_secs(7 * 86_400);
const WAITS: RangeInclusive<usize> = 1..=50;
const CA_BYTES_MAX: u64 = 1 << 20;

pub(super) fn webhook(
    section: &Section<'_>,
    taken: &mut Vec<String>,
    around: &Surroundings<'_>,
) -> Webhook {
    let name = section.name(taken);
    if mail::is_mailto(section)
        && let Some(url) = section.text("url")
    {
        return mail::webhook(section, name, &url, around);
    }
    let alerts_only = section.flag("alerts_only", false);
    let shape = requests::read(section, around.time_zone);
    let (receiver, url) = receiver(section, shape.url);
    let inspected = url.is_some_and(|url| is_inspector(&url, around.admin));
    let channel = Webhook {
        name,
        receiver,
        mail: None,
        request: shape.request,
        answers: shape.answers,
        alerts_only,
        filter: Filter::default(),
        keys: keys(section, inspected, shape.unsigned),
        schedule: Schedule::default(),
        in_flight: 1,
        rate: None,
    };
    // Alerts are no leads: what chooses and paces those is not asked for, and so an unknown key.
    if alerts_only {
        return channel;
    }
    Webhook {
        filter: filter(section, around),
        schedule: schedule(section),
        in_flight: section.count("in_flight", 1..=64, 4),
        rate: section.rate("rate").or(shape.rate),
        ..channel
    }
}

fn receiver(section: &Section<'_>, url: Option<(String, usize)>) -> (Receiver, Option<Url>) {
    let private = private(section);
    let receiver = Receiver {
        url: String::new(),
        timeout: section.duration("timeout", SECOND..=60 * SECOND, 15 * SECOND),
        insecure_http: section.flag("allow_insecure_http", false),
        proxy: proxy(section, &private),
        private,
        ca_pem: ca_pem(section),
        dns_cache: section.duration("dns_cache", Duration::ZERO..=HOUR, 30 * SECOND),
    };
    let Some((url_text, at)) = url else {
        return (receiver, None);
    };
    let url = match Url::parse(&url_text) {
        Ok(url) => url,
        Err(error) => {
            section.refuse(at, "url", error.to_string(), error.hint());
            return (receiver, None);
        }
    };
    check_host(section, at, &url, &receiver);
    (
        Receiver {
            url: url_text,
            ..receiver
        },
        Some(url),
    )
}

/// Refuses at once what the address guard would refuse at each attempt, and sending in the clear.
/// Where a proxy is, only it is connected to, and whatever the name leads to is beyond it.
fn check_host(section: &Section<'_>, at: usize, url: &Url, receiver: &Receiver) {
    let own = own_addresses(&url.host);
    let class = |private| {
        own.iter()
            .find_map(|address| guard::refusal(*address, private))
    };
    let refused = own
        .iter()
        .all(|address| guard::refusal(*address, &receiver.private).is_some());
    if receiver.proxy.is_none()
        && !own.is_empty()
        && refused
        && let Some(class) = class(&receiver.private)
    {
        let what = format!("{} is {class}, and not allowed here", url.host);
        section.refuse(at, "url", what, private_hint(own[0]));
    }
    let may_be_near = match url.host {
        Host::Address(_) => class(&Private::Refused).is_some(),
        // What the name leads to is known at each attempt; the guard checks it there.
        Host::Name(_) => !own.is_empty() || receiver.private != Private::Refused,
    };
    let near = may_be_near && receiver.proxy.is_none();
    if url.scheme == Scheme::Http && !near && !receiver.insecure_http {
        let what = "http:// would send the leads unencrypted through the internet";
        let hint = "use https://; for a receiver in your own network: allow_private = [\"192.168.1.0/24\"]; otherwise: allow_insecure_http = true";
        section.refuse(at, "url", what, hint);
    }
}

/// The addresses that a host stands for by itself, without the DNS.
fn own_addresses(host: &Host) -> Vec<IpAddr> {
    match host {
        Host::Name(name) if name == "localhost" => {
            vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
        }
        Host::Name(_) => Vec::new(),
        Host::Address(address) => vec![*address],
    }
}

pub(super) fn private_hint(address: IpAddr) -> String {
    match address.is_loopback() {
        true => "if it is meant: allow_private = [\"127.0.0.0/8\"]".to_owned(),
        false => format!("if it is meant: allow_private = [\"{address}\"]"),
    }
}

pub(super) fn private(section: &Section<'_>) -> Private {
    let key = "allow_private";
    match section.value(key).map(toml::Spanned::get_ref) {
        None | Some(DeValue::Boolean(false)) => Private::Refused,
        Some(DeValue::Boolean(true)) => Private::Allowed,
        Some(_) => Private::Networks(networks(section, key)),
    }
}

fn proxy(section: &Section<'_>, private: &Private) -> Option<String> {
    let text = section.text("proxy")?;
    let usable = |url: &Url| url.scheme == Scheme::Http && !url.has_target();
    let Some(url) = Url::parse(&text.value).ok().filter(usable) else {
        let what = "this is no proxy that can be used";
        let hint = r#"proxy = "http://proxy.example.com:3128", without user and path"#;
        section.refuse(text.at, "proxy", what, hint);
        return None;
    };
    if let Host::Address(address) = url.host
        && let Some(class) = guard::refusal(address, private)
    {
        let what = format!("{address} is {class}, and not allowed here");
        section.refuse(text.at, "proxy", what, private_hint(address));
    }
    Some(text.value)
}

pub(super) fn ca_pem(section: &Section<'_>) -> Option<Vec<u8>> {
    let text = section.text("ca_file")?;
    let path = section.reader.base_dir.join(&text.value);
    let hint = "a PEM file with the certificate of the authority that signed the receiver's";
    match files::read(&path, CA_BYTES_MAX) {
        Ok(content) if holds_certificate(&content.bytes) => Some(content.bytes),
        Ok(_) => {
            let what = format!("{} holds no certificate", path.display());
            section.refuse(text.at, "ca_file", what, hint);
            None
        }
        Err(why) => {
            section.refuse(text.at, "ca_file", why, hint);
            None
        }
    }
}

/// Whether there is a certificate in PEM form (RFC 7468) whose base64 holds a DER sequence.
fn holds_certificate(pem: &[u8]) -> bool {
    const DER_SEQUENCE: u8 = 0x30;
    let text = String::from_utf8_lossy(pem);
    let mut blocks = text.split("-----BEGIN CERTIFICATE-----").skip(1);
    blocks.any(|block| {
        let Some((base64, _)) = block.split_once("-----END CERTIFICATE-----") else {
            return false;
        };
        let base64: String = base64.split_whitespace().collect();
        STANDARD
            .decode(base64)
            .is_ok_and(|der| der.first() == Some(&DER_SEQUENCE))
    })
}

pub(super) fn filter(section: &Section<'_>, around: &Surroundings<'_>) -> Filter {
    let types = LeadType::ALL.map(LeadType::label);
    let names: Vec<&str> = around.sources.iter().map(String::as_str).collect();
    let source = |name: &str| names.contains(&name).then(|| name.to_owned());
    let profiles: Vec<&str> = around.profiles.iter().map(|p| p.name.as_str()).collect();
    let profile = |name: &str| profiles.contains(&name).then(|| name.to_owned());
    let verdicts = match Field::Quotable.kind() {
        Kind::Choice(verdicts) => verdicts,
        _ => &[],
    };
    let verdict = |said: &str| {
        let known = verdicts
            .iter()
            .find(|verdict| verdict.eq_ignore_ascii_case(said));
        known.map(|verdict| (*verdict).to_owned())
    };
    let mut changing: Vec<&str> = Field::ALL.iter().map(|field| field.name()).collect();
    changing.push(Changed::LeadType.name());
    Filter {
        triggers: section.words("triggers", &Trigger::ALL.map(Trigger::name), Trigger::parse),
        lead_types: section.words("lead_types", &types, LeadType::parse),
        phases: section.words("phases", &Phase::ALL.map(Phase::name), Phase::parse),
        sources: section.words("sources", &names, source),
        profiles: section.words("profiles", &profiles, profile),
        quotable: section.words("quotable", verdicts, verdict),
        spam: section.flag("spam", false),
        no_duplicates: !section.flag("duplicate", true),
        when: conditions(section, "when", around.sources),
        only_if_changed: section.words("only_if_changed", &changing, Changed::parse),
    }
}

/// `by_service`: whether the receiver is known to check no signature.
fn keys(section: &Section<'_>, inspected: bool, by_service: bool) -> Vec<SigningKey> {
    let secrets = section.secrets("secret");
    let unsigned = section.flag("unsigned", false);
    match (secrets.said, unsigned) {
        (false, false) if !by_service => {
            let hint = r#"secret_file = "webhook-secret"; for a receiver that checks nothing: unsigned = true"#;
            section.missing("secret", hint);
        }
        (true, true) => {
            let hint = "take out the one or the other";
            section.refuse(
                section.at,
                "unsigned",
                "unsigned and a secret exclude each other",
                hint,
            );
        }
        _ => {}
    }
    let mut keys = Vec::new();
    for given in &secrets.given {
        if given.published && !inspected {
            let what = "this secret is the example's: anybody could sign with it";
            let hint = "`leadhook init` makes a fresh one; the example's serves the built-in inspector only";
            section.refuse(given.at, &given.key, what, hint);
        }
        match SigningKey::parse(&given.text) {
            Ok(key) => keys.push(key),
            Err(error) => {
                let hint = "copy it whole, as the receiver shows it, or make one: `leadhook init`";
                section.refuse(given.at, &given.key, error.to_string(), hint);
            }
        }
    }
    keys
}

/// Whether `url` is the built-in inspector's, which no lead leaves through.
fn is_inspector(url: &Url, admin: &Admin) -> bool {
    let listen = match url.host {
        Host::Address(address) => SocketAddr::new(address, url.port) == admin.listen,
        Host::Name(_) => false,
    };
    let name = url.path().strip_prefix("/inspector/");
    admin.inspector
        && listen
        && url.scheme == Scheme::Http
        && name.is_some_and(|name| !name.is_empty())
}

pub(super) fn schedule(section: &Section<'_>) -> Schedule {
    let default = Schedule::default();
    let waits = section.durations("retry", SECOND..=WEEK);
    if let Some(waits) = &waits
        && !WAITS.contains(&waits.len())
        && let Some(value) = section.value("retry")
    {
        let what = "1 to 50 waits are possible";
        let hint = r#"retry = ["30s", "5m", "1h"]; without this key it is tried for three days"#;
        section.refuse(value.span().start, "retry", what, hint);
    }
    Schedule {
        waits: waits.unwrap_or(default.waits),
        jitter_percent: section.count("jitter_percent", 0..=50, default.jitter_percent),
        retry_after_max: section.duration(
            "retry_after_max",
            Duration::ZERO..=WEEK,
            default.retry_after_max,
        ),
        suspend_after: section.maybe_duration(
            "suspend_after",
            HOUR..=30 * DAY,
            default.suspend_after,
        ),
        probe_every: section.duration("probe_every", 60 * SECOND..=DAY, default.probe_every),
    }
}
