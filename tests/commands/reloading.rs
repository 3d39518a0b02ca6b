//! Reading the config again without a signal: by the API, and by the button on the page.

use crate::client::{Answer, ask};
use crate::process::{Daemon, GROUND, Place, WEBSITE, well};

fn reload(daemon: &Daemon) -> Answer {
    daemon.post_api("/api/v1/reload", "")
}

/// Replaces the source `website` by `shop`, with further lines of TOML.
fn with_shop(place: &Place, ground: &str, more: &str) {
    let shop = WEBSITE.replace("website", "shop");
    place.write("leadhook.toml", &format!("{ground}{shop}{more}"));
}

/// What was noted of it.
fn deeds(daemon: &Daemon) -> String {
    daemon.get("/api/v1/audit").body
}

#[test]
fn a_call_takes_over_a_changed_config_and_is_noted() {
    let place = Place::with_config("");
    let mut daemon = place.start();
    assert_eq!((daemon.post("website"), daemon.post("shop")), (201, 404));
    with_shop(&place, GROUND, "");
    let told = reload(&daemon);
    assert_eq!(told.status, 200, "{}", told.body);
    let told = told.json();
    assert_eq!(told["reloaded"], true);
    assert_eq!(told["needs_restart"], serde_json::json!([]));
    assert_eq!((daemon.post("website"), daemon.post("shop")), (404, 201));
    daemon.wait_for("config taken over");
    assert!(deeds(&daemon).contains("POST /api/v1/reload"));
    daemon.stop();
}

#[test]
fn a_call_with_a_broken_config_names_the_setting_and_keeps_the_old_one() {
    let place = Place::with_config("");
    let daemon = place.start();
    place.write(
        "leadhook.toml",
        &format!("{GROUND}[[source]]\nname = \"shop\"\n"),
    );
    let told = reload(&daemon);
    assert_eq!((told.status, told.code().as_str()), (422, "config_refused"));
    let told = told.json();
    let (message, problem) = (&told["error_message"], &told["problems"][0]);
    for text in [message, problem] {
        let text = text.as_str().expect("a text");
        assert!(
            text.contains("leadhook.toml:12:") && text.contains("auth"),
            "{text}"
        );
    }
    assert_eq!((daemon.post("website"), daemon.post("shop")), (201, 404));
    assert!(!deeds(&daemon).contains("reload"));
    daemon.stop();
}

/// A second call used to say that all was taken over: it compared with the config of the first.
#[test]
fn every_call_names_the_keys_that_still_need_a_restart() {
    let place = Place::with_config("");
    let daemon = place.start();
    let changed = GROUND.replace("[admin]", "body_bytes_max = \"1 KiB\"\n[admin]");
    with_shop(&place, &changed, "");
    for _ in 0..2 {
        let told = reload(&daemon).json();
        let keys = serde_json::json!(["ingest.body_bytes_max"]);
        assert_eq!(told["needs_restart"], keys, "{told}");
    }
    daemon.stop();
}

#[test]
fn a_token_that_may_only_look_reloads_nothing() {
    let place = Place::with_admin("");
    let daemon = place.start();
    let token = well(place.run(&["token", "create", "eye", "--read"]));
    let bearer = format!("Bearer {}", token.trim());
    let headers = [("authorization", bearer.as_str())];
    let told = ask(daemon.admin(), "POST", "/api/v1/reload", &headers, b"");
    assert_eq!(told.code(), "read_only_token");
    daemon.stop();
}

/// A signed-in visit to the pages.
struct Visit<'a> {
    daemon: &'a Daemon,
    cookie: String,
}

impl Visit<'_> {
    fn begin(daemon: &Daemon) -> Visit<'_> {
        let form = b"token=test-admin-token-0123&next=%2F";
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = ask(daemon.admin(), "POST", "/sign-in", &headers, form);
        let cookie = answer.header("set-cookie").expect("a cookie");
        let cookie = cookie.split(';').next().expect("a pair").to_owned();
        Visit { daemon, cookie }
    }

    fn system(&self) -> String {
        let headers = [("cookie", self.cookie.as_str())];
        ask(self.daemon.admin(), "GET", "/system", &headers, b"").body
    }

    /// Presses the button of the page, with this key in its form.
    fn press(&self, key: &str) -> Answer {
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let form = format!("form_key={key}");
        ask(
            self.daemon.admin(),
            "POST",
            "/system/reload",
            &headers,
            form.as_bytes(),
        )
    }

    fn key(&self) -> String {
        let page = self.system();
        let (_, rest) = page
            .split_once("name=\"form_key\" value=\"")
            .expect("a form");
        rest.split('"').next().expect("a key").to_owned()
    }
}

#[test]
fn the_button_reloads_and_the_page_says_what_came_of_it() {
    let place = Place::with_config("");
    let daemon = place.start();
    let visit = Visit::begin(&daemon);
    assert!(visit.system().contains("Read when leadhook started"));
    with_shop(&place, GROUND, "");
    assert_eq!(visit.press("a forged key").status, 403);
    assert_eq!(daemon.post("shop"), 404);
    let key = visit.key();
    assert_eq!(visit.press(&key).header("location"), Some("/system"));
    assert_eq!(daemon.post("shop"), 201);
    let page = visit.system();
    assert!(
        page.contains("UTC: the config was taken over.</p>"),
        "{page}"
    );
    assert!(page.contains("page /system/reload"), "{page}");
    place.write("leadhook.toml", "[ingest]\nlisten = \"nowhere\"\n");
    visit.press(&key);
    let page = visit.system();
    assert!(page.contains("the old one goes on.</p>"), "{page}");
    assert!(page.contains("leadhook.toml:2:"), "{page}");
    daemon.stop();
}
