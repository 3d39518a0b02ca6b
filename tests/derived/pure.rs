//! Leads without a daemon: the pure way from a post to what is derived of it.

use crate::complete::complete;
use leadhook::domain::field::Field;
use leadhook::domain::intake::{self, Visitor};
use leadhook::domain::lead::Lead;
use leadhook::domain::lead_type::LeadType;
use leadhook::domain::raw::Raw;
use leadhook::domain::secret::Secret;
use leadhook::domain::source::{Auth, Profile, Source};

/// A form on a page, where anybody may post.
pub(crate) fn form() -> Source {
    Source {
        auth: Auth::Open,
        ..service(LeadType::WebForm)
    }
}

/// A service that posts what it saw; leads are of this type.
pub(crate) fn service(lead_type: LeadType) -> Source {
    let profile = Profile {
        id: 1,
        name: "My Profile".to_owned(),
    };
    let secret = Secret::new("test-source-token-0123");
    Source::new("site", lead_type, profile, Auth::Bearer(vec![secret]))
}

/// The new lead that this visitor's post to `source` makes.
pub(crate) fn lead(source: &Source, visitor: &Visitor, json: &str) -> Lead {
    let raw = Raw::from_json(json.as_bytes()).unwrap_or_else(|error| panic!("{error:?}: {json}"));
    let submission = intake::read(raw, source, visitor);
    let submission = submission.unwrap_or_else(|refusal| panic!("{refusal:?}: {json}"));
    complete(submission, source)
}

/// The texts of these fields; empty ones are empty.
pub(crate) fn texts<const N: usize>(lead: &Lead, fields: [Field; N]) -> [&str; N] {
    fields.map(|field| lead.values.text(field).unwrap_or_default())
}
