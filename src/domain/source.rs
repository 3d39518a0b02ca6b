//! A source: a named place that leads come from.

use std::time::Duration;

use super::derive::Derivation;
use super::form::Form;
use super::inbound_auth::Hmac;
use super::lead_type::LeadType;
use super::mapping::Mapping;
use super::posting::Posting;
use super::secret::Secret;
use super::signature::SigningKey;
use super::unmapped::Unmapped;

/// The source of leads that programs make by the API.
pub const FROM_API: &str = "api";
/// The source of leads that people enter on a page.
pub const BY_HAND: &str = "by-hand";
/// The source of imported leads that do not say theirs.
pub const IMPORTED: &str = "import";
/// The sources that are in no config: no post comes by them.
pub const WITHOUT_POSTS: [&str; 3] = [FROM_API, BY_HAND, IMPORTED];

/// One `[[source]]` of the config. Leads are posted to `/in/{name}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Lower-case letters, digits, `-` and `_`; part of the URL.
    pub name: String,
    /// The type of a lead that does not say its own.
    pub lead_type: LeadType,
    /// The profile that its leads belong to.
    pub profile: Profile,
    /// Who may post.
    pub auth: Auth,
    /// After so long without a post the owner is told; none: never.
    pub alert_after_silence: Option<Duration>,
    /// Whether the body is kept with the lead as it was posted.
    pub keep_body: bool,
    /// Whether the bodies of refused posts are kept for a while.
    pub keep_refused: bool,
    /// How many posts a minute one client address may make; 0: as many as it likes.
    pub rate_per_minute: u32,
    /// What becomes of posts that do not say what a lead needs.
    pub unmapped: Unmapped,
    /// Which parts of a post are which fields; none where names say it.
    pub mapping: Option<Mapping>,
    /// How it posts and how it is answered.
    pub posting: Posting,
    /// How visitors are treated, where the source is a public form.
    pub form: Form,
    /// How what nobody says is derived.
    pub derivation: Derivation,
}

impl Source {
    /// A source with nothing but what every source has.
    pub fn new(name: &str, lead_type: LeadType, profile: Profile, auth: Auth) -> Source {
        Source {
            name: name.to_owned(),
            lead_type,
            profile,
            auth,
            alert_after_silence: None,
            keep_body: false,
            keep_refused: false,
            rate_per_minute: 0,
            unmapped: Unmapped::Store,
            mapping: None,
            posting: Posting::default(),
            form: Form::default(),
            derivation: Derivation::default(),
        }
    }

    /// Whether visitors post here by themselves, and no service that is known by its secret or by
    /// the shape of what it sends.
    pub fn is_public_form(&self) -> bool {
        let by_service = self
            .mapping
            .as_ref()
            .is_some_and(|mapping| mapping.by_service);
        matches!(self.auth, Auth::Open) && !by_service
    }
}

/// A profile of the account: a site, a branch, a client of an agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// `profile_id` in payloads.
    pub id: u64,
    /// `profile` in payloads.
    pub name: String,
}

/// The account that all leads belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// `account_id` in payloads.
    pub id: u64,
    /// `account` in payloads.
    pub name: String,
}

/// How a source tells its own posts from a stranger's. Several secrets are valid at once, so that
/// one can be exchanged for another without losing a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// A public form: anybody may post.
    Open,
    /// `Authorization: Bearer …`
    Bearer(Vec<Secret>),
    /// The secret in a header of this name (lower case).
    Header(String, Vec<Secret>),
    /// The secret in a query parameter of this name.
    Query(String, Vec<Secret>),
    /// `Authorization: Basic …` with this user name and the secret as the password.
    Basic(String, Vec<Secret>),
    /// The secret in the body, under this path.
    Body(String, Vec<Secret>),
    /// A signature of the body in a header.
    Hmac(Hmac, Vec<Secret>),
    /// Twilio's signature of this public address and the form.
    Twilio(String, Vec<Secret>),
    /// The signature of Standard Webhooks.
    StandardWebhooks(Vec<SigningKey>),
    /// Facebook's signature, and its handshake before that.
    Facebook {
        /// The scheme of its signature.
        hmac: Hmac,
        /// The secrets of the app.
        secrets: Vec<Secret>,
        /// What the owner told Facebook to show at the handshake.
        verify_tokens: Vec<Secret>,
    },
}

impl Auth {
    /// Whether the head of a request tells all; else the body must be there before anybody is known.
    pub fn is_in_head(&self) -> bool {
        match self {
            Auth::Open | Auth::Bearer(_) | Auth::Header(..) | Auth::Query(..) | Auth::Basic(..) => {
                true
            }
            Auth::Body(..)
            | Auth::Hmac(..)
            | Auth::Twilio(..)
            | Auth::StandardWebhooks(_)
            | Auth::Facebook { .. } => false,
        }
    }

    /// The word for this kind, as in the config.
    pub fn kind(&self) -> &'static str {
        match self {
            Auth::Open => "none",
            Auth::Bearer(_) => "bearer",
            Auth::Header(..) => "header",
            Auth::Query(..) => "query",
            Auth::Basic(..) => "basic",
            Auth::Body(..) => "body",
            Auth::Hmac(..) => "hmac",
            Auth::Twilio(..) => "twilio",
            Auth::StandardWebhooks(_) => "standard_webhooks",
            Auth::Facebook { .. } => "facebook",
        }
    }

    /// Whether only what is in the body is signed, so that a request without one proves nothing.
    pub fn signs_body_alone(&self) -> bool {
        matches!(
            self,
            Auth::Hmac(..) | Auth::StandardWebhooks(_) | Auth::Facebook { .. }
        )
    }
}
