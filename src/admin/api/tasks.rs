//! Replays and cancellations: how many deliveries they mean, having them done, and how far that has come.

use serde_json::{Value, json};

use super::call::{Members, wrong};
use super::deliveries::{SELECTORS, selection};
use super::{
    Body, Call, Desk, Done, Endpoint, Kind, Parameter, Rights, failed, not_found, parameter,
};
use crate::domain::time::Timestamp;
use crate::http::Response;
use crate::store::{Counted, Plan, States, StoreError, Task, TaskKind};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "POST",
        path: "/deliveries/replay",
        rights: Rights::Full,
        about: "Sends deliveries again that have ended, with the same event ids and a fresh budget of attempts, in \
                order and at the pace of their webhooks; those with state pending are tried at once. Answers how many \
                are meant, and how many of them are older than what their receiver has.",
        parameters: &[],
        body: Some(Body::Parameters(&[SELECTORS, WITHOUT_SELECTOR, REPLAY])),
        answers: (200, "Meant"),
        answer: replay,
    },
    Endpoint {
        method: "POST",
        path: "/deliveries/cancel",
        rights: Rights::Full,
        about: "Takes out deliveries that wait. Answers how many are meant.",
        parameters: &[],
        body: Some(Body::Parameters(&[SELECTORS, WITHOUT_SELECTOR])),
        answers: (200, "Meant"),
        answer: cancel,
    },
    Endpoint {
        method: "GET",
        path: "/tasks",
        rights: Rights::Read,
        about: "The last replays and cancellations, the newest first, and how far each has come.",
        parameters: &[],
        body: None,
        answers: (200, "Tasks"),
        answer: list,
    },
    Endpoint {
        method: "GET",
        path: "/tasks/{task_id}",
        rights: Rights::Read,
        about: "How far one of them has come.",
        parameters: &[],
        body: None,
        answers: (200, "Task"),
        answer: one,
    },
];

const WITHOUT_SELECTOR: &[Parameter] = &[
    parameter(
        "all",
        Kind::Flag,
        "Wanted where nothing else says which deliveries are meant.",
    ),
    parameter("dry_run", Kind::Flag, "Only counts."),
];

const REPLAY: &[Parameter] = &[parameter(
    "current",
    Kind::Flag,
    "Sends the leads as they are now, each once to a webhook, as new update events.",
)];

fn replay(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let said = call.members(&[SELECTORS, WITHOUT_SELECTOR, REPLAY])?;
    let kind = match said.has("current") {
        true => TaskKind::ReplayCurrent,
        false => TaskKind::Replay,
    };
    let plan = plan(desk, &said, kind)?;
    let webhook = plan
        .which
        .webhook
        .and_then(|number| desk.store.webhook(number));
    if webhook.is_some_and(|webhook| webhook.removed.is_some()) {
        let message = "the config has this webhook no longer; add it again first";
        return Err(Response::error(
            409,
            "webhook_removed",
            Some("webhook"),
            message,
        ));
    }
    answer(desk, call, &said, plan)
}

fn cancel(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let said = call.members(&[SELECTORS, WITHOUT_SELECTOR])?;
    let is_pending = |state: &str| state.eq_ignore_ascii_case("pending");
    if said.text("state").is_some_and(|state| !is_pending(state)) {
        return Err(wrong("state", "only what is pending can be cancelled"));
    }
    let plan = plan(desk, &said, TaskKind::Cancel)?;
    answer(desk, call, &said, plan)
}

fn plan(desk: &Desk, said: &Members, kind: TaskKind) -> Result<Plan, Response> {
    let selects = SELECTORS
        .iter()
        .any(|parameter| said.text(parameter.name).is_some());
    if !selects && !said.has("all") {
        let message =
            "say which deliveries are meant: lead, webhook, state, since or until; or all";
        return Err(Response::error(400, "nothing_selected", None, message));
    }
    let which = selection(desk, &|name| said.text(name));
    let which = which.map_err(|(name, why)| wrong(name, why))?;
    Ok(Plan::new(kind, which, desk.now))
}

fn answer(desk: &Desk, call: &Call, said: &Members, plan: Plan) -> Result<Response, Response> {
    let (counted, task) = match said.has("dry_run") {
        true => {
            call.done.set(Done::Nothing);
            (desk.store.count_meant(&plan), None)
        }
        false => match desk.crews.begin_task(plan) {
            Ok((counted, task)) => (Ok(counted), Some(task)),
            Err(error) => (Err(error), None),
        },
    };
    let Counted {
        deliveries,
        overtaken,
    } = counted.map_err(|error| failed(&error))?;
    let body = json!({
        "deliveries": deliveries,
        "overtaken": overtaken,
        "until": plan.which.until.map(Timestamp::precise),
        "task": task.map(|task| shown(desk, &task)),
    });
    Ok(Response::json(200, body.to_string()))
}

/// A task for programs.
pub(in crate::admin) fn shown(desk: &Desk, task: &Task) -> Value {
    let which = &task.which;
    let text = |time: Timestamp| time.to_string();
    let webhook = which.webhook.and_then(|number| desk.store.webhook(number));
    json!({
        "task_id": task.number,
        "kind": task.kind.name(),
        "lead": which.lead,
        "webhook": webhook.map(|webhook| webhook.name.to_string()),
        "state": match which.states {
            States::Any => None,
            States::Ended => Some("ended"),
            States::Only(state) => Some(state.name()),
        },
        "since": which.since.map(text),
        "until": which.until.map(Timestamp::precise),
        "begun": text(task.begun),
        "meant": task.meant,
        "done": task.done,
        "ended": task.ended.map(text),
    })
}

fn list(desk: &Desk, _: &Call) -> Result<Response, Response> {
    let tasks = desk.store.tasks().map_err(|error| failed(&error))?;
    let tasks: Vec<Value> = tasks.iter().map(|task| shown(desk, task)).collect();
    Ok(Response::json(200, json!({ "tasks": tasks }).to_string()))
}

fn one(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let find = |number| desk.store.task(number);
    let task: Option<Result<Option<Task>, StoreError>> = call.id().map(find);
    let task = task.transpose().map_err(|error| failed(&error))?.flatten();
    let task = task.ok_or_else(|| not_found("unknown_task", "task of this id"))?;
    Ok(Response::json(200, shown(desk, &task).to_string()))
}
