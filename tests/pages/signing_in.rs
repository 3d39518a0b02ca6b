//! Signing in and out: sessions, guesses, other hosts, other sites.

use std::time::Duration;

use crate::client::ask;
use crate::daemon::{Setting, TestDaemon, WEBSITE};
use crate::{daemon, form_key, get, send, sign_in, sign_in_with};

#[test]
fn without_a_session_every_page_leads_to_the_form_and_back() {
    let daemon = daemon();
    for path in ["/", "/leads", "/leads/1", "/leads/new"] {
        let answer = get(&daemon, "", path);
        let next = format!("/sign-in?next={path}");
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some(next.as_str()))
        );
    }
    assert_eq!(get(&daemon, "", "/sign-in").status, 200);
    assert_eq!(get(&daemon, &sign_in(&daemon), "/").status, 200);
}

#[test]
fn the_cookie_is_kept_from_scripts_and_other_sites_and_no_page_from_anywhere_gets_in() {
    let daemon = daemon();
    let answer = send(
        &daemon,
        "/sign-in",
        &[],
        "token=test-admin-token-0123&next=//evil.example",
    );
    assert_eq!(answer.header("location"), Some("/"));
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert!(
        cookie.contains("HttpOnly; SameSite=Strict; Path=/"),
        "{cookie}"
    );
    let page = get(&daemon, &sign_in(&daemon), "/");
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'self'"),
        "{policy}"
    );
    assert!(
        !page.body.contains("<script") && !page.body.contains("http://"),
        "{}",
        page.body
    );
}

#[test]
fn after_ten_wrong_tokens_an_address_waits_ten_minutes() {
    let daemon = daemon();
    for _ in 0..10 {
        assert_eq!(send(&daemon, "/sign-in", &[], "token=guess").status, 401);
    }
    assert_eq!(
        send(&daemon, "/sign-in", &[], "token=test-admin-token-0123").status,
        429
    );
    daemon.setting.advance(Duration::from_secs(600));
    sign_in(&daemon);
}

#[test]
fn guesses_at_the_api_count_too_and_a_right_token_is_still_heard() {
    let daemon = daemon();
    let with = |token: &str| {
        let bearer = format!("Bearer {token}");
        ask(
            daemon.admin(),
            "GET",
            "/api/v1/leads",
            &[("authorization", &bearer)],
            b"",
        )
        .status
    };
    assert!((0..10).all(|_| with("guess") == 401));
    assert_eq!(with("guess"), 429);
    assert_eq!(with("test-admin-token-0123"), 200);
}

#[test]
fn a_session_ends_by_itself_by_signing_out_and_with_its_token() {
    let daemon = daemon();
    let cookie = sign_in(&daemon);
    daemon.setting.advance(Duration::from_secs(12 * 3600));
    assert_eq!(get(&daemon, &cookie, "/").status, 303);
    let cookie = sign_in(&daemon);
    send(&daemon, "/sign-out", &[("cookie", &cookie)], "");
    assert_eq!(get(&daemon, &cookie, "/").status, 303);
    let token = daemon
        .store()
        .make_token("eva", leadhook::store::Rights::Read);
    let cookie = sign_in_with(&daemon, &token.expect("a store").expect("a token"));
    assert_eq!(get(&daemon, &cookie, "/").status, 200);
    daemon.store().revoke_token("eva").expect("a store");
    assert_eq!(get(&daemon, &cookie, "/").status, 303);
}

/// It held for any token of the same name: who was to look only went on with full rights, and a token
/// called `config` could not be revoked at all, as far as its sessions went.
#[test]
fn a_session_ends_with_its_token_whatever_that_is_called_and_whichever_comes_after_it() {
    use leadhook::store::Rights;
    let daemon = daemon();
    for name in ["eva", "config"] {
        let make = |rights| {
            let made = daemon.store().make_token(name, rights);
            made.expect("a store").expect("a token")
        };
        let cookie = sign_in_with(&daemon, &make(Rights::Full));
        assert_eq!(get(&daemon, &cookie, "/leads/new").status, 200);
        daemon.store().revoke_token(name).expect("a store");
        assert_eq!(get(&daemon, &cookie, "/").status, 303, "{name}");
        daemon.setting.advance(Duration::from_secs(1));
        let later = sign_in_with(&daemon, &make(Rights::Read));
        assert_eq!(get(&daemon, &cookie, "/").status, 303, "{name}");
        assert_eq!(get(&daemon, &later, "/leads/new").status, 403, "{name}");
    }
}

#[test]
fn a_form_without_the_key_or_from_another_site_does_nothing() {
    let daemon = daemon();
    daemon.post("website", r#"{"name":"Ada"}"#);
    let cookie = sign_in(&daemon);
    let with = ("cookie", cookie.as_str());
    let bare = send(&daemon, "/leads/1", &[with], "spam=yes");
    assert_eq!(bare.status, 403);
    let key = format!("form_key={}&spam=yes", form_key(&daemon, &cookie));
    for header in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        assert_eq!(send(&daemon, "/leads/1", &[with, header], &key).status, 403);
    }
    let lead = daemon.store().lead(1).expect("a store").expect("a lead");
    assert_eq!(lead.lead.revision, 1);
    assert_eq!(
        send(
            &daemon,
            "/leads/1",
            &[with, ("origin", "http://localhost")],
            &key
        )
        .status,
        303
    );
}

#[test]
fn the_public_host_is_answered_with_cookies_for_tls_and_any_other_host_is_not() {
    let setting = Setting::default().with("admin", "public_url = \"https://leads.example.com\"");
    let daemon = TestDaemon::start_with(setting, WEBSITE);
    let sign_in = |host| {
        send(
            &daemon,
            "/sign-in",
            &[("host", host)],
            "token=test-admin-token-0123",
        )
    };
    let is_for_tls = |host| {
        sign_in(host)
            .header("set-cookie")
            .is_some_and(|cookie| cookie.ends_with("; Secure"))
    };
    assert!(is_for_tls("leads.example.com") && is_for_tls("Leads.Example.com"));
    assert!(!is_for_tls("127.0.0.1"));
    assert_eq!(sign_in("evil.example").status, 421);
}
