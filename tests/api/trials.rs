//! A sample lead on demand: sent as a delivery would be, judged as its webhook judges, stored nowhere.

use crate::daemon::{TestDaemon, WEBSITE, webhook};
use crate::receiver::{Receiver, Reply};
use crate::{is_refused, post};

#[test]
fn a_test_sends_a_sample_and_judges_the_answer_as_the_webhook_does() {
    let receiver = Receiver::sequence(vec![
        Reply::full(200, &[], b"{\"ok\":false}"),
        Reply::full(200, &[], b"{\"ok\":true}"),
    ]);
    let rules = "success_body_contains = '\"ok\":true'";
    let crm = webhook("crm", &receiver.url(), rules);
    let daemon = TestDaemon::start(&format!("{WEBSITE}{crm}"));
    let failed = post(&daemon, "/webhooks/crm/test", "").json();
    assert_eq!(
        (&failed["ok"], &failed["answer"]["status"]),
        (&false.into(), &200.into())
    );
    let sample = r#"{"lead_type":"phone_call","trigger":"update"}"#;
    let taken = post(&daemon, "/webhooks/crm/test", sample).json();
    assert_eq!(
        (&taken["ok"], &taken["lead_type"]),
        (&true.into(), &"Phone Call".into())
    );
    let body = String::from_utf8_lossy(&receiver.requests()[1].body).into_owned();
    assert!(
        body.ends_with(r#""test":true}"#) && body.contains(r#""trigger":"update""#),
        "{body}"
    );
    assert_eq!(daemon.store().counts().map(|counts| counts.leads), Ok(0));
    is_refused(
        &post(&daemon, "/webhooks/x/test", ""),
        404,
        "unknown_webhook",
    );
    is_refused(
        &post(&daemon, "/webhooks/crm/test", r#"{"trigger":"old"}"#),
        400,
        "invalid_parameter",
    );
}
