//! What the pages show, and what their forms do.

use std::time::Duration;

use leadhook::domain::field::Field;

use crate::client::ask;
use crate::daemon::{TestDaemon, WEBSITE};
use crate::{act, cell, daemon, get, sign_in, sign_in_with};

#[test]
fn the_overview_tells_that_all_is_well_and_how_many_leads_there_are() {
    let daemon = daemon();
    for n in 0..3 {
        daemon.post("website", &format!(r#"{{"name":"N{n}"}}"#));
    }
    daemon.setting.advance(Duration::from_secs(3 * 86_400));
    daemon.post("website", r#"{"name":"today"}"#);
    let page = get(&daemon, &sign_in(&daemon), "/").body;
    assert!(page.contains("All is well"));
    assert!(
        page.contains("<dt>Leads today (UTC)</dt><dd>1</dd>"),
        "{page}"
    );
    assert!(page.contains("<dt>Leads in seven days</dt><dd>4</dd>"));
    assert!(page.contains("<title>2026-02-01: 3 website</title>"));
    let api = ("authorization", "Bearer test-admin-token-0123");
    ask(
        daemon.admin(),
        "POST",
        "/api/v1/leads",
        &[api],
        br#"{"name":"Eva"}"#,
    );
    let page = get(&daemon, &sign_in(&daemon), "/").body;
    assert!(page.contains("<title>2026-02-04: 1 api</title>"), "{page}");
}

#[test]
fn the_list_is_filtered_searched_and_goes_on() {
    let daemon = daemon();
    for n in 1..=30 {
        daemon.post(
            "website",
            &format!(r#"{{"name":"Person {n}","message":"boiler"}}"#),
        );
        daemon.setting.advance(Duration::from_secs(1));
    }
    let cookie = sign_in(&daemon);
    let first = get(&daemon, &cookie, "/leads?search=boiler").body;
    assert!(first.contains("<p>30 leads ·") && first.contains(">Person 30<"));
    let (_, rest) = first
        .split_once("<a href=\"/leads?search=boiler&amp;cursor=")
        .expect("a next page");
    let cursor = rest.split('"').next().expect("a cursor");
    let second = get(
        &daemon,
        &cookie,
        &format!("/leads?search=boiler&cursor={cursor}"),
    )
    .body;
    assert!(second.contains(">Person 5<") && !second.contains(">Person 6<"));
    assert!(
        get(&daemon, &cookie, "/leads?search=roof")
            .body
            .contains("<p>0 leads</p>")
    );
    // What is no filter used to be passed over: the list, and the file of it, had all leads.
    for wrong in [
        "cursor=x",
        "spam=maybe",
        "start_date=today",
        "lead_medium=cpc",
        "page_number=2",
    ] {
        for list in ["/leads", "/leads.csv"] {
            let status = get(&daemon, &cookie, &format!("{list}?{wrong}")).status;
            assert!(
                status == 400 || (list, wrong) == ("/leads.csv", "cursor=x"),
                "{list} {wrong}"
            );
        }
    }
}

#[test]
fn a_mark_on_the_page_is_an_edit_like_any_other() {
    let daemon = daemon();
    daemon.post("website", r#"{"name":"Ada"}"#);
    let cookie = sign_in(&daemon);
    let answer = act(
        &daemon,
        &cookie,
        "/leads/1",
        "quotable=Yes&quote_value=1250.00&spam=no&notes=calls+back",
    );
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/leads/1")),
        "{}",
        answer.body
    );
    let page = get(&daemon, &cookie, "/leads/1").body;
    assert!(
        page.contains("<dt>quote_value</dt><dd>1250.00</dd>")
            && page.contains("<dd>calls back</dd>"),
        "{page}"
    );
    assert!(page.contains(&format!(
        "{}{}",
        cell("What", "quote_value"),
        cell("Before", "empty")
    )));
    let wrong = act(&daemon, &cookie, "/leads/1", "quote_value=many");
    assert_eq!(wrong.status, 422);
    assert_eq!(get(&daemon, &cookie, "/leads/7").status, 404);
}

#[test]
fn a_walk_in_is_entered_by_hand_and_what_was_typed_stays_where_it_lacks_something() {
    let daemon = daemon();
    let cookie = sign_in(&daemon);
    let lacking = act(
        &daemon,
        &cookie,
        "/leads/new",
        "lead_type=Phone+Call&notes=wants+a+boiler",
    );
    assert_eq!(lacking.status, 422);
    assert!(
        lacking.body.contains("role=\"alert\"") && lacking.body.contains("wants a boiler"),
        "{}",
        lacking.body
    );
    let made = act(
        &daemon,
        &cookie,
        "/leads/new",
        "lead_type=Other&contact_name=Ada&notes=wants+a+boiler",
    );
    assert_eq!(made.header("location"), Some("/leads/1"), "{}", made.body);
    let page = get(&daemon, &cookie, "/leads/1").body;
    assert!(page.contains("<dt>source</dt><dd>by-hand</dd>"), "{page}");
}

/// The profile went back to the first one, and the corrected form made the lead somebody else's.
#[test]
fn a_form_that_comes_back_names_the_field_and_keeps_the_profile_that_was_chosen() {
    let profile = |id: u64| format!("[[profile]]\nid = {id}\nname = \"P{id}\"\n");
    let profiles = [profile(1), profile(2)].concat();
    let daemon = TestDaemon::start(&format!("{profiles}{WEBSITE}profile = \"P1\"\n"));
    let cookie = sign_in(&daemon);
    let city = "x".repeat(70_000);
    let form = format!("lead_type=Other&profile_id=2&contact_name=Ada&city={city}");
    let lacking = act(&daemon, &cookie, "/leads/new", &form).body;
    let begin = lacking.split("<label>City").next().unwrap_or_default();
    for kept in ["<option value=\"2\" selected>P2</option>", ">city: "] {
        assert!(begin.contains(kept), "{kept} in {begin}");
    }
}

#[test]
fn a_token_that_may_only_look_sees_no_form_and_changes_nothing() {
    let daemon = daemon();
    daemon.post("website", r#"{"name":"Ada"}"#);
    let token = daemon
        .store()
        .make_token("eva", leadhook::store::Rights::Read);
    let cookie = sign_in_with(&daemon, &token.expect("a store").expect("a token"));
    assert!(!get(&daemon, &cookie, "/leads/1").body.contains("Save"));
    assert_eq!(act(&daemon, &cookie, "/leads/1", "spam=yes").status, 403);
}

#[test]
fn the_sources_show_what_was_taken_and_refused_and_a_form_to_copy() {
    let daemon = daemon();
    daemon.post("website", r#"{"name":"Ada"}"#);
    daemon.post("website", "{");
    daemon.post("wedsite", r#"{"name":"Eva"}"#);
    let cookie = sign_in(&daemon);
    let list = get(&daemon, &cookie, "/sources").body;
    assert!(list.contains(&cell("Taken", "1")), "{list}");
    assert!(list.contains("addresses that name no source"));
    let one = get(&daemon, &cookie, "/sources/website").body;
    assert!(
        one.contains("400 invalid_json")
            && one.contains("/in/website&quot; method=&quot;post&quot;"),
        "{one}"
    );
    let unknown = get(&daemon, &cookie, "/sources/%40unknown").body;
    assert!(unknown.contains(", to wedsite"), "{unknown}");
    assert_eq!(get(&daemon, &cookie, "/sources/nobody").status, 404);
}

#[test]
fn the_system_page_tells_who_changed_what() {
    let daemon = daemon();
    daemon.post("website", r#"{"name":"Ada"}"#);
    let cookie = sign_in(&daemon);
    act(&daemon, &cookie, "/leads/1", "spam=yes");
    let page = get(&daemon, &cookie, "/system").body;
    assert!(
        page.contains(&format!(
            "{}{}",
            cell("By the token", "config"),
            cell("What", "page /leads/1")
        )),
        "{page}"
    );
    assert!(page.contains("<dt>Leads</dt><dd>1</dd>"));
}

#[test]
fn a_lead_begins_with_who_it_is_and_links_to_call_and_to_write() {
    let daemon = daemon();
    daemon.post(
        "website",
        r#"{"name":"Ada","phone":"+1 (555) 0100","email":"ada@example.com","message":"A boiler."}"#,
    );
    daemon.post(
        "website",
        r#"{"name":"Eve","email":"eve@example.com?cc=x@example.com"}"#,
    );
    let cookie = sign_in(&daemon);
    let page = get(&daemon, &cookie, "/leads/1").body;
    for shown in [
        "<dt>Name</dt><dd>Ada</dd>",
        "<a href=\"tel:+15550100\">",
        "<a href=\"mailto:ada@example.com\">ada@example.com</a>",
    ] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    assert!(!get(&daemon, &cookie, "/leads/2").body.contains("mailto:"));
}

/// What a field of the lead is, as its page shows it in a control.
fn in_textarea(page: &str) -> &str {
    let (_, rest) = page.split_once("dir=\"auto\">\n").expect("the notes");
    rest.split("</textarea>").next().expect("an end")
}

/// A mark on a lead used to rewrite its notes: what turns the direction came back from the form as
/// `[U+202E]`, and every newline as two characters. Both went to the webhooks as an edit of the owner's.
#[test]
fn what_was_not_touched_in_the_form_stays_to_the_letter() {
    let daemon = daemon();
    let notes = "asked for \u{202e}xyz\u{202c}\nand \"<b>\" & more";
    let lead = serde_json::json!({ "name": "Ada", "notes": notes });
    daemon.post("website", &lead.to_string());
    let cookie = sign_in(&daemon);
    let now = || daemon.store().lead(1).expect("a store").expect("a lead");
    let page = get(&daemon, &cookie, "/leads/1").body;
    let held = in_textarea(&page).to_owned();
    assert_eq!(
        held,
        "asked for \u{202e}xyz\u{202c}\nand &quot;&lt;b&gt;&quot; &amp; more"
    );
    assert!(
        page.contains("[U+202E]"),
        "the list of fields shows what it is"
    );
    let sent = |notes: &str| {
        let notes = notes.replace('\n', "\r\n");
        let fields = [
            ("notes", notes.as_str()),
            ("spam", "no"),
            ("quote_value", ""),
        ];
        leadhook::http::forms::form_body(&fields)
    };
    let form = format!("revision=1&quotable=Yes&{}", sent(notes));
    assert_eq!(act(&daemon, &cookie, "/leads/1", &form).status, 303);
    let changed = now().changes;
    let names: Vec<String> = changed
        .iter()
        .map(|change| change.field.name().to_string())
        .collect();
    assert_eq!(names, ["quotable"]);
    let kept = || now().lead.values.text(Field::Notes).map(str::to_owned);
    assert_eq!(kept().as_deref(), Some(notes));

    let more = format!("{notes}\ncalls back");
    let form = format!("revision=2&quotable=Yes&{}", sent(&more));
    act(&daemon, &cookie, "/leads/1", &form);
    assert_eq!(kept().as_deref(), Some(&*more));
    let untouched = format!("revision=3&quotable=Yes&{}", sent(&more));
    act(&daemon, &cookie, "/leads/1", &untouched);
    assert_eq!(now().lead.revision, 3);
}

/// Two people with the same lead open: the later one saved his old view over what the first had set.
#[test]
fn a_form_that_was_open_for_long_changes_only_what_was_touched_in_it() {
    let daemon = daemon();
    daemon.post("website", r#"{"name":"Ada"}"#);
    let cookie = sign_in(&daemon);
    act(
        &daemon,
        &cookie,
        "/leads/1",
        "revision=1&quote_value=900&notes=",
    );
    act(
        &daemon,
        &cookie,
        "/leads/1",
        "revision=1&quote_value=&notes=called",
    );
    let page = get(&daemon, &cookie, "/leads/1").body;
    assert!(page.contains("<dt>quote_value</dt><dd>900</dd>"), "{page}");
    assert!(page.contains("<dt>notes</dt><dd>called</dd>"), "{page}");
}
