//! Click ids: who comes by an ad brings its id along in the address on which he arrives.

use super::page::Page;
use crate::domain::field::Field;
use crate::domain::intake::{StandIn, Submission, clean};
use crate::domain::value::Value;

/// Parameters of addresses by which ads are told, and the network that writes them.
const NETWORKS: &[(&str, &str)] = &[
    ("gclid", "google"),
    ("gclsrc", "google"),
    ("wbraid", "google"),
    ("gbraid", "google"),
    ("dclid", "google"),
    ("msclkid", "bing"),
    ("fbclid", "facebook"),
    ("ttclid", "tiktok"),
    ("li_fat_id", "linkedin"),
    ("twclid", "twitter"),
    ("epik", "pinterest"),
    ("sccid", "snapchat"),
    ("rdt_cid", "reddit"),
    ("qclid", "quora"),
    ("yclid", "yandex"),
    ("ndclid", "nextdoor"),
    ("obclid", "outbrain"),
    ("tblci", "taboola"),
];

/// The network whose ad brought somebody to this page.
pub(super) fn network_of(page: &Page<'_>) -> Option<&'static str> {
    page.parameters().find_map(|(name, _)| network(&name))
}

/// The network whose click id was posted, by itself or under a label.
pub(super) fn network_posted(submission: &Submission) -> Option<&'static str> {
    if submission.text(Field::Gclid).is_some() {
        return Some("google");
    }
    if submission.text(Field::Msclkid).is_some() {
        return Some("bing");
    }
    // Facebook's cookie (`fb.1.…`) outlives the visit by months; only the parameter tells of a click.
    let facebook = submission.text(Field::FacebookClickId);
    if facebook.is_some_and(|id| !id.starts_with("fb.")) {
        return Some("facebook");
    }
    let labels = submission.labels().iter();
    labels
        .filter(|(_, text)| !text.is_empty())
        .find_map(|(label, _)| network(label))
}

fn network(name: &str) -> Option<&'static str> {
    let known = NETWORKS.iter();
    known
        .filter(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, network)| *network)
        .next()
}

/// Parameters that are a field of the lead.
fn field(parameter: &str) -> Option<Field> {
    match parameter {
        "gclid" => Some(Field::Gclid),
        "msclkid" => Some(Field::Msclkid),
        "fbclid" => Some(Field::FacebookClickId),
        _ => None,
    }
}

/// Finds those that were not posted by themselves; the first page goes first.
pub(super) fn find(submission: &mut Submission, pages: [Field; 2]) {
    for page in pages {
        let Some(address) = submission.text(page) else {
            continue;
        };
        let found = Page::of(address).parameters();
        let found: Vec<StandIn> = found
            .filter_map(|(name, value)| {
                let field = field(&name)?;
                let value = Value::Text(clean(&value));
                let from = None;
                Some(StandIn { field, value, from })
            })
            .collect();
        for stand_in in found {
            submission.stand_in(stand_in);
        }
    }
}
