//! What leaves, where it may go, and what becomes of each kind of answer.

#![allow(clippy::unwrap_used)]

#[path = "../harness/authority.rs"]
mod authority;
#[path = "../harness/receiver.rs"]
mod harness;

mod addresses;
mod answers;
mod hostile_receivers;
mod kept_connections;
mod names;
mod proxies;
mod shutdown;
mod tls;
mod traces;
mod what_is_sent;

use std::time::Duration;

use leadhook::domain::delivery::{Answer, Fault, Outcome};
use leadhook::domain::time::Timestamp;
use leadhook::domain::webhook::{Private, Receiver as Settings};
use leadhook::outbound::{Client, Lookups, Outgoing};

use harness::{LIMIT, Receiver, Reply};

const NOW: Timestamp = Timestamp(1_769_954_941_000);
const BODY: &[u8] = br#"{"lead":1}"#;

fn settings(url: &str) -> Settings {
    Settings {
        url: url.to_owned(),
        timeout: LIMIT,
        private: Private::Allowed,
        insecure_http: false,
        proxy: None,
        ca_pem: None,
        dns_cache: Duration::from_secs(30),
    }
}

/// Look-ups that know every name and lead to this machine.
fn here() -> Lookups {
    Lookups::new(|_| Ok(vec!["127.0.0.1".parse().unwrap()]))
}

fn client(settings: &Settings) -> Client {
    Client::new(settings, 4, &here()).unwrap()
}

fn post(client: &Client) -> Outcome {
    client.send(&Outgoing::json(NOW, BODY)).0
}

fn answered(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Answered(answer) => answer,
        Outcome::Unanswered(fault) => panic!("no answer: {fault:?}"),
    }
}

fn unanswered(outcome: Outcome) -> Fault {
    match outcome {
        Outcome::Answered(answer) => panic!("an answer: {answer:?}"),
        Outcome::Unanswered(fault) => fault,
    }
}

/// Sends one request to a receiver that does this, with little time.
fn meet(reply: Reply) -> Outcome {
    let receiver = Receiver::always(reply);
    let mut settings = settings(&receiver.url());
    settings.timeout = Duration::from_millis(300);
    let (outcome, duration) = client(&settings).send(&Outgoing::json(NOW, BODY));
    assert!(duration < Duration::from_millis(1300), "{duration:?}");
    outcome
}
