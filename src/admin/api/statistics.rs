//! Statistics: leads by day, source and what became of them; deliveries by webhook, since the start.

use serde_json::{Map, Value, json};

use super::{Call, Desk, Endpoint, Kind, Rights, failed, parameter};
use crate::delivery::{Meter, SUCCESS};
use crate::domain::listing::fingerprint;
use crate::domain::source::WITHOUT_POSTS;
use crate::domain::time::Timestamp;
use crate::http::Response;
use crate::store::{Day, Fate, StoreError};

/// Without a wish.
const DAYS: u64 = 30;
pub(in crate::admin) const DAY_MS: u64 = 86_400_000;

pub(super) const ENDPOINTS: &[Endpoint] = &[Endpoint {
    method: "GET",
    path: "/statistics",
    rights: Rights::Read,
    about: "Leads by day (UTC), source, type and what became of them; attempts and deliveries by webhook since the daemon started.",
    parameters: &[parameter(
        "days",
        Kind::Number(1, 365),
        "Of so many days, with today; 30 without it.",
    )],
    body: None,
    answers: (200, "Statistics"),
    answer: statistics,
}];

fn day_of(time: Timestamp) -> i64 {
    i64::try_from(time.0 / DAY_MS).unwrap_or(i64::MAX)
}

/// The last `n` days in UTC, with today as the last one: the date of each, and what came on it.
pub(in crate::admin) fn days(desk: &Desk, n: u64) -> Result<Vec<(String, Day)>, StoreError> {
    let today = desk.now.0 / DAY_MS;
    let from = (today + 1).saturating_sub(n);
    let mut counted = desk.store.days(Timestamp(from * DAY_MS), &day_of)?;
    let day = |day: u64| {
        let begin = Timestamp(day * DAY_MS);
        let date = begin.to_string().split('T').next().map(str::to_owned);
        let of_day = counted.remove(&day_of(begin));
        (date.unwrap_or_default(), of_day.unwrap_or_default())
    };
    Ok((from..=today).map(day).collect())
}

fn statistics(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let days = days(desk, call.number("days").unwrap_or(DAYS));
    let days = days.map_err(|error| failed(&error))?;
    let shown = days.iter().map(|(date, day)| shown(desk, date, day));
    let meters = desk.crews.meters();
    let body = json!({
        "days": shown.collect::<Vec<Value>>(),
        "webhooks": meters.iter().map(|(name, meter)| webhook(name, meter)).collect::<Vec<Value>>(),
    });
    Ok(Response::json(200, body.to_string()))
}

fn shown(desk: &Desk, date: &str, day: &Day) -> Value {
    let mut by_source = Map::new();
    let mut rest: u64 = day.by_source.values().sum();
    let configured = desk.configured.sources.iter();
    let configured = configured.map(|source| (source.name.as_str(), true));
    for (name, is_configured) in configured.chain(WITHOUT_POSTS.map(|name| (name, false))) {
        let n = day.by_source.get(&fingerprint(name)).copied();
        let n = n.unwrap_or_default();
        // What is in no config is named where there is something of it.
        if (is_configured || n > 0) && !by_source.contains_key(name) {
            by_source.insert(name.to_owned(), n.into());
            rest = rest.saturating_sub(n);
        }
    }
    let fates = Fate::ALL.map(|fate| {
        let n = day.by_fate.get(&fate).copied().unwrap_or_default();
        (fate.name().to_owned(), n.into())
    });
    json!({
        "date": date,
        "leads": day.by_source.values().sum::<u64>(),
        "by_source": by_source,
        "of_former_sources": rest,
        "by_type": day.by_type,
        "by_fate": fates.into_iter().collect::<Map<String, Value>>(),
    })
}

fn webhook(name: &str, meter: &Meter) -> Value {
    let mut shown = figures(meter);
    shown["name"] = name.into();
    shown
}

/// How many attempts there were, and how many failed of which cause.
pub(in crate::admin) fn attempts(meter: &Meter) -> (u64, Vec<(&'static str, u64)>) {
    let all = meter.attempts().map(|(_, n)| n).sum();
    let causes = meter
        .attempts()
        .filter(|(name, n)| *name != SUCCESS && *n > 0);
    (all, causes.collect())
}

/// What a webhook was sent since the start, and what came of it.
pub(super) fn figures(meter: &Meter) -> Value {
    let (attempts, causes) = attempts(meter);
    let failed: u64 = causes.iter().map(|(_, n)| n).sum();
    let causes = causes
        .into_iter()
        .map(|(name, n)| (name.to_owned(), n.into()));
    let success =
        (attempts > 0).then(|| (attempts - failed.min(attempts)) as f64 / attempts as f64);
    let took = |q| meter.attempt_duration.quantile(q);
    let ended = meter.ended().map(|(name, n)| (name.to_owned(), n.into()));
    json!({
        "deliveries": ended.collect::<Map<String, Value>>(),
        "attempts": attempts,
        "success_rate": success,
        "attempt_seconds": { "p50": took(0.5), "p95": took(0.95) },
        "failures": causes.collect::<Map<String, Value>>(),
    })
}
