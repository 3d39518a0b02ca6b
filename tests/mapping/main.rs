//! Mapping: paths and rules, the presets of known services, and what the config says about mistakes.

#[path = "../harness/client.rs"]
mod client;
mod command;
mod curl;
#[path = "../harness/daemon.rs"]
mod daemon;
mod hostile;
mod paths;
mod phases;
mod presets;
mod problems;
#[path = "../harness/receiver.rs"]
mod receiver;
mod rules;
mod services;
mod unmapped;

use client::{Answer, ask};
use daemon::{TestDaemon, webhook};
use receiver::{Receiver, Reply};
use serde_json::Value;

/// A daemon with one source, and the receiver of all its leads.
struct House {
    receiver: Receiver,
    daemon: TestDaemon,
}

impl House {
    /// The source is called `service`; `keys` are those of its `[[source]]`.
    fn with(keys: &str) -> House {
        let receiver = Receiver::always(Reply::status(200));
        let source = format!(
            "[[source]]\nname = \"service\"\nauth = \"none\"\nrate_per_minute = 0\n{keys}\n"
        );
        let daemon = TestDaemon::start(&format!("{source}{}", webhook("crm", &receiver.url(), "")));
        House { receiver, daemon }
    }

    /// Posts a body; what begins like JSON goes as JSON, all else as a form.
    fn post(&self, body: &str) -> Answer {
        self.post_to("/in/service", &[], body)
    }

    fn post_to(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let content_type = match body.starts_with('{') {
            true => "application/json",
            false => "application/x-www-form-urlencoded",
        };
        let headers = [&[("content-type", content_type)], headers].concat();
        ask(
            self.daemon.ingest(),
            "POST",
            path,
            &headers,
            body.as_bytes(),
        )
    }

    /// The body of the n-th request that the receiver got, from 1.
    fn bytes(&self, n: usize) -> Vec<u8> {
        self.receiver.wait_for(n)[n - 1].body.clone()
    }

    fn payload(&self, n: usize) -> Value {
        serde_json::from_slice(&self.bytes(n)).expect("JSON")
    }

    /// The payload of the first lead, of this body.
    fn lead(&self, body: &str) -> Value {
        let answer = self.post(body);
        assert_eq!(answer.status, 201, "{}", answer.body);
        self.payload(1)
    }
}

/// The payload of a lead that comes of `body` by a source with these keys.
fn lead(keys: &str, body: &str) -> Value {
    House::with(keys).lead(body)
}
