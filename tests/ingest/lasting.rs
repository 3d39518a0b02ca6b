//! What is kept of a post, and what a reload changes.

use std::net::TcpStream;

use crate::client::ask;
use crate::daemon::TestDaemon;
use crate::{LEAD, SOURCES, is_refused};

#[test]
fn the_body_is_kept_as_it_was_posted_only_where_the_source_says_so() {
    let keep = "[[source]]\nname = \"keep\"\nauth = \"none\"\nkeep_body = true\n";
    let daemon = TestDaemon::start(&format!("{SOURCES}{keep}"));
    let body = "{ \"email\" : \"a@x\", \"external_id\":1 }\n";
    let kept = |id: u64| {
        daemon
            .store()
            .lead(id)
            .expect("a store")
            .expect("a lead")
            .body
    };
    assert_eq!(
        kept(daemon.post("keep", body).lead_id()).as_deref(),
        Some(body.as_bytes())
    );
    assert_eq!(kept(daemon.post("website", body).lead_id()), None);
    let later = "{\"external_id\":1,\"city\":\"Oslo\"}";
    assert_eq!(
        kept(daemon.post("keep", later).lead_id()).as_deref(),
        Some(later.as_bytes())
    );
}

#[test]
fn a_reload_takes_sources_in_and_out_and_keeps_connections() {
    let mut daemon = TestDaemon::start(SOURCES);
    let mut kept = crate::client::Connection::open(daemon.ingest()).expect("a connection");
    let mut status = |path: &str| {
        let asked = kept.ask("POST", path, &[], LEAD.as_bytes());
        asked.expect("a connection that is kept").status
    };
    assert_eq!(status("/in/website"), 201);
    let other = "[[source]]\nname = \"other\"\nauth = \"none\"\n";
    assert_eq!(daemon.reload(other), Ok(Vec::new()));
    assert_eq!(status("/in/website"), 404);
    assert_eq!(status("/in/other"), 201);
}

#[test]
fn a_lead_that_was_answered_is_there_after_a_restart_and_its_number_is_not_used_again() {
    let mut daemon = TestDaemon::start(SOURCES);
    assert_eq!(
        daemon
            .post("website", r#"{"external_id":"7","city":"Oslo"}"#)
            .lead_id(),
        1
    );
    daemon.restart();
    assert_eq!(daemon.post("website", LEAD).lead_id(), 2);
    let again = daemon.post("website", r#"{"external_id":"7","city":"Bergen"}"#);
    assert_eq!((again.status, again.lead_id()), (200, 1));
    daemon.verify();
}

#[test]
fn a_stopped_daemon_has_freed_its_port() {
    let mut daemon = TestDaemon::start(SOURCES);
    let address = daemon.ingest();
    daemon.stop();
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn while_it_stops_the_admin_listener_still_answers_the_last() {
    let daemon = TestDaemon::start(SOURCES);
    let answer = ask(daemon.admin(), "GET", "/readyz", &[], b"");
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"));
    daemon.store().close();
    let answer = ask(daemon.ingest(), "POST", "/in/website", &[], LEAD.as_bytes());
    is_refused(&answer, 503, "stopping");
    assert_eq!(answer.header("retry-after"), Some("10"));
    assert_eq!(ask(daemon.admin(), "GET", "/readyz", &[], b"").status, 503);
}
