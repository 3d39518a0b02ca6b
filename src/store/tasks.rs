//! Tasks: many deliveries sent again or taken out, in bites beside the load.
//!
//! A task is first counted, then noted, then done. Each bite is found by reading and done in a
//! transaction of its own, in which everything is looked at once more and the task notes how far it has
//! come: after a crash it goes on there, and nothing is done twice. It is about what there was when it
//! was asked for, however long it takes.

mod record;
mod replay;

use redb::ReadableTable;

use super::deliveries::{Direction, Selection, States, Walk};
use super::delivery_record::Delivery;
use super::leads::Context;
use super::queue::DeliveryId;
use super::tables::{Tables, View};
use super::{Store, StoreError};
use crate::domain::delivery::{By, State};
use crate::domain::time::Timestamp;
pub(crate) use record::decode;
use record::encode;
pub use record::{Task, TaskKind};
use replay::{cancel, replay, send_current};

/// So many deliveries are taken in one transaction.
const BITE: usize = 128;
/// So many tasks are kept to be looked at; older ones go.
const TASKS_KEPT: usize = 100;

/// What a task is about, before it is noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is done.
    pub kind: TaskKind,
    /// To which deliveries.
    pub which: Selection,
}

/// How much a task would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// So many deliveries would be sent, or taken out.
    pub deliveries: u64,
    /// So many of them are older than what their receiver has of the same lead, and would remain the last
    /// that it hears.
    pub overtaken: u64,
}

impl Plan {
    /// Of deliveries that were as they are at `now`: what changes later is not meant.
    pub fn new(kind: TaskKind, which: Selection, now: Timestamp) -> Plan {
        let states = match (kind.sends(), which.states) {
            (true, States::Any) => States::Ended,
            (true, states) => states,
            (false, _) => States::Only(State::Pending),
        };
        // What waits changes with every attempt, and is meant all the same.
        let until = match states {
            States::Only(State::Pending) => which.until,
            _ => which.until.or(Some(now)),
        };
        Plan {
            kind,
            which: Selection {
                states,
                until,
                ..which
            },
        }
    }
}

impl Store {
    /// How much a task would do.
    pub fn count_meant(&self, plan: &Plan) -> Result<Counted, StoreError> {
        let webhooks = self.webhooks_of(plan);
        let mut counted = Counted::default();
        let (mut behind, mut lead, mut of_lead) = (None, 0, Vec::new());
        loop {
            let next = self.view(|view| {
                let direction = Direction::OldestFirst;
                let mut walk = Walk::begin(view, &plan.which, direction, behind, &webhooks)?;
                walk.go(|id, found| {
                    if !found.is_some_and(|found| plan.which.has(&found)) {
                        return Ok(true);
                    }
                    if plan.kind == TaskKind::ReplayCurrent {
                        if id.lead != lead {
                            (lead, of_lead) = (id.lead, Vec::new());
                        } else if of_lead.contains(&id.webhook) {
                            return Ok(true);
                        }
                        of_lead.push(id.webhook);
                    } else if plan.kind == TaskKind::Replay {
                        counted.overtaken += u64::from(is_overtaken(view, plan, id)?);
                    }
                    counted.deliveries += 1;
                    Ok(true)
                })
            })?;
            match next {
                Some(next) => behind = Some(next),
                None => return Ok(counted),
            }
        }
    }

    /// The webhooks that a plan is about: what is sent again goes only where the config says.
    fn webhooks_of(&self, plan: &Plan) -> Vec<u32> {
        let is_meant = |number, removed: bool| {
            plan.which.webhook.is_none_or(|only| only == number) && !(plan.kind.sends() && removed)
        };
        let all = self.webhooks().into_iter();
        all.filter(|known| is_meant(known.number, known.removed.is_some()))
            .map(|known| known.number)
            .collect()
    }

    /// Notes a task; [`Store::go_on_with`] does it.
    pub fn begin_task(&self, plan: Plan, meant: u64) -> Result<Task, StoreError> {
        self.have_done(move |tables, context| {
            let last = tables.tasks.last()?.map(|(number, _)| number.value());
            let task = Task {
                number: last.unwrap_or_default() + 1,
                kind: plan.kind,
                which: plan.which,
                begun: context.now,
                before_lead: *context.next_lead,
                meant,
                done: 0,
                behind: None,
                ended: None,
            };
            tables.tasks.insert(task.number, encode(&task).as_slice())?;
            forget_old(tables)?;
            Ok(task)
        })
    }

    /// The tasks that are kept, the newest first. One that cannot be read holds up no other; `verify`
    /// tells of it.
    pub fn tasks(&self) -> Result<Vec<Task>, StoreError> {
        self.view(|view| readable(view.tasks.iter()?.rev()))
    }

    /// One of them.
    pub fn task(&self, number: u64) -> Result<Option<Task>, StoreError> {
        self.view(|view| {
            let record = view.tasks.get(number)?;
            let task = record.map(|record| decode(number, record.value()));
            task.transpose()
                .map_err(|damage| StoreError::unreadable("a task", damage))
        })
    }

    /// Does the next bite of a task; gives the task as it is then.
    pub fn go_on_with(&self, task: Task) -> Result<Task, StoreError> {
        let (steps, next) = match task.kind {
            TaskKind::ReplayCurrent => self.next_leads(&task)?,
            _ => self.next_deliveries(&task)?,
        };
        self.have_done(move |tables, context| {
            let mut task = task;
            for step in &steps {
                match step.run(tables, context, &task) {
                    Ok(n) => task.done += n,
                    // It stays as it is, and `verify` tells of it.
                    Err(error) if error.is_one_record() => {}
                    Err(error) => return Err(error),
                }
            }
            task.behind = next;
            task.ended = next.is_none().then_some(context.now);
            tables.tasks.insert(task.number, encode(&task).as_slice())?;
            Ok(task)
        })
    }

    fn next_deliveries(&self, task: &Task) -> Result<(Vec<Step>, Option<DeliveryId>), StoreError> {
        let webhooks = self.webhooks_of(&task.plan());
        self.view(|view| {
            let direction = Direction::OldestFirst;
            let mut walk = Walk::begin(view, &task.which, direction, task.behind, &webhooks)?;
            let (mut steps, mut is_over) = (Vec::new(), false);
            let next = walk.go(|id, found| {
                is_over = id.lead >= task.before_lead;
                if !is_over && found.is_some_and(|found| task.which.has(&found)) {
                    steps.push(Step::Delivery(id));
                }
                Ok(!is_over && steps.len() < BITE)
            })?;
            Ok((steps, next.filter(|_| !is_over)))
        })
    }

    /// The same, a lead at a time: it goes out once to each webhook of which a delivery is meant.
    fn next_leads(&self, task: &Task) -> Result<(Vec<Step>, Option<DeliveryId>), StoreError> {
        let webhooks = self.webhooks_of(&task.plan());
        self.view(|view| {
            let direction = Direction::OldestFirst;
            let mut walk = Walk::begin(view, &task.which, direction, task.behind, &webhooks)?;
            let mut leads: Vec<(u64, Vec<u32>)> = Vec::new();
            let (mut last, mut is_whole, mut is_over) = (0, false, false);
            let next = walk.go(|id, found| {
                is_whole = id.lead != last && leads.len() >= BITE;
                is_over = id.lead >= task.before_lead;
                if is_whole || is_over {
                    return Ok(false);
                }
                last = id.lead;
                if !found.is_some_and(|found| task.which.has(&found)) {
                    return Ok(true);
                }
                match leads.last_mut().filter(|(lead, _)| *lead == id.lead) {
                    Some((_, webhooks)) if webhooks.contains(&id.webhook) => {}
                    Some((_, webhooks)) => webhooks.push(id.webhook),
                    None => leads.push((id.lead, vec![id.webhook])),
                }
                Ok(true)
            })?;
            let next = next.filter(|_| !is_over);
            // Where so many rows were looked at, the last lead may not be whole.
            if next.is_some() && !is_whole && task.behind.is_none_or(|id| id.lead + 1 < last) {
                leads.retain(|(lead, _)| *lead != last);
                last -= 1;
            }
            let next = next.map(|_| DeliveryId {
                webhook: u32::MAX,
                lead: last,
                revision: u32::MAX,
            });
            let steps = leads.into_iter().map(|(lead, to)| Step::Lead(lead, to));
            Ok((steps.collect(), next))
        })
    }
}

impl Task {
    fn plan(&self) -> Plan {
        Plan {
            kind: self.kind,
            which: self.which,
        }
    }
}

/// What is done in one go.
enum Step {
    Delivery(DeliveryId),
    Lead(u64, Vec<u32>),
}

impl Step {
    /// Does it; gives how many deliveries that were.
    fn run(
        &self,
        tables: &mut Tables<'_>,
        context: &mut Context<'_>,
        task: &Task,
    ) -> Result<u64, StoreError> {
        let wanted = |delivery: &Delivery| task.which.has(delivery);
        Ok(match (self, task.kind) {
            (Step::Lead(lead, webhooks), _) => {
                let is_there = send_current(tables, context, *lead, webhooks)?;
                if is_there { webhooks.len() as u64 } else { 0 }
            }
            (Step::Delivery(id), TaskKind::Cancel) => {
                cancel(tables, context, *id, By::Person, wanted)?.into()
            }
            (Step::Delivery(id), TaskKind::Expire) => {
                cancel(tables, context, *id, By::Removal, wanted)?.into()
            }
            (Step::Delivery(id), _) => replay(tables, context, *id, wanted)?.into(),
        })
    }
}

/// Whether the receiver has a newer event of the same lead, which the plan does not send again.
fn is_overtaken(view: &View, plan: &Plan, id: DeliveryId) -> Result<bool, StoreError> {
    let newer = (id.webhook, id.lead, id.revision + 1)..=(id.webhook, id.lead, u32::MAX);
    for row in view.finished.range(newer)?.rev() {
        let (_, record) = row?;
        // One that cannot be read is found by `verify`.
        if let Ok(newer) = Delivery::decode(record.value())
            && newer.state == State::Delivered
        {
            return Ok(!plan.which.has(&newer));
        }
    }
    Ok(false)
}

type Row<'r> = (
    redb::AccessGuard<'r, u64>,
    redb::AccessGuard<'r, &'static [u8]>,
);

fn readable<'r>(
    rows: impl Iterator<Item = Result<Row<'r>, redb::StorageError>>,
) -> Result<Vec<Task>, StoreError> {
    let mut tasks = Vec::new();
    for row in rows {
        let (number, record) = row?;
        tasks.extend(decode(number.value(), record.value()));
    }
    Ok(tasks)
}

fn forget_old(tables: &mut Tables<'_>) -> Result<(), StoreError> {
    let tasks = readable(tables.tasks.iter()?.rev().skip(TASKS_KEPT))?;
    for task in tasks.iter().filter(|task| task.ended.is_some()) {
        tables.tasks.remove(task.number)?;
    }
    Ok(())
}
