//! A delivery: one event on its way to one webhook, what its attempts met, and what comes next.

use std::fmt;
use std::time::Duration;

use super::answers::Verdict;
use super::retry::Schedule;
use super::time::Timestamp;

/// How far a delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits in its lane for its turn or its due time.
    Pending,
    /// The receiver has it.
    Delivered,
    /// Given up: the schedule is over, or the receiver will never take it.
    Failed,
    /// Taken out by a person, by the receiver, or with its webhook.
    Cancelled,
}

impl State {
    /// All of them.
    pub const ALL: [State; 4] = [
        State::Pending,
        State::Delivered,
        State::Failed,
        State::Cancelled,
    ];

    /// The word for it in logs, the API and pages.
    pub fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Delivered => "delivered",
            State::Failed => "failed",
            State::Cancelled => "cancelled",
        }
    }
}

/// Who took a delivery out of its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Its receiver asked not to be sent this one again.
    Receiver,
    /// A person, or a program of his.
    Person,
    /// The config had its webhook no longer, for too long.
    Removal,
}

impl By {
    /// The words for it in the API and on pages.
    pub fn words(self) -> &'static str {
        match self {
            By::Receiver => "by its receiver",
            By::Person => "by a person",
            By::Removal => "since the config had its webhook no longer",
        }
    }
}

/// One HTTP try of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// 1 for the first; no gaps, replays count on.
    pub number: u32,
    /// When it began.
    pub started: Timestamp,
    /// From resolving the name to the last byte of the answer.
    pub duration: Duration,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver answered with a status.
    Answered(Answer),
    /// There was no answer.
    Unanswered(Fault),
}

impl Outcome {
    /// Whether the receiver has the event: any 2xx, where the webhook does not say otherwise.
    pub fn is_success(&self) -> bool {
        matches!(self, Outcome::Answered(answer) if answer.verdict() == Verdict::Success)
    }

    /// Whether the receiver rejects this content, and may well take another.
    pub fn is_rejection(&self) -> bool {
        matches!(self, Outcome::Answered(answer) if answer.verdict() == Verdict::Rejection)
    }

    /// Whether the receiver wants nothing more: 410, or the wish to disable.
    pub fn stops_webhook(&self) -> bool {
        let is_gone =
            |answer: &Answer| answer.status == GONE && answer.verdict() == Verdict::Failure;
        matches!(self, Outcome::Answered(answer)
            if is_gone(answer) || answer.wish == Some(Wish::Disable))
    }
}

/// The answer of a receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, counted from the answer.
    pub retry_after: Option<Duration>,
    /// `webhook-delivery`, where the receiver sent it.
    pub wish: Option<Wish>,
    /// `Location` of a redirect, which is not followed: the likely fix of the URL. Without its
    /// query, which may hold a secret.
    pub location: Option<String>,
    /// The beginning of the body; at most [`EXCERPT_BYTES_MAX`].
    pub excerpt: Vec<u8>,
    /// What was wrong with the answer besides its status, or with the clocks, if anything.
    pub note: Option<String>,
    /// By how many seconds the receiver's clock is ahead of ours, where that is too much for signatures.
    /// Not kept; the note says it.
    pub clock_off_s: Option<i64>,
    /// What it means, as its webhook reads answers; without that the status tells.
    pub verdict: Option<Verdict>,
}

impl Answer {
    /// What it means.
    pub fn verdict(&self) -> Verdict {
        self.verdict.unwrap_or_else(|| Verdict::usual(self.status))
    }
}

/// So much of an answer is kept with its attempt.
pub const EXCERPT_BYTES_MAX: usize = 2048;

/// What a receiver asks for with the header `webhook-delivery` (proposal 291 of Standard Webhooks).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// `disable`: send nothing more.
    Disable,
    /// `abort-message`: do not send this one again.
    AbortMessage,
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How far the request came.
    pub stage: Stage,
    /// The cause, in words; no personal data, no secret, no query.
    pub detail: String,
}

/// The stages of a request, in the order in which they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Making the request out of the event and the configuration.
    Prepare,
    /// Looking up the name.
    Resolve,
    /// The address guard refused where the name leads.
    Guard,
    /// Reaching the address.
    Connect,
    /// Agreeing on TLS, checking the certificate.
    Tls,
    /// Sending the request.
    Send,
    /// Waiting for the status and the headers.
    Answer,
}

impl Stage {
    /// All stages; a stored attempt names them by their place here, so new ones go to the end.
    pub const ALL: [Stage; 7] = [
        Stage::Prepare,
        Stage::Resolve,
        Stage::Guard,
        Stage::Connect,
        Stage::Tls,
        Stage::Send,
        Stage::Answer,
    ];

    /// The word for it in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Prepare => "prepare",
            Stage::Resolve => "resolve",
            Stage::Guard => "guard",
            Stage::Connect => "connect",
            Stage::Tls => "tls",
            Stage::Send => "send",
            Stage::Answer => "answer",
        }
    }

    /// What did not work, in plain words.
    pub fn words(self) -> &'static str {
        match self {
            Stage::Prepare => "making the request",
            Stage::Resolve => "looking up the name",
            Stage::Guard => "address refused",
            Stage::Connect => "connecting",
            Stage::Tls => "TLS",
            Stage::Send => "sending the request",
            Stage::Answer => "waiting for the answer",
        }
    }
}

/// One line for logs: `200`, `301 (redirect to https://…, not followed …)`, `connecting: connection
/// refused`.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Answered(answer) => {
                write!(f, "{}", answer.status)?;
                if let Some(location) = &answer.location {
                    write!(
                        f,
                        " (redirect to {location}, not followed: is that the right url?)"
                    )?;
                }
                match &answer.note {
                    Some(note) => write!(f, " ({note})"),
                    None => Ok(()),
                }
            }
            Outcome::Unanswered(fault) => write!(f, "{}: {}", fault.stage.words(), fault.detail),
        }
    }
}

/// What an outcome means for its delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Done.
    Delivered,
    /// Again, not before this time.
    Retry(Timestamp),
    /// Given up.
    Failed,
    /// The receiver asked not to be sent this one again.
    Cancelled,
    /// It stays the head of its lane until the webhook goes on.
    Wait,
}

/// A word or two for logs and the API: `retry at 2026-02-01T14:09:01Z`.
impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Next::Delivered => f.write_str("delivered"),
            Next::Retry(at) => write!(f, "retry at {at}"),
            Next::Failed => f.write_str("given up"),
            Next::Cancelled => f.write_str("cancelled by the receiver"),
            Next::Wait => f.write_str("waits for the webhook"),
        }
    }
}

/// What comes next, for a delivery and for its webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// For the delivery.
    pub next: Next,
    /// Whether the webhook is to stop until somebody resumes it.
    pub stop_webhook: bool,
}

const GONE: u16 = 410;
/// What a receiver rejects it will hardly take later; but its own configuration is often mended
/// within minutes.
const REJECTION_TRIES: u32 = 3;

/// Decides what comes after the attempt number `tries` (from 1, counted anew after a replay).
pub fn decide(
    outcome: &Outcome,
    tries: u32,
    schedule: &Schedule,
    now: Timestamp,
    dice: u64,
) -> Decision {
    let stop_webhook = outcome.stops_webhook();
    let only = |next| Decision { next, stop_webhook };
    let retry_after = match outcome {
        _ if outcome.is_success() => return only(Next::Delivered),
        _ if stop_webhook => return only(Next::Wait),
        Outcome::Answered(answer) => {
            if answer.wish == Some(Wish::AbortMessage) {
                return only(Next::Cancelled);
            }
            if outcome.is_rejection() && tries >= REJECTION_TRIES {
                return only(Next::Failed);
            }
            answer.retry_after
        }
        Outcome::Unanswered(_) => None,
    };
    let next = match schedule.wait_after(tries, retry_after, dice) {
        Some(wait) => Next::Retry(now.after(wait)),
        None => Next::Failed,
    };
    only(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn after(status: u16, wish: Option<Wish>, tries: u32) -> Decision {
        let outcome = Outcome::Answered(Answer {
            status,
            wish,
            ..Answer::default()
        });
        decide(&outcome, tries, &Schedule::default(), NOW, u64::MAX / 2)
    }

    fn only(next: Next) -> Decision {
        Decision {
            next,
            stop_webhook: false,
        }
    }

    #[test]
    fn any_2xx_is_a_success_and_a_redirect_is_not() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(after(status, None, 1), only(Next::Delivered));
        }
        assert_eq!(after(302, None, 1), only(Next::Retry(Timestamp(1_004_999))));
    }

    #[test]
    fn a_410_and_the_wish_disable_stop_the_webhook_and_keep_the_delivery() {
        let stopped = Decision {
            next: Next::Wait,
            stop_webhook: true,
        };
        assert_eq!(after(410, None, 1), stopped);
        assert_eq!(after(503, Some(Wish::Disable), 1), stopped);
        let thanks = Decision {
            next: Next::Delivered,
            stop_webhook: true,
        };
        assert_eq!(after(200, Some(Wish::Disable), 1), thanks);
    }

    #[test]
    fn a_rejected_content_fails_after_three_tries_and_all_else_after_the_schedule() {
        assert!(matches!(after(422, None, 2).next, Next::Retry(_)));
        assert_eq!(after(422, None, 3).next, Next::Failed);
        assert!(matches!(after(404, None, 12).next, Next::Retry(_)));
        assert_eq!(after(404, None, 13).next, Next::Failed);
        assert_eq!(
            after(500, Some(Wish::AbortMessage), 1),
            only(Next::Cancelled)
        );
    }
}
