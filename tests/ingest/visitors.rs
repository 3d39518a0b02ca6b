//! Whose address is believed, and what is noted of the page.

use leadhook::domain::field::Field;

use crate::daemon::{Setting, TestDaemon};
use crate::{LEAD, SOURCES};

/// A field of the newest lead after a post with these headers.
fn field_after(
    daemon: &TestDaemon,
    source: &str,
    headers: &[(&str, &str)],
    field: Field,
) -> Option<String> {
    let id = daemon.post_with(source, headers, LEAD).lead_id();
    let event = daemon.store().lead(id).expect("a store").expect("a lead");
    event.lead.values.text(field).map(str::to_owned)
}

const FORWARDED: (&str, &str) = ("x-forwarded-for", "198.51.100.7, 203.0.113.5");
const TOKEN: (&str, &str) = ("authorization", "Bearer new-partner-token-1");

#[test]
fn without_trusted_proxies_the_client_is_whoever_connects() {
    let daemon = TestDaemon::start(SOURCES);
    let ip = field_after(&daemon, "website", &[FORWARDED], Field::IpAddress);
    assert_eq!(ip.as_deref(), Some("127.0.0.1"));
}

#[test]
fn a_trusted_proxy_tells_the_visitors_address() {
    let setting = Setting::default().with("ingest", "trusted_proxies = [\"127.0.0.1\"]");
    let daemon = TestDaemon::start_with(setting, SOURCES);
    let ip = |headers: &[_]| field_after(&daemon, "website", headers, Field::IpAddress);
    assert_eq!(ip(&[FORWARDED]).as_deref(), Some("203.0.113.5"));
    assert_eq!(ip(&[]).as_deref(), Some("127.0.0.1"));
    let partner = field_after(&daemon, "partner", &[FORWARDED, TOKEN], Field::IpAddress);
    assert_eq!(partner, None);
}

#[test]
fn behind_a_trusted_proxy_each_visitor_has_a_rate_of_its_own() {
    let setting = Setting::default().with("ingest", "trusted_proxies = [\"127.0.0.0/8\"]");
    let daemon = TestDaemon::start_with(setting, SOURCES);
    let post = |client: &str| {
        daemon
            .post_with("slow", &[("x-forwarded-for", client)], LEAD)
            .status
    };
    assert_eq!(
        [
            post("203.0.113.5"),
            post("203.0.113.5"),
            post("203.0.113.5")
        ],
        [201, 201, 429]
    );
    assert_eq!(post("203.0.113.6"), 201);
}

#[test]
fn the_page_that_a_form_is_on_is_noted() {
    let daemon = TestDaemon::start(SOURCES);
    let page = ("referer", "https://www.example.com/contact?utm_source=x");
    let url = |source, headers: &[_]| field_after(&daemon, source, headers, Field::LeadUrl);
    assert_eq!(url("website", &[page]).as_deref(), Some(page.1));
    assert_eq!(url("partner", &[page, TOKEN]), None);
}
