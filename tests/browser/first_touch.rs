//! How the visitor first came travels with the forms of every later page.

use leadhook::domain::field::Field;

use crate::{Site, label};

/// Where the visitor arrives, and goes on to another page.
const LANDING: (&str, &str) = (
    "/landing",
    "<lead><script>onload = function () { location.href = '/contact?utm_source=later'; };</script>",
);

#[test]
fn a_form_sent_without_leaving_the_page_carries_the_first_touch_and_the_consent() {
    let contact = "<lead><p id=thanks hidden>Thanks!</p>
        <form action='INGEST/in/website' method=post data-leadhook='#thanks'>
        <input name=name value=Ada><input name=utm_campaign type=hidden value='of the form'>
        <label><input type=checkbox name=consent value=yes checked> You may call me. </label>
        <textarea name=message></textarea><button name=kind value=quote>Send</button></form>
        <script>
        onload = function () {
            document.querySelector('textarea').value = 'Hello';
            document.querySelector('button').click();
            var thanks = document.getElementById('thanks');
            until(function () { return !thanks.hidden; }, function () {
                report({ left: document.querySelector('textarea').value, at: location.pathname });
            });
        };
        </script>";
    let site = Site::new(&[LANDING, ("/contact", contact)]);
    let Some(report) = site.visit("/landing?utm_source=google&utm_medium=cpc&gclid=G-1&x=1") else {
        return;
    };
    assert_eq!(report, serde_json::json!({ "left": "", "at": "/contact" }));
    let lead = site.lead(1);
    let text = |field| lead.values.text(field).unwrap_or_default();
    let page = |path: &str| format!("http://{}{path}", site.server.address());
    assert_eq!(text(Field::ContactName), "Ada");
    assert_eq!(text(Field::Notes), "Hello");
    assert_eq!(
        text(Field::LandingUrl),
        page("/landing?utm_source=google&utm_medium=cpc&gclid=G-1&x=1")
    );
    assert_eq!(text(Field::LeadUrl), page("/contact?utm_source=later"));
    assert_eq!(
        (text(Field::LeadSource), text(Field::LeadMedium)),
        ("google", "cpc")
    );
    assert_eq!(text(Field::LeadCampaign), "of the form");
    assert_eq!(text(Field::Gclid), "G-1");
    let user = text(Field::UserId);
    assert!(user.starts_with("1-") && user.len() == 38, "{user}");
    assert_eq!(label(&lead, "kind"), Some("quote"));
    assert_eq!(label(&lead, "consent_text"), Some("You may call me."));
    let time = label(&lead, "consent_time").expect("a time");
    assert!(
        leadhook::domain::time::Timestamp::parse(time).is_some(),
        "{time}"
    );
    let control = |(label, _): &(String, String)| label.starts_with('_');
    assert!(!lead.values.map(Field::AdditionalFields).iter().any(control));
}

#[test]
fn a_form_that_the_browser_sends_by_itself_carries_the_same() {
    let contact = "<lead><form action='INGEST/in/website' method=post>
        <input name=email value='ada@example.com'><input name=_next type=hidden value='/done'>
        <button>Send</button></form>
        <script>onload = function () { document.querySelector('button').click(); };</script>";
    let done = "<script>report(location.href);</script>";
    let site = Site::new(&[LANDING, ("/contact", contact), ("/done", done)]);
    let Some(report) = site.visit("/landing?msclkid=M-1") else {
        return;
    };
    assert_eq!(report, format!("http://{}/done", site.server.address()));
    let lead = site.lead(1);
    assert_eq!(lead.values.text(Field::Msclkid), Some("M-1"));
    assert!(lead.values.text(Field::UserId).is_some());
    assert!(!lead.values.is_set(Field::Spam));
}

#[test]
fn a_form_that_posts_elsewhere_is_left_alone() {
    let contact = "<lead><form action='/report' method=post>
        <input name=q value='ada'><button>Send</button></form>
        <script>
        onload = function () {
            report(new URLSearchParams(new FormData(document.forms[0])).toString());
        };
        </script>";
    let site = Site::new(&[("/contact", contact)]);
    if let Some(report) = site.visit("/contact?gclid=G-1") {
        assert_eq!(report, "q=ada");
    }
}
