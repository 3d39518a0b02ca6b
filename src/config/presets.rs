//! Presets: how known services post, as data. Each is a mapping in the keys of a source, with a few
//! more that say what it is.

use super::mapping::Keys;
use super::preset::{self, Named, presets};
use super::problem::Problem;
use super::rules::conditions;
use super::section::Section;
use crate::domain::lead_type::LeadType;
use crate::domain::mapping::Mapping;

presets![
    "presets/":
    "automation",
    "calcom",
    "calendly",
    "callrail",
    "calltracker",
    "calltrackingmetrics",
    "contact_form_7",
    "elementor",
    "elementor_advanced",
    "fluent_forms",
    "formspree",
    "formstack",
    "framer",
    "google_ads",
    "gravity_forms",
    "jotform",
    "netlify",
    "stripe",
    "tally",
    "twilio_sms",
    "twilio_voice",
    "typeform",
    "webflow",
    "whatconverts",
    "woocommerce",
    "wpforms",
];

/// What is known of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// The service, for people.
    pub title: String,
    /// The type of its leads.
    pub lead_type: LeadType,
    /// Whether the service's own pages, or code that works with it, show this shape.
    pub confirmed: bool,
    /// The best that it can do to be known, in the grammar of the key `auth`, without the secret;
    /// also `"bearer"`, and `"twilio"`, whose address the config knows.
    pub auth: &'static str,
    /// How its posts are read.
    pub mapping: Mapping,
}

impl Preset {
    /// The preset of this name.
    pub fn find(name: &str) -> Option<Preset> {
        preset::find(&PRESETS, name, read)
    }
}

fn read(named: Named) -> (Preset, Vec<Problem>) {
    preset::read(named, |root| keys(root, named.1))
}

fn keys(root: &Section<'_>, text: &'static str) -> Preset {
    let labels = LeadType::ALL.map(LeadType::label);
    let lead_type = root.text("lead_type");
    let lead_type =
        lead_type.and_then(|text| root.as_word("lead_type", &text, &labels, LeadType::parse));
    let title = root.text("title");
    let auth = root.value("auth").and_then(|value| text.get(value.span()));
    for (key, is_there) in [
        ("title", title.is_some()),
        ("lead_type", lead_type.is_some()),
        ("auth", auth.is_some()),
    ] {
        if !is_there {
            root.missing(key, "every preset says it");
        }
    }
    Preset {
        title: title.map_or(String::new(), |text| text.value),
        lead_type: lead_type.unwrap_or(LeadType::Other),
        confirmed: root.flag("confirmed", false),
        auth: auth.unwrap_or_default(),
        mapping: Keys::read(root).over(Mapping {
            by_service: true,
            ping: conditions(root, "ping").unwrap_or_default(),
            ..Mapping::default()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_read_without_a_problem_and_says_how_its_service_is_known() {
        for (name, text) in PRESETS {
            let (preset, problems) = read((name, text));
            assert_eq!(problems, [], "{name}");
            assert!(
                text.contains("\nconfirmed = "),
                "{name} does not say whether it is confirmed"
            );
            let is_word = ["\"bearer\"", "\"twilio\""].contains(&preset.auth);
            let is_table = preset.auth.starts_with('{') && preset.auth.ends_with('}');
            assert!(is_word || is_table, "{name}: {}", preset.auth);
            assert!(!preset.auth.contains("secret"), "{name} publishes a secret");
        }
    }
}
