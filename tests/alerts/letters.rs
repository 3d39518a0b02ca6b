//! Alerts and digests by e-mail.

use std::net::{IpAddr, Ipv4Addr};

use leadhook::outbound::Lookups;

use crate::authority::Authority;
use crate::daemon::Directory;
use crate::mail_server::{MailServer, Tls};
use crate::*;

/// A daemon that writes alerts through this server, with these lines in `[alerts]`.
fn writing(
    server: &MailServer,
    authority: &Authority,
    files: &Directory,
    crm: &Receiver,
    more: &str,
) -> TestDaemon {
    let ca_file = files.0.join("ca.pem");
    std::fs::write(&ca_file, &authority.pem).expect("a file");
    let config = format!(
        "{WEBSITE}[smtp]\nhost = \"mail.example\"\nport = {}\nfrom = \"leads@example.com\"\n\
         ca_file = {ca_file:?}\nallow_private = true\n[alerts]\nemail = [\"owner@example.com\"]\n{more}\n{}",
        server.port(),
        webhook("crm", &crm.url(), "")
    );
    let mut setting = Setting::default();
    setting.lookups = Lookups::new(|_| Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]));
    TestDaemon::start_with(setting, &config)
}

#[test]
fn an_alert_is_a_letter_that_says_what_to_do() {
    let (authority, files) = (Authority::new(), Directory::new());
    let server = MailServer::friendly(Tls::Implicit(authority.server("mail.example", false)));
    let crm = Receiver::always(Reply::status(410));
    let daemon = writing(&server, &authority, &files, &crm, "");
    daemon.post("website", r#"{"name":"Ada"}"#);
    let letter = server.wait_for(1);
    assert_eq!(
        letter.subject(),
        "[leadhook] Webhook crm was stopped by its receiver"
    );
    let text = letter.part("text/plain");
    assert!(text.contains("Since 2026-02-01T14:09:01Z."), "{text}");
    assert!(
        text.contains("What to do:") && text.contains("leadhook resume crm"),
        "{text}"
    );
}

#[test]
fn the_digest_comes_once_a_day_at_its_hour_also_over_restarts() {
    let (authority, files) = (Authority::new(), Directory::new());
    let server = MailServer::friendly(Tls::Implicit(authority.server("mail.example", false)));
    let crm = Receiver::always(Reply::status(200));
    let more = "digest = \"daily\"\ndigest_hour = 7";
    let mut daemon = writing(&server, &authority, &files, &crm, more);
    for name in ["Ada", "Bob"] {
        daemon.post("website", &format!(r#"{{"name":"{name}"}}"#));
    }
    // What nobody posted counts, too: it was left out.
    let token = [("authorization", "Bearer test-admin-token-0123")];
    let made = client::ask(
        daemon.admin(),
        "POST",
        "/api/v1/leads",
        &token,
        br#"{"name":"Eva"}"#,
    );
    assert_eq!(made.status, 201, "{}", made.body);
    daemon.wait_until_drained();
    // It begins at 14:09; seven o'clock is nearly 17 hours away.
    wait_until("begun", || {
        daemon
            .store()
            .book()
            .is_ok_and(|book| book.digest.is_some())
    });
    daemon.turn_clock(16 * HOUR);
    daemon.restart();
    assert_eq!(server.letters().len(), 0);
    daemon.turn_clock(HOUR);
    let letter = server.wait_for(1);
    assert_eq!(letter.subject(), "[leadhook] Your leads: 3");
    let text = letter.part("text/plain");
    assert!(
        text.contains("website: 2") && text.contains("api: 1") && text.contains("nothing waits"),
        "{text}"
    );
    let begun = daemon.store().book().expect("a book").digest;
    wait_until("kept", || {
        daemon
            .store()
            .book()
            .is_ok_and(|book| book.digest != begun || book.digest > Some(daemon::BEGIN))
    });
    daemon.restart();
    daemon.turn_clock(HOUR);
    daemon.turn_clock(22 * HOUR);
    assert_eq!(server.letters().len(), 1);
    daemon.turn_clock(2 * HOUR);
    server.wait_for(2);
}
