//! Webhooks beside each other: whatever one receiver does, the others do not feel it.

use std::time::Duration;

use leadhook::store::DeliveryId;

use crate::daemon::{TestDaemon, WEBSITE, webhook};
use crate::lanes::NO_GRACE;
use crate::receiver::{Gate, Receiver, Reply};
use crate::{SECOND, notes, post};

const ROUNDS: usize = 10;
const LEADS: usize = 8;

/// Receivers that misbehave, each in its own way; the first three for as long as they are asked.
fn misbehaving(gate: &Gate) -> [Receiver; 7] {
    let drips = b"HTTP/1.1 200 OK\r\nx: ".repeat(1000);
    let endless = b"HTTP/1.1 500 Oops\r\n\r\n".to_vec();
    [
        Reply::Hang,
        Reply::Drip(drips, Duration::from_millis(20)),
        Reply::status(200).after(gate),
        Reply::Reset,
        Reply::status(500),
        Reply::Endless(endless, vec![b'x'; 4096]),
        Reply::full(429, &[("retry-after", "3600")], b""),
    ]
    .map(Receiver::always)
}

#[test]
fn receivers_that_misbehave_in_every_way_never_delay_the_one_that_does_not() {
    let gate = Gate::default();
    let bad = misbehaving(&gate);
    let well = Receiver::always(Reply::status(200));
    // Nobody waits for the end of a request that hangs within this test.
    let settings = "timeout = \"60s\"\nretry = [\"1s\", \"1s\", \"1s\"]\n";
    let mut config = format!("{WEBSITE}{NO_GRACE}");
    for (n, receiver) in bad.iter().enumerate() {
        config += &webhook(&format!("bad-{n}"), &receiver.url(), settings);
    }
    config += &webhook("well", &well.url(), "");
    let daemon = TestDaemon::start(&config);
    let mut said = Vec::new();
    for round in 1..=ROUNDS {
        for lead in 0..LEADS {
            let note = format!("lead {lead}: {round}");
            post(&daemon, &format!("lead {lead}"), &note);
            said.push(note);
        }
        // All of it has come before the clock goes on, while the others hang, drip and fail again.
        well.wait_for(round * LEADS);
        daemon.turn_clock(SECOND);
    }
    let mut came = notes(&well);
    let of_lead = |notes: &[String], lead| {
        let prefix = format!("lead {lead}:");
        let of_lead = notes.iter().filter(|note| note.starts_with(&prefix));
        of_lead.cloned().collect::<Vec<_>>()
    };
    for lead in 0..LEADS {
        assert_eq!(of_lead(&came, lead), of_lead(&said, lead));
    }
    came.sort();
    said.sort();
    assert_eq!(came, said);
    for webhook in 0..3 {
        // Its four requests are still the first ones.
        bad[webhook as usize].wait_for(4);
        for lead in 1..=LEADS as u64 {
            let id = DeliveryId {
                webhook,
                lead,
                revision: 1,
            };
            let delivery = daemon
                .store()
                .delivery(id)
                .expect("a store")
                .expect("a delivery");
            assert_eq!(delivery.attempts, 0);
        }
        assert_eq!(bad[webhook as usize].count(), 4);
    }
    gate.open();
    daemon.verify();
}
