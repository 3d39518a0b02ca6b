//! What a webhook sends: bodies and templates, requests, filters, and the presets of receivers, each
//! held against a scripted receiver that behaves like its service.

mod answers;
mod bodies;
#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
mod filters;
mod placeholders;
mod presets;
mod problems;
#[path = "../harness/receiver.rs"]
mod receiver;
mod requests;
mod services;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use daemon::{Setting, TestDaemon, WEBSITE};
use leadhook::config::{self, Env};
use receiver::{Receiver, Reply, Request};
use serde_json::Value;

/// A form as people fill it in.
const ADA: &str = r#"{"name":"Ada Lovelace","email":"ada@example.com","phone":"+47 22 12 34 56","company":"Engines","message":"The tap drips","quote_value":"156.80","How many?":"3","City*":"Oslo"}"#;

/// A daemon with a source and one webhook, and the receiver of all its leads.
struct House {
    receiver: Receiver,
    daemon: TestDaemon,
}

impl House {
    /// A webhook with these keys to a receiver that takes everything.
    fn with(keys: &str) -> House {
        House::to(Receiver::always(Reply::status(200)), "", keys)
    }

    /// A webhook with these keys; `{url}` in them stands for the receiver's address. `before` is put
    /// before the webhook.
    fn to(receiver: Receiver, before: &str, keys: &str) -> House {
        let address = receiver.url();
        let keys = match keys.contains("{url}") {
            true => keys.replace("{url}", address.trim_end_matches("/hook")),
            false => format!("url = \"{address}\"\n{keys}"),
        };
        let unsigned = match keys.contains("preset = ") || keys.contains("secret = \"whsec") {
            true => "",
            false => "unsigned = true\n",
        };
        let config = format!(
            "{WEBSITE}{before}\n[[webhook]]\nname = \"crm\"\nallow_private = true\n{unsigned}{keys}\n"
        );
        let daemon = TestDaemon::start_with(Setting::default(), &config);
        House { receiver, daemon }
    }

    fn post(&self, body: &str) {
        let answer = self.daemon.post("website", body);
        assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
        self.daemon.wait_until_drained();
    }

    /// The request that a lead leads to.
    fn request(&self, lead: &str) -> Request {
        self.post(lead);
        self.receiver.wait_for(1).remove(0)
    }

    fn requests(&self) -> Vec<Request> {
        self.receiver.requests()
    }
}

/// The request that Ada's lead leads to at a webhook with these keys.
fn sent(keys: &str) -> Request {
    House::with(keys).request(ADA)
}

/// Its body.
fn body(keys: &str) -> String {
    text(&sent(keys).body)
}

/// What a template of JSON makes of a lead.
fn json(template: &str, lead: &str) -> Value {
    let request = House::with(&format!("body = '''{template}'''")).request(lead);
    parsed(&request.body)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|error| panic!("{error}: {}", text(body)))
}

/// The fields of a urlencoded form.
fn form(body: &[u8]) -> Vec<(String, String)> {
    leadhook::http::forms::form_fields(body)
}

/// What is wrong with a webhook of these keys.
fn problems(keys: &str) -> String {
    let text = format!(
        "[admin]\ntoken = 'sixteen-letters-'\n{WEBSITE}[[webhook]]\nname = 'crm'\nunsigned = true\n{keys}\n"
    );
    let read = config::parse(&text, "leadhook.toml", "".as_ref(), &Env::default());
    read.expect_err("a problem").to_string()
}

/// A file that only its owner may read, in a directory of the test.
fn secret_file(directory: &daemon::Directory, name: &str, content: &str) {
    let path = directory.0.join(name);
    fs::write(&path, content).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its mode");
}
