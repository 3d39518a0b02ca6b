//! No way in: every page and every form that there is, found by following the links, against other sites,
//! other hosts, guesses, and readers who want to change something.

use std::collections::BTreeSet;

use crate::client::ask;
use crate::daemon::{TestDaemon, WEBSITE, webhook};
use crate::{daemon, form_key, get, send, sign_in, sign_in_with};

/// What stands in double quotes behind each of these.
fn all_behind<'p>(page: &'p str, begin: &str) -> impl Iterator<Item = &'p str> {
    page.split(begin)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
}

/// A daemon with something on each of its pages.
fn furnished() -> TestDaemon {
    let hook = webhook("crm", "http://127.0.0.1:1/", "");
    let config = format!("{WEBSITE}{hook}[backup]\ndirectory = \"b\"\nevery = \"0s\"\n");
    let daemon = TestDaemon::start(&config);
    daemon.post("website", r#"{"name":"Ada","email":"ada@example.com"}"#);
    daemon.post("website", "{");
    daemon
}

/// Every page that links lead to, and every address that a form with a key posts to.
fn found(daemon: &TestDaemon, cookie: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut pages = BTreeSet::new();
    let mut forms = BTreeSet::new();
    let mut next = vec!["/".to_owned()];
    while let Some(path) = next.pop() {
        if !pages.insert(path.clone()) {
            continue;
        }
        let answer = get(daemon, cookie, &path);
        assert_eq!(answer.status, 200, "{path}");
        for form in answer.body.split("<form ").skip(1) {
            let tag = form.split('>').next().unwrap_or_default();
            if tag.contains("method=\"post\"") {
                let action = all_behind(tag, "action=\"").next();
                forms.insert(action.unwrap_or(&path).to_owned());
            }
        }
        let links = all_behind(&answer.body, "<a href=\"")
            .chain(all_behind(&answer.body, "class=\"name\" href=\""));
        let ours = links.filter(|link| link.starts_with('/'));
        next.extend(ours.map(|link| link.replace("&amp;", "&")));
    }
    assert!(pages.len() > 7 && forms.len() > 4, "{pages:?} {forms:?}");
    (pages, forms)
}

/// How often anything was changed, by anybody.
fn state(daemon: &TestDaemon) -> (u64, u64, usize) {
    let counts = daemon.store().counts().expect("a store");
    (
        counts.leads,
        counts.events,
        daemon.store().deeds(1000).expect("a store").len(),
    )
}

#[test]
fn no_form_is_taken_without_a_session_without_its_key_or_from_another_site() {
    let daemon = furnished();
    let cookie = sign_in(&daemon);
    let (_, forms) = found(&daemon, &cookie);
    let key = format!(
        "form_key={}&spam=yes&contact_name=Eve",
        form_key(&daemon, &cookie)
    );
    let before = state(&daemon);
    let with = ("cookie", cookie.as_str());
    // Signing out is no harm, and has no session to prove.
    for form in forms.iter().filter(|form| *form != "/sign-out") {
        let sent = |headers: &[(&str, &str)], body: &str| send(&daemon, form, headers, body).status;
        assert_eq!(sent(&[], &key), 303, "{form}");
        assert_eq!(
            sent(&[("cookie", "leadhook_session=mine")], &key),
            303,
            "{form}"
        );
        assert_eq!(sent(&[with], "spam=yes"), 403, "{form}");
        assert_eq!(sent(&[with], "form_key=&spam=yes"), 403, "{form}");
        for other in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert_eq!(sent(&[with, other], &key), 403, "{form} {other:?}");
        }
    }
    assert_eq!(state(&daemon), before);
}

#[test]
fn who_may_only_look_changes_nothing_by_any_form() {
    let daemon = furnished();
    let (_, forms) = found(&daemon, &sign_in(&daemon));
    let token = daemon
        .store()
        .make_token("eva", leadhook::store::Rights::Read);
    let cookie = sign_in_with(&daemon, &token.expect("a store").expect("a token"));
    let key = format!(
        "form_key={}&spam=yes&contact_name=Eve",
        form_key(&daemon, &cookie)
    );
    let before = state(&daemon);
    for form in forms.iter().filter(|form| *form != "/sign-out") {
        send(&daemon, form, &[("cookie", &cookie)], &key);
    }
    assert_eq!(state(&daemon), before);
}

#[test]
fn every_page_has_the_policy_and_is_shown_to_no_other_host_and_in_no_frame() {
    let daemon = furnished();
    let cookie = sign_in(&daemon);
    let (pages, _) = found(&daemon, &cookie);
    for page in pages
        .iter()
        .map(String::as_str)
        .chain(["/sign-in", "/leads/999"])
    {
        let answer = get(&daemon, &cookie, page);
        for (name, value) in [
            ("content-security-policy", "default-src 'none'"),
            ("content-security-policy", "frame-ancestors 'none'"),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
        ] {
            let is_there = answer
                .header(name)
                .is_some_and(|there| there.contains(value));
            assert!(is_there, "{page}: {name}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example:8481",
        ] {
            let headers = [
                ("cookie", cookie.as_str()),
                ("host", host),
                ("x-forwarded-host", "localhost"),
            ];
            assert_eq!(
                ask(daemon.admin(), "GET", page, &headers, b"").status,
                421,
                "{page} {host}"
            );
        }
    }
}

/// A tab in `next` left the host: browsers take it out of an address, and `//` is another site.
#[test]
fn signing_in_leads_to_a_page_of_ours_whatever_the_link_said() {
    let daemon = daemon();
    for next in [
        "//evil.example",
        "/%09/evil.example",
        "/%5Cevil.example",
        "https:evil.example",
        "/%0A/evil.example",
    ] {
        let form = format!("token=test-admin-token-0123&next={next}");
        let answer = send(&daemon, "/sign-in", &[], &form);
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/")),
            "{next}"
        );
    }
}

#[test]
fn nobody_is_signed_in_or_out_by_another_site() {
    let daemon = daemon();
    let cookie = sign_in(&daemon);
    let evil = ("origin", "https://evil.example");
    let signed_in = send(&daemon, "/sign-in", &[evil], "token=test-admin-token-0123");
    assert_eq!(
        (signed_in.status, signed_in.header("set-cookie")),
        (403, None)
    );
    assert_eq!(
        send(&daemon, "/sign-out", &[evil, ("cookie", &cookie)], "").status,
        403
    );
    assert_eq!(get(&daemon, &cookie, "/").status, 200);
}

#[test]
fn who_guesses_does_not_get_more_tries_by_naming_other_addresses() {
    let daemon = daemon();
    let guess = |n: usize| {
        let from = format!("203.0.113.{n}");
        send(
            &daemon,
            "/sign-in",
            &[("x-forwarded-for", &from)],
            "token=guess",
        )
        .status
    };
    assert!((0..10).all(|n| guess(n) == 401));
    assert_eq!(guess(10), 429);
}
