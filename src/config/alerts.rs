//! `[alerts]` and `[heartbeat]`: who is told of trouble, and when.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::mail::{recipients, refuse_without_mailbox};
use super::section::Section;
use super::webhooks::private;
use crate::domain::incident::Rules;
use crate::domain::mail::{Route, Smtp};
use crate::domain::url::Url;
use crate::domain::watch::{Digest, Heartbeat, Watch};
use crate::domain::webhook::{Receiver, Webhook};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
/// A monitor answers at once, or is no use.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads `[alerts]`; `channels` are the webhooks that are for alerts only.
pub(super) fn alerts(
    section: &Section<'_>,
    smtp: Option<&Smtp>,
    channels: Vec<Webhook>,
    time_zone: &TimeZone,
) -> Watch {
    let email = email(section, smtp);
    let digest = digest(section, time_zone);
    if email.is_none() && digest.is_some() {
        let hint = r#"email = ["owner@example.com"], and a section [smtp]"#;
        section.refuse(section.at, "digest", "there is nobody to write it to", hint);
    }
    Watch {
        rules: Rules {
            failing_after: section.duration("failing_after", MINUTE..=7 * DAY, 30 * MINUTE),
            per_hour: section.count("per_hour", 1..=100, 10),
        },
        email,
        channels,
        digest,
        heartbeat: None,
    }
}

fn email(section: &Section<'_>, smtp: Option<&Smtp>) -> Option<Route> {
    let texts = section.texts("email")?;
    let first = texts.first()?.at;
    let list: Vec<&str> = texts.iter().map(|text| text.value.as_str()).collect();
    let to = recipients(section, "email", first, &list.join(","));
    let Some(smtp) = smtp else {
        refuse_without_mailbox(section, "email", first);
        return None;
    };
    let smtp = smtp.clone();
    Some(Route { smtp, to })
}

fn digest(section: &Section<'_>, time_zone: &TimeZone) -> Option<Digest> {
    let often = [
        ("off", None),
        ("daily", Some(false)),
        ("weekly", Some(true)),
    ];
    let weekly = section.choice("digest", &often, None);
    let hour = section.count("digest_hour", 0..=23_u8, 7);
    weekly.map(|weekly| Digest {
        weekly,
        hour: hour as i8,
        zone: time_zone.clone(),
    })
}

/// Reads `[heartbeat]`; none where it has no url.
pub(super) fn heartbeat(section: &Section<'_>) -> Option<Heartbeat> {
    let private = private(section);
    let every = section.duration("every", MINUTE..=DAY, 5 * MINUTE);
    let receiver = |key: &str| {
        let text = section.text(key)?;
        if let Err(error) = Url::parse(&text.value) {
            section.refuse(text.at, key, error.to_string(), error.hint());
            return None;
        }
        Some(Receiver {
            url: text.value,
            timeout: HEARTBEAT_TIMEOUT,
            private: private.clone(),
            insecure_http: false,
            proxy: None,
            ca_pem: None,
            dns_cache: Duration::ZERO,
        })
    };
    let (well, unwell) = (receiver("url"), receiver("fail_url"));
    if well.is_none() && section.is_present() && section.value("url").is_none() {
        section.missing(
            "url",
            r#"url = "https://hc-ping.com/…", as the monitor shows it"#,
        );
    }
    Some(Heartbeat {
        well: well?,
        unwell,
        every,
    })
}
