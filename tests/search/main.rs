//! Lists of leads and the search in them, held against the plain truth: every lead, looked at.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
mod lists;
mod words;

use daemon::{TestDaemon, WEBSITE};
use leadhook::domain::listing::Query;
use leadhook::store::{Found, Page};

/// A page that is large enough for every test.
const ALL: Page = Page {
    skip: 0,
    after: None,
    limit: 10_000,
    count: true,
};

fn daemon() -> TestDaemon {
    TestDaemon::start(WEBSITE)
}

/// The ids that a query finds, in order; the total must say the same.
#[track_caller]
fn ids(daemon: &TestDaemon, query: &Query) -> Vec<u64> {
    let found = find(daemon, query, &ALL);
    let ids: Vec<u64> = found.leads.iter().map(|event| event.lead.id).collect();
    assert_eq!(found.total, Some(ids.len() as u64));
    ids
}

#[track_caller]
fn find(daemon: &TestDaemon, query: &Query, page: &Page) -> Found {
    daemon.store().find(query, page).expect("a store")
}
