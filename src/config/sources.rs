//! `[[profile]]` and `[[source]]`: where leads come from, whom they belong to and who may post.

use std::net::SocketAddr;
use std::time::Duration;

use super::auth::{Asked, auth};
use super::derivation::derivation;
use super::forms;
use super::mapping;
use super::posting::posting;
use super::section::{Section, Text};
use super::settings::ID_MAX;
use crate::domain::lead_type::LeadType;
use crate::domain::phone::Country;
use crate::domain::source::{Account, Auth, Profile, Source};
use crate::domain::unmapped::Unmapped;

/// What the sources have in common.
pub(super) struct Surroundings<'a> {
    /// Where they are posted to.
    pub(super) listen: SocketAddr,
    /// What that is called from outside.
    pub(super) public_url: Option<&'a str>,
    /// At least one.
    pub(super) profiles: &'a [Profile],
    /// The account's.
    pub(super) country: Option<Country>,
}

/// Posts a minute of one address to a source where anybody may post: more than people fill in forms,
/// also several behind one address, and few enough to bore a robot.
const OPEN_RATE_PER_MINUTE: u32 = 60;
const RATE_PER_MINUTE_MAX: u32 = 1_000_000;

const UNMAPPED: [(&str, Unmapped); 2] = [("store", Unmapped::Store), ("refuse", Unmapped::Refuse)];

/// The profiles; without any the account has one, by its own name.
pub(super) fn profiles(root: &Section<'_>, account: &Account) -> Vec<Profile> {
    let mut known: Vec<Profile> = Vec::new();
    root.each("profile", |section| {
        let profile = profile(section, &known);
        known.push(profile);
    });
    if known.is_empty() {
        known.push(Profile {
            id: 1,
            name: account.name.clone(),
        });
    }
    known
}

fn profile(section: &Section<'_>, known: &[Profile]) -> Profile {
    let id = section.number("id", 1..=ID_MAX, "a number of its own: id = 2");
    if let Some(value) = section.value("id")
        && known.iter().any(|profile| Some(profile.id) == id)
    {
        let hint = "give each profile a number of its own";
        section.refuse(value.span().start, "id", "this id is used twice", hint);
    }
    let name = section.title("name");
    match &name {
        None if section.value("name").is_none() => {
            section.missing("name", r#"as receivers see it: name = "Branch North""#);
        }
        Some(text) if known.iter().any(|profile| profile.name == text.value) => {
            let hint = "sources name their profile: give each a name of its own";
            section.refuse(text.at, "name", "this name is used twice", hint);
        }
        _ => {}
    }
    let name = name.map(|text| text.value).unwrap_or_default();
    Profile {
        id: id.unwrap_or_default(),
        name,
    }
}

/// After how long without a post the owner is told.
fn silence(section: &Section<'_>) -> Option<Duration> {
    const HOUR: Duration = Duration::from_secs(3600);
    section.value("alert_after_silence")?;
    Some(section.duration("alert_after_silence", HOUR..=366 * 24 * HOUR, 48 * HOUR))
}

pub(super) fn source(
    section: &Section<'_>,
    taken: &mut Vec<String>,
    around: &Surroundings<'_>,
) -> Source {
    let name = section.name(taken);
    let preset = mapping::preset(section);
    let asked = Asked {
        name: &name,
        preset: preset.as_ref(),
        listen: around.listen,
        public_url: around.public_url,
    };
    let auth = auth(section, &asked);
    let mapped = mapping::read(section, preset);
    let rate = match auth {
        Auth::Open => OPEN_RATE_PER_MINUTE,
        _ => 0,
    };
    let posting = posting(section, &auth);
    let source = Source {
        name,
        lead_type: lead_type(section).unwrap_or(mapped.lead_type),
        profile: named_profile(section, around.profiles),
        auth,
        alert_after_silence: silence(section),
        keep_body: section.flag("keep_body", false),
        keep_refused: section.flag("keep_refused", false),
        rate_per_minute: section.count("rate_per_minute", 0..=RATE_PER_MINUTE_MAX, rate),
        unmapped: section.choice("unmapped", &UNMAPPED, Unmapped::Store),
        mapping: mapped.mapping,
        posting,
        form: forms::form(section),
        derivation: derivation(section, around.country),
    };
    if !source.is_public_form() {
        forms::warn_of_no_visitors(section);
    }
    source
}

fn lead_type(section: &Section<'_>) -> Option<LeadType> {
    let labels = LeadType::ALL.map(LeadType::label);
    let parse = |text: &Text<'_>| section.as_word("lead_type", text, &labels, LeadType::parse);
    let text = section.text("lead_type");
    text.as_ref().and_then(parse)
}

fn named_profile(section: &Section<'_>, profiles: &[Profile]) -> Profile {
    let names: Vec<&str> = profiles.iter().map(|p| p.name.as_str()).collect();
    let find = |name: &str| {
        profiles
            .iter()
            .find(|profile| profile.name == name)
            .cloned()
    };
    let named = match section.text("profile") {
        Some(text) => section.as_word("profile", &text, &names, find),
        None if profiles.len() > 1 && section.value("profile").is_none() => {
            let what = format!(
                "with several profiles, each source names its own: {}",
                names.join(", ")
            );
            section.missing("profile", what);
            None
        }
        None => None,
    };
    named.unwrap_or_else(|| profiles[0].clone())
}
