//! The thread that sees to tasks: replays and cancellations, bite by bite, with a pause after each that is
//! longer than the bite; and to what waits for webhooks that the config has had no longer for too long.
//!
//! A task is noted in the store with how far it has come, so one that a crash or a stop broke off goes on
//! with the next start.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Tools;
use crate::domain::jump::{Jump, Pulse};
use crate::domain::time::Timestamp;
use crate::store::{Plan, Selection, StoreError, Task, TaskKind};

/// A bite is followed by a pause of so many times its length, and of so long at least.
const PAUSE_TIMES: u32 = 4;
const PAUSE_MIN: Duration = Duration::from_millis(5);
/// How often it is looked whether something has waited for too long.
const LOOK_AGAIN: Duration = Duration::from_secs(3600);
/// After an error of the store.
const TRY_AGAIN: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(super) struct Tasks {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    rung: bool,
    stopping: bool,
    thread: Option<JoinHandle<()>>,
}

impl Tasks {
    /// Begins to see to tasks, once; the store is open by then.
    pub(super) fn start(self: &Arc<Tasks>, tools: &Tools) {
        let mut state = self.lock();
        if state.thread.is_some() || state.stopping {
            return;
        }
        let (tasks, its_tools) = (self.clone(), tools.clone());
        let thread = thread::Builder::new().name("tasks".to_owned());
        match thread.spawn(move || tasks.run(&its_tools)) {
            Ok(thread) => state.thread = Some(thread),
            Err(error) => {
                let message = "no thread could be started; replays wait for the next start";
                tools.log.error(message, &[("error", &error)]);
            }
        }
    }

    /// There is a new task, or the clock has jumped.
    pub(super) fn ring(&self) {
        self.lock().rung = true;
        self.wake.notify_all();
    }

    /// Ends behind the bite under way.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        let thread = state.thread.take();
        drop(state);
        self.wake.notify_all();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }

    fn run(&self, tools: &Tools) {
        let mut current = None;
        let mut patience = Patience::new(tools);
        while !self.lock().stopping {
            let began = Instant::now();
            let wait = match step(tools, current.take(), &mut patience) {
                Ok(None) => LOOK_AGAIN,
                Ok(task) => {
                    current = task;
                    (began.elapsed() * PAUSE_TIMES).max(PAUSE_MIN)
                }
                Err(error) => {
                    if tools.store.state().sends() {
                        tools.log.error("a task has to wait", &[("reason", &error)]);
                    }
                    TRY_AGAIN
                }
            };
            let is_at_work = current.is_some();
            let quiet = |state: &mut State| !state.stopping && (is_at_work || !state.rung);
            let waited = self.wake.wait_timeout_while(self.lock(), wait, quiet);
            waited.unwrap_or_else(PoisonError::into_inner).0.rung = false;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// By a clock that was wrongly set ahead everything would have waited for too long: behind a jump nothing
/// expires for a day.
struct Patience {
    pulse: Pulse,
    until: Timestamp,
}

const PATIENCE: Duration = Duration::from_secs(86_400);

impl Patience {
    fn new(tools: &Tools) -> Patience {
        Patience {
            pulse: Pulse::new(tools.clock.now(), tools.clock.steady()),
            until: Timestamp(0),
        }
    }

    fn is_over(&mut self, tools: &Tools) -> bool {
        let now = tools.clock.now();
        match self.pulse.jump(now, tools.clock.steady()) {
            Some(Jump::Ahead(_)) => self.until = now.after(PATIENCE),
            Some(Jump::Back(_)) => self.until = Timestamp(0),
            None => {}
        }
        self.until <= now
    }
}

/// One bite of the task under way, or of the oldest one that is not done; none where there is none.
fn step(
    tools: &Tools,
    current: Option<Task>,
    patience: &mut Patience,
) -> Result<Option<Task>, StoreError> {
    let task = match current.filter(|task| task.ended.is_none()) {
        Some(task) => task,
        None => {
            if patience.is_over(tools) {
                expire(tools)?;
            }
            let mut open = tools.store.tasks()?.into_iter();
            match open.rfind(|task| task.ended.is_none()) {
                Some(task) => task,
                None => return Ok(None),
            }
        }
    };
    let task = tools.store.go_on_with(task)?;
    if task.ended.is_some() {
        let (kind, number) = (task.kind.name(), task.number);
        tools.log.info(
            "task done",
            &[
                ("task", &number),
                ("kind", &kind),
                ("deliveries", &task.done),
            ],
        );
    }
    Ok(Some(task))
}

/// Has taken out what waits for webhooks that were removed from the config too long ago.
fn expire(tools: &Tools) -> Result<(), StoreError> {
    let now = tools.clock.now();
    for known in tools.store.webhooks() {
        let is_over = known.expires().is_some_and(|expires| expires <= now);
        if !is_over || tools.store.waiting(known.number, 1)? == 0 {
            continue;
        }
        let is_same =
            |task: &Task| task.kind == TaskKind::Expire && task.which.webhook == Some(known.number);
        let mut tasks = tools.store.tasks()?.into_iter();
        if tasks.any(|task| task.ended.is_none() && is_same(&task)) {
            continue;
        }
        let which = Selection {
            webhook: Some(known.number),
            ..Selection::default()
        };
        let plan = Plan::new(TaskKind::Expire, which, now);
        let meant = tools.store.count_meant(&plan)?.deliveries;
        tools.store.begin_task(plan, meant)?;
        tools.log.warn(
            "deliveries are cancelled: the config has had their webhook no longer for 30 days",
            &[("webhook", &known.name), ("deliveries", &meant)],
        );
    }
    Ok(())
}
