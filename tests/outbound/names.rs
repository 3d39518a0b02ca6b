//! Names, where they lead, and where they may not lead.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use leadhook::domain::delivery::Stage;
use leadhook::domain::webhook::{Network, Private};
use leadhook::outbound::{Client, Lookups, Outgoing};

use crate::harness::{Receiver, Reply};
use crate::{BODY, NOW, answered, post, settings, unanswered};

/// A client of `hook.example` on the port of `receiver`, with these look-ups.
fn of_name(receiver: &Receiver, private: Private, lookups: &Lookups) -> Client {
    let port = receiver.address().port();
    let mut settings = settings(&format!("http://hook.example:{port}/hook"));
    settings.private = private;
    settings.dns_cache = Duration::ZERO;
    settings.timeout = Duration::from_secs(2);
    Client::new(&settings, 1, lookups).unwrap()
}

fn to(addresses: &'static [&'static str]) -> Lookups {
    Lookups::new(|_| Ok(addresses.iter().map(|a| a.parse().unwrap()).collect()))
}

fn loopback() -> Private {
    Private::Networks(vec![Network::parse("127.0.0.1").unwrap()])
}

#[test]
fn a_name_is_reached_where_it_leads_and_asked_for_once() {
    let receiver = Receiver::always(Reply::status(200));
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let lookups = Lookups::new(move |name| {
        assert_eq!(name, "hook.example");
        counter.fetch_add(1, Ordering::SeqCst);
        Ok(vec!["127.0.0.1".parse().unwrap()])
    });
    let url = format!("http://HOOK.example:{}/", receiver.address().port());
    let client = Client::new(&settings(&url), 1, &lookups).unwrap();
    for _ in 0..5 {
        answered(post(&client));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let host = receiver.requests()[0].header("host").unwrap().to_owned();
    assert!(host.eq_ignore_ascii_case(&format!("hook.example:{}", receiver.address().port())));
}

#[test]
fn addresses_that_are_refused_are_dropped_and_the_others_are_used() {
    let receiver = Receiver::always(Reply::status(200));
    let lookups = to(&["10.0.0.1", "127.0.0.1", "169.254.169.254"]);
    answered(post(&of_name(&receiver, loopback(), &lookups)));
}

#[test]
fn a_name_that_leads_only_to_refused_addresses_is_refused_with_the_fix() {
    let receiver = Receiver::always(Reply::status(200));
    let client = of_name(&receiver, Private::Refused, &to(&["127.0.0.1", "::1"]));
    let fault = unanswered(post(&client));
    assert_eq!(fault.stage, Stage::Guard);
    let words = "hook.example leads to 127.0.0.1, a loopback address; if that is meant, set \
                     allow_private = [\"127.0.0.1\"]";
    assert_eq!(fault.detail, words);
    assert_eq!(receiver.connections(), 0);
}

#[test]
fn a_name_that_changes_its_address_after_the_check_gains_nothing() {
    let receiver = Receiver::script(|_, _| Reply::full(200, &[("connection", "close")], b""));
    let asked = AtomicUsize::new(0);
    let lookups = Lookups::new(move |_| {
        let turns = ["127.0.0.1", "127.0.0.2"];
        let turn = asked.fetch_add(1, Ordering::SeqCst) % 2;
        Ok(vec![turns[turn].parse().unwrap()])
    });
    let client = of_name(&receiver, loopback(), &lookups);
    for turn in 0..6 {
        let outcome = post(&client);
        if turn % 2 == 0 {
            answered(outcome);
        } else {
            assert_eq!(unanswered(outcome).stage, Stage::Guard);
        }
    }
    assert_eq!(receiver.connections(), 3);
}

#[test]
fn an_unknown_name_and_a_silent_dns_are_told_apart() {
    let receiver = Receiver::always(Reply::status(200));
    let unknown = Lookups::new(|_| Err(io::Error::other("Name or service not known")));
    let fault = unanswered(post(&of_name(&receiver, Private::Allowed, &unknown)));
    assert_eq!(fault.stage, Stage::Resolve);
    assert!(
        fault
            .detail
            .starts_with("hook.example: Name or service not known")
    );

    let gate = Arc::new(std::sync::Barrier::new(2));
    let held = Arc::clone(&gate);
    let silent = Lookups::new(move |_| {
        held.wait();
        Ok(Vec::new())
    });
    let mut settings = settings("http://hook.example/");
    settings.timeout = Duration::from_millis(100);
    let client = Client::new(&settings, 1, &silent).unwrap();
    let (outcome, duration) = client.send(&Outgoing::json(NOW, BODY));
    let fault = unanswered(outcome);
    assert_eq!(fault.stage, Stage::Resolve);
    assert!(
        fault.detail.contains("did not answer within 100 ms"),
        "{fault:?}"
    );
    assert!(duration < Duration::from_millis(1300), "{duration:?}");
    gate.wait();
}

#[test]
fn without_tls_a_name_may_not_lead_to_a_public_address() {
    let mut settings = settings("http://hook.example/");
    settings.private = Private::Networks(vec![Network::parse("10.0.0.0/8").unwrap()]);
    let client = Client::new(&settings, 1, &to(&["198.41.0.4"])).unwrap();
    let fault = unanswered(post(&client));
    assert_eq!(fault.stage, Stage::Guard);
    assert!(fault.detail.contains("allow_insecure_http"), "{fault:?}");
}
