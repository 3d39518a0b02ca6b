//! The list of erased leads beside the backups, so that none comes back with one of them. A line for
//! each: the lead, its database, when it was created, when it was erased. Nothing of the person.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::Erasure;
use crate::domain::time::Timestamp;

/// Its name, beside backups and beside the database.
const ERASED_LIST: &str = "erased-leads.txt";

const HEAD: &str = "# Leads that were erased: their numbers, no personal data. `leadhook restore` keeps them out.\n\
                    # Leave this file where it is, and take it along with the backups.\n";

/// What the list in a directory says; nothing where there is none. A line that cannot be read is
/// passed over.
pub(super) fn read_list(directory: &Path) -> io::Result<Vec<Erasure>> {
    match fs::read_to_string(directory.join(ERASED_LIST)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        text => Ok(text?.lines().filter_map(read_line).collect()),
    }
}

/// Adds erasures to the list in a directory.
pub fn write_list(directory: &Path, erasures: &[Erasure]) -> io::Result<()> {
    let known = read_list(directory)?;
    let all = known.iter().chain(erasures);
    let all: BTreeMap<_, _> = all.map(|one| ((one.database, one.lead), one)).collect();
    if all.len() == known.len() {
        return Ok(());
    }
    let mut text = HEAD.to_owned();
    for one in all.values() {
        let Erasure {
            lead,
            database,
            created,
            at,
            ..
        } = one;
        text += &format!("{lead} {database:016x} {} {}\n", created.0, at.0);
    }
    let path = directory.join(ERASED_LIST);
    let part = directory.join(format!("{ERASED_LIST}.part"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&part, &path)?;
    // A database without a directory in its path is in this one.
    let is_here = directory.as_os_str().is_empty();
    File::open(if is_here { Path::new(".") } else { directory })?.sync_all()
}

fn read_line(line: &str) -> Option<Erasure> {
    let mut parts = line.split(' ');
    let lead = parts.next()?.parse().ok()?;
    let database = u64::from_str_radix(parts.next()?, 16).ok()?;
    let mut time = || parts.next()?.parse().ok().map(Timestamp);
    Some(Erasure {
        lead,
        database,
        created: time()?,
        at: time()?,
        is_finished: true,
    })
}
