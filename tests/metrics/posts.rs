//! What the metrics tell of posts and connections.

use crate::daemon::{TestDaemon, WEBSITE, wait_until};
use crate::{LEAD, scrape};

const CALLS: &str = "
[[source]]
name = \"calls\"
auth = \"none\"
when = { path = \"kind\", equals = \"call\" }
";

#[test]
fn every_post_counts_for_its_source_under_what_became_of_it() {
    let daemon = TestDaemon::start(&format!("{WEBSITE}{CALLS}"));
    let keyed = [("idempotency-key", "1")];
    let known = r#"{"external_id":"7","email":"canary@example.com"}"#;
    let changed = r#"{"external_id":"7","email":"other@example.com"}"#;
    let statuses = [
        daemon.post("website", known).status,
        daemon.post("website", known).status,
        daemon.post("website", changed).status,
        daemon.post_with("website", &keyed, LEAD).status,
        daemon.post_with("website", &keyed, LEAD).status,
        daemon.post("website", "{}").status,
        daemon.post("calls", r#"{"kind":"ping"}"#).status,
        daemon.post("webseite", LEAD).status,
    ];
    assert_eq!(statuses, [201, 200, 200, 201, 201, 422, 200, 404]);
    let page = scrape(&daemon);
    for (source, outcome, expected) in [
        ("website", "created", 2.0),
        ("website", "unchanged", 1.0),
        ("website", "updated", 1.0),
        ("website", "repeated", 1.0),
        ("website", "refused", 1.0),
        ("website", "ignored", 0.0),
        ("calls", "ignored", 1.0),
        ("calls", "created", 0.0),
        ("@unknown", "refused", 1.0),
    ] {
        let labels = [("source", source), ("outcome", outcome)];
        let counted = page.value("leadhook_posts_total", &labels);
        assert_eq!(counted, expected, "{labels:?}");
    }
    // Refused and ignored ones would hide how long a lead takes.
    assert_eq!(page.value("leadhook_post_duration_seconds_count", &[]), 5.0);
    assert!(page.value("leadhook_post_duration_seconds_sum", &[]) > 0.0);
}

#[test]
fn connections_and_requests_of_the_ingest_listener_are_counted() {
    let daemon = TestDaemon::start(WEBSITE);
    let kept = std::net::TcpStream::connect(daemon.ingest()).expect("a connection");
    daemon.post("website", LEAD);
    wait_until("one open connection", || {
        scrape(&daemon).value("leadhook_connections_open", &[]) == 1.0
    });
    let page = scrape(&daemon);
    assert_eq!(page.value("leadhook_connections_total", &[]), 2.0);
    assert_eq!(page.value("leadhook_requests_total", &[]), 1.0);
    drop(kept);
    let ask = |path| crate::client::ask(daemon.ingest(), "TRACE", path, &[], b"").status;
    assert_eq!(ask("/in/website"), 405);
    let mut garbage = std::net::TcpStream::connect(daemon.ingest()).expect("a connection");
    std::io::Write::write_all(&mut garbage, b"\x16\x03\x01 no HTTP\r\n\r\n").expect("sent");
    wait_until("what was no HTTP", || {
        let cause = [("cause", "malformed")];
        scrape(&daemon).value("leadhook_connection_failures_total", &cause) == 1.0
    });
    let page = scrape(&daemon);
    assert_eq!(page.value("leadhook_bad_requests_total", &[]), 1.0);
    assert_eq!(page.value("leadhook_panics_total", &[]), 0.0);
}
