//! Spam: a score of stated reasons against a threshold.
//!
//! No reason that rests on wording alone reaches the threshold by its default points: what costs an
//! owner a customer is a good lead that is hidden.

use std::net::IpAddr;

use super::Meaning;
use super::gibberish;
use super::hosts::is_listed;
use super::lexicon::Found;
use super::links::Links;
use super::texts::Text;
use crate::domain::field::Field;
use crate::domain::lead::Lead;
use crate::domain::lead_type::LeadType;
use crate::domain::url::is_within;
use crate::domain::webhook::Network;

macro_rules! codes {
    ($($code:ident $name:literal $points:literal $sentence:literal,)*) => {
        /// Why a lead looks like spam.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the sentences say it")]
        pub enum Code { $($code),* }

        impl Code {
            /// All of them.
            pub const ALL: &[Code] = &[$(Code::$code),*];

            /// Stable, for programs: the label among `spam_reasons`, the key in the config.
            pub fn name(self) -> &'static str {
                match self { $(Code::$code => $name),* }
            }

            /// Its points where the config says nothing else.
            pub fn default_points(self) -> u32 {
                match self { $(Code::$code => $points),* }
            }

            fn sentence(self) -> &'static str {
                match self { $(Code::$code => $sentence),* }
            }
        }
    };
}

codes! {
    Honeypot "honeypot" 100 "a hidden field was filled in",
    Speed "speed" 100 "sent sooner than a person can",
    Captcha "captcha" 20 "the captcha could not be checked",
    Blocked "blocked" 100 "it is on a block list",
    Link "link" 20 "the text has a link",
    Links "links" 30 "the text has three links or more",
    ShortLink "short_link" 40 "a link hides where it leads",
    Markup "markup" 80 "links are written in the markup of pages or forums",
    LinkInName "link_in_name" 80 "there is a link in the name",
    Pitch "pitch" 30 "the text words an offer as mass mailings do",
    Disposable "disposable" 40 "the e-mail address is a disposable one",
    Repeated "repeated" 40 "the same text came from other contacts lately",
    RandomText "random_text" 60 "the text is made of random letters",
    RandomName "random_name" 40 "the name is made of random letters",
    RandomAddress "random_address" 30 "the e-mail address is varied by dots",
    MixedScripts "mixed_scripts" 80 "letters of different scripts are mixed within a word",
}

/// What a post betrayed that no field of the lead shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// What.
    pub code: Code,
    /// In one sentence.
    pub sentence: String,
}

/// One reason with what it weighs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What.
    pub code: Code,
    /// What it adds to the score.
    pub points: u32,
    /// In one sentence.
    pub sentence: String,
}

/// How spam is told: `[spam]` of the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screening {
    /// From this score on a lead is spam; 0: none is.
    pub threshold: u32,
    /// Other thresholds, by the names of sources.
    pub of_sources: Vec<(String, u32)>,
    /// What each reason weighs, in the order of [`Code::ALL`].
    pub points: Vec<u32>,
    /// Who is on a block list.
    pub blocked: Senders,
    /// Whose leads are never screened.
    pub allowed: Senders,
}

/// Who sends, as the owner lists it; texts in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Senders {
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Domains of e-mail addresses, with those below them.
    pub domains: Vec<String>,
    /// How phone numbers begin, in digits behind a `+`.
    pub phones: Vec<String>,
    /// Networks of visitors.
    pub networks: Vec<Network>,
}

impl Default for Screening {
    fn default() -> Screening {
        Screening {
            threshold: THRESHOLD,
            of_sources: Vec::new(),
            points: Code::ALL.iter().map(|code| code.default_points()).collect(),
            blocked: Senders::default(),
            allowed: Senders::default(),
        }
    }
}

/// The threshold where the config says nothing else.
pub const THRESHOLD: u32 = 100;
const LINKS_MANY: usize = 3;
/// A text may weigh so many times the points of one phrase.
const PITCH_MAX: u32 = 4;

/// What the words of a lead are, as far as spam goes.
#[derive(Clone, Debug, Default)]
pub(super) struct Wording {
    /// The weight of all phrases of mass mailings.
    pub(super) pitch: u32,
    /// Those phrases; each counts once.
    phrases: Vec<u32>,
    /// It has a word of the owner's block list.
    pub(super) is_blocked: bool,
}

impl Wording {
    pub(super) fn hear(&mut self, found: &Found<'_, Meaning>) {
        match *found.means {
            Meaning::Blocked => self.is_blocked = true,
            Meaning::Pitch(weight) if !self.phrases.contains(&found.number) => {
                self.phrases.push(found.number);
                self.pitch += weight;
            }
            _ => {}
        }
    }
}

impl Screening {
    /// All reasons against a lead.
    pub(super) fn reasons(
        &self,
        lead: &Lead,
        written: &[Text<'_>],
        wording: &Wording,
        signals: &[Signal],
        n_echoes: usize,
    ) -> Vec<Reason> {
        let mut found = Findings {
            screening: self,
            reasons: Vec::new(),
        };
        if self.allowed.has(lead) {
            return found.reasons;
        }
        for signal in signals {
            found.add(signal.code, 1, Some(signal.sentence.clone()));
        }
        if self.blocked.has(lead) {
            let sentence = "its sender is on a block list".to_owned();
            found.add(Code::Blocked, 1, Some(sentence));
        } else if wording.is_blocked {
            let sentence = "a word of the text is on a block list".to_owned();
            found.add(Code::Blocked, 1, Some(sentence));
        }
        if is_written(lead.lead_type) {
            found.in_text(written);
            found.in_contact(lead);
            found.add_if(n_echoes > 0, Code::Repeated);
            let weight = wording.pitch.min(PITCH_MAX);
            if weight > 0 {
                found.add(Code::Pitch, weight, None);
            }
        }
        found.reasons
    }

    /// Whether so many points make a lead of this source spam.
    pub(super) fn is_spam(&self, source: &str, score: u32) -> bool {
        let mut own = self.of_sources.iter();
        let own = own.find(|(name, _)| name == source);
        let threshold = own.map_or(self.threshold, |(_, threshold)| *threshold);
        threshold > 0 && score >= threshold
    }
}

/// Whether people write leads of this type by themselves; of calls, orders, bookings and clicks no
/// text is judged.
pub(super) fn is_written(lead_type: LeadType) -> bool {
    matches!(
        lead_type,
        LeadType::WebForm
            | LeadType::Chat
            | LeadType::TextMessage
            | LeadType::Email
            | LeadType::Other
    )
}

struct Findings<'s> {
    screening: &'s Screening,
    reasons: Vec<Reason>,
}

impl Findings<'_> {
    fn add(&mut self, code: Code, times: u32, sentence: Option<String>) {
        let points = self.screening.points[code as usize].saturating_mul(times);
        if points == 0 {
            return;
        }
        self.reasons.push(Reason {
            code,
            points,
            sentence: sentence.unwrap_or_else(|| code.sentence().to_owned()),
        });
    }

    fn add_if(&mut self, holds: bool, code: Code) {
        if holds {
            self.add(code, 1, None);
        }
    }

    fn in_text(&mut self, written: &[Text<'_>]) {
        let mut links = Links::default();
        let (mut is_random, mut is_mixed) = (false, false);
        for part in written.iter().filter(|part| part.is_prose()) {
            links.add(part.text);
            is_mixed |= gibberish::mixes_scripts(part.text);
            is_random |= part.is_message && gibberish::is_random_text(part.text);
        }
        self.add_if(links.count > 0, Code::Link);
        self.add_if(links.count >= LINKS_MANY, Code::Links);
        self.add_if(links.is_short, Code::ShortLink);
        self.add_if(links.is_markup, Code::Markup);
        self.add_if(is_random, Code::RandomText);
        self.add_if(is_mixed, Code::MixedScripts);
    }

    fn in_contact(&mut self, lead: &Lead) {
        if let Some(name) = lead.values.text(Field::ContactName) {
            let mut links = Links::default();
            links.add(name);
            self.add_if(links.count > 0, Code::LinkInName);
            self.add_if(gibberish::is_random_name(name), Code::RandomName);
        }
        if let Some((_, domain)) = email(lead).and_then(|address| address.split_once('@')) {
            self.add_if(is_listed(DISPOSABLE, domain), Code::Disposable);
        }
        let address = email(lead).unwrap_or_default();
        self.add_if(gibberish::is_random_address(address), Code::RandomAddress);
    }
}

/// Domains of addresses for a few minutes, one a line, sorted.
const DISPOSABLE: &str = include_str!("disposable.txt");

fn email(lead: &Lead) -> Option<&str> {
    let email = lead.values.text(Field::EmailAddress);
    email.or(lead.values.text(Field::ContactEmailAddress))
}

impl Senders {
    fn has(&self, lead: &Lead) -> bool {
        self.has_email(lead) || self.has_phone(lead) || self.has_address(lead)
    }

    fn has_email(&self, lead: &Lead) -> bool {
        if self.emails.is_empty() && self.domains.is_empty() {
            return false;
        }
        let Some(address) = email(lead).map(str::to_lowercase) else {
            return false;
        };
        let domain = address.split_once('@').map_or("", |(_, domain)| domain);
        self.emails.contains(&address) || self.domains.iter().any(|known| is_within(domain, known))
    }

    fn has_phone(&self, lead: &Lead) -> bool {
        const PHONES: [Field; 3] = [
            Field::PhoneNumber,
            Field::ContactPhoneNumber,
            Field::CallerNumber,
        ];
        let mut phones = PHONES.iter().filter_map(|field| lead.values.text(*field));
        phones.any(|phone| self.phones.iter().any(|known| phone.starts_with(known)))
    }

    fn has_address(&self, lead: &Lead) -> bool {
        if self.networks.is_empty() {
            return false;
        }
        let address = lead.values.text(Field::IpAddress);
        let address: Option<IpAddr> = address.and_then(|text| text.parse().ok());
        address.is_some_and(|address| {
            let mut networks = self.networks.iter();
            networks.any(|network| network.contains(address.to_canonical()))
        })
    }
}
