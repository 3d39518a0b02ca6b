//! The stored forms of a delivery and of an attempt.

use std::time::Duration;

use super::codec::{Damage, Decoder, Encoder};
use crate::domain::answers::Verdict;
use crate::domain::delivery::{Answer, Attempt, By, Fault, Outcome, Stage, State, Wish};
use crate::domain::time::Timestamp;
use crate::domain::webhook::Trigger;

const DELIVERY_VERSION: u8 = 2;
const ATTEMPT_VERSION: u8 = 1;

/// What is stored of a delivery; its key says which event goes to which webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Pending, or how it ended.
    pub state: State,
    /// As this webhook hears it.
    pub trigger: Trigger,
    /// How many attempts there were in all.
    pub attempts: u32,
    /// How many of them count against the schedule: those since the last replay.
    pub tries: u32,
    /// Pending: not to be sent before this time. Else: when it ended.
    pub at: Timestamp,
    /// Pending: how long the wait is that ends at `at`; zero before the first attempt.
    pub wait: Duration,
    /// Cancelled: by whom.
    pub cancelled_by: Option<By>,
}

impl Delivery {
    /// Since when it has been as it is: put off, put into its lane, or ended.
    pub fn since(&self) -> Timestamp {
        Timestamp(self.at.0.saturating_sub(ms(self.wait)))
    }

    /// The number of the first attempt that counts against the schedule.
    pub(crate) fn first_try(&self) -> u32 {
        (self.attempts + 1).saturating_sub(self.tries)
    }
}

/// A stored delivery names its state by the place here, so new ones go to the end.
const STATES: [(State, Option<By>); 6] = [
    (State::Pending, None),
    (State::Delivered, None),
    (State::Failed, None),
    (State::Cancelled, Some(By::Receiver)),
    (State::Cancelled, Some(By::Person)),
    (State::Cancelled, Some(By::Removal)),
];

impl Delivery {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut to = Encoder::new(DELIVERY_VERSION);
        to.place(&STATES, &(self.state, self.cancelled_by));
        to.byte(u8::from(self.trigger == Trigger::Update));
        to.number(self.attempts.into());
        to.number(self.tries.into());
        to.number(self.at.0);
        to.number(ms(self.wait));
        to.seal()
    }

    pub(crate) fn decode(record: &[u8]) -> Result<Delivery, Damage> {
        let mut from = Decoder::open(record, DELIVERY_VERSION)?;
        let (state, cancelled_by) = from.one_of(&STATES)?;
        Ok(Delivery {
            state,
            cancelled_by,
            trigger: match from.byte()? {
                0 => Trigger::New,
                1 => Trigger::Update,
                _ => return Err(Damage::Content),
            },
            attempts: from.number_u32()?,
            tries: from.number_u32()?,
            at: Timestamp(from.number()?),
            wait: Duration::from_millis(from.number()?),
        })
    }
}

fn ms(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}

/// A stored answer names them by their place here.
const VERDICTS: [Verdict; 3] = [Verdict::Success, Verdict::Failure, Verdict::Rejection];
const ANSWERED: u8 = 0;
const UNANSWERED: u8 = 1;

/// The number of the attempt is in its key.
pub(crate) fn encode_attempt(attempt: &Attempt) -> Vec<u8> {
    let mut to = Encoder::new(ATTEMPT_VERSION);
    to.number(attempt.started.0);
    to.number(u64::try_from(attempt.duration.as_micros()).unwrap_or(u64::MAX));
    match &attempt.outcome {
        Outcome::Answered(answer) => {
            to.byte(ANSWERED);
            to.number(answer.status.into());
            to.option(answer.retry_after, |to, wait| to.number(wait.as_secs()));
            to.option(answer.wish, |to, wish| {
                to.byte(u8::from(wish == Wish::AbortMessage))
            });
            to.option(answer.location.as_deref(), Encoder::text);
            to.bytes(&answer.excerpt);
            to.option(answer.note.as_deref(), Encoder::text);
            to.option(answer.verdict, |to, verdict| to.place(&VERDICTS, &verdict));
        }
        Outcome::Unanswered(fault) => {
            to.byte(UNANSWERED);
            to.place(&Stage::ALL, &fault.stage);
            to.text(&fault.detail);
        }
    }
    to.seal()
}

pub(crate) fn decode_attempt(number: u32, record: &[u8]) -> Result<Attempt, Damage> {
    let mut from = Decoder::open(record, ATTEMPT_VERSION)?;
    let started = Timestamp(from.number()?);
    let duration = Duration::from_micros(from.number()?);
    let outcome = match from.byte()? {
        ANSWERED => Outcome::Answered(answer(&mut from)?),
        UNANSWERED => Outcome::Unanswered(Fault {
            stage: from.one_of(&Stage::ALL)?,
            detail: from.text()?.to_owned(),
        }),
        _ => return Err(Damage::Content),
    };
    Ok(Attempt {
        number,
        started,
        duration,
        outcome,
    })
}

fn answer(from: &mut Decoder<'_>) -> Result<Answer, Damage> {
    Ok(Answer {
        status: u16::try_from(from.number()?).map_err(|_| Damage::Content)?,
        retry_after: from.option(|from| from.number().map(Duration::from_secs))?,
        wish: from.option(|from| match from.byte()? {
            0 => Ok(Wish::Disable),
            1 => Ok(Wish::AbortMessage),
            _ => Err(Damage::Content),
        })?,
        location: from.option(|from| from.text().map(str::to_owned))?,
        excerpt: from.bytes()?.to_vec(),
        note: from.option(|from| from.text().map(str::to_owned))?,
        verdict: from.option(|from| from.one_of(&VERDICTS))?,
        clock_off_s: None,
    })
}
