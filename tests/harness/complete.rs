//! What becomes of a submission without a store: a new lead, with all that can be derived of it.

use leadhook::domain::decision::{self, Owner};
use leadhook::domain::derive::{self, Known};
use leadhook::domain::intake::Submission;
use leadhook::domain::lead::Lead;
use leadhook::domain::source::{Account, Source};
use leadhook::domain::time::Timestamp;

pub(crate) fn complete(submission: Submission, source: &Source) -> Lead {
    let owner = Owner {
        account: Account {
            id: 1,
            name: "My Business".to_owned(),
        },
        profile: source.profile.clone(),
    };
    let mut lead = decision::create(submission, 1, "site", &owner, Timestamp(0));
    derive::complete(&mut lead, &Known::nothing(), &source.derivation);
    lead
}
