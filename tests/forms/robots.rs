//! What betrays a robot; its lead is kept and flagged, and it hears nothing of that.

use leadhook::domain::field::Field;

use crate::daemon::{TestDaemon, webhook};
use crate::receiver::{Receiver, Reply};
use crate::{BROWSER, FORMS, form, label, lead, spam_reason};

const TRAPS: &str = "
[[source]]
name = \"website\"
auth = \"none\"
rate_per_minute = 0
honeypots = [\"website2\"]
min_fill_time = \"3s\"
";

fn is_spam(daemon: &TestDaemon, id: u64) -> bool {
    lead(daemon, id).values.is_set(Field::Spam)
}

#[test]
fn who_fills_in_a_honeypot_is_thanked_and_flagged() {
    let daemon = TestDaemon::start(FORMS);
    for (n, name) in (1..).zip(["_gotcha", "_honey", "botcheck", "bot-field", "_Gotcha"]) {
        let answer = form(&daemon, "website", &[], &format!("email=a%40x&{name}=on"));
        assert_eq!((answer.status, answer.lead_id()), (201, n));
        assert!(is_spam(&daemon, n), "{name}");
        let reason = format!("the hidden field {name} was filled in (+100)");
        assert_eq!(spam_reason(&daemon, n, "honeypot"), Some(reason));
    }
    let page = form(&daemon, "website", &[BROWSER], "email=a%40x&_gotcha=on");
    assert!(page.body.contains("<h1>Thank you</h1>"));
    let json = daemon.post("website", r#"{"email":"a@x","_gotcha":"x"}"#);
    assert!(is_spam(&daemon, json.lead_id()));
}

#[test]
fn a_honeypot_is_seen_however_it_is_filled_in() {
    let mapped =
        "[[source]]\nname = \"mapped\"\nauth = \"none\"\n[source.fields]\nemail = \"mail\"\n";
    let daemon = TestDaemon::start(&format!("{FORMS}{mapped}"));
    for (source, body) in [
        ("website", "_gotcha=&email=a%40x&_gotcha=on"),
        ("website", "email=a%40x&_GOTCHA=+on+"),
        ("website", "email=a%40x&spam=false&_gotcha=on"),
        ("website", r#"{"email":"a@x","_gotcha":["",["on"]]}"#),
        ("website", r#"{"email":"a@x","_gotcha":true}"#),
        ("mapped", "mail=a%40x.example&_gotcha=on"),
    ] {
        let answer = form(&daemon, source, &[], body);
        assert!(is_spam(&daemon, answer.lead_id()), "{body}");
    }
}

#[test]
fn an_empty_honeypot_is_no_sign_of_anything() {
    let daemon = TestDaemon::start(FORMS);
    let body = "email=a%40x&_gotcha=&_honey=+&botcheck=false&bot-field=0";
    let id = form(&daemon, "website", &[], body).lead_id();
    assert!(!is_spam(&daemon, id));
    assert_eq!(spam_reason(&daemon, id, "honeypot"), None);
}

#[test]
fn the_owners_honeypots_stand_in_for_the_usual_ones() {
    let daemon = TestDaemon::start(TRAPS);
    let post = |body: &str| form(&daemon, "website", &[], body).lead_id();
    assert!(is_spam(
        &daemon,
        post("email=a%40x&website2=http%3A%2F%2Fx")
    ));
    let usual = post("email=a%40x&_gotcha=x");
    assert!(!is_spam(&daemon, usual));
    assert_eq!(label(&daemon, usual, "_gotcha"), None);
}

#[test]
fn who_is_too_fast_is_flagged_and_who_says_no_time_is_not() {
    let daemon = TestDaemon::start(TRAPS);
    let post = |body: &str| form(&daemon, "website", &[], body).lead_id();
    let fast = post("email=a%40x&_elapsed_ms=1290");
    assert!(is_spam(&daemon, fast));
    assert_eq!(
        spam_reason(&daemon, fast, "speed").as_deref(),
        Some("sent after 1.2 s (+100)")
    );
    for body in [
        "email=a%40x&_elapsed_ms=3000",
        "email=a%40x",
        "email=a%40x&_elapsed_ms=soon",
    ] {
        assert!(!is_spam(&daemon, post(body)), "{body}");
    }
    let both = post("email=a%40x&_elapsed_ms=0&website2=x");
    let reasons = ["honeypot", "speed"].map(|code| spam_reason(&daemon, both, code));
    let said = [
        "the hidden field website2 was filled in",
        "sent after 0.0 s",
    ];
    assert_eq!(reasons, said.map(|text| Some(format!("{text} (+100)"))));
}

#[test]
fn what_is_flagged_is_not_sent() {
    let receiver = Receiver::always(Reply::status(200));
    let daemon = TestDaemon::start(&format!("{FORMS}{}", webhook("crm", &receiver.url(), "")));
    form(&daemon, "website", &[], "email=robot%40x&_gotcha=on");
    form(&daemon, "website", &[], "email=ada%40x");
    let requests = receiver.wait_for(1);
    daemon.wait_until_drained();
    assert_eq!(receiver.count(), 1);
    assert!(String::from_utf8_lossy(&requests[0].body).contains("ada@x"));
    daemon.verify();
}
