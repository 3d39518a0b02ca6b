//! Who may ask: the token, the host, the site.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::client::ask;
use crate::daemon::{LIMIT, TestDaemon, WEBSITE, webhook};
use crate::{TOKEN, get, post};

const GUARDED: [(&str, &str); 3] = [
    ("GET", "/inspector"),
    ("GET", "/inspector/crm"),
    ("POST", "/api/v1/webhooks/crm/resume"),
];

fn daemon() -> TestDaemon {
    TestDaemon::start(&format!(
        "{WEBSITE}{}",
        webhook("crm", "http://127.0.0.1:9/", "")
    ))
}

#[test]
fn health_needs_no_token() {
    let daemon = daemon();
    for path in ["/livez", "/readyz", "/healthz"] {
        assert_eq!(get(&daemon, path).status, 200, "{path}");
    }
}

#[test]
fn everything_else_needs_the_token() {
    let daemon = daemon();
    for (method, path) in GUARDED {
        for headers in [
            &[][..],
            &[("authorization", "Bearer wrong-admin-token-01")],
            &[("authorization", "Bearer ")],
            &[("authorization", "test-admin-token-0123")],
            &[("authorization", "Basic dGVzdC1hZG1pbi10b2tlbi0wMTIz")],
            &[("authorization", "Basic !")],
        ] {
            let answer = ask(daemon.admin(), method, path, headers, b"");
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (401, "unauthorized"),
                "{path}"
            );
            let wanted = answer.header("www-authenticate").unwrap_or_default();
            assert!(wanted.starts_with("Basic realm="), "{wanted}");
        }
        assert_eq!(
            ask(daemon.admin(), method, path, &[TOKEN], b"").status,
            200,
            "{path}"
        );
    }
}

#[test]
fn a_browser_may_send_the_token_as_the_password_of_any_user() {
    let daemon = daemon();
    // owner:test-admin-token-0123, and the same without a user
    for pair in [
        "b3duZXI6dGVzdC1hZG1pbi10b2tlbi0wMTIz",
        "OnRlc3QtYWRtaW4tdG9rZW4tMDEyMw==",
    ] {
        let basic = format!("Basic {pair}");
        let answer = ask(
            daemon.admin(),
            "GET",
            "/inspector",
            &[("authorization", &basic)],
            b"",
        );
        assert_eq!(answer.status, 200);
    }
}

#[test]
fn each_of_several_tokens_opens() {
    let setting = crate::daemon::Setting::default();
    let tokens = "token = [\"new-admin-token-0123\", \"old-admin-token-0123\"]";
    let daemon = TestDaemon::start_with(setting.with("admin", tokens), WEBSITE);
    for (token, status) in [("new", 200), ("old", 200), ("test", 401)] {
        let bearer = format!("Bearer {token}-admin-token-0123");
        let answer = ask(
            daemon.admin(),
            "GET",
            "/inspector",
            &[("authorization", &bearer)],
            b"",
        );
        assert_eq!(answer.status, status, "{token}");
    }
}

/// The answer to a request with this `Host`, as it came over the wire.
fn wire(daemon: &TestDaemon, method: &str, host: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(daemon.admin()).expect("a connection");
    stream.set_read_timeout(Some(LIMIT)).expect("a limit");
    let (name, value) = TOKEN;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\n{name}: {value}\r\nconnection: close\r\n\r\n"
    );
    stream
        .write_all(request.as_bytes())
        .expect("a sent request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// The status of a request with this `Host`.
fn status_for(daemon: &TestDaemon, host: &str, path: &str) -> u16 {
    let answer = wire(daemon, "GET", host, path);
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("{answer}"))
}

/// Many a monitor asks by HEAD, and took the 405 for an outage.
#[test]
fn a_monitor_may_ask_without_a_body() {
    let daemon = daemon();
    for path in ["/livez", "/readyz", "/healthz", "/metrics"] {
        let answer = wire(&daemon, "HEAD", "localhost", path);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{path}: {answer}");
    }
}

#[test]
fn a_name_that_somebody_elses_dns_points_here_is_421() {
    let daemon = daemon();
    for host in [
        "evil.example",
        "evil.example:8481",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.0.2.1:8481",
        "0.0.0.0",
        "[2001:db8::1]",
    ] {
        for path in ["/inspector", "/healthz"] {
            assert_eq!(status_for(&daemon, host, path), 421, "{host}");
        }
    }
    for host in [
        "localhost",
        "LOCALHOST:8481",
        "127.0.0.1",
        "127.0.0.1:8481",
        "127.9.9.9",
        "[::1]",
        "[::1]:8481",
    ] {
        assert_eq!(status_for(&daemon, host, "/inspector"), 200, "{host}");
    }
}

#[test]
fn another_site_can_change_nothing_through_the_owners_browser() {
    let daemon = daemon();
    let resume = |header: (&str, &str)| {
        let answer = post(&daemon, "/api/v1/webhooks/crm/resume", &[TOKEN, header]);
        (answer.status, answer.code())
    };
    let refused = (403, "cross_site".to_owned());
    for header in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        assert_eq!(resume(header), refused, "{header:?}");
    }
    for site in ["same-origin", "none"] {
        assert_eq!(resume(("sec-fetch-site", site)).0, 200);
    }
}

#[test]
fn a_get_changes_nothing_and_an_unknown_path_tells_nothing() {
    let daemon = daemon();
    for (method, path, status) in [
        ("GET", "/api/v1/webhooks/crm/resume", 405),
        ("POST", "/inspector", 405),
        ("POST", "/livez", 405),
        ("GET", "/", 303),
        ("GET", "/in/website", 404),
        ("POST", "/in/website", 404),
        ("POST", "/api/v1/webhooks/nobody/resume", 404),
    ] {
        let answer = ask(daemon.admin(), method, path, &[TOKEN], b"");
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.header("allow").is_some(), status == 405, "{path}");
    }
}
