//! A receiver that is away for three days: nothing is lost, and it is not flooded when it is back.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use leadhook::domain::health::Condition;

use crate::daemon::{TestDaemon, WEBSITE, wait_until, webhook};
use crate::health::{health, wait_for};
use crate::pace::Turnstile;
use crate::receiver::{Receiver, Reply, Request};
use crate::{SECOND, note, post};

const HOUR: Duration = Duration::from_secs(3600);
const DAYS: usize = 3;
/// The default of `probe_every`.
const PROBE_EVERY: Duration = Duration::from_secs(600);

/// What is left of an outage: the receiver is back, and nothing was sent to it since.
struct Outage {
    daemon: TestDaemon,
    receiver: Receiver,
    turnstile: Turnstile,
    /// What was posted: the notes of each lead, in order.
    posted: HashMap<u64, Vec<String>>,
    /// The requests up to its end.
    before: usize,
}

/// Every hour a new lead, and a change of the one before it, while the receiver resets every connection.
fn outage(more: &str) -> Outage {
    let (turnstile, is_back) = (Turnstile::default(), Arc::new(AtomicBool::new(false)));
    let (gates, asked) = (turnstile.clone(), is_back.clone());
    let receiver = Receiver::script(move |_, _| match asked.load(Ordering::SeqCst) {
        true => gates.reply(),
        false => Reply::Reset,
    });
    let daemon = TestDaemon::start(&format!(
        "{WEBSITE}{}",
        webhook("crm", &receiver.url(), more)
    ));
    let mut posted: HashMap<u64, Vec<String>> = HashMap::new();
    for hour in 0..DAYS * 24 {
        for lead in [hour.saturating_sub(1), hour] {
            let said = format!("lead {lead} at hour {hour}");
            let id = post(&daemon, &format!("lead {lead}"), &said);
            let said_before = posted.entry(id).or_default();
            if !said_before.contains(&said) {
                said_before.push(said);
            }
        }
        let before = receiver.count();
        let is_suspended = health(&daemon).condition() == Condition::Suspended;
        daemon.turn_clock(HOUR);
        wait_until("the attempts of an hour", || match is_suspended {
            true => receiver.count() > before,
            false => {
                // Time goes on meanwhile: what waits for the rate is due, too.
                daemon.turn_clock(SECOND);
                nothing_is_due(&daemon)
            }
        });
    }
    wait_for(&daemon, Condition::Suspended);
    wait_until("a probe that is over", || {
        daemon.get("/healthz").body.contains("\"in_flight\": 0")
    });
    is_back.store(true, Ordering::SeqCst);
    let before = receiver.count();
    Outage {
        daemon,
        receiver,
        turnstile,
        posted,
        before,
    }
}

/// Whether all that is due was tried, or the webhook is suspended and most of it waits.
fn nothing_is_due(daemon: &TestDaemon) -> bool {
    let now = daemon.setting.now();
    let due = daemon.store().due(0, now, &HashSet::new(), 1, 0);
    let nothing = due.is_ok_and(|due| due.jobs.is_empty());
    nothing || health(daemon).condition() == Condition::Suspended
}

impl Outage {
    fn n_posted(&self) -> usize {
        self.posted.values().map(Vec::len).sum()
    }

    /// Everything that was posted came, each once, of each lead in order.
    fn check(&self) {
        let mut came: HashMap<u64, Vec<String>> = HashMap::new();
        for request in &self.receiver.requests()[self.before..] {
            came.entry(lead(request)).or_default().push(note(request));
        }
        assert_eq!(came, self.posted);
        self.daemon.verify();
    }
}

fn lead(request: &Request) -> u64 {
    let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
    body["lead_id"].as_u64().expect("a number")
}

#[test]
fn a_receiver_that_was_down_for_three_days_gets_everything_in_order_and_no_flood() {
    let outage = outage("");
    let Outage {
        daemon,
        receiver,
        turnstile,
        before,
        ..
    } = &outage;
    daemon.turn_clock(PROBE_EVERY);
    let all = before + outage.n_posted();
    assert!(outage.n_posted() > 140);
    let mut came = *before;
    // The probe, then one, two and four at once, as many as the config allows.
    for width in [1, 1, 2, 4] {
        came += width;
        receiver.wait_for(came);
        daemon.clock_rings();
        assert_eq!(receiver.count(), came);
        turnstile.pass(width);
    }
    while came < all {
        came += 1;
        receiver.wait_for(came);
        turnstile.pass(1);
    }
    daemon.wait_until_drained();
    assert_eq!(turnstile.widest(), 4);
    assert_eq!(health(daemon).condition(), Condition::Healthy);
    outage.check();
}

#[test]
fn a_receiver_that_was_down_for_three_days_gets_no_more_than_its_rate_when_it_is_back() {
    let outage = outage("rate = \"5/s\"");
    let Outage {
        daemon,
        receiver,
        turnstile,
        before,
        ..
    } = &outage;
    turnstile.leave_open();
    daemon.turn_clock(PROBE_EVERY);
    let all = outage.n_posted();
    for second in 1..=all.div_ceil(5) {
        let came = before + all.min(5 * second);
        receiver.wait_for(came);
        daemon.clock_rings();
        assert_eq!(receiver.count(), came);
        daemon.turn_clock(SECOND);
    }
    daemon.wait_until_drained();
    outage.check();
}
