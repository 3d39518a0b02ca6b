//! What is remembered of a visitor, for how long, and when nothing is.

use leadhook::domain::field::Field;
use serde_json::json;

use crate::{Site, label};

/// Sends a form twice, with `between` in between, and reports what was stored before and after.
macro_rules! twice {
    ($tag:literal, $between:literal) => {
        concat!(
            $tag,
            "<p id=thanks hidden>Thanks!</p>
            <form action='INGEST/in/website' method=post data-leadhook='#thanks'>
            <input name=name value=Ada><button>Send</button></form><script>
            var sent = 0;
            function send(then) {
                var thanks = document.getElementById('thanks');
                thanks.hidden = true;
                document.querySelector('[name=name]').value = 'Ada ' + (++sent);
                document.querySelector('button').click();
                until(function () { return !thanks.hidden; }, function () { setTimeout(then, 50); });
            }
            onload = function () {
                var before = stored();
                send(function () {",
            $between,
            "
                    send(function () { report({ before: !!before, after: !!stored() }); });
                });
            };
            </script>"
        )
    };
}

#[test]
fn nothing_is_stored_or_told_before_consent_where_that_is_required() {
    let page = twice!(
        "<script src='INGEST/leadhook.js' data-consent=required></script>",
        "leadhook.consent();"
    );
    let site = Site::new(&[("/contact", page)]);
    let Some(report) = site.visit("/contact?gclid=G-1") else {
        return;
    };
    assert_eq!(report, json!({ "before": false, "after": true }));
    let (before, after) = (site.lead(1), site.lead(2));
    for field in [Field::UserId, Field::LandingUrl, Field::Gclid] {
        assert_eq!(before.values.text(field), None, "{field:?}");
        assert!(after.values.text(field).is_some(), "{field:?}");
    }
}

#[test]
fn who_takes_the_consent_back_is_forgotten() {
    let page = twice!("<lead>", "leadhook.forget();");
    let site = Site::new(&[("/contact", page)]);
    let Some(report) = site.visit("/contact") else {
        return;
    };
    assert_eq!(report, json!({ "before": true, "after": false }));
    assert!(site.lead(1).values.text(Field::UserId).is_some());
    assert_eq!(site.lead(2).values.text(Field::UserId), None);
}

#[test]
fn global_privacy_control_is_respected_also_over_consent() {
    let page = twice!(
        "<script>
        localStorage.setItem('leadhook', '{\"until\":9e15,\"touch\":{\"visitor_id\":\"x\"}}');
        Object.defineProperty(navigator, 'globalPrivacyControl', { value: true });
        </script><lead>",
        "leadhook.consent();"
    );
    let site = Site::new(&[("/contact", page)]);
    let Some(report) = site.visit("/contact?gclid=G-1") else {
        return;
    };
    assert_eq!(report, json!({ "before": false, "after": false }));
    for id in [1, 2] {
        let lead = site.lead(id);
        assert_eq!(lead.values.text(Field::UserId), None);
        assert_eq!(lead.values.text(Field::LandingUrl), None);
        assert_eq!(label(&lead, "visitor_id"), None);
    }
}

#[test]
fn a_visitor_is_remembered_for_as_long_as_the_page_says() {
    let page = "<script>
        localStorage.setItem('leadhook', '{\"until\":1,\"touch\":{\"visitor_id\":\"old\"}}');
        </script><script src='INGEST/leadhook.js' data-days=2></script><script>
        var found = JSON.parse(stored());
        report([found.touch.visitor_id.length, Math.round((found.until - Date.now()) / 864e5)]);
        </script>";
    let site = Site::new(&[("/contact", page)]);
    if let Some(report) = site.visit("/contact") {
        assert_eq!(report, json!([36, 2]));
    }
}
