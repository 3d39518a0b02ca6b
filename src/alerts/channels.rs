//! The ways to the owner: e-mail, and webhooks that are for alerts only.

use std::sync::Mutex;

use serde_json::json;

use super::lock;
use crate::domain::html::escaped;
use crate::domain::incident::{Alert, Message};
use crate::domain::mail::Letter;
use crate::domain::template::Occasion;
use crate::domain::time::Timestamp;
use crate::domain::watch::Watch;
use crate::domain::webhook::{Trigger, Webhook};
use crate::log::Log;
use crate::outbound::{Client, Lookups, Mailer, Outgoing};

/// One way to the owner.
pub(super) struct Channel {
    name: String,
    way: Way,
    failing: Mutex<Option<(Timestamp, String)>>,
}

enum Way {
    Http(Client, Box<Webhook>),
    Mail(Mailer),
}

/// How a channel does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelHealth {
    /// `e-mail`, or the name of the webhook.
    pub name: String,
    /// Since when it takes nothing, and why.
    pub failing: Option<(Timestamp, String)>,
}

/// The channels of these settings; an error says which of them do not work.
pub(super) fn of(watch: &Watch, lookups: &Lookups) -> Result<Vec<Channel>, String> {
    let channel = |name: &str, way| Channel {
        name: name.to_owned(),
        way,
        failing: Mutex::default(),
    };
    let mut channels = Vec::new();
    if let Some(route) = &watch.email {
        let mailer = Mailer::new(&route.smtp, &route.to, lookups);
        let mailer = mailer.map_err(|reason| format!("alerts by e-mail: {reason}"))?;
        channels.push(channel("e-mail", Way::Mail(mailer)));
    }
    for webhook in &watch.channels {
        let client = Client::new(&webhook.receiver, 1, lookups)
            .map_err(|reason| format!("webhook {}: {reason}", webhook.name))?;
        let way = Way::Http(client, Box::new(webhook.clone()));
        channels.push(channel(&webhook.name, way));
    }
    Ok(channels)
}

impl Channel {
    /// Sends a message; tells whether it was taken.
    pub(super) fn send(&self, id: &str, message: &Message, now: Timestamp, log: &Log) -> bool {
        let outcome = match &self.way {
            Way::Mail(mailer) => Ok(mailer.send(&letter(id, message), now).0),
            Way::Http(client, webhook) => {
                let occasion = Occasion {
                    event: &message.event(id, now),
                    trigger: Trigger::New,
                    payload: &payload(id, message, now),
                    alert: Some(message),
                };
                let request = Outgoing::of(webhook, &occasion, now);
                request.map(|request| client.send(&request).0)
            }
        };
        let failure = match outcome {
            Ok(outcome) if outcome.is_success() => None,
            Ok(outcome) => Some(outcome.to_string()),
            Err(reason) => Some(reason),
        };
        let mut failing = lock(&self.failing);
        let Some(failure) = failure else {
            *failing = None;
            return true;
        };
        log.error(
            "an alert could not be sent",
            &[("channel", &self.name), ("outcome", &failure)],
        );
        let since = failing.as_ref().map_or(now, |(since, _)| *since);
        *failing = Some((since, failure));
        false
    }

    /// Whether it takes letters.
    pub(super) fn is_mail(&self) -> bool {
        matches!(self.way, Way::Mail(_))
    }

    pub(super) fn health(&self) -> ChannelHealth {
        ChannelHealth {
            name: self.name.clone(),
            failing: lock(&self.failing).clone(),
        }
    }

    pub(super) fn shutdown(&self) {
        match &self.way {
            Way::Http(client, _) => client.shutdown(),
            Way::Mail(mailer) => mailer.shutdown(),
        }
    }
}

fn letter(id: &str, message: &Message) -> Letter {
    let paragraphs = escaped(&message.text).replace('\n', "<br>\n");
    Letter {
        id: id.to_owned(),
        subject: format!("[leadhook] {}", message.title),
        text: format!("{}\n", message.text),
        html: format!("<!doctype html><html><body><p>{paragraphs}</p></body></html>"),
        reply_to: None,
    }
}

/// What Discord takes at most, with room for the title.
const CHAT_CHARS_MAX: usize = 1800;

/// The body of an alert. Chats show `text` (Slack, Mattermost, Google Chat) or `content` (Discord) and
/// pass over the rest; Gotify shows `title` and `message`.
pub(super) fn payload(id: &str, message: &Message, now: Timestamp) -> Vec<u8> {
    let text: String = message.text.chars().take(CHAT_CHARS_MAX).collect();
    let chat = format!("{}\n{text}", message.title);
    let alert = |alert: &Alert| {
        json!({
            "kind": alert.finding.trouble.code(),
            "news": alert.news.code(),
            "subject": alert.finding.subject,
            "since": alert.finding.since.to_string(),
            "over": alert.over.map(|over| over.to_string()),
            "detail": alert.finding.detail,
        })
    };
    let alerts: Vec<_> = message.alerts.iter().map(alert).collect();
    let body = json!({
        "type": "alert",
        "id": id,
        "at": now.to_string(),
        "title": message.title,
        "message": message.text,
        "text": chat,
        "content": chat,
        "alerts": alerts,
    });
    body.to_string().into_bytes()
}
