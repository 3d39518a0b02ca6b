//! The overview: whether all is well, how many leads there are, and where they come from.

use std::collections::BTreeMap;

use super::chart::{Series, chart};
use super::frame::page;
use super::lead_list::leads_table;
use super::markup::{Html, put};
use super::{Page, Visit, failed};
use crate::admin::api::statistics::{DAY_MS, days};
use crate::admin::api::{Desk, Rights};
use crate::admin::health::reasons;
use crate::domain::listing::{Query, fingerprint};
use crate::domain::source::WITHOUT_POSTS;
use crate::domain::time::Timestamp;
use crate::http::Response;
use crate::store::{self, Day, Fate, StoreError};

pub(super) const PAGES: &[Page] = &[Page {
    method: "GET",
    path: "/",
    rights: Rights::Read,
    show,
}];

/// So many days are in the charts.
const DAYS: u64 = 30;
/// So many sources have a colour of their own; the rest share one.
const SOURCES_SHOWN: usize = 5;
const LATEST: usize = 10;

fn show(desk: &Desk, visit: &Visit) -> Result<Response, Response> {
    let mut main = Html::new();
    state(&mut main, desk);
    numbers(&mut main, desk).map_err(|error| failed(&error))?;
    charts(&mut main, desk).map_err(|error| failed(&error))?;
    let latest = store::Page {
        limit: LATEST,
        ..store::Page::default()
    };
    let found = desk.store.find(&Query::default(), &latest);
    put!(main, "<h2>Latest leads</h2>");
    leads_table(&mut main, &found.map_err(|error| failed(&error))?.leads);
    Ok(page(visit, "Overview", &main))
}

/// What is wrong, in a sentence each; or that all is well.
fn state(main: &mut Html, desk: &Desk) {
    let reasons = reasons(desk);
    if reasons.is_empty() {
        put!(
            main,
            "<p class=\"state good\">All is well: leads are taken and sent.</p>"
        );
        return;
    }
    put!(main, "<ul class=\"state bad\" role=\"alert\">");
    for reason in &reasons {
        put!(main, "<li>", (reason), "</li>");
    }
    put!(main, "</ul>");
}

fn numbers(main: &mut Html, desk: &Desk) -> Result<(), StoreError> {
    let since = |from: u64| {
        let query = Query {
            created_from: Some(Timestamp(from)),
            ..Query::default()
        };
        let none = store::Page {
            count: true,
            ..store::Page::default()
        };
        let found = desk.store.find(&query, &none)?;
        Ok::<u64, StoreError>(found.total.unwrap_or_default())
    };
    let today = desk.now.0 / DAY_MS * DAY_MS;
    let counts = desk.store.counts()?;
    let failing = desk
        .crews
        .health()
        .iter()
        .filter(|crew| !crew.health.is_well())
        .count();
    put!(main, "<dl class=\"numbers\">");
    for (what, number) in [
        ("Leads today (UTC)", since(today)?),
        (
            "Leads in seven days",
            since(today.saturating_sub(6 * DAY_MS))?,
        ),
        ("Leads in all", counts.leads),
        ("Deliveries waiting", counts.pending),
        ("Webhooks failing", failing as u64),
    ] {
        put!(
            main,
            "<div><dt>",
            (what),
            "</dt><dd>",
            (number.to_string()),
            "</dd></div>"
        );
    }
    put!(main, "</dl>");
    Ok(())
}

fn charts(main: &mut Html, desk: &Desk) -> Result<(), StoreError> {
    let (labels, days): (Vec<String>, Vec<Day>) = days(desk, DAYS)?.into_iter().unzip();
    chart(
        main,
        "Leads per day, by source",
        &labels,
        &by_source(desk, &days),
    );
    let by_fate = Fate::ALL.map(|fate| Series {
        name: fate.name().to_owned(),
        counts: count(&days, |day| day.by_fate.get(&fate).copied()),
    });
    chart(
        main,
        "Leads per day, by what became of them",
        &labels,
        &by_fate,
    );
    Ok(())
}

fn count(days: &[Day], of: impl Fn(&Day) -> Option<u64>) -> Vec<u64> {
    days.iter().map(|day| of(day).unwrap_or_default()).collect()
}

/// The sources with most leads, and the rest together.
fn by_source(desk: &Desk, days: &[Day]) -> Vec<Series> {
    let mut totals: BTreeMap<u64, u64> = BTreeMap::new();
    for (source, n) in days.iter().flat_map(|day| &day.by_source) {
        *totals.entry(*source).or_default() += n;
    }
    let mut sources: Vec<(u64, u64)> = totals.into_iter().collect();
    sources.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let rest = sources.split_off(sources.len().min(SOURCES_SHOWN));
    let mut series: Vec<Series> = sources
        .iter()
        .map(|(source, _)| Series {
            name: name_of(desk, *source),
            counts: count(days, |day| day.by_source.get(source).copied()),
        })
        .collect();
    if !rest.is_empty() {
        let of_rest = |day: &Day| {
            let counts = rest
                .iter()
                .filter_map(|(source, _)| day.by_source.get(source));
            Some(counts.sum())
        };
        series.push(Series {
            name: "others".to_owned(),
            counts: count(days, of_rest),
        });
    }
    series
}

/// The name of a source with this fingerprint; one that is gone from the config has none any more.
fn name_of(desk: &Desk, source: u64) -> String {
    let names = desk
        .configured
        .sources
        .iter()
        .map(|source| source.name.as_str());
    let mut names = names.chain(WITHOUT_POSTS);
    let found = names.find(|name| fingerprint(name) == source);
    found.unwrap_or("a former source").to_owned()
}
