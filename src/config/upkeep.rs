//! `[backup]` and `[retention]`: what is kept, how long, and where else.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::section::Section;
use crate::domain::retention::Retention;

/// `[backup]`: copies of the database, made while it is in use.
#[derive(Clone, Debug, PartialEq)]
pub struct Backup {
    /// Where they are; none: no backups are made.
    pub directory: Option<PathBuf>,
    /// How often; none: only when asked for.
    pub every: Option<Duration>,
    /// So many are kept; 1 to 1000.
    pub keep: usize,
    /// A command that takes each off the machine.
    pub run: Option<String>,
    /// So long it may take; 1 second to 1 day.
    pub run_timeout: Duration,
    /// Where every change since the last backup is kept; none: nowhere.
    pub journal: Option<PathBuf>,
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
const AGE_MAX: Duration = Duration::from_secs(36_500 * 86_400);
const SIZE_MIN: u64 = 16 << 20;
const SIZE_MAX: u64 = 1 << 50;

/// Reads `[backup]`; the journal is beside the database unless it says otherwise.
pub(super) fn backup(section: &Section<'_>, database: &Path) -> Backup {
    let directory = section.text("directory").map(|text| text.value);
    let directory = directory.filter(|path| !path.is_empty());
    let journal = section.text("journal");
    let place = journal.as_ref().map(|text| text.at);
    let journal = match (&directory, journal.map(|text| text.value)) {
        (None, Some(path)) if !path.is_empty() => {
            let hint =
                "a backup cuts the journal, and without one it only grows: set directory, too";
            let at = place.unwrap_or(section.at);
            section.refuse(at, "journal", "there is no directory for backups", hint);
            None
        }
        (None, _) => None,
        (Some(_), None) => Some(database.with_file_name("journal")),
        (Some(_), Some(path)) if path.is_empty() => None,
        (Some(_), Some(path)) => Some(section.state_path(&path)),
    };
    Backup {
        directory: directory.map(|path| section.state_path(&path)),
        every: section.maybe_duration("every", HOUR..=31 * DAY, Some(DAY)),
        keep: section.count("keep", 1..=1000, 7),
        run: section
            .text("run")
            .map(|text| text.value)
            .filter(|run| !run.is_empty()),
        run_timeout: section.duration("run_timeout", SECOND..=DAY, HOUR),
        journal,
    }
}

/// Reads `[retention]`.
pub(super) fn retention(section: &Section<'_>) -> Retention {
    let age = |key, default| section.maybe_duration(key, DAY..=AGE_MAX, default);
    let size_max = section.size("size_max", 0..=SIZE_MAX, 0);
    if (1..SIZE_MIN).contains(&size_max) {
        let at = section
            .value("size_max")
            .map_or(section.at, |value| value.span().start);
        let hint = r#"16 MiB or more; "0 B" sets no limit"#;
        section.refuse(at, "size_max", "this is too little", hint);
    }
    Retention {
        leads: age("leads", None),
        spam: age("spam", Some(90 * DAY)),
        revisions: age("revisions", None),
        deliveries: age("deliveries", Some(365 * DAY)),
        attempts: age("attempts", Some(90 * DAY)),
        files: age("files", None),
        size_max: (size_max > 0).then_some(size_max),
    }
}
