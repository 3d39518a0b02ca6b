//! A lead that means harm: whatever it says stays text.

use serde_json::json;

use crate::{daemon, get, sign_in};

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
    let search = "/leads?search=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&start_date=%22%3E%3Cb%3E";
    for path in ["/", "/leads", "/leads/1", search] {
        let page = get(&daemon, &cookie, path).body;
        assert!(
            !page.contains("<script") && !page.contains("<img") && !page.contains("<b>"),
            "{path}: {page}"
        );
        assert!(!page.contains("' onmouseover='"), "{path}");
    }
}
