//! Whose certificates are trusted.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use leadhook::domain::delivery::Stage;
use leadhook::outbound::{Client, Outgoing};

use crate::authority::Authority;
use crate::harness::{Duplex, Receiver, Reply};
use crate::{BODY, NOW, answered, client, here, post, settings, unanswered};

use rustls::{ServerConnection, StreamOwned};

impl Authority {
    /// A receiver with a certificate of this authority.
    pub(super) fn receiver(&self, name: &str, is_expired: bool) -> Receiver {
        let config = self.server(name, is_expired);
        let wrap = move |stream| {
            let server = ServerConnection::new(Arc::clone(&config)).unwrap();
            Box::new(StreamOwned::new(server, stream)) as Box<dyn Duplex>
        };
        Receiver::wrapped(wrap, Reply::full(200, &[], b"safe"))
    }
}

fn trusting(authority: &Authority, host: &str, receiver: &Receiver) -> Client {
    let mut settings = settings(&format!("https://{host}:{}/", receiver.address().port()));
    settings.ca_pem = Some(authority.pem.clone().into_bytes());
    client(&settings)
}

#[test]
fn a_receiver_whose_authority_is_named_is_trusted_and_its_connection_kept() {
    let authority = Authority::new();
    let receiver = authority.receiver("hook.example", false);
    let client = trusting(&authority, "hook.example", &receiver);
    let body = vec![b'x'; 100_000];
    for _ in 0..3 {
        let (outcome, _) = client.send(&Outgoing::json(NOW, &body));
        assert_eq!(answered(outcome).excerpt, b"safe");
    }
    assert_eq!(receiver.connections(), 1);
    assert_eq!(receiver.requests()[2].body, body);
}

#[test]
fn an_unknown_issuer_is_refused_with_a_hint() {
    let receiver = Authority::new().receiver("hook.example", false);
    let fault = unanswered(post(&trusting(
        &Authority::new(),
        "hook.example",
        &receiver,
    )));
    assert_eq!(fault.stage, Stage::Tls);
    assert!(fault.detail.contains("unknown issuer"), "{fault:?}");
    assert!(fault.detail.contains("ca_file"), "{fault:?}");
    assert_eq!(receiver.count(), 0);
}

#[test]
fn without_a_ca_file_the_authorities_of_the_system_are_trusted() {
    let receiver = Authority::new().receiver("hook.example", false);
    let port = receiver.address().port();
    let url = format!("https://hook.example:{port}/");
    match Client::new(&settings(&url), 1, &here()) {
        Ok(client) => assert_eq!(unanswered(post(&client)).stage, Stage::Tls),
        // A system without any says so.
        Err(error) => assert!(error.contains("ca-certificates"), "{error}"),
    }
    assert_eq!(receiver.count(), 0);
}

#[test]
fn another_name_and_an_expired_certificate_are_refused_by_their_reason() {
    let authority = Authority::new();
    let receiver = authority.receiver("other.example", false);
    let fault = unanswered(post(&trusting(&authority, "hook.example", &receiver)));
    assert!(fault.detail.contains("another name"), "{fault:?}");
    let receiver = authority.receiver("hook.example", true);
    let fault = unanswered(post(&trusting(&authority, "hook.example", &receiver)));
    assert!(fault.detail.contains("expired"), "{fault:?}");
    assert_eq!((fault.stage, receiver.count()), (Stage::Tls, 0));
}

#[test]
fn a_receiver_that_does_not_speak_tls_ends_within_the_deadline() {
    let plain = Receiver::always(Reply::status(200));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for (port, words) in [
        (plain.address().port(), ""),
        (
            silent.local_addr().unwrap().port(),
            "no end of the TLS handshake within 300 ms",
        ),
    ] {
        let mut settings = settings(&format!("https://hook.example:{port}/"));
        settings.ca_pem = Some(Authority::new().pem.into_bytes());
        settings.timeout = Duration::from_millis(300);
        let (outcome, duration) = client(&settings).send(&Outgoing::json(NOW, BODY));
        let fault = unanswered(outcome);
        assert_eq!(fault.stage, Stage::Tls, "{fault:?}");
        assert!(fault.detail.contains(words), "{fault:?}");
        assert!(duration < Duration::from_millis(1300), "{duration:?}");
    }
}

#[test]
fn a_ca_file_without_a_certificate_is_said_so_before_anything_is_sent() {
    let mut settings = settings("https://hook.example/");
    settings.ca_pem = Some(b"hello".to_vec());
    let error = Client::new(&settings, 1, &here()).unwrap_err();
    assert!(error.contains("ca_file holds no certificate"), "{error}");
}
