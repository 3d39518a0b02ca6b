//! Where a lead comes from: `lead_source`, `lead_medium` and what belongs to them.
//!
//! What was posted wins. Then, of the pages that the visitor saw, the UTM parameters as they are, an
//! ad's click id, and the site that sent him. Who came by none of these came directly; that is only
//! concluded of a visitor of a public form, since of others nobody can know what was not told.

use super::page::Page;
use super::{Touch, Visit, click_id, referrer};
use crate::domain::field::Field;
use crate::domain::intake::{StandIn, Submission, clean};
use crate::domain::url::is_within;
use crate::domain::value::Value;

/// The fields, in the order of [`Attribution`]; they belong together.
pub(in crate::domain) const FIELDS: [Field; 5] = [
    Field::LeadSource,
    Field::LeadMedium,
    Field::LeadCampaign,
    Field::LeadContent,
    Field::LeadKeyword,
];
/// Those that decide which way it was.
pub(in crate::domain) const DECISIVE: [Field; 2] = [Field::LeadSource, Field::LeadMedium];
const PARAMETERS: [&str; 5] = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
];
const SOURCE: usize = 0;
const MEDIUM: usize = 1;

/// What the fields are to hold.
type Attribution = [Option<String>; 5];

/// Finds what was not posted.
pub(super) fn find(submission: &mut Submission, visit: &Visit<'_>) {
    let posted = FIELDS.map(|field| submission.text(field));
    if posted.iter().all(Option::is_some) {
        return;
    }
    let found = origin(submission, visit);
    if !agrees(&posted, &found) {
        return;
    }
    for (field, text) in FIELDS.into_iter().zip(found) {
        let Some(text) = text.map(|text| clean(&text)) else {
            continue;
        };
        submission.stand_in(StandIn {
            field,
            value: Value::Text(text),
            from: None,
        });
    }
}

/// Whether what was found completes what was posted, and does not contradict it.
fn agrees(posted: &[Option<&str>; 5], found: &Attribution) -> bool {
    let agrees = |at: usize| match (posted[at], &found[at]) {
        (Some(posted), Some(found)) => posted.eq_ignore_ascii_case(found),
        _ => true,
    };
    agrees(SOURCE) && agrees(MEDIUM)
}

fn origin(submission: &Submission, visit: &Visit<'_>) -> Attribution {
    let page = |field: Field| submission.text(field).map(Page::of);
    let (landing, last) = (page(Field::LandingUrl), page(Field::LeadUrl));
    let own = own_sites([landing, last], visit);
    let posted = click_id::network_posted(submission);
    let came = match visit.touch {
        Touch::First => came_by(
            [landing, last],
            posted,
            [visit.referrer, visit.page_referrer],
            &own,
        ),
        Touch::Last => came_by([last, None], None, [visit.page_referrer, None], &own)
            .or_else(|| came_by([landing, None], posted, [visit.referrer, None], &own)),
    };
    let mut came = came.unwrap_or_default();
    if says_nothing(&came) && visit.is_seen {
        came[SOURCE] = Some("direct".to_owned());
        came[MEDIUM] = Some("none".to_owned());
    }
    came
}

/// How somebody came who saw these pages, by this ad, and was sent by one of these sites; the first
/// go first. None where nothing of it tells.
fn came_by(
    pages: [Option<Page<'_>>; 2],
    posted_ad: Option<&'static str>,
    referrers: [Option<&str>; 2],
    own: &[String],
) -> Option<Attribution> {
    let pages = || pages.iter().flatten();
    let utm = pages().find_map(utm);
    if utm.as_ref().is_some_and(|utm| !says_nothing(utm)) {
        return utm;
    }
    let ad = pages().find_map(click_id::network_of).or(posted_ad);
    let sites = referrers.into_iter().flatten();
    let site = sites
        .map(|referrer| Page::of(referrer).site())
        .find(|site| site.contains('.') && !own.iter().any(|own| is_same_site(own, site)));
    let (source, medium) = match (ad, &site) {
        (Some(network), _) => (network, "cpc"),
        (None, Some(site)) => referrer::of_site(site),
        (None, None) => return utm,
    };
    let mut origin = utm.unwrap_or_default();
    origin[SOURCE] = Some(source.to_owned());
    origin[MEDIUM] = Some(medium.to_owned());
    Some(origin)
}

fn says_nothing(origin: &Attribution) -> bool {
    origin[SOURCE].is_none() && origin[MEDIUM].is_none()
}

/// The UTM parameters of a page, if it has any.
fn utm(page: &Page<'_>) -> Option<Attribution> {
    let mut found = Attribution::default();
    for (name, value) in page.parameters() {
        let at = PARAMETERS
            .iter()
            .position(|known| name.eq_ignore_ascii_case(known));
        if let Some(at) = at {
            found[at].get_or_insert_with(|| value.into_owned());
        }
    }
    found.iter().any(Option::is_some).then_some(found)
}

/// The sites of the owner, as far as they show: moving about on them is no arrival.
fn own_sites(pages: [Option<Page<'_>>; 2], visit: &Visit<'_>) -> Vec<String> {
    let pages = pages.iter().flatten().map(Page::site);
    let listed = visit
        .own
        .iter()
        .map(|origin| Page::of(origin.as_str()).site());
    pages
        .chain(listed)
        .filter(|site| !site.is_empty())
        .collect()
}

fn is_same_site(a: &str, b: &str) -> bool {
    is_within(a, b) || is_within(b, a)
}
