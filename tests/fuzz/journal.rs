//! The journal: frames whose checksum holds although their content is spoiled, repeated in the database
//! that lacks them.

use std::ffi::OsString;
use std::fs;
use std::sync::{LazyLock, mpsc};

use leadhook::store::{Location, Options, Store, journal_in};

use crate::daemon::{Directory, TestDaemon, WEBSITE, wait_until};

/// A backup, and the journal from there on.
struct Begun {
    database: Vec<u8>,
    name: OsString,
    journal: Vec<u8>,
}

static BEGUN: LazyLock<Begun> = LazyLock::new(|| {
    let backups = "\n[backup]\ndirectory = \"backups\"\n";
    let mut daemon = TestDaemon::start(&format!("{backups}{WEBSITE}"));
    wait_until("a backup", || {
        daemon.setting.log().contains("backup made and verified")
    });
    let ada = r#"{"email":"ada@example.com","notes":"hello"}"#;
    daemon.post_with("website", &[("idempotency-key", "k")], ada);
    daemon.post("website", r#"{"external_id":"1","notes":"hello"}"#);
    daemon.stop();
    // One that the backup has taken in may be still there.
    let newest = |directory: &str, ending: &str| {
        let files = fs::read_dir(daemon.directory().join(directory)).expect("a directory");
        let files = files.map(|file| file.expect("a file").path());
        let files = files.filter(|path| path.extension().is_some_and(|found| found == ending));
        files.max().expect(ending)
    };
    let journal = newest("journal", "journal");
    Begun {
        database: fs::read(newest("backups", "redb")).expect("a backup"),
        name: journal.file_name().expect("a name").to_owned(),
        journal: fs::read(&journal).expect("a journal"),
    }
});

pub(crate) fn files() -> Vec<Vec<u8>> {
    vec![BEGUN.journal.clone()]
}

/// "leadhook journal" and the version.
const BEGINNING_BYTES: usize = 17;
/// Of the length and the checksum before each part.
const NUMBER_BYTES: usize = 4;

/// Gives all parts the checksum of what they have become.
fn seal(file: &mut [u8]) {
    let mut rest = file.get_mut(BEGINNING_BYTES..).unwrap_or_default();
    while let Some((length, after)) = rest.split_first_chunk_mut::<NUMBER_BYTES>() {
        let length = u32::from_le_bytes(*length) as usize;
        let Some((checksum, after)) = after.split_first_chunk_mut::<NUMBER_BYTES>() else {
            return;
        };
        let Some((content, after)) = after.split_at_mut_checked(length) else {
            return;
        };
        *checksum = crc32fast::hash(content).to_le_bytes();
        rest = after;
    }
}

/// Whether a store opens with it, and has what is in it.
pub(crate) fn file(bytes: &[u8]) -> bool {
    let directory = Directory::new();
    let (database, journal) = (
        directory.0.join("leadhook.redb"),
        directory.0.join("journal"),
    );
    fs::create_dir(&journal).expect("a directory");
    fs::write(&database, &BEGUN.database).expect("a database");
    let mut bytes = bytes.to_vec();
    seal(&mut bytes);
    fs::write(journal.join(&BEGUN.name), bytes).expect("a journal");
    let options = Options {
        journal: Some(journal_in(journal)),
        ..Options::at(Location::File(database))
    };
    let (sender, opened) = mpsc::channel();
    let store = Store::start(options, Vec::new(), move |result| {
        let _ = sender.send(result.is_ok());
    });
    let store = store.expect("a thread for the store");
    let is_open = opened.recv().expect("the opening ends");
    let has_leads = is_open
        && store
            .events_after((0, 0), 2)
            .is_ok_and(|events| events.len() == 2);
    if is_open {
        let _ = store.verify();
    }
    store.close();
    has_leads
}
