//! Metrics: what is counted and measured, for Prometheus at `/metrics`.
//!
//! They want a token, unlike health: how many leads come in, and from where, is the owner's business.
//! One that may only look is enough. Labels are the names of sources and webhooks of the config, and
//! words that stand in the code; what else a post may say makes no series.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::api::Desk;
use crate::delivery::{CrewHealth, Meter};
use crate::domain::health::Condition;
use crate::domain::tally::NO_SOURCE;
use crate::domain::time::Timestamp;
use crate::http::{Response, Server};
use crate::metrics::{Exposition, PostOutcome, Posts};
use crate::store::Store;

/// Waiting deliveries of a webhook are counted up to this.
const WAITING_COUNTED_MAX: usize = 100_000;

/// What is counted elsewhere and shown here.
pub struct Meters {
    posts: Arc<Posts>,
    ingest: Server,
    started: Timestamp,
    began: Instant,
}

impl Meters {
    /// What has become of posts, and what the listener for them has seen, in a process that has
    /// started now.
    pub fn new(posts: &Arc<Posts>, ingest: &Server, now: Timestamp) -> Meters {
        Meters {
            posts: posts.clone(),
            ingest: ingest.clone(),
            started: now,
            began: Instant::now(),
        }
    }
}

/// The whole page.
pub(super) fn page(desk: &Desk, meters: &Meters, now: Timestamp) -> Response {
    let mut page = Exposition::default();
    add_process(&mut page, meters);
    add_posts(&mut page, desk, &meters.posts);
    add_commits(&mut page, &desk.store);
    add_disk(&mut page, &desk.store);
    add_deliveries(&mut page, desk);
    add_queue(&mut page, desk, now);
    add_backup(&mut page, desk, now);
    add_connections(&mut page, &meters.ingest);
    Response::typed(200, Exposition::CONTENT_TYPE, page.into_page())
}

fn add_process(page: &mut Exposition, meters: &Meters) {
    let help = "1, with the version as a label.";
    let mut info = page.gauge("leadhook_build_info", help);
    info.sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    let help = "When the process started, in seconds since 1970.";
    let started = Duration::from_millis(meters.started.0).as_secs_f64();
    page.gauge("process_start_time_seconds", help)
        .sample(&[], started);
    let help = "For how long the process has been running.";
    let uptime = meters.began.elapsed().as_secs_f64();
    page.gauge("leadhook_uptime_seconds", help)
        .sample(&[], uptime);
}

fn add_posts(page: &mut Exposition, desk: &Desk, posts: &Posts) {
    let help = "Posts by source and what became of them; refused ones to no source of the config \
                are of @unknown.";
    let mut family = page.counter("leadhook_posts_total", help);
    for source in &desk.configured.sources {
        let counted = posts.of(&source.name);
        for outcome in PostOutcome::ALL {
            let labels = [
                ("source", source.name.as_str()),
                ("outcome", outcome.name()),
            ];
            family.sample(&labels, counted.counted(outcome));
        }
    }
    let refused = PostOutcome::Refused.name();
    let labels = [("source", NO_SOURCE), ("outcome", refused)];
    family.sample(&labels, posts.of_no_source.count());
    let help = "From the last byte of a post to its answer, of those that were taken.";
    page.histogram("leadhook_post_duration_seconds", help)
        .samples(&[], &posts.duration);
}

fn add_commits(page: &mut Exposition, store: &Store) {
    let help = "Whether leads are taken: 1, or 0 while the store is opening, full, damaged or at its \
                end.";
    page.gauge("leadhook_ready", help)
        .sample(&[], u8::from(store.state().takes_leads()));
    let commits = store.commits();
    let help = "Time that the writer took for one group of writes, until it was on the disk.";
    page.histogram("leadhook_commit_duration_seconds", help)
        .samples(&[], &commits.duration);
    let help = "Posts, results of attempts and other writes that shared one commit.";
    page.histogram("leadhook_commit_requests", help)
        .samples(&[], &commits.requests);
    let help = "Groups of writes that failed; whoever waited for one heard so.";
    page.counter("leadhook_commit_failures_total", help)
        .sample(&[], commits.failures.count());
    let help = "For how long the writer has been at its present group of writes.";
    page.gauge("leadhook_writer_busy_seconds", help)
        .sample(&[], store.writer_busy_for().as_secs_f64());
}

fn add_disk(page: &mut Exposition, store: &Store) {
    let counts = store.counts().ok();
    let sizes = [
        (
            "leadhook_store_bytes",
            "Keys and values of all records in the database.",
            counts.map(|counts| counts.stored_bytes),
        ),
        (
            "leadhook_store_file_bytes",
            "The database file; it is sparse and may take less on the disk.",
            counts.map(|counts| counts.file_bytes),
        ),
        (
            "leadhook_journal_bytes",
            "The files of the journal; 0 where none is kept.",
            Some(store.journal_bytes().unwrap_or_default()),
        ),
        (
            "leadhook_disk_free_bytes",
            "Free on the disk of the database or of the journal, whichever has less.",
            store.free_bytes(),
        ),
    ];
    for (name, help, bytes) in sizes {
        let mut family = page.gauge(name, help);
        if let Some(bytes) = bytes {
            family.sample(&[], bytes);
        }
    }
}

fn add_deliveries(page: &mut Exposition, desk: &Desk) {
    let meters = desk.crews.meters();
    let help = "Deliveries that an attempt brought to their end, by webhook and result.";
    let mut family = page.counter("leadhook_deliveries_total", help);
    for (webhook, meter) in &meters {
        for (result, count) in meter.ended() {
            family.sample(&[("webhook", webhook), ("result", result)], count);
        }
    }
    let help = "Attempts by webhook and outcome: success, else the class of the status, or the stage at \
                which there was none.";
    let mut family = page.counter("leadhook_attempts_total", help);
    for (webhook, meter) in &meters {
        for (outcome, count) in meter.attempts() {
            family.sample(&[("webhook", webhook), ("outcome", outcome)], count);
        }
    }
    let histograms: [(_, _, fn(&Meter) -> &_); 2] = [
        (
            "leadhook_attempt_duration_seconds",
            "From looking up the name to the last byte of the answer.",
            |meter| &meter.attempt_duration,
        ),
        (
            "leadhook_first_attempt_delay_seconds",
            "From the commit of an event to its first attempt.",
            |meter| &meter.first_attempt_delay,
        ),
    ];
    for (name, help, of) in histograms {
        let mut family = page.histogram(name, help);
        for (webhook, meter) in &meters {
            family.samples(&[("webhook", webhook)], of(meter));
        }
    }
}

fn add_queue(page: &mut Exposition, desk: &Desk, now: Timestamp) {
    type Value<'a> = &'a dyn Fn(&CrewHealth) -> Option<f64>;
    let store = &desk.store;
    let waiting = |crew: &CrewHealth| {
        let counted = store.waiting(crew.number, WAITING_COUNTED_MAX);
        counted.ok().map(|n| n as f64)
    };
    let oldest = |crew: &CrewHealth| {
        let since = store.waiting_since(crew.number).ok()?;
        Some(since.map_or(0.0, |since| since.until(now).as_secs_f64()))
    };
    let in_flight = |crew: &CrewHealth| Some(crew.in_flight as f64);
    let gauges: [(_, _, Value<'_>); 3] = [
        (
            "leadhook_deliveries_waiting",
            "Deliveries that wait or are under way; counted up to 100000.",
            &waiting,
        ),
        (
            "leadhook_oldest_waiting_seconds",
            "How long the delivery has been waiting that waits longest; 0 where none waits.",
            &oldest,
        ),
        (
            "leadhook_attempts_in_flight",
            "Attempts under way.",
            &in_flight,
        ),
    ];
    let crews = desk.crews.health();
    for (name, help, value) in gauges {
        let mut family = page.gauge(name, help);
        for crew in &crews {
            if let Some(value) = value(crew) {
                family.sample(&[("webhook", &crew.name)], value);
            }
        }
    }
    let help = "1 for the condition that the webhook is in, 0 for the others.";
    let mut family = page.gauge("leadhook_webhook_condition", help);
    for crew in &crews {
        for condition in Condition::ALL {
            let is_it = crew.health.condition() == condition;
            let labels = [
                ("webhook", crew.name.as_str()),
                ("condition", condition.name()),
            ];
            family.sample(&labels, u8::from(is_it));
        }
    }
}

/// Without a sample where no backups are made, or none was made yet.
fn add_backup(page: &mut Exposition, desk: &Desk, now: Timestamp) {
    let health = desk.upkeep.health();
    let last = health.as_ref().and_then(|health| health.last.as_ref());
    let help = "How old the last good backup is.";
    let mut age = page.gauge("leadhook_backup_age_seconds", help);
    if let Some(last) = last {
        age.sample(&[], last.at.until(now).as_secs_f64());
    }
    let help =
        "1 where the last good backup is older than two intervals, or there is none; else 0.";
    let mut overdue = page.gauge("leadhook_backup_overdue", help);
    if let Some(health) = health {
        overdue.sample(&[], u8::from(health.is_overdue));
    }
}

fn add_connections(page: &mut Exposition, ingest: &Server) {
    let counters = ingest.counters();
    let help = "Open connections of the ingest listener.";
    page.gauge("leadhook_connections_open", help)
        .sample(&[], ingest.connections_open());
    let help = "Connections that the ingest listener has taken in.";
    page.counter("leadhook_connections_total", help)
        .sample(&[], counters.accepted.count());
    let help = "Connections of the ingest listener that were turned away or ended early, by cause.";
    let mut family = page.counter("leadhook_connection_failures_total", help);
    for (cause, counter) in [
        ("refused", &counters.refused),
        ("accept_error", &counters.accept_errors),
        ("evicted", &counters.evicted),
        ("malformed", &counters.malformed),
        ("idle_or_slow_head", &counters.head_timeouts),
        ("slow_body", &counters.body_timeouts),
        ("no_room_for_body", &counters.bodies_refused),
        ("outlived", &counters.outlived),
    ] {
        family.sample(&[("cause", cause)], counter.count());
    }
    let help = "Requests to the ingest listener.";
    page.counter("leadhook_requests_total", help)
        .sample(&[], counters.requests.count());
    let help =
        "Requests to the ingest listener that no source got to see, or whose body broke off.";
    page.counter("leadhook_bad_requests_total", help)
        .sample(&[], counters.bad_requests.count());
    let help = "Requests to the ingest listener that broke off through a fault of leadhook.";
    page.counter("leadhook_panics_total", help)
        .sample(&[], counters.panics.count());
}
