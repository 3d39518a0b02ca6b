//! Presets of receivers: what known services want to be sent, as data. Each has the keys of a webhook,
//! with a few more that say what it is and what the owner has to add.

use super::preset::{self, Named, presets};
use super::problem::Problem;
use super::request_keys::Keys;
use super::section::Section;
use crate::domain::pace::Rate;

presets![
    "receivers/":
    "brevo",
    "discord",
    "google_sheets",
    "gotify",
    "hubspot_forms",
    "mailgun",
    "make",
    "n8n",
    "ntfy",
    "postmark",
    "sendgrid",
    "slack",
    "teams",
    "twilio_sms",
    "zapier",
];

/// What is known of a service.
pub(super) struct Preset {
    /// The service, for people.
    pub(super) title: String,
    /// Whether the service's own pages, or code that works with it, show this shape.
    pub(super) confirmed: bool,
    /// What the owner has to add: the key, and what to write.
    pub(super) needs: Vec<(String, String)>,
    /// How many requests it takes.
    pub(super) rate: Option<Rate>,
    /// What its requests look like.
    pub(super) keys: Keys,
}

impl Preset {
    /// The preset of this name.
    pub(super) fn find(name: &str) -> Option<Preset> {
        preset::find(&PRESETS, name, read)
    }
}

/// The title of a preset, and whether it is confirmed.
pub fn described(name: &str) -> Option<(String, bool)> {
    Preset::find(name).map(|preset| (preset.title, preset.confirmed))
}

fn read(named: Named) -> (Preset, Vec<Problem>) {
    preset::read(named, keys)
}

fn keys(root: &Section<'_>) -> Preset {
    let title = root.text("title");
    if title.is_none() {
        root.missing("title", "every preset says it");
    }
    Preset {
        title: title.map_or(String::new(), |text| text.value),
        confirmed: root.flag("confirmed", false),
        needs: needs(root),
        rate: root.rate("rate"),
        keys: Keys::read(root),
    }
}

fn needs(root: &Section<'_>) -> Vec<(String, String)> {
    let needs = root.table("needs", "a key and what to write", Section::texts_by_name);
    needs.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_read_without_a_problem_and_publishes_no_secret() {
        for (name, text) in PRESETS {
            let (preset, problems) = read((name, text));
            assert_eq!(problems, [], "{name}");
            assert!(!preset.needs.is_empty(), "{name} needs nothing");
            assert!(
                text.contains("\nconfirmed = "),
                "{name} does not say whether it is confirmed"
            );
            assert!(!text.contains("secret = "), "{name} publishes a secret");
        }
    }
}
