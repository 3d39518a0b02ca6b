//! What is wrong with a receiver, and how to mend it, in plain words: from what one request met.
//!
//! A delivery's log line is short; whoever tries a webhook by hand wants to know what to do next.

mod mail;
mod status;

use std::time::Duration;

use super::delivery::{Answer, Fault, Outcome, Stage, Wish};
use super::letter::labels::capital;
use super::time::Timestamp;

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is the matter.
    pub what: String,
    /// What to do about it.
    pub cure: String,
}

fn finding(what: impl Into<String>, cure: impl Into<String>) -> Finding {
    Finding {
        what: what.into(),
        cure: cure.into(),
    }
}

/// What one request to a receiver met.
#[derive(Clone, Copy, Debug)]
pub struct Meeting<'a> {
    /// What came of it.
    pub outcome: &'a Outcome,
    /// Whether this webhook takes that for a success.
    pub is_success: bool,
    /// Whether it was a letter, and a mail server answered.
    pub is_mail: bool,
    /// Whether it went by a proxy.
    pub is_proxied: bool,
    /// How long the whole took.
    pub took: Duration,
    /// How long it may take.
    pub timeout: Duration,
    /// The bytes of the body that was sent.
    pub body_bytes: usize,
    /// The headers of the answer, names in lower case.
    pub headers: &'a [(String, String)],
    /// How far the receiver's clock, as its `Date` tells, is ahead of ours, in seconds.
    pub clock_ahead_s: Option<i64>,
    /// When its certificate expires.
    pub expires: Option<Timestamp>,
    /// When this was.
    pub now: Timestamp,
}

/// All that is to be said, what matters most first; nothing where all is well.
pub fn findings(meeting: &Meeting<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    match meeting.outcome {
        Outcome::Unanswered(fault) => found.push(unanswered(fault, meeting)),
        Outcome::Answered(answer) if meeting.is_mail => {
            found.extend((!meeting.is_success).then(|| mail::refused(answer)));
        }
        Outcome::Answered(answer) => {
            if !meeting.is_success {
                found.push(status::refused(answer, meeting));
            }
            found.extend(page(answer, meeting));
            found.extend(wish(answer));
            if let Some(note) = &answer.note {
                found.push(finding(
                    format!("The status counts, but {note}."),
                    "Let the receiver answer with a short body, or none.",
                ));
            }
        }
    }
    found.extend(clock(meeting));
    found.extend(slowness(meeting));
    found.extend(expiry(meeting));
    found
}

impl Meeting<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

fn unanswered(fault: &Fault, meeting: &Meeting<'_>) -> Finding {
    let cure = match fault.stage {
        _ if meeting.is_mail => mail::cure(fault),
        Stage::Prepare => {
            "Mend in the config what this says, then run `leadhook check-config`.".into()
        }
        Stage::Resolve => {
            "Look for a typing mistake in the host of `url`. `getent hosts HOST` asks the \
                           same DNS; if that finds nothing either, the name does not exist or this \
                           machine's DNS does not work."
                .into()
        }
        Stage::Guard => {
            "If the receiver is yours and meant to be there, add to the webhook the line that \
                         this names. If not, the name leads to a wrong address: look at its DNS."
                .into()
        }
        Stage::Connect => connect_cure(&fault.detail),
        Stage::Tls => tls_cure(&fault.detail),
        Stage::Send | Stage::Answer => answer_cure(&fault.detail, meeting),
    };
    let cure = match meeting.is_proxied {
        true => format!("{cure} The way goes through `proxy`: it may be what fails."),
        false => cure,
    };
    let end = if fault.detail.ends_with('?') { "" } else { "." };
    let stage = capital(fault.stage.words());
    finding(format!("No answer. {stage}: {}{end}", fault.detail), cure)
}

fn connect_cure(detail: &str) -> String {
    let cure = if detail.contains("refused") {
        "Nothing listens there. Is the receiver running, is the port in `url` right, and does a firewall \
         refuse this machine?"
    } else if detail.contains("within") {
        "Packets get no reply: the machine is off, the address is old, or a firewall drops them. Try \
         `curl -v` with the url from this machine."
    } else if detail.contains("unreachable") {
        "This machine has no way there: look at its network, and whether it has IPv6 at all where the \
         address is one."
    } else {
        "Try `curl -v` with the url from this machine, and ask who runs the network."
    };
    cure.to_owned()
}

fn tls_cure(detail: &str) -> String {
    let cure = if detail.contains("issuer") || detail.contains("self-signed") {
        "With a certificate authority of your own, set `ca_file` to its certificate (PEM). With a public \
         one, the receiver leaves out its intermediate certificates: its operator has to install the \
         whole chain."
    } else if detail.contains("expired") {
        "The receiver's operator has to renew the certificate; until then nothing can be sent safely, \
         and what waits stays."
    } else if detail.contains("not valid yet") {
        "Look at the clock of this machine: `date -u`."
    } else if detail.contains("other name") || detail.contains("another name") {
        "Write one of the certificate's names into `url`, or have the receiver's operator get a \
         certificate for this one."
    } else if detail.contains("speak TLS") || detail.contains("end of the TLS handshake") {
        "Is the port right? If the receiver speaks plain http, which is fit for your own network only, \
         begin the url with http://."
    } else if detail.contains("version") {
        "The receiver is too old: its operator has to enable TLS 1.2 or 1.3."
    } else {
        "`openssl s_client -connect HOST:PORT -servername HOST` shows what the receiver says."
    };
    cure.to_owned()
}

fn answer_cure(detail: &str, meeting: &Meeting<'_>) -> String {
    if detail.contains("within") {
        return format!(
            "It took the request and was too slow with the answer. Let the receiver answer first and work \
             afterwards, or raise `timeout` (now {}).",
            seconds(meeting.timeout)
        );
    }
    let cure = if detail.contains("not valid HTTP") || detail.contains("head of the answer") {
        "Does this port speak HTTP at all? If it wants TLS, begin the url with https://."
    } else {
        "The receiver's own log should say why it broke off; a web server in front of it may have a limit \
         on size or time. If the port wants TLS, begin the url with https://."
    };
    cure.to_owned()
}

/// A page for people, where a program was expected.
fn page(answer: &Answer, meeting: &Meeting<'_>) -> Option<Finding> {
    let begin = answer.excerpt.trim_ascii_start();
    let begins =
        |with: &[u8]| begin.len() >= with.len() && begin[..with.len()].eq_ignore_ascii_case(with);
    let is_typed = meeting
        .header("content-type")
        .is_some_and(|value| value.to_ascii_lowercase().starts_with("text/html"));
    let is_page = begins(b"<!doctype html") || begins(b"<html") || (is_typed && !begin.is_empty());
    (is_page && meeting.is_success).then(|| {
        finding(
            "The answer is a web page for people. A login page or a start page says 200 to everything, and \
             the lead may be lost in it.",
            "Take the address that the service gives for webhooks or its API, and see that the sample has \
             arrived there.",
        )
    })
}

fn wish(answer: &Answer) -> Option<Finding> {
    let what = match answer.wish? {
        Wish::Disable => {
            "The receiver asks (`webhook-delivery: disable`) to be sent nothing more; in \
                          earnest the webhook would be stopped."
        }
        Wish::AbortMessage => {
            "The receiver asks (`webhook-delivery: abort-message`) not to be sent this event again; in \
             earnest the delivery would be cancelled."
        }
    };
    Some(finding(what, "If that is not meant, mend the receiver."))
}

/// From here on signatures are in danger; receivers tolerate 300 s.
const CLOCK_OFF_MAX_S: u64 = 120;

fn clock(meeting: &Meeting<'_>) -> Option<Finding> {
    let ahead = meeting.clock_ahead_s?;
    if ahead.unsigned_abs() <= CLOCK_OFF_MAX_S {
        return None;
    }
    let way = if ahead > 0 { "ahead of" } else { "behind" };
    Some(finding(
        format!(
            "The receiver's clock is {} s {way} this machine's. Signatures hold for 300 s either way.",
            ahead.unsigned_abs()
        ),
        "See which of the two is wrong (`date -u`) and let it follow the time of the network: `timedatectl \
         set-ntp true`.",
    ))
}

fn slowness(meeting: &Meeting<'_>) -> Option<Finding> {
    let is_slow = meeting.took > meeting.timeout / 2;
    (is_slow && matches!(meeting.outcome, Outcome::Answered(_))).then(|| {
        finding(
            format!(
                "The answer took {} of the {} that are allowed.",
                seconds(meeting.took),
                seconds(meeting.timeout)
            ),
            "Let the receiver answer first and work afterwards, or raise `timeout`.",
        )
    })
}

/// So long before its end a certificate should have been renewed.
const RENEWAL: Duration = Duration::from_secs(14 * 24 * 3600);

fn expiry(meeting: &Meeting<'_>) -> Option<Finding> {
    let expires = meeting.expires?;
    (meeting.now.until(expires) < RENEWAL).then(|| {
        finding(
            format!("The receiver's certificate expires on {expires}."),
            "See that it is renewed before; its operator may have to.",
        )
    })
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64()).replace(".0 s", " s")
}
