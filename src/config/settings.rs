//! `[store]`, `[log]`, `[stop]` and `[account]`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;

use super::derivation::default_country;
use super::section::{Section, quoted};
use crate::domain::location::Location;
use crate::domain::phone::Country;
use crate::domain::source::Account;
use crate::log::{Format, Level};

/// `[store]`: the database file.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    /// A relative one begins at `STATE_DIRECTORY` under systemd, else at the config's directory.
    pub path: PathBuf,
    /// Memory for pages of the database, in bytes; 4 MiB to 1 GiB.
    pub cache_bytes: usize,
    /// With less free space than this, in bytes, no lead is accepted; 0: never checked.
    pub low_space_bytes: u64,
    /// With less free space than this, in bytes, nothing is delivered either; 0: never checked.
    pub very_low_space_bytes: u64,
    /// For so long nothing is sent after an unclean start.
    pub start_delay: Duration,
}

/// `[log]`: what is written to standard error.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    /// How a line looks.
    pub format: Format,
    /// Which lines are written.
    pub level: Level,
}

/// `[stop]`: how the daemon ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// For so long open requests and running attempts may go on; 0 to 5 minutes.
    pub grace: Duration,
}

/// The largest integer that every JSON reader keeps exactly (RFC 8259 section 6).
pub(super) const ID_MAX: u64 = (1 << 53) - 1;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const SPACE_BYTES_MAX: u64 = 1 << 40;

pub(super) fn store(section: &Section<'_>) -> Store {
    let low = section.size("low_space", 0..=SPACE_BYTES_MAX, 512 << 20);
    let very_low = section.size("very_low_space", 0..=SPACE_BYTES_MAX, 64 << 20);
    if very_low > low {
        let at = section
            .value("very_low_space")
            .or_else(|| section.value("low_space"))
            .map_or(section.at, |value| value.span().start);
        let hint = "very_low_space may be as large as low_space, and no larger";
        section.refuse(at, "very_low_space", "this is more than low_space", hint);
    }
    Store {
        path: path(section),
        cache_bytes: section.size("cache", 4 << 20..=1 << 30, 16 << 20),
        low_space_bytes: low,
        very_low_space_bytes: very_low,
        start_delay: section.duration("start_delay", Duration::ZERO..=10 * MINUTE, 5 * SECOND),
    }
}

fn path(section: &Section<'_>) -> PathBuf {
    let text = section.text("path");
    if let Some(text) = &text
        && text.value.is_empty()
    {
        let hint = r#"path = "leadhook.redb""#;
        section.refuse(text.at, "path", "the path is empty", hint);
    }
    let path = text.map_or("leadhook.redb".to_owned(), |text| text.value);
    section.state_path(&path)
}

impl Section<'_> {
    /// A path that begins, where it is relative, in the unit's state directory under systemd, else in
    /// the directory of the config.
    pub(super) fn state_path(&self, path: &str) -> PathBuf {
        // systemd lists several directories with colons; the first is the unit's own.
        let state = self.reader.env.var("STATE_DIRECTORY");
        let state = state.and_then(|list| list.split(':').next()).map(Path::new);
        state.unwrap_or(self.reader.base_dir).join(path)
    }
}

pub(super) fn log(section: &Section<'_>) -> Log {
    let formats = [("text", Format::Text), ("json", Format::Json)];
    let levels = [
        ("error", Level::Error),
        ("warn", Level::Warn),
        ("info", Level::Info),
        ("debug", Level::Debug),
    ];
    Log {
        format: section.choice("format", &formats, Format::Text),
        level: section.choice("level", &levels, Level::Info),
    }
}

pub(super) fn stop(section: &Section<'_>) -> Stop {
    Stop {
        grace: section.duration("grace", Duration::ZERO..=5 * MINUTE, 20 * SECOND),
    }
}

/// The account, and the country that telephone numbers are typed in.
pub(super) fn account(section: &Section<'_>) -> (Account, Option<Country>) {
    let name = section.title("name");
    let account = Account {
        id: section.count("id", 1..=ID_MAX, 1),
        name: name.map_or("My Business".to_owned(), |text| text.value),
    };
    (account, default_country(section))
}

/// The owner's time zone.
pub(super) fn time_zone(section: &Section<'_>) -> TimeZone {
    let Some(text) = section.text("time_zone") else {
        return TimeZone::UTC;
    };
    TimeZone::get(&text.value).unwrap_or_else(|_| {
        let what = format!("{} is no time zone", quoted(text.raw));
        let hint = "as in the IANA database: time_zone = \"Europe/Oslo\"";
        section.refuse(text.at, "time_zone", what, hint);
        TimeZone::UTC
    })
}

/// The language of most names in the files that there are.
const NAMES: &str = "en";

/// A file that is not there is told when it is read: it may come, and leads do not wait for it.
pub(super) fn location(section: &Section<'_>) -> Option<Location> {
    let language = language(section);
    let database = section.text("database")?;
    if database.value.is_empty() {
        let hint = r#"database = "GeoLite2-City.mmdb""#;
        section.refuse(database.at, "database", "this is no file", hint);
    }
    Some(Location {
        database: section.reader.base_dir.join(database.value),
        language: language.unwrap_or_else(|| NAMES.to_owned()),
    })
}

/// As the file has it: two letters, maybe with a country.
fn language(section: &Section<'_>) -> Option<String> {
    let text = section.text("language")?;
    let (language, country) = text.value.split_once('-').unwrap_or((&text.value, "XX"));
    let two = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic());
    if !two(language) || !two(country) {
        let hint = r#"as the file names it: "en", "de", "pt-BR""#;
        section.refuse(text.at, "language", "this is not a language", hint);
    }
    Some(text.value)
}
