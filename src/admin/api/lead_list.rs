//! What a list of leads is asked for: the reference's parameters, and ours beside them.

use super::call::{flag, misfit};
use super::statistics::DAY_MS;
use super::{Kind, Parameter, parameter};
use crate::domain::contact::{self, Kind as ContactKind};
use crate::domain::lead_type::LeadType;
use crate::domain::listing::{ATTRIBUTION, Order, QUOTABLE, Query, fingerprint};
use crate::domain::phone::Country;
use crate::domain::time::Timestamp;
use crate::domain::words::words_sought;
use crate::store::{Cursor, Page};

/// So many leads are on a page.
const PER_PAGE: u64 = 25;
const PER_PAGE_MAX: u64 = 2500;

pub(super) const TYPES: &[&str] = &[
    "phone_call",
    "web_form",
    "chat",
    "text_message",
    "transaction",
    "event",
    "email",
    "appointment",
    "other",
];
pub(super) const CONTACTS: [(&str, ContactKind); 3] = [
    ("phone_number", ContactKind::Phone),
    ("email_address", ContactKind::Email),
    ("user_id", ContactKind::User),
];
const HAS: &[&str] = &["has_value", "no_value"];

pub(super) const PARAMETERS: &[Parameter] = &[
    parameter(
        "leads_per_page",
        Kind::Number(1, PER_PAGE_MAX),
        "How many leads to answer with; 25 without it.",
    ),
    parameter(
        "page_number",
        Kind::Number(1, u32::MAX as u64),
        "Which page, from 1.",
    ),
    parameter(
        "page",
        Kind::Number(1, u32::MAX as u64),
        "The same as page_number.",
    ),
    parameter(
        "cursor",
        Kind::Text,
        "Goes on behind an earlier page, in place of page_number: its next_cursor. As fast at the end of a million leads as at the beginning.",
    ),
    parameter(
        "count",
        Kind::Flag,
        "Whether to tell total_leads and total_pages; true without it. Without a count a page by cursor is read as fast whatever it filters by.",
    ),
    parameter(
        "order",
        Kind::Word(&["asc", "desc"]),
        "The oldest or the newest first; desc without it.",
    ),
    parameter(
        "order_by",
        Kind::Word(&["date_created", "last_updated"]),
        "By what; date_created without it.",
    ),
    parameter("lead_type", Kind::Word(TYPES), "Of this type."),
    parameter(
        "lead_status",
        Kind::Word(&["unique", "repeat"]),
        "Whether the person was known before.",
    ),
    parameter(
        "start_date",
        Kind::Time,
        "Created at this time or later; UTC.",
    ),
    parameter(
        "end_date",
        Kind::Time,
        "Created at this time or earlier; a date alone includes the whole day.",
    ),
    parameter(
        "updated_since",
        Kind::Time,
        "Created or changed at this time or later.",
    ),
    parameter(
        "quotable",
        Kind::Word(&["not_set", "yes", "no", "pending"]),
        "What was decided of it.",
    ),
    parameter("quote_value", Kind::Word(HAS), "Whether there is a quote."),
    parameter("sales_value", Kind::Word(HAS), "Whether there is a sale."),
    parameter("spam", Kind::Flag, "Whether it looks like spam."),
    parameter(
        "duplicate",
        Kind::Flag,
        "Whether it repeats an earlier one.",
    ),
    parameter(
        "phone_number",
        Kind::Text,
        "With this telephone number, in any of its fields and however it is written.",
    ),
    parameter(
        "email_address",
        Kind::Text,
        "With this e-mail address, in any of its fields and in any case.",
    ),
    parameter("user_id", Kind::Text, "Of this visitor."),
    parameter(
        "lead_source",
        Kind::Text,
        "Where the visitor came from, whatever its case: google.",
    ),
    parameter("lead_medium", Kind::Text, "By which medium: cpc."),
    parameter("lead_campaign", Kind::Text, "By which campaign."),
    parameter("lead_content", Kind::Text, "By which variant of it."),
    parameter("lead_keyword", Kind::Text, "By which keyword."),
    parameter("account_id", Kind::Number(0, u64::MAX), "Of this account."),
    parameter("profile_id", Kind::Number(0, u64::MAX), "Of this profile."),
    parameter(
        "source",
        Kind::Text,
        "From the source of this name in the config.",
    ),
    parameter(
        "search",
        Kind::Text,
        "Has a word beginning with each of these; up to 16 words.",
    ),
];

/// Whether a parameter may have this text.
pub(in crate::admin) fn fits(name: &str, text: &str) -> bool {
    let mut known = PARAMETERS.iter();
    known.any(|parameter| parameter.name == name && misfit(&parameter.kind, text).is_none())
}

/// Tells the text of a parameter, if it has one.
pub(in crate::admin) type Said<'a> = &'a dyn Fn(&str) -> Option<&'a str>;

/// The query that these parameters mean; telephone numbers may have been typed in these countries.
pub(in crate::admin) fn query(said: Said<'_>, typed_in: &[Country]) -> Query {
    let place = |name: &str, words: &[&str]| {
        let text = said(name)?.replace(' ', "_");
        words
            .iter()
            .position(|word| word.eq_ignore_ascii_case(&text))
    };
    let has = |name| place(name, HAS).map(|place| place == 0);
    let time = |name| said(name).and_then(Timestamp::parse);
    let is = |name| said(name).and_then(flag);
    let quotable = QUOTABLE.map(|choice| choice.replace(' ', "_"));
    let quotable: Vec<&str> = quotable.iter().map(String::as_str).collect();
    let contacts = CONTACTS.iter().filter_map(|(name, kind)| {
        let text = said(name)?;
        Some(contact::written(*kind, text, typed_in))
    });
    Query {
        lead_type: said("lead_type").and_then(LeadType::parse),
        repeat: place("lead_status", &["unique", "repeat"]).map(|place| place == 1),
        created_from: time("start_date"),
        created_until: said("end_date").and_then(until),
        updated_from: time("updated_since"),
        quotable: place("quotable", &quotable).map(|place| place as u8),
        quoted: has("quote_value"),
        sold: has("sales_value"),
        spam: is("spam"),
        duplicate: is("duplicate"),
        attribution: ATTRIBUTION.map(|field| said(field.name()).map(fingerprint)),
        profile: said("profile_id").and_then(|id| id.parse().ok()),
        source: said("source").map(fingerprint),
        contacts: contacts.collect(),
        words: said("search").map(words_sought).unwrap_or_default(),
        order: match place("order_by", &["date_created", "last_updated"]) {
            Some(1) => Order::Updated,
            _ => Order::Created,
        },
        ascending: place("order", &["asc", "desc"]) == Some(0),
    }
}

/// The last moment that is still meant: of the day, where only that was named, else of the second.
pub(super) fn until(text: &str) -> Option<Timestamp> {
    let rest = match text {
        text if text.contains('.') => 0,
        text if text.contains([':', 'T']) => 999,
        _ => DAY_MS - 1,
    };
    Timestamp::parse(text).map(|time| Timestamp(time.0 + rest))
}

/// The page that these parameters mean: its number, and what of the list is on it. None where the
/// cursor is none.
pub(in crate::admin) fn page(said: Said<'_>) -> Option<(u64, Page)> {
    let number = |name| said(name).and_then(|text| text.parse::<u64>().ok());
    let per_page = number("leads_per_page").unwrap_or(PER_PAGE);
    let page = number("page_number").or(number("page")).unwrap_or(1).max(1);
    let after = match said("cursor") {
        None => None,
        Some(text) => Some(read_cursor(text)?),
    };
    let skip = if after.is_some() {
        0
    } else {
        (page - 1) * per_page
    };
    let part = Page {
        skip: usize::try_from(skip).unwrap_or(usize::MAX),
        after,
        limit: per_page.min(PER_PAGE_MAX) as usize,
        count: said("count").and_then(flag).unwrap_or(true),
    };
    Some((page, part))
}

/// A cursor as a text of its own: nobody should take it apart.
pub(in crate::admin) fn cursor(cursor: Cursor) -> String {
    format!("{:x}-{:x}", cursor.time.0, cursor.lead)
}

fn read_cursor(text: &str) -> Option<Cursor> {
    let (time, lead) = text.split_once('-')?;
    let number = |hex| u64::from_str_radix(hex, 16).ok();
    Some(Cursor {
        time: Timestamp(number(time)?),
        lead: number(lead)?,
    })
}
