//! A webhook: a configured receiver, and which leads it wants.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use super::answers::Answers;
use super::condition::Condition;
use super::field::Field;
use super::lead::{Change, Changed, Lead};
use super::lead_type::{LeadType, Phase};
use super::mail::Route;
use super::pace::Rate;
use super::request::Request;
use super::retry::Schedule;
use super::signature::SigningKey;

/// One `[[webhook]]` of the config.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    /// By this name its deliveries are kept; lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// Where and how to reach it.
    pub receiver: Receiver,
    /// For a `mailto:` webhook; then the receiver tells no more than the url.
    pub mail: Option<Route>,
    /// What is sent, and in which form.
    pub request: Request,
    /// What its answers mean.
    pub answers: Answers,
    /// Whether it gets alerts, and no leads.
    pub alerts_only: bool,
    /// Which leads it wants.
    pub filter: Filter,
    /// Signs with every one of them; empty: unsigned.
    pub keys: Vec<SigningKey>,
    /// How long to wait after each failed attempt.
    pub schedule: Schedule,
    /// How many requests may be under way at once; 1 to 64.
    pub in_flight: usize,
    /// How many may begin in a span of time; none: as many as it can take.
    pub rate: Option<Rate>,
}

/// Where a request goes, and the limits that hold for it. `Debug` shows no path and no query of the
/// URL, which may be secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Receiver {
    /// `https://…`, or `http://…` where that is allowed; `mailto:…` for e-mail.
    pub url: String,
    /// The whole attempt: resolve, connect, TLS, send, answer.
    pub timeout: Duration,
    /// Which non-public addresses it may have.
    pub private: Private,
    /// Allows `http://` to a public address.
    pub insecure_http: bool,
    /// `http://host:port`, `https://`, `socks5://` or `socks5h://`; the environment is never asked.
    /// The address of the proxy is checked; that of the receiver only where it is looked up here,
    /// which is with `socks5://`.
    pub proxy: Option<String>,
    /// PEM certificates to trust instead of the system's.
    pub ca_pem: Option<Vec<u8>>,
    /// For how long the addresses of its name are believed.
    pub dns_cache: Duration,
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self
            .url
            .splitn(4, '/')
            .take(3)
            .collect::<Vec<_>>()
            .join("/");
        f.debug_struct("Receiver")
            .field("host", &host)
            .field("timeout", &self.timeout)
            .field("private", &self.private)
            .field("insecure_http", &self.insecure_http)
            .field("proxy", &self.proxy)
            .field("ca_pem_bytes", &self.ca_pem.as_ref().map(Vec::len))
            .field("dns_cache", &self.dns_cache)
            .finish()
    }
}

/// Which addresses that are not public a receiver may resolve to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Private {
    /// None of them.
    Refused,
    /// Those in one of these networks.
    Networks(Vec<Network>),
    /// Any.
    Allowed,
}

/// A network in CIDR form: `192.168.1.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Reads `address/prefix`, or a single address.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().ok().filter(|n| *n <= bits)?,
            None => bits,
        };
        Some(Network { address, prefix })
    }

    /// Whether `address` lies in this network.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let shift = 32 - u32::from(self.prefix);
                (u64::from(u32::from(ours)) >> shift) == (u64::from(u32::from(theirs)) >> shift)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let shift = 128 - u32::from(self.prefix);
                let high = |address| u128::checked_shr(u128::from(address), shift);
                high(ours) == high(theirs)
            }
            _ => false,
        }
    }
}

/// Why an event is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trigger {
    /// The first that a webhook hears of a lead.
    New,
    /// The lead was changed.
    Update,
}

impl Trigger {
    /// Both triggers.
    pub const ALL: [Trigger; 2] = [Trigger::New, Trigger::Update];

    /// The spelling in payloads and in the config.
    pub fn name(self) -> &'static str {
        match self {
            Trigger::New => "new",
            Trigger::Update => "update",
        }
    }

    /// Reads what [`Trigger::name`] writes.
    pub fn parse(text: &str) -> Option<Trigger> {
        Trigger::ALL
            .into_iter()
            .find(|trigger| trigger.name() == text)
    }
}

/// Which events a webhook wants. An empty list stands for "all".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `new`, `update`.
    pub triggers: Vec<Trigger>,
    /// Types of leads.
    pub lead_types: Vec<LeadType>,
    /// Phases of calls and chats; other types have none and pass.
    pub phases: Vec<Phase>,
    /// Names of sources.
    pub sources: Vec<String>,
    /// Names of profiles.
    pub profiles: Vec<String>,
    /// What `quotable` says.
    pub quotable: Vec<String>,
    /// Whether leads marked as spam are wanted too.
    pub spam: bool,
    /// Whether leads marked as duplicates are not wanted.
    pub no_duplicates: bool,
    /// What must hold for the lead.
    pub when: Vec<Condition>,
    /// An update is wanted only where it changes one of these.
    pub only_if_changed: Vec<Changed>,
}

/// What a filter looks at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// As this webhook would hear it.
    pub trigger: Trigger,
    /// The phase, for types that have phases.
    pub phase: Option<Phase>,
    /// The lead.
    pub lead: &'a Lead,
    /// What differs from the revision before.
    pub changes: &'a [Change],
}

impl Filter {
    /// Whether an event with these facts is wanted.
    pub fn wants(&self, facts: Facts<'_>) -> bool {
        fn listed<T: PartialEq>(list: &[T], item: &T) -> bool {
            list.is_empty() || list.contains(item)
        }
        let lead = facts.lead;
        let said_by = |list: &[String], field| {
            let text = || lead.values.text(field).unwrap_or_default();
            list.is_empty() || list.iter().any(|name| name == text())
        };
        let is_of_interest = || {
            let mut changes = facts.changes.iter();
            self.only_if_changed.is_empty()
                || facts.trigger == Trigger::New
                || changes.any(|change| self.only_if_changed.contains(&change.field))
        };
        (self.spam || !lead.values.is_set(Field::Spam))
            && (!self.no_duplicates || !lead.values.is_set(Field::Duplicate))
            && listed(&self.triggers, &facts.trigger)
            && listed(&self.lead_types, &lead.lead_type)
            && facts.phase.is_none_or(|phase| listed(&self.phases, &phase))
            && (self.sources.is_empty() || self.sources.contains(&lead.source))
            && said_by(&self.profiles, Field::Profile)
            && said_by(&self.quotable, Field::Quotable)
            && is_of_interest()
            && self.when.iter().all(|condition| condition.holds(lead))
    }
}
