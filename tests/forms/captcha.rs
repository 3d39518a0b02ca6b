//! The captcha: asked before the commit, and no reason to lose a lead.

use std::time::{Duration, Instant};

use leadhook::http::forms::form_fields;

use crate::client::{Answer, ask};
use crate::daemon::{Setting, TestDaemon};
use crate::receiver::{Receiver, Reply, Request};
use crate::{BROWSER, count, form, spam_reason};

const GOOD: &str = r#"{"success":true,"hostname":"www.example.com"}"#;

/// A source whose captcha is checked by `service`.
fn config(service: &Receiver, captcha: &str) -> String {
    format!(
        "[[source]]\nname = \"website\"\nauth = \"none\"\nrate_per_minute = 0\n\
         captcha = {{ {captcha}, secret = \"captcha-secret\", url = \"{}\" }}\n",
        service.url()
    )
}

fn says(json: &'static str) -> Receiver {
    let headers = [("content-type", "application/json")];
    Receiver::always(Reply::full(200, &headers, json.as_bytes()))
}

fn turnstile(service: &Receiver) -> TestDaemon {
    TestDaemon::start(&config(service, "turnstile = \"example.com\""))
}

fn post(daemon: &TestDaemon, token: &str) -> Answer {
    let body = format!("email=a%40x&cf-turnstile-response={token}");
    form(daemon, "website", &[], &body)
}

#[track_caller]
fn is_refused(answer: &Answer) {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (422, "captcha_failed")
    );
}

#[test]
fn the_service_hears_secret_token_and_address_and_its_word_counts() {
    let good = |request: &Request, _| {
        let pairs = form_fields(&request.body);
        let good = pairs.contains(&("response".to_owned(), "good".to_owned()));
        let json = if good {
            GOOD
        } else {
            r#"{"success":false,"error-codes":["invalid-input-response"]}"#
        };
        Reply::full(200, &[], json.as_bytes())
    };
    let service = Receiver::script(good);
    let daemon = turnstile(&service);
    assert_eq!(post(&daemon, "good").status, 201);
    is_refused(&post(&daemon, "bad"));
    assert_eq!(count(&daemon), 1);
    assert_eq!(spam_reason(&daemon, 1, "captcha"), None);
    let request = &service.requests()[0];
    assert_eq!(request.line, "POST /hook HTTP/1.1");
    assert_eq!(
        request.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    let expected = [
        ("secret", "captcha-secret"),
        ("response", "good"),
        ("remoteip", "127.0.0.1"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(form_fields(&request.body), expected);
}

#[test]
fn without_a_token_nobody_is_asked() {
    let service = says(GOOD);
    let daemon = turnstile(&service);
    is_refused(&post(&daemon, ""));
    is_refused(&form(&daemon, "website", &[], "email=a%40x"));
    is_refused(&form(
        &daemon,
        "website",
        &[],
        "email=a%40x&g-recaptcha-response=good",
    ));
    assert_eq!(service.count(), 0);
}

#[test]
fn a_challenge_solved_elsewhere_does_not_count() {
    let service = says(r#"{"success":true,"hostname":"evil.example"}"#);
    is_refused(&post(&turnstile(&service), "good"));
    let daemon = TestDaemon::start(&config(&service, "turnstile = []"));
    assert_eq!(post(&daemon, "good").status, 201);
}

#[test]
fn a_score_below_the_least_one_does_not_pass() {
    let service = says(r#"{"success":true,"score":0.6}"#);
    let post = |more: &str| {
        let daemon = TestDaemon::start(&config(&service, &format!("recaptcha = []{more}")));
        form(
            &daemon,
            "website",
            &[],
            "email=a%40x&g-recaptcha-response=good",
        )
    };
    assert_eq!(post("").status, 201);
    assert_eq!(post(", min_score = 0.6").status, 201);
    is_refused(&post(", min_score = 0.61"));
}

#[test]
fn where_the_service_says_nothing_of_use_the_lead_is_kept_and_marked() {
    let replies = [
        Reply::Close,
        Reply::status(500),
        Reply::full(200, &[], b"<html>"),
        Reply::full(200, &[], b"{}"),
        Reply::full(
            200,
            &[],
            br#"{"success":false,"error-codes":["invalid-input-secret"]}"#,
        ),
        Reply::full(200, &[], &vec![b' '; 100_000]),
    ];
    let service = Receiver::sequence(replies.to_vec());
    let setting = Setting::default();
    let daemon = TestDaemon::start_with(setting.clone(), &config(&service, "turnstile = []"));
    for id in 1..=6 {
        assert_eq!(post(&daemon, "any").lead_id(), id);
        assert_eq!(
            spam_reason(&daemon, id, "captcha").as_deref(),
            Some("the captcha could not be checked (+20)")
        );
    }
    let log = setting.log();
    assert!(log.contains("captcha not checked"), "{log}");
    assert!(!log.contains("captcha-secret"), "{log}");
}

#[test]
fn a_service_that_hangs_costs_two_seconds_at_most() {
    let service = Receiver::always(Reply::Hang);
    let daemon = turnstile(&service);
    let began = Instant::now();
    let ingest = daemon.ingest();
    let post = || {
        ask(
            ingest,
            "POST",
            "/in/website",
            &[],
            b"email=a%40x&cf-turnstile-response=any",
        )
    };
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let posts: Vec<_> = (0..20).map(|_| scope.spawn(post)).collect();
        let statuses = posts
            .into_iter()
            .map(|post| post.join().expect("an answer").status);
        statuses.collect()
    });
    let took = began.elapsed();
    assert_eq!(statuses, [201; 20]);
    assert!((1900..6000).contains(&took.as_millis()), "{took:?}");
    assert!(took < Duration::from_secs(6));
    assert_eq!(
        spam_reason(&daemon, 20, "captcha").as_deref(),
        Some("the captcha could not be checked (+20)")
    );
}

#[test]
fn a_used_token_is_good_for_the_same_post_again_and_for_no_other() {
    let once = |_: &Request, nth| match nth {
        1 => Reply::full(200, &[], GOOD.as_bytes()),
        _ => Reply::full(
            200,
            &[],
            br#"{"success":false,"error-codes":["timeout-or-duplicate"]}"#,
        ),
    };
    let service = Receiver::script(once);
    let daemon = turnstile(&service);
    let post = |email: &str| {
        let body = format!("email={email}&cf-turnstile-response=t&_idempotency_key=k");
        form(&daemon, "website", &[], &body)
    };
    assert_eq!(post("ada").status, 201);
    let again = post("ada");
    assert_eq!(
        (again.lead_id(), again.header("idempotent-replayed")),
        (1, Some("true"))
    );
    is_refused(&post("bob"));
}

#[test]
fn a_visitor_who_fails_sees_what_he_typed_and_the_way_back() {
    let service = says(r#"{"success":false,"error-codes":["timeout-or-duplicate"]}"#);
    let daemon = turnstile(&service);
    let headers = [BROWSER, ("referer", "https://www.example.com/contact")];
    let answer = form(
        &daemon,
        "website",
        &headers,
        "name=Ada&cf-turnstile-response=t",
    );
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("value=\"Ada\"") && !answer.body.contains("<button>"));
    let back = "<a href=\"https://www.example.com/contact\">Back to the form</a>";
    assert!(answer.body.contains(back), "{}", answer.body);
}

#[test]
fn what_is_spam_anyway_is_not_asked_for() {
    let service = says(GOOD);
    let daemon = turnstile(&service);
    assert_eq!(
        form(&daemon, "website", &[], "email=a%40x&_gotcha=x").status,
        201
    );
    assert_eq!(service.count(), 0);
}
