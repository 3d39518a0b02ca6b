//! A lead that means harm: whatever it says stays text.

use serde_json::json;

use crate::{act, daemon, get, sign_in};

#[test]
fn nothing_that_a_lead_says_becomes_a_tag_or_leaves_its_attribute() {
    let daemon = daemon();
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>' onmouseover='x";
    let body = json!({
        "name": evil, "email": "a@b.example", "message": evil, "notes": evil,
        "external_id": evil, "utm_source": evil, evil: evil,
    });
    assert_eq!(daemon.post("website", &body.to_string()).status, 201);
    let cookie = sign_in(&daemon);
    let search = "/leads?search=%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    let no_date = "/leads?start_date=%22%3E%3Cb%3E";
    let in_form = leadhook::http::forms::form_body(&[("body", &body.to_string())]);
    let tried = act(&daemon, &cookie, "/sources/website/try", &in_form);
    assert!(tried.body.contains("would be taken"), "{}", tried.body);
    let pages = ["/", "/leads", "/leads/1", search, no_date]
        .map(|path| (path, get(&daemon, &cookie, path)));
    for (path, page) in pages.into_iter().chain([("the trial", tried)]) {
        let page = page.body;
        assert!(
            !page.contains("<script") && !page.contains("<img") && !page.contains("<b>"),
            "{path}: {page}"
        );
        assert!(!page.contains("' onmouseover='"), "{path}");
    }
}
