//! Bare senders: as many threads as a webhook has, each posting the same body with ureq, which has
//! a resolver of our own, since its own would start a thread for each request.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ureq::config::Config;
use ureq::http::{Request, Uri};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use super::writer::Job;
use crate::model::{IN_FLIGHT, Model};

/// Work for the senders.
#[derive(Default)]
pub(crate) struct Jobs {
    waiting: Mutex<(VecDeque<Job>, bool)>,
    came: Condvar,
}

impl Jobs {
    /// So many to begin with.
    pub(crate) fn of(leads: u64) -> Jobs {
        let jobs = Jobs::default();
        jobs.add((1..=leads).map(|lead| Job { lead, due: 0 }));
        jobs
    }

    pub(super) fn add(&self, jobs: impl Iterator<Item = Job>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let before = waiting.0.len();
        waiting.0.extend(jobs);
        match waiting.0.len() - before {
            0 => {}
            1 => self.came.notify_one(),
            _ => self.came.notify_all(),
        }
    }

    /// The next one; none when it is over.
    fn take(&self) -> Option<Job> {
        let empty = |waiting: &mut (VecDeque<Job>, bool)| waiting.0.is_empty() && !waiting.1;
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = self
            .came
            .wait_while(waiting, empty)
            .unwrap_or_else(PoisonError::into_inner);
        waiting.0.pop_front()
    }

    fn end(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.1 = true;
        self.came.notify_all();
    }
}

/// Threads that send.
pub(crate) struct Senders {
    jobs: Arc<Jobs>,
    threads: Vec<JoinHandle<()>>,
}

impl Senders {
    /// Sends each of `jobs` to `receiver`; `sent` hears of it in the sender's thread.
    pub(crate) fn start(
        jobs: Arc<Jobs>,
        receiver: SocketAddr,
        model: &Model,
        sent: impl Fn(Job) + Clone + Send + 'static,
    ) -> Senders {
        let agent = agent(receiver);
        let request = Arc::new(request(receiver, model));
        let thread = |n| {
            let (jobs, agent, request) = (jobs.clone(), agent.clone(), request.clone());
            let sent = sent.clone();
            let thread = thread::Builder::new().name(format!("bare-sender-{n}"));
            let thread = thread.spawn(move || {
                while let Some(job) = jobs.take() {
                    send(&agent, &request);
                    sent(job);
                }
            });
            thread.expect("a thread")
        };
        Senders {
            threads: (0..IN_FLIGHT).map(thread).collect(),
            jobs,
        }
    }

    /// Waits until all is sent.
    pub(crate) fn finish(self) {
        drop(self);
    }
}

impl Drop for Senders {
    fn drop(&mut self) {
        self.jobs.end();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn agent(receiver: SocketAddr) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(15)))
        .max_idle_connections(IN_FLIGHT)
        .max_idle_connections_per_host(IN_FLIGHT)
        .proxy(None)
        .build();
    Agent::with_parts(config, DefaultConnector::default(), Known(receiver))
}

fn request(receiver: SocketAddr, model: &Model) -> Request<Vec<u8>> {
    // Those that ureq sets by itself.
    const OWN: [&str; 4] = ["host", "content-length", "user-agent", "accept"];
    let request = Request::post(format!("http://{receiver}/hook"));
    let headers = model.headers.iter();
    let headers = headers.filter(|(name, _)| !OWN.contains(&name.as_str()));
    let request = headers.fold(request, |request, (name, value)| {
        request.header(name, value)
    });
    request.body(model.body.clone()).expect("a request")
}

fn send(agent: &Agent, request: &Request<Vec<u8>>) {
    let mut one = Request::new(request.body().as_slice());
    *one.method_mut() = request.method().clone();
    *one.uri_mut() = request.uri().clone();
    *one.headers_mut() = request.headers().clone();
    let mut response = agent.run(one).expect("an answer");
    response.body_mut().read_to_vec().expect("a body");
}

/// Knows where the one receiver is.
#[derive(Debug)]
struct Known(SocketAddr);

impl Resolver for Known {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut found = self.empty();
        found.push(self.0);
        Ok(found)
    }
}
