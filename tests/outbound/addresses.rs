//! Addresses in every spelling.

use std::time::Duration;

use leadhook::domain::delivery::Stage;
use leadhook::domain::webhook::{Network, Private};
use leadhook::outbound::{Client, Lookups};

use crate::harness::{Receiver, Reply};
use crate::{answered, client, post, settings, unanswered};

/// Every spelling of this machine and of other places that a lead must not go to.
const SPELLINGS: [&str; 44] = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7F.0x0.0x0.0x1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "0x0",
    "127.255.255.254",
    "localhost",
    "LOCALHOST",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fec0::1]",
    "[fd00::1]",
    "[fc00::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[100::1]",
    "[fd00:ec2::254]",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
];

#[test]
fn no_spelling_of_a_private_address_leads_to_a_connection() {
    let receiver = Receiver::always(Reply::status(200));
    let port = receiver.address().port();
    // The system's own look-up reads the old spellings of IPv4 addresses.
    let lookups = Lookups::of_system();
    for spelling in SPELLINGS {
        let mut settings = settings(&format!("http://{spelling}:{port}/hook"));
        settings.private = Private::Refused;
        settings.insecure_http = true;
        settings.timeout = Duration::from_secs(5);
        let client = Client::new(&settings, 1, &lookups).unwrap();
        let fault = unanswered(post(&client));
        assert_eq!(fault.stage, Stage::Guard, "{spelling}: {fault:?}");
    }
    assert_eq!(receiver.connections(), 0);
}

#[test]
fn allowed_ones_are_reached() {
    let receiver = Receiver::always(Reply::status(200));
    let port = receiver.address().port();
    for (host, network) in [
        ("127.0.0.1", "127.0.0.0/8"),
        ("[::ffff:127.0.0.1]", "127.0.0.1"),
    ] {
        let mut settings = settings(&format!("http://{host}:{port}/"));
        settings.private = Private::Networks(vec![Network::parse(network).unwrap()]);
        answered(post(&client(&settings)));
    }
}

#[test]
fn an_address_needs_no_look_up() {
    let receiver = Receiver::always(Reply::status(200));
    let lookups = Lookups::new(|name| panic!("asked for {name}"));
    let client = Client::new(&settings(&receiver.url()), 1, &lookups).unwrap();
    answered(post(&client));
}
