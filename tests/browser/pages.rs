//! The pages of the admin listener as a person uses them: with the keyboard alone, on a phone and at a
//! desk, by day and by night, without JavaScript, and with a lead on them that means harm.

use leadhook::domain::field::Field;
use serde_json::json;

use crate::daemon::{TestDaemon, WEBSITE, wait_until, webhook};
use crate::driver::{DESK, DESK_AT_NIGHT, Driver, PHONE, PHONE_AT_NIGHT};
use crate::faults::{faults, is_faultless};
use crate::receiver::{Receiver, Reply};

const TOKEN: &str = "test-admin-token-0123";
/// The webhook whose receiver takes nothing.
const BUSY: &str = "a-webhook-with-a-rather-long-name-for-a-phone";

/// A daemon with a lead that means harm, and a browser.
struct Visit {
    daemon: TestDaemon,
    driver: Driver,
    /// Takes every lead.
    crm: Receiver,
    /// Takes none.
    busy: Receiver,
}

impl Visit {
    /// None where there is no browser.
    fn begin() -> Option<Visit> {
        let driver = Driver::start()?;
        let crm = Receiver::always(Reply::full(200, &[], b"<b>thanks</b>"));
        let busy = Receiver::always(Reply::full(500, &[], b"<script>alert('busy')</script>"));
        let hooks = [
            // What means harm looks like spam.
            webhook("crm", &crm.url(), "spam = true"),
            webhook(BUSY, &busy.url(), ""),
        ];
        let daemon = TestDaemon::start(&format!(
            "{WEBSITE}[backup]\ndirectory = \"backups\"\nevery = \"0s\"\n{}",
            hooks.concat()
        ));
        let taken = daemon.post("website", &hostile());
        assert_eq!(taken.status, 201, "{}", taken.body);
        daemon.post(
            "website",
            r#"{"name":"Ada Lovelace","email":"ada@example.com","message":"A boiler, please."}"#,
        );
        daemon.post(
            "website",
            r#"{"name":"Ada Lovelace","email":"ada@example.com","message":"Hello again."}"#,
        );
        daemon.post("website", "{");
        daemon.post("%3Cscript%3Ealert(4)%3C%2Fscript%3E", "{}");
        wait_until("a first attempt of each", || {
            let counts = daemon.store().counts().expect("a store");
            counts.finished == 3
        });
        let mut visit = Visit {
            daemon,
            driver,
            crm,
            busy,
        };
        visit.go("/");
        visit.driver.write(TOKEN);
        visit.driver.enter();
        Some(visit)
    }

    fn go(&mut self, path: &str) {
        let url = format!("http://{}{path}", self.daemon.admin());
        self.driver.go(&url);
    }

    /// It says this somewhere.
    #[track_caller]
    fn says(&mut self, words: &str) {
        let text = self.driver.text();
        assert!(text.contains(words), "{words:?} in\n{text}");
    }
}

/// Tags, what turns the direction, what a terminal acts on, a word without an end.
fn hostile() -> String {
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>";
    let long = "Donaudampfschifffahrtsgesellschaftskapitän".repeat(10);
    json!({
        "name": format!("\u{202e}مرحبا {evil}"), "email": "eve@example.com", "phone": "+1 555 0100",
        "message": format!("{evil}\n\u{0}\u{1b}[2J\u{7}{long}"), "company": long, "utm_source": long,
        "external_id": evil, "notes": format!("{evil}\n\u{202e}{evil}"), "page_url": format!("javascript:alert(4)//{long}"),
        (evil): evil, (long.as_str()): "x", "שלום": "\u{2067}עולם\u{2069}", "😀": "👩‍👩‍👧‍👦".repeat(40),
    })
    .to_string()
}

#[test]
fn every_page_is_fit_for_every_screen_whatever_a_lead_says() {
    let Some(mut visit) = Visit::begin() else {
        return;
    };
    let mut found = Vec::new();
    for (name, path) in [
        ("overview", "/"),
        ("leads", "/leads"),
        ("leads-found", "/leads?search=boiler&lead_type=Web+Form"),
        ("leads-none", "/leads?search=nothing"),
        ("lead-hostile", "/leads/1"),
        ("lead", "/leads/3"),
        ("new-lead", "/leads/new"),
        ("webhooks", "/webhooks"),
        ("webhook", &format!("/webhooks/{BUSY}")),
        ("sources", "/sources"),
        ("source", "/sources/website"),
        ("source-unknown", "/sources/%40unknown"),
        ("system", "/system"),
    ] {
        for screen in [PHONE, PHONE_AT_NIGHT, DESK, DESK_AT_NIGHT] {
            visit.driver.look_at(screen);
            visit.go(path);
            found.extend(faults(&mut visit.driver, screen, name));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_stranger_signs_in_with_the_keyboard_and_out_again() {
    let Some(mut visit) = Visit::begin() else {
        return;
    };
    visit.driver.look_at(PHONE);
    visit.says("Overview");
    visit.driver.follow("form[action='/sign-out'] button");
    is_faultless(&mut visit.driver, PHONE, "sign-in");
    visit.driver.write("a wrong token");
    visit.driver.enter();
    visit.says("This token is not known.");
    visit.driver.complaints.clear();
    is_faultless(&mut visit.driver, PHONE, "sign-in-wrong");
    visit.go("/leads/3");
    visit.driver.write(TOKEN);
    visit.driver.enter();
    visit.says("Lead 3: Ada Lovelace");
}

#[test]
fn leads_are_found_marked_and_entered_with_the_keyboard() {
    let Some(mut visit) = Visit::begin() else {
        return;
    };
    visit.driver.look_at(PHONE);
    visit.driver.follow("nav a[href='/leads']");
    visit.driver.tab_to("input[name=search]");
    visit.driver.write("boiler");
    visit.driver.enter();
    visit.says("1 lead ·");
    visit.driver.follow("td a");
    visit.says("Lead 2: Ada Lovelace");
    visit.driver.tab_to("select[name=quotable]");
    visit.driver.press("ArrowDown");
    visit.driver.tab_to("input[name=quote_value]");
    visit.driver.write("1250.00");
    visit.driver.tab_to("textarea[name=notes]");
    visit.driver.write("calls back");
    visit.driver.follow("form.row button");
    visit.says("1250.00");
    visit.says("calls back");
    is_faultless(&mut visit.driver, PHONE, "lead-marked");

    visit.driver.follow("nav a[href='/leads/new']");
    visit.driver.follow("main button");
    visit.driver.complaints.clear();
    is_faultless(&mut visit.driver, PHONE, "new-lead-lacking");
    visit.driver.tab_to("input[name=contact_name]");
    visit.driver.write("Grace Hopper");
    visit.driver.follow("main button");
    visit.says("Lead 4: Grace Hopper");
}

#[test]
fn sources_are_tried_and_backups_made_with_the_keyboard() {
    let Some(mut visit) = Visit::begin() else {
        return;
    };
    visit.driver.look_at(PHONE);
    visit.driver.follow("nav a[href='/sources']");
    visit.driver.follow("a[href='/sources/website']");
    visit.driver.tab_to("textarea[name=body]");
    visit.driver.write(&hostile());
    visit.driver.follow("main button");
    visit.says("This post would be taken");
    is_faultless(&mut visit.driver, PHONE, "source-tried");
    visit.driver.follow("nav a[href='/system']");
    visit.driver.follow("form[action='/system/backup'] button");
    let backups = visit.daemon.directory().join("backups");
    wait_until("a backup", || {
        std::fs::read_dir(&backups).is_ok_and(|all| all.count() > 0)
    });
    is_faultless(&mut visit.driver, PHONE, "system-backed-up");
}

#[test]
fn webhooks_are_paused_and_resumed_with_the_keyboard() {
    let Some(mut visit) = Visit::begin() else {
        return;
    };
    visit.driver.look_at(PHONE);
    visit.driver.follow("nav a[href='/webhooks']");
    visit.driver.follow("a[href='/webhooks/crm']");
    visit.driver.follow("form[action$='/pause'] button");
    visit.says("paused");
    is_faultless(&mut visit.driver, PHONE, "webhook-paused");
    visit.driver.follow("form[action$='/resume'] button");
    visit.says("healthy");
    visit.driver.follow("form[action$='/test'] button");
    visit.says("It works");
    is_faultless(&mut visit.driver, PHONE, "webhook-tested");
}

/// The browser sends other ends of lines than it was given, and no other characters.
#[test]
fn a_mark_changes_nothing_else_of_a_lead_that_means_harm() {
    let Some(mut visit) = Visit::begin() else {
        return;
    };
    let lead = |visit: &Visit| {
        let event = visit.daemon.store().lead(1).expect("a store");
        event.expect("a lead")
    };
    let before = lead(&visit);
    visit.go("/leads/1");
    visit.driver.tab_to("select[name=quotable]");
    visit.driver.press("ArrowDown");
    visit.driver.follow("form.row button");
    let after = lead(&visit);
    let changed = after.changes.iter().map(|change| change.field.name());
    assert_eq!(changed.collect::<Vec<_>>(), ["quotable"]);
    assert_eq!(
        after.lead.values.text(Field::Notes),
        before.lead.values.text(Field::Notes)
    );
}

#[test]
fn a_lead_is_erased_with_the_keyboard() {
    let Some(mut visit) = Visit::begin() else {
        return;
    };
    visit.driver.look_at(PHONE);
    visit.go("/leads/1");
    visit.driver.follow("a[href='/leads/1/erase']");
    is_faultless(&mut visit.driver, PHONE, "erase");
    visit.driver.follow("main button");
    visit.says("It is gone.");
    is_faultless(&mut visit.driver, PHONE, "erased");
}

#[test]
fn deliveries_are_sent_again_with_the_keyboard() {
    let Some(mut visit) = Visit::begin() else {
        return;
    };
    visit.driver.look_at(PHONE);
    visit.go("/leads/2");
    let before = visit.busy.count();
    visit.driver.follow("form[action='/leads/2/again'] button");
    visit.says("Lead 2: Ada Lovelace");
    wait_until("another attempt", || visit.busy.count() > before);
    is_faultless(&mut visit.driver, PHONE, "lead-tried-again");

    visit.go("/webhooks/crm");
    visit.driver.tab_to("select[name=state]");
    visit.driver.press("ArrowDown");
    visit.driver.tab_to("input[name=since]");
    // The first of January, whichever part the browser asks for first.
    visit.driver.type_keys("01012026");
    visit.driver.enter();
    visit.says("Deliveries to crm that are sent again, in order, at the pace of the webhook: 3.");
    is_faultless(&mut visit.driver, PHONE, "replay");
    let before = visit.crm.count();
    visit.driver.follow("main form button");
    visit.says("Webhook crm");
    wait_until("all three once more", || visit.crm.count() == before + 3);
}

#[test]
fn what_waits_is_taken_out_with_the_keyboard() {
    let Some(mut visit) = Visit::begin() else {
        return;
    };
    visit.driver.look_at(PHONE);
    visit.driver.follow("nav a[href='/webhooks']");
    visit.driver.follow(&format!("a[href='/webhooks/{BUSY}']"));
    visit.driver.follow("form[action$='/cancel'] button");
    visit.says("that are taken out and never sent: 3.");
    is_faultless(&mut visit.driver, PHONE, "cancel");
    visit.driver.follow("main form button");
    visit.says(&format!("Webhook {BUSY}"));
    visit.daemon.wait_until_drained();
    visit.driver.follow("form[action$='/cancel'] button");
    visit.says("There is none to which this applies.");
    is_faultless(&mut visit.driver, PHONE, "cancel-none");
}

#[test]
fn the_config_is_read_again_with_the_keyboard() {
    let Some(mut visit) = Visit::begin() else {
        return;
    };
    visit.driver.look_at(PHONE);
    visit.driver.follow("nav a[href='/system']");
    visit.says("Read when leadhook started, and not since.");
    let driver = &mut visit.driver;
    let press = || driver.follow("form[action='/system/reload'] button");
    visit.daemon.run_while(press);
    visit.says("the config was taken over.");
    is_faultless(&mut visit.driver, PHONE, "system-reloaded");
}
