//! The commands that try a receiver or help to write one.

use std::time::Duration;

use super::given::Given;
use super::table::{CONFIG, Entry, Opt, flag, maybe, option, word};
use super::{Command, Signed};
use crate::domain::lead_type::LeadType;
use crate::domain::units::parse_duration;
use crate::domain::webhook::Trigger;

const SECRET: Opt = option(
    "--secret-file",
    ("FILE", "a file with a secret"),
    "The file with the secret. Without it: the variable LEADHOOK_SECRET.",
);
const ID: Opt = option("--id", ("ID", "an id"), "The value of webhook-id.");
const TIMESTAMP: Opt = option(
    "--timestamp",
    ("SECONDS", "seconds since 1970"),
    "The value of webhook-timestamp.",
);

fn signed(given: &mut Given) -> Signed {
    Signed {
        body: given.word().map(Into::into),
        secret: given.path("--secret-file"),
        id: given.text("--id"),
        timestamp: given.text("--timestamp"),
    }
}

fn status(text: Option<String>) -> Result<u16, String> {
    let Some(text) = text else { return Ok(200) };
    let status = text.parse().ok();
    status
        .filter(|status| (200..=599).contains(status))
        .ok_or_else(|| "--status is a number from 200 to 599".to_owned())
}

const DELAY_MAX: Duration = Duration::from_secs(600);

fn delay(text: Option<String>) -> Result<Duration, String> {
    let Some(text) = text else {
        return Ok(Duration::ZERO);
    };
    let delay = parse_duration(&text);
    delay
        .filter(|delay| *delay <= DELAY_MAX)
        .ok_or_else(|| "--delay is a time up to 10m, as in 500ms or 2s".to_owned())
}

pub(super) const TEST_WEBHOOK: Entry = Entry {
    name: "test-webhook",
    words: &[word("NAME", "the name of a webhook")],
    options: &[
        option(
            "--type",
            ("TYPE", "a type of leads"),
            "The sample's: phone_call, web_form, chat, \
                text_message, transaction, event, email, appointment, other. Without it: one that the webhook \
                wants.",
        ),
        option(
            "--trigger",
            ("TRIGGER", "new or update"),
            "The occasion: new or update.",
        ),
        flag("--json", "Print JSON, for programs."),
        CONFIG,
    ],
    about: "Send a signed sample lead to a webhook, marked as a test and stored nowhere; show the request, \
                the answer and the time of each step, and say what is wrong and how to mend it. Ends with 0 only \
                if the receiver has taken it. Needs no daemon.",
    read: |given| {
        let lead_type = given.text("--type").map(|text| {
            LeadType::parse(&text).ok_or_else(|| format!("there is no type of leads {text}"))
        });
        let trigger = given.text("--trigger").map(|text| {
            Trigger::parse(&text).ok_or_else(|| "--trigger is new or update".to_owned())
        });
        Ok(Command::TestWebhook {
            name: given.must(),
            lead_type: lead_type.transpose()?,
            trigger: trigger.transpose()?,
            json: given.has("--json"),
            config: given.path("--config"),
        })
    },
};

pub(super) const LISTEN: Entry = Entry {
    name: "listen",
    words: &[maybe("ADDRESS", "an address or a port")],
    options: &[
        option(
            "--secret-file",
            ("FILE", "a file with a secret"),
            "Check signatures with the secret \
                in this file.",
        ),
        option(
            "--status",
            ("STATUS", "a status"),
            "Answer with it, 200 to 599; without it: 200.",
        ),
        option(
            "--delay",
            ("TIME", "a time"),
            "Wait so long before the answer, up to 10m: 500ms, 2s.",
        ),
    ],
    about: "Receive webhooks in the terminal: print what arrives, say whether its signature holds and why \
                not, and answer. On 127.0.0.1:8482 if no address or port is named. Ctrl-C ends it.",
    read: |given| {
        Ok(Command::Listen {
            address: given.word(),
            secret: given.path("--secret-file"),
            status: status(given.text("--status"))?,
            delay: delay(given.text("--delay"))?,
        })
    },
};

pub(super) const SIGN: Entry = Entry {
    name: "sign",
    words: &[maybe("BODY", "a file with a body")],
    options: &[SECRET, ID, TIMESTAMP],
    about: "Print the three headers that sign a body, from a file or standard input, to try a receiver of \
                your own.",
    read: |given| Ok(Command::Sign(signed(given))),
};

pub(super) const VERIFY_SIGNATURE: Entry = Entry {
    name: "verify-signature",
    words: &[maybe("BODY", "a file with a body")],
    options: &[
        SECRET,
        option(
            "--headers",
            ("FILE", "a file with headers"),
            "A file with the three headers, as `curl -i`, \
                `listen` or the inspector show them.",
        ),
        ID,
        TIMESTAMP,
        option(
            "--signature",
            ("TEXT", "a signature"),
            "The value of webhook-signature.",
        ),
        flag("--any-age", "Do not hold the timestamp against the clock."),
    ],
    about: "Say whether a body, from a file or standard input, has a signature that holds, and if not, why: \
                another secret, a body written again, the id left out, the clock.",
    read: |given| {
        Ok(Command::VerifySignature {
            signature: given.text("--signature"),
            headers: given.path("--headers"),
            any_age: given.has("--any-age"),
            signed: signed(given),
        })
    },
};
