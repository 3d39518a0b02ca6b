//! No more is stored than the limit says: the oldest that nothing waits for goes.

use crate::daemon::{wait_until, webhook};
use crate::receiver::{Receiver, Reply};
use crate::{counts, post, start};

/// Leads of about 100 KB.
fn post_large(daemon: &crate::daemon::TestDaemon, name: &str, count: usize) {
    let text = "x".repeat(50_000);
    for n in 0..count {
        post(
            daemon,
            &format!(r#"{{"notes":"{name} {n}","message":"{text}","more":"{text}"}}"#),
        );
    }
}

#[test]
fn the_oldest_leads_go_when_too_much_is_stored() {
    let daemon = start("size_max = \"16 MiB\"", "");
    post_large(&daemon, "old", 120);
    post_large(&daemon, "new", 120);
    assert!(counts(&daemon).stored_bytes > 16 << 20);
    daemon.clock_rings();
    wait_until("space", || counts(&daemon).stored_bytes <= 16 << 20);
    let left = counts(&daemon).leads;
    assert!((100..240).contains(&left), "{left}");
    assert_eq!(daemon.store().lead(1), Ok(None));
    assert!(daemon.store().lead(240).expect("a store").is_some());
    daemon.verify();
}

#[test]
fn what_waits_stays_even_beyond_the_limit() {
    let receiver = Receiver::script(|_, n| Reply::status(if n == 1 { 200 } else { 410 }));
    let daemon = start(
        "size_max = \"16 MiB\"",
        &webhook("crm", &receiver.url(), ""),
    );
    let taken = post(&daemon, r#"{"notes":"taken"}"#);
    daemon.wait_until_drained();
    post_large(&daemon, "waits", 200);
    assert!(counts(&daemon).stored_bytes > 16 << 20);
    daemon.clock_rings();
    wait_until("the one that does not wait goes", || {
        daemon.store().lead(taken) == Ok(None)
    });
    assert_eq!(counts(&daemon).leads, 200);
    daemon.verify();
}
