//! `[spam]`: what is taken for spam.

use super::listeners::networks;
use super::section::{Section, Text, quoted};
use crate::domain::judgement::{Code, Screening, Senders, THRESHOLD};
use crate::domain::webhook::Network;

const THRESHOLD_MAX: u32 = 10_000;
const POINTS_MAX: u32 = 1000;
const LIST_MAX: usize = 10_000;

/// The settings, and the words of the block list.
pub(super) fn spam(section: &Section<'_>) -> (Screening, Vec<String>) {
    let blocked = Senders {
        emails: entries(section, "block_emails", "an e-mail address", &email),
        domains: entries(section, "block_domains", "a domain", &domain),
        phones: entries(
            section,
            "block_phones",
            "the beginning of a phone number",
            &phone,
        ),
        networks: networks(section, "block_networks"),
    };
    let words = entries(section, "block_words", "a word", &word);
    let screening = Screening {
        threshold: section.count("threshold", 0..=THRESHOLD_MAX, THRESHOLD),
        of_sources: Vec::new(),
        points: points(section),
        blocked,
        allowed: allowed(section),
    };
    (screening, words)
}

/// The threshold of one source, if it has its own.
pub(super) fn own_threshold(section: &Section<'_>) -> Option<u32> {
    section.value("spam_threshold")?;
    Some(section.count("spam_threshold", 0..=THRESHOLD_MAX, THRESHOLD))
}

fn points(section: &Section<'_>) -> Vec<u32> {
    const HINT: &str = "points.link = 0, or [spam.points] and link = 0 below it";
    let points = section.table("points", HINT, |inner, _| {
        let points = |code: &Code| inner.count(code.name(), 0..=POINTS_MAX, code.default_points());
        Code::ALL.iter().map(points).collect()
    });
    points.unwrap_or_else(|| Screening::default().points)
}

/// Who is never screened: addresses, domains, phone numbers and networks in one list.
fn allowed(section: &Section<'_>) -> Senders {
    let mut allowed = Senders::default();
    for text in section.texts("allow").unwrap_or_default() {
        let value = text.value.trim();
        if let Some(network) = Network::parse(value) {
            allowed.networks.push(network);
        } else if let Some(phone) = phone(value).filter(|_| value.starts_with('+')) {
            allowed.phones.push(phone);
        } else if let Some(email) = email(value) {
            allowed.emails.push(email);
        } else if let Some(domain) = domain(value) {
            allowed.domains.push(domain);
        } else {
            refuse(section, "allow", &text, "a sender");
        }
    }
    allowed
}

fn entries(
    section: &Section<'_>,
    key: &str,
    wanted: &str,
    read: &dyn Fn(&str) -> Option<String>,
) -> Vec<String> {
    let texts = section.texts(key).unwrap_or_default();
    if texts.len() > LIST_MAX {
        let what = format!("there are more than {LIST_MAX} of them");
        section.refuse(texts[0].at, key, what, "write fewer of them");
    }
    let one = |text: &Text<'_>| {
        let entry = read(text.value.trim());
        if entry.is_none() {
            refuse(section, key, text, wanted);
        }
        entry
    };
    texts.iter().filter_map(one).collect()
}

fn refuse(section: &Section<'_>, key: &str, text: &Text<'_>, wanted: &str) {
    let hint = match key {
        "block_emails" => r#"block_emails = ["robot@example.com"]"#,
        "block_domains" => r#"block_domains = ["example.com"]: with those below it"#,
        "block_phones" => r#"block_phones = ["+99912"]: a + and digits, the country first"#,
        "block_words" => r#"block_words = ["casino", "cheap pill*"]"#,
        _ => r#"allow = ["jane@example.com", "example.org", "+4930", "192.0.2.0/24"]"#,
    };
    let what = format!("{} is not {wanted}", quoted(text.raw));
    section.refuse(text.at, key, what, hint);
}

fn email(text: &str) -> Option<String> {
    let (local, host) = text.split_once('@')?;
    let plain = |c: char| !c.is_whitespace() && !c.is_control();
    let fits = !local.is_empty() && local.chars().all(plain) && !host.starts_with('@');
    (fits && domain(host).is_some()).then(|| text.to_lowercase())
}

fn domain(text: &str) -> Option<String> {
    let text = text.strip_prefix('@').unwrap_or(text);
    let label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let fits = text.contains('.') && text.split('.').all(label);
    fits.then(|| text.to_lowercase())
}

fn phone(text: &str) -> Option<String> {
    let is_filler = |c: char| matches!(c, ' ' | '-' | '(' | ')' | '.' | '/');
    let plain: String = text.chars().filter(|c| !is_filler(*c)).collect();
    let digits = plain.strip_prefix('+')?;
    let fits = (1..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then_some(plain)
}

fn word(text: &str) -> Option<String> {
    let fits = text.chars().any(char::is_alphanumeric) && text.chars().count() <= 100;
    fits.then(|| text.to_owned())
}
