//! What the store is put through: posts alone and together, updates, keys, deliveries that succeed,
//! fail and wait, a webhook that is stopped and goes on.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use leadhook::domain::decision::Owner;
use leadhook::domain::delivery::{Answer, Fault, Outcome, Stage};
use leadhook::domain::intake::{self, Visitor};
use leadhook::domain::lead_type::LeadType;
use leadhook::domain::raw::Raw;
use leadhook::domain::retry::Schedule;
use leadhook::domain::source::{Account, Auth, Profile, Source};
use leadhook::domain::time::Timestamp;
use leadhook::store::{DeliveryId, IdempotencyKey, Job, Post, RenderedEvent, Report, StoreError};

use crate::chance::Chance;
use crate::disk::Disk;
use crate::machine::{Machine, WEBHOOKS, wanted};
use crate::memory::{Memory, What};

/// What is done when the store fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Wait until it is ready again; do again what is harmless to do again.
    GoOn,
    /// Leave it at that.
    Stop,
}

pub(crate) struct Scenario<'a> {
    pub(crate) machine: &'a Machine,
    pub(crate) disk: &'a Arc<Disk>,
    pub(crate) memory: &'a Memory,
    pub(crate) patience: Patience,
    pub(crate) chance: Chance,
}

/// The store failed, and patience was at an end.
#[derive(Debug)]
pub(crate) struct Broken;

impl Scenario<'_> {
    /// Plays `rounds` rounds of it.
    pub(crate) fn play(&mut self, rounds: usize) -> Result<(), Broken> {
        for round in 0..rounds {
            self.post(round)?;
            if round % 2 == 1 {
                let webhook = WEBHOOKS[self.chance.below(WEBHOOKS.len())];
                self.deliver(webhook)?;
            }
            if round % 6 == 5 {
                self.resume(WEBHOOKS[0])?;
            }
            self.machine.turn_clock(Duration::from_secs(20));
        }
        Ok(())
    }

    /// A new lead; often together with others, and with changes of earlier ones.
    fn post(&mut self, round: usize) -> Result<(), Broken> {
        let mut posts = vec![(post(&format!("x{round}"), true, &format!("new {round}")), 0)];
        if self.chance.comes(50) && round > 0 {
            let earlier = format!("x{}", self.chance.below(round));
            posts.push((post(&earlier, false, &format!("update {round}")), 0));
        }
        if self.chance.comes(30) {
            posts.push((post("", true, &format!("alone {round}")), 0));
        }
        for (post, number) in &mut posts {
            let text = text_of(post);
            let what = What::Post(Box::new(post.clone()), text, None);
            *number = self.memory.ask(what, self.disk.moment());
        }
        while !posts.is_empty() {
            posts = self.submit(posts);
            if !posts.is_empty() {
                self.wait()?;
            }
        }
        Ok(())
    }

    /// Submits them, and gives back those that failed.
    fn submit(&self, posts: Vec<(Post, usize)>) -> Vec<(Post, usize)> {
        let numbers: Vec<usize> = posts.iter().map(|(_, number)| *number).collect();
        let (memory, disk, of) = (self.memory.clone(), self.disk.clone(), numbers.clone());
        let results = self
            .machine
            .submit(posts.iter().map(|(post, _)| post), move |n| {
                memory.acknowledge(of[n], disk.moment());
            });
        let mut failed = Vec::new();
        for (post, result) in posts.into_iter().zip(results) {
            match result {
                Ok(receipt) => {
                    let receipt = receipt.expect("no key comes with two bodies");
                    self.memory.answered(post.1, receipt);
                }
                Err(_) => failed.push(post),
            }
        }
        failed
    }

    fn deliver(&mut self, webhook: &'static str) -> Result<(), Broken> {
        let jobs = loop {
            match due(self.machine, webhook, 3) {
                Ok(jobs) => break jobs,
                Err(_) => self.wait()?,
            }
        };
        let reports: Vec<Report> = jobs
            .iter()
            .map(|job| report(job.id, self.machine.now(), self.outcome()))
            .collect();
        let asked = self.disk.moment();
        let ask = |report: &Report| {
            let attempt = What::Attempt(report.delivery, report.started, 0);
            let stops =
                matches!(&report.outcome, Outcome::Answered(answer) if answer.status == 410);
            let stop = stops.then(|| self.memory.ask(What::Stopped(webhook, true), asked));
            (self.memory.ask(attempt, asked), stop)
        };
        let numbers: Vec<_> = reports.iter().map(ask).collect();
        let (memory, disk) = (self.memory.clone(), self.disk.clone());
        let results = self.machine.record(&reports, move |n, recorded| {
            let recorded = recorded.expect("it waits");
            let (attempt, stop) = numbers[n];
            memory.numbered(attempt, recorded.attempt);
            memory.acknowledge(attempt, disk.moment());
            if let Some(stop) = stop {
                memory.acknowledge(stop, disk.moment());
            }
        });
        match results.iter().all(Result::is_ok) {
            true => Ok(()),
            // A crew does not record again what may be recorded: it sends again.
            false => self.wait(),
        }
    }

    fn outcome(&mut self) -> Outcome {
        match self.chance.below(8) {
            0 => answered(500),
            1 => answered(410),
            2 => Outcome::Unanswered(Fault {
                stage: Stage::Connect,
                detail: "connection refused".to_owned(),
            }),
            _ => answered(200),
        }
    }

    fn resume(&mut self, webhook: &'static str) -> Result<(), Broken> {
        let asked = self.disk.moment();
        let number = self.memory.ask(What::Stopped(webhook, false), asked);
        match self.machine.store.resume(webhook) {
            Ok(_) => {
                self.memory.acknowledge(number, self.disk.moment());
                Ok(())
            }
            Err(_) => self.wait(),
        }
    }

    fn wait(&self) -> Result<(), Broken> {
        match self.patience {
            Patience::Stop => Err(Broken),
            Patience::GoOn => {
                self.machine.wait_until_ready();
                Ok(())
            }
        }
    }
}

/// A post to the source `website`. An empty `external_id` is none; a key is made of the text.
pub(crate) fn post(external_id: &str, keyed: bool, text: &str) -> Post {
    let mut body = serde_json::json!({"email": "ada@example.com", "notes": text});
    if !external_id.is_empty() {
        body["external_id"] = external_id.into();
    }
    let body = body.to_string().into_bytes();
    let raw = Raw::from_json(&body).expect("JSON");
    let profile = Profile {
        id: 1,
        name: "My Business".to_owned(),
    };
    let source = Source::new("website", LeadType::WebForm, profile.clone(), Auth::Open);
    let account = Account {
        id: 1,
        name: "My Business".to_owned(),
    };
    Post {
        source: "website".into(),
        owner: Arc::new(Owner { account, profile }),
        submission: intake::read(raw, &source, &Visitor::default()).expect("a lead"),
        files: Vec::new(),
        key: keyed.then(|| IdempotencyKey::new("website", text.as_bytes(), &body)),
    }
}

fn text_of(post: &Post) -> String {
    let fields = &post.submission.fields;
    let notes = fields
        .iter()
        .find(|(field, _)| field.name() == "notes")
        .and_then(|(_, value)| value.as_ref()?.as_text());
    notes.expect("every post has a text").to_owned()
}

pub(crate) fn answered(status: u16) -> Outcome {
    Outcome::Answered(Answer {
        status,
        ..Answer::default()
    })
}

pub(crate) fn report(delivery: DeliveryId, started: Timestamp, outcome: Outcome) -> Report {
    Report {
        delivery,
        schedule: Arc::new(Schedule::default()),
        started,
        duration: Duration::from_millis(7),
        outcome,
    }
}

fn due(machine: &Machine, webhook: &str, limit: usize) -> Result<Vec<Job>, StoreError> {
    // The numbers of webhooks are those of their order at the first start.
    let number = WEBHOOKS.iter().position(|name| *name == webhook);
    let number = number.expect("a webhook of the machine") as u32;
    let due = machine
        .store
        .due(number, machine.now(), &HashSet::new(), limit, 0)?;
    Ok(due.jobs)
}

/// Delivers everything that waits; every lead must come in order.
pub(crate) fn deliver_all(machine: &Machine) -> Result<(), String> {
    const ALL: usize = 1000;
    machine.turn_clock(Duration::from_secs(24 * 3600));
    let enrolled = machine.store.subscribe(wanted());
    let numbers: Vec<u32> = enrolled
        .map_err(|error| error.to_string())?
        .iter()
        .map(|webhook| webhook.number)
        .collect();
    if numbers != [0, 1] {
        return Err(format!("the webhooks have the numbers {numbers:?}"));
    }
    let mut last: HashMap<(u32, u64), u32> = HashMap::new();
    loop {
        let mut reports = Vec::new();
        for webhook in WEBHOOKS {
            for job in due(machine, webhook, ALL).map_err(|error| error.to_string())? {
                let before = last.insert((job.id.webhook, job.id.lead), job.id.revision);
                if before.is_some_and(|before| before >= job.id.revision) {
                    return Err(format!("{:?} comes after revision {before:?}", job.id));
                }
                let event = &job.event.map_err(|error| error.to_string())?.event;
                if (event.lead.id, event.lead.revision) != (job.id.lead, job.id.revision) {
                    return Err(format!("{:?} got the event {}", job.id, event.id));
                }
                reports.push(report(job.id, machine.now(), answered(200)));
            }
        }
        if reports.is_empty() {
            break;
        }
        for recorded in machine.record(&reports, |_, _| {}) {
            recorded.map_err(|error| error.to_string())?;
        }
    }
    let counts = machine.store.counts().map_err(|error| error.to_string())?;
    match counts.pending {
        0 => Ok(()),
        waiting => Err(format!("{waiting} deliveries wait and are never due")),
    }
}

/// The event of everything that is due, as far as it can be read.
pub(crate) fn due_events(
    machine: &Machine,
) -> Vec<(DeliveryId, Result<Arc<RenderedEvent>, StoreError>)> {
    const ALL: usize = 1000;
    machine.turn_clock(Duration::from_secs(24 * 3600));
    let mut events = Vec::new();
    for webhook in WEBHOOKS {
        if let Ok(jobs) = due(machine, webhook, ALL) {
            events.extend(jobs.into_iter().map(|job| (job.id, job.event)));
        }
    }
    events
}

/// Posts a lead with this text, which must be taken.
pub(crate) fn stored(machine: &Machine, text: &str) {
    let answer = machine.submit([&post("", false, text)], |_| {}).remove(0);
    assert!(matches!(answer, Ok(Ok(_))), "{text}: {answer:?}");
}
