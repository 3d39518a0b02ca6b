//! Compacting: the disk gets back what was deleted, and nothing of it is left in the file.

use std::fs;
use std::os::unix::fs::MetadataExt;

use leadhook::store::compact;

use crate::daemon::wait_until;
use crate::{DAY, counts, post, start};

fn on_disk(daemon: &crate::daemon::TestDaemon) -> u64 {
    fs::metadata(daemon.file()).expect("a file").blocks() * 512
}

#[test]
fn the_file_becomes_small_holds_what_it_held_and_nothing_of_what_was_deleted() {
    let mut daemon = start("leads = \"30d\"", "");
    for n in 0..400 {
        post(
            &daemon,
            &format!(r#"{{"notes":"unforgettable-{n}-{}"}}"#, "x".repeat(5000)),
        );
    }
    daemon.turn_clock(DAY * 31);
    post(&daemon, r#"{"notes":"stays"}"#);
    wait_until("only the new one", || counts(&daemon).leads == 1);
    daemon.stop();
    let before = on_disk(&daemon);
    let mut rows = (0, 0);
    let told = compact(&daemon.file(), 16 << 20, &mut |copied, all| {
        rows = (copied, all);
        Ok(())
    });
    told.expect("a compact file");
    assert!(rows.1 > 0 && rows.0 <= rows.1, "{rows:?}");
    assert!(
        on_disk(&daemon) < before / 2,
        "{} of {before}",
        on_disk(&daemon)
    );
    let bytes = fs::read(daemon.file()).expect("a file");
    assert!(!bytes.windows(13).any(|window| window == b"unforgettable"));
    daemon.start_again().expect("a start");
    assert_eq!(counts(&daemon).leads, 1);
    daemon.verify();
    assert!(!daemon.setting.log().contains("was not a clean one"));
}

#[test]
fn a_database_in_use_is_not_compacted() {
    let daemon = start("", "");
    let refused = compact(&daemon.file(), 16 << 20, &mut |_, _| Ok(()));
    let refused = refused.expect_err("it is in use").to_string();
    assert!(refused.contains("is open in another process"), "{refused}");
}
