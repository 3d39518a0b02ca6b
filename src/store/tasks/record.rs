//! The stored form of a task.

use crate::domain::delivery::State;
use crate::domain::time::Timestamp;
use crate::store::codec::{Damage, Decoder, Encoder};
use crate::store::deliveries::{Selection, States};
use crate::store::queue::DeliveryId;

/// Something that is done to many deliveries, in bites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its number, from 1.
    pub number: u64,
    /// What is done.
    pub kind: TaskKind,
    /// To which deliveries.
    pub which: Selection,
    /// When it was asked for.
    pub begun: Timestamp,
    /// Of leads before this one: those that come later are not meant.
    pub before_lead: u64,
    /// How many deliveries were meant when it was asked for.
    pub meant: u64,
    /// To how many it was done.
    pub done: u64,
    /// Behind which one it goes on.
    pub behind: Option<DeliveryId>,
    /// When it was done; none while it goes on.
    pub ended: Option<Timestamp>,
}

/// What a task does to deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// Sends them again as they were.
    Replay,
    /// Sends their leads as they are now.
    ReplayCurrent,
    /// Takes those that wait out of their lanes, as a person wants it.
    Cancel,
    /// The same, since the config had their webhook no longer for too long.
    Expire,
}

impl TaskKind {
    /// Whether it makes something go out.
    pub fn sends(self) -> bool {
        matches!(self, TaskKind::Replay | TaskKind::ReplayCurrent)
    }

    /// The word for it in logs, the API and pages.
    pub fn name(self) -> &'static str {
        match self {
            TaskKind::Replay => "replay",
            TaskKind::ReplayCurrent => "replay_current",
            TaskKind::Cancel => "cancel",
            TaskKind::Expire => "expire",
        }
    }
}

const VERSION: u8 = 1;
/// A stored task names its kind, and the states that it is about, by the place here.
const KINDS: [TaskKind; 4] = [
    TaskKind::Replay,
    TaskKind::ReplayCurrent,
    TaskKind::Cancel,
    TaskKind::Expire,
];
const STATES: [States; 6] = [
    States::Any,
    States::Ended,
    States::Only(State::Pending),
    States::Only(State::Delivered),
    States::Only(State::Failed),
    States::Only(State::Cancelled),
];

pub(crate) fn encode(task: &Task) -> Vec<u8> {
    let time = |to: &mut Encoder, time: Timestamp| to.number(time.0);
    let which = &task.which;
    let mut to = Encoder::new(VERSION);
    to.place(&KINDS, &task.kind);
    to.option(which.lead, Encoder::number);
    to.option(which.webhook, |to, number| to.number(number.into()));
    to.place(&STATES, &which.states);
    to.option(which.since, time);
    to.option(which.until, time);
    to.number(task.begun.0);
    to.number(task.before_lead);
    to.number(task.meant);
    to.number(task.done);
    to.option(task.behind, |to, id| {
        to.number(id.webhook.into());
        to.number(id.lead);
        to.number(id.revision.into());
    });
    to.option(task.ended, time);
    to.seal()
}

pub(crate) fn decode(number: u64, record: &[u8]) -> Result<Task, Damage> {
    let mut from = Decoder::open(record, VERSION)?;
    let from = &mut from;
    let time = |from: &mut Decoder<'_>| from.number().map(Timestamp);
    Ok(Task {
        number,
        kind: from.one_of(&KINDS)?,
        which: Selection {
            lead: from.option(Decoder::number)?,
            webhook: from.option(Decoder::number_u32)?,
            states: from.one_of(&STATES)?,
            since: from.option(time)?,
            until: from.option(time)?,
        },
        begun: time(from)?,
        before_lead: from.number()?,
        meant: from.number()?,
        done: from.number()?,
        behind: from.option(|from| {
            Ok(DeliveryId {
                webhook: from.number_u32()?,
                lead: from.number()?,
                revision: from.number_u32()?,
            })
        })?,
        ended: from.option(time)?,
    })
}
