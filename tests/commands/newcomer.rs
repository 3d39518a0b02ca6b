//! The README's first minute: no config at hand, and a lead is seen in the inspector.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use crate::client::ask;
use crate::process::Place;

const INGEST: &str = "127.0.0.1:8480";
const ADMIN: &str = "127.0.0.1:8481";

/// Why this cannot be tried here, if so.
fn obstacle() -> Option<String> {
    let usual = Path::new("/etc/leadhook/leadhook.toml");
    if usual.exists() {
        return Some(format!("{} is there and would be served", usual.display()));
    }
    let is_taken = |address: &&str| TcpListener::bind(address).is_err();
    let taken = [INGEST, ADMIN].into_iter().find(is_taken);
    taken.map(|address| format!("{address} is taken"))
}

#[test]
#[allow(
    clippy::print_stderr,
    reason = "a test that was passed over must say so"
)]
fn without_a_config_the_example_shows_a_lead_in_its_inspector() {
    if let Some(obstacle) = obstacle() {
        eprintln!("passed over: {obstacle}");
        return;
    }
    let place = Place::new();
    let mut daemon = place.spawn(&["run"], &[]);
    let line = daemon.wait_for("listen");
    if line.contains("cannot listen") {
        eprintln!("passed over: another one was quicker: {line}");
        return;
    }
    assert!(daemon.lines[0].ends_with("config=\"the built-in example\""));
    daemon.wait_for("the inspector shows what it receives");
    let address = |text: &str| -> SocketAddr { text.parse().expect("an address") };
    let posted = ask(
        address(INGEST),
        "POST",
        "/in/website",
        &[],
        b"name=Ada+Lovelace&email=ada@example.com",
    );
    assert_eq!(posted.body, r#"{"lead_id":1,"result":"created"}"#);
    daemon.wait_for("delivered webhook=inspector lead=1");
    let token = [("authorization", "Bearer example-admin-token")];
    let page = ask(address(ADMIN), "GET", "/inspector", &token, b"").body;
    assert!(
        page.contains("Ada Lovelace") && page.contains("The signature holds."),
        "{page}"
    );
    daemon.stop();
    assert!(place.path("data/leadhook.redb").exists());
}
