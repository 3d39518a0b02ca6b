//! The keys of a source about what is derived of its leads.

use std::time::Duration;

use super::section::Section;
use crate::domain::derive::{Derivation, Touch};
use crate::domain::phone::Country;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Reads them; without a country of its own the source has that of the account.
pub(super) fn derivation(section: &Section<'_>, country: Option<Country>) -> Derivation {
    let touches = [("first_touch", Touch::First), ("last_touch", Touch::Last)];
    let default = Derivation::default();
    Derivation {
        touch: section.choice("attribution", &touches, default.touch),
        country: default_country(section).or(country),
        duplicate_window: section.duration(
            "duplicate_window",
            Duration::ZERO..=30 * DAY,
            default.duplicate_window,
        ),
    }
}

/// The country in which telephone numbers are typed that do not say theirs.
pub(super) fn default_country(section: &Section<'_>) -> Option<Country> {
    let text = section.text("default_country")?;
    let country = Country::find(&text.value);
    if country.is_none() {
        let hint = "two letters (ISO 3166-1): \"DE\", \"GB\", \"US\"";
        section.refuse(text.at, "default_country", "there is no such country", hint);
    }
    country
}
