//! Neither the log nor a refusal tells a secret, a signature, or what was posted.

use crate::daemon::{SECRET, TestDaemon};
use crate::{BODY, known_by, post, source};

#[test]
fn no_refusal_and_no_line_of_the_log_holds_a_secret_or_a_signature() {
    let standard = format!("auth = {{ standard_webhooks = true, secret = \"{SECRET}\" }}");
    let facebook = "auth = { facebook = true, secret = \"app-secret-01234567\", verify_token = \"verify-token-0001\" }";
    let sources = [
        known_by("basic", "basic = \"crm\""),
        known_by("body", "body = \"key\""),
        known_by("hmac", "hmac = \"x-signature\""),
        known_by("stripe", "hmac = \"x-signature\", elements = true"),
        known_by("twilio", "twilio = \"https://leads.example.com/in/twilio\""),
        source("standard", &standard),
        source("facebook", facebook),
    ];
    let daemon = TestDaemon::start(&sources.concat());
    let canary = "0123456789abcdef";
    let headers = [
        ("authorization", "Basic 0123456789abcdef"),
        ("x-signature", canary),
        ("x-twilio-signature", canary),
        ("x-hub-signature-256", "sha256=0123456789abcdef"),
        ("webhook-id", canary),
        ("webhook-timestamp", "1769954941"),
        ("webhook-signature", "v1,0123456789abcdef"),
    ];
    let body = BODY.replace("ada", canary);
    let mut said = String::new();
    for name in [
        "basic", "body", "hmac", "stripe", "twilio", "standard", "facebook",
    ] {
        let path = format!("/in/{name}?token={canary}");
        let answer = post(&daemon, &path, &headers, &body);
        assert_eq!(answer.status, 401, "{name}");
        said.push_str(&answer.body);
    }
    said.push_str(&daemon.setting.log());
    let secret = SECRET.strip_prefix("whsec_").expect("its prefix");
    for forbidden in [
        canary,
        "signing-secret",
        "app-secret",
        "verify-token",
        secret,
        "Gr",
    ] {
        assert!(!said.contains(forbidden), "{forbidden} is in\n{said}");
    }
    assert_eq!(daemon.setting.log().matches("code=unauthorized").count(), 7);
}
