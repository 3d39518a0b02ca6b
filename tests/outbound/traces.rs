//! What a traced request tells: its steps, what was sent, the end of the certificate.

use leadhook::outbound::{Outgoing, Step, Trace, trace};

use crate::authority::Authority;
use crate::harness::{Receiver, Reply};
use crate::{BODY, NOW, answered, here, settings};

fn traced(url: &str, pem: Option<&str>) -> Trace {
    let mut settings = settings(url);
    settings.ca_pem = pem.map(|pem| pem.as_bytes().to_vec());
    let mut request = Outgoing::json(NOW, BODY);
    request.header("x-key", "hidden").unwrap();
    trace(&settings, &here(), &request).unwrap()
}

fn steps(trace: &Trace) -> Vec<Step> {
    trace.steps.iter().map(|(step, _)| *step).collect()
}

#[test]
fn every_step_of_a_request_is_told_and_together_they_are_the_whole() {
    let receiver = Receiver::always(Reply::full(
        200,
        &[("date", "Sun, 01 Feb 2026 14:10:01 GMT")],
        b"x",
    ));
    let trace = traced(&receiver.url(), None);
    let all = [
        Step::Resolve,
        Step::Connect,
        Step::Send,
        Step::FirstByte,
        Step::Body,
    ];
    assert_eq!(steps(&trace), all);
    let sum: std::time::Duration = trace.steps.iter().map(|(_, time)| *time).sum();
    assert!(sum <= trace.duration + std::time::Duration::from_millis(50));
    assert_eq!(trace.address, Some(receiver.address()));
    let ahead = trace.clock_ahead_s.unwrap();
    assert!((50..=60).contains(&ahead), "{ahead}");
}

#[test]
fn what_was_sent_is_told_as_it_left_but_for_what_may_be_secret() {
    let receiver = Receiver::always(Reply::full(200, &[("set-cookie", "hidden")], b""));
    let trace = traced(&format!("{}?key=hidden", receiver.url()), None);
    assert_eq!(trace.sent[0], ("POST".to_owned(), "/hook?***".to_owned()));
    let arrived = &receiver.requests()[0].headers;
    let told: Vec<_> = trace.sent[1..].iter().map(|(name, _)| name).collect();
    assert_eq!(
        told,
        arrived.iter().map(|(name, _)| name).collect::<Vec<_>>()
    );
    assert!(!format!("{:?}", (&trace.sent, &trace.received)).contains("hidden"));
}

#[test]
fn the_end_of_a_certificate_is_told_and_nothing_more_is_sent_for_it() {
    let authority = Authority::new();
    let receiver = authority.receiver("hook.example", false);
    let url = format!("https://hook.example:{}/", receiver.address().port());
    let trace = traced(&url, Some(&authority.pem));
    assert_eq!(answered(trace.outcome).excerpt, b"safe");
    assert!(trace.steps.iter().any(|(step, _)| *step == Step::Tls));
    let expires = trace.expires.unwrap().to_string();
    assert!(expires.starts_with("4096-01-01"), "{expires}");
    assert_eq!(receiver.count(), 1);
}

#[test]
fn a_request_that_comes_to_nothing_tells_how_far_it_came() {
    let authority = Authority::new();
    let receiver = authority.receiver("hook.example", true);
    let url = format!("https://hook.example:{}/", receiver.address().port());
    let trace = traced(&url, Some(&authority.pem));
    assert_eq!(trace.steps.last().map(|(step, _)| *step), Some(Step::Tls));
    let said = trace.outcome.to_string();
    assert!(said.contains("has expired on 2020-01-01"), "{said}");
    assert!(trace.sent.is_empty() && trace.expires.is_none());
}
