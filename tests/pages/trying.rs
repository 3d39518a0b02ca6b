//! Trying a source, copying its form, downloading leads, and backing up: what the pages do beside marks.

use crate::daemon::{TestDaemon, WEBSITE, wait_until, webhook};
use crate::{act, cell, daemon, get, sign_in, sign_in_with};

#[test]
fn a_pasted_body_shows_what_would_become_of_it_and_is_stored_nowhere() {
    let hooks = [
        webhook("crm", "http://127.0.0.1:1/", ""),
        webhook(
            "calls",
            "http://127.0.0.1:1/",
            "lead_types = [\"Phone Call\"]",
        ),
    ];
    let daemon = TestDaemon::start(&format!("{WEBSITE}{}", hooks.concat()));
    let token = daemon
        .store()
        .make_token("eva", leadhook::store::Rights::Read);
    let cookie = sign_in_with(&daemon, &token.expect("a store").expect("a token"));
    let tried = act(
        &daemon,
        &cookie,
        "/sources/website/try",
        "body=name%3DAda%26Favourite%3Dred",
    );
    assert_eq!(tried.status, 200);
    for shown in [
        "This post would be taken; no spam",
        "<dt>contact_name</dt><dd>Ada</dd>",
        "<dt>additional_fields: Favourite</dt><dd>red</dd>",
        "Left over, in additional_fields: 1",
        &format!("{}{}", cell("Webhook", "crm"), cell("What", "gets it")),
        &format!(
            "{}{}",
            cell("Webhook", "calls"),
            cell("What", "does not want it")
        ),
        "name=Ada&amp;Favourite=red</textarea>",
    ] {
        assert!(tried.body.contains(shown), "{shown} in {}", tried.body);
    }
    let counts = daemon.store().counts().expect("a store");
    assert_eq!((counts.leads, counts.pending), (0, 0));
    assert!(daemon.store().deeds(10).expect("a store").is_empty());
}

#[test]
fn a_pasted_body_that_would_be_refused_says_why() {
    let daemon = daemon();
    let cookie = sign_in(&daemon);
    let tried = act(&daemon, &cookie, "/sources/website/try", "body=%7B");
    assert!(tried.body.contains("would be refused: "), "{}", tried.body);
    let nowhere = act(&daemon, &cookie, "/sources/nowhere/try", "body=a%3Db");
    assert_eq!(nowhere.status, 404);
}

#[test]
fn the_leads_that_a_filter_lets_pass_are_downloaded_as_csv() {
    let daemon = daemon();
    for name in ["Ada", "=1+1", "Eva"] {
        daemon.post(
            "website",
            &format!(r#"{{"name":"{name}","message":"boiler"}}"#),
        );
    }
    daemon.post("website", r#"{"name":"Max","message":"roof"}"#);
    let cookie = sign_in(&daemon);
    let list = get(&daemon, &cookie, "/leads?search=boiler").body;
    assert!(
        list.contains("<a href=\"/leads.csv?search=boiler&amp;\" download>"),
        "{list}"
    );
    let file = get(&daemon, &cookie, "/leads.csv?search=boiler&");
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    let is_file = |value: &str| value.starts_with("attachment");
    assert!(file.header("content-disposition").is_some_and(is_file));
    let rows: Vec<_> = leadhook::domain::csv::Rows::of(&file.body).collect();
    assert_eq!(rows.len(), 4, "{}", file.body);
    assert!(
        file.body.contains(",'=1+1,") && !file.body.contains("Max"),
        "{}",
        file.body
    );
}

#[test]
fn a_lead_shows_the_other_leads_of_its_person() {
    let daemon = daemon();
    daemon.post("website", r#"{"name":"Ada","email":"ada@example.com"}"#);
    daemon.post("website", r#"{"name":"Eva","email":"eva@example.com"}"#);
    daemon.post("website", r#"{"name":"Ada L.","email":"ADA@example.com"}"#);
    let cookie = sign_in(&daemon);
    let link = |id| format!("<a href=\"/leads/{id}\">");
    let page = get(&daemon, &cookie, "/leads/3").body;
    let (_, others) = page
        .split_once("Other leads of this person")
        .expect("others");
    assert!(
        others.contains(&link(1)) && !others.contains(&link(2)),
        "{others}"
    );
    let page = get(&daemon, &cookie, "/leads/2").body;
    assert!(!page.contains("Other leads of this person"), "{page}");
}

#[test]
fn a_backup_is_made_by_a_button_and_listed() {
    let daemon = TestDaemon::start(&format!(
        "{WEBSITE}[backup]\ndirectory = \"b\"\nevery = \"0s\"\n"
    ));
    let cookie = sign_in(&daemon);
    assert!(
        get(&daemon, &cookie, "/system")
            .body
            .contains("There is no good one yet")
    );
    assert_eq!(
        act(&daemon, &cookie, "/system/backup", "").header("location"),
        Some("/system")
    );
    wait_until("a backup", || {
        let page = get(&daemon, &cookie, "/system").body;
        page.contains("The last good one is of 2026-02-01 14:09:01")
            && page.contains("/leadhook-20260201T140901Z.redb")
    });
    let without = crate::daemon();
    let cookie = sign_in(&without);
    assert!(
        get(&without, &cookie, "/system")
            .body
            .contains("None are made")
    );
    assert_eq!(act(&without, &cookie, "/system/backup", "").status, 409);
}
