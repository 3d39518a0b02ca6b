//! Statistics: leads by day, source and what became of them; deliveries by webhook, since the start.

use serde_json::{Map, Value, json};

use super::{Call, Desk, Endpoint, Kind, Rights, failed, parameter};
use crate::delivery::{Meter, SUCCESS};
use crate::domain::listing::fingerprint;
use crate::domain::source::WITHOUT_POSTS;
use crate::domain::time::Timestamp;
use crate::http::Response;
use crate::store::{Day, Fate};

/// Without a wish.
const DAYS: u64 = 30;
const DAY_MS: u64 = 86_400_000;

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

fn statistics(desk: &Desk, call: &Call) -> Result<Response, Response> {
    let days = call.number("days").unwrap_or(DAYS);
    let today = desk.now.0 / DAY_MS;
    let from = (today + 1).saturating_sub(days);
    let counted = desk.store.days(Timestamp(from * DAY_MS), &day_of);
    let counted = counted.map_err(|error| failed(&error))?;
    let none = Day::default();
    let shown = (from..=today).map(|day| {
        let of_day = i64::try_from(day).ok().and_then(|day| counted.get(&day));
        shown(desk, day, of_day.unwrap_or(&none))
    });
    let meters = desk.crews.meters();
    let body = json!({
        "days": shown.collect::<Vec<Value>>(),
        "webhooks": meters.iter().map(|(name, meter)| webhook(name, meter)).collect::<Vec<Value>>(),
    });
    Ok(Response::json(200, body.to_string()))
}

fn shown(desk: &Desk, number: u64, day: &Day) -> Value {
    let date = Timestamp(number * DAY_MS).to_string();
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
        "date": date.split('T').next(),
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

/// What a webhook was sent since the start, and what came of it.
pub(super) fn figures(meter: &Meter) -> Value {
    let attempts: u64 = meter.attempts().map(|(_, n)| n).sum();
    let failures = meter
        .attempts()
        .filter(|(name, n)| *name != SUCCESS && *n > 0);
    let causes: Map<String, Value> = failures
        .map(|(name, n)| (name.to_owned(), n.into()))
        .collect();
    let failed: u64 = causes.values().filter_map(Value::as_u64).sum();
    let success =
        (attempts > 0).then(|| (attempts - failed.min(attempts)) as f64 / attempts as f64);
    let took = |q| meter.attempt_duration.quantile(q);
    let ended = meter.ended().map(|(name, n)| (name.to_owned(), n.into()));
    json!({
        "deliveries": ended.collect::<Map<String, Value>>(),
        "attempts": attempts,
        "success_rate": success,
        "attempt_seconds": { "p50": took(0.5), "p95": took(0.95) },
        "failures": causes,
    })
}
