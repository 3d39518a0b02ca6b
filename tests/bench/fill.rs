//! Fills a database through the store itself, which is quicker than posting.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use leadhook::domain::decision::Owner;
use leadhook::domain::intake::{self, Visitor};
use leadhook::domain::raw::Raw;
use leadhook::store::{Location, Options, Post, Store, StoreError};

use crate::load::LEAD;
use crate::place::{Directory, ground};
use crate::process::thread_time;
use crate::real::config;

/// So many posts wait for the writer at once, so that its groups are large.
const WAITING: usize = 2048;
/// So many leads share a segment of the index of words.
const SEGMENT: u64 = 1024;

/// Puts `leads` new leads into the database in `directory`; they wait for these webhooks.
pub(crate) fn fill(directory: &Path, webhooks: &[String], leads: usize) {
    fill_with(directory, webhooks, leads, |_| LEAD.to_owned());
}

/// The same, with leads of their own, and until all are in the index of words. Gives the time of the
/// processor that the index took beside the posts.
pub(crate) fn fill_with(
    directory: &Path,
    webhooks: &[String],
    leads: usize,
    lead: impl Fn(usize) -> String,
) -> Duration {
    let config = config(directory, webhooks);
    let (opened_sender, opened) = mpsc::channel();
    let wanted = config.webhooks.iter();
    let wanted = wanted.map(|webhook| (webhook.name.clone(), webhook.filter.clone()));
    let store = Store::start(
        options(&config.store.path),
        wanted.collect(),
        move |result| {
            let _ = opened_sender.send(result);
        },
    );
    let store = store.expect("a thread for the store");
    opened
        .recv()
        .expect("the store opens")
        .unwrap_or_else(|error| panic!("{error}"));
    let source = &config.sources[0];
    let owner = Arc::new(Owner {
        account: config.account.clone(),
        profile: source.profile.clone(),
    });
    let post = |n| {
        let raw = Raw::from_json(lead(n).as_bytes()).expect("JSON");
        Post {
            source: source.name.as_str().into(),
            owner: owner.clone(),
            submission: intake::read(raw, source, &Visitor::default()).expect("a submission"),
            files: Vec::new(),
            key: None,
        }
    };
    let (sender, stored) = mpsc::channel();
    for n in 0..leads {
        if n >= WAITING {
            assert_eq!(stored.recv(), Ok(true), "a lead is stored");
        }
        let sender = sender.clone();
        let told = move |result: Result<_, StoreError>| {
            let _ = sender.send(result.is_ok());
        };
        store.submit(post(n), Box::new(told));
    }
    while store.indexed().expect("a store") < leads as u64 / SEGMENT {
        thread::sleep(Duration::from_millis(20));
    }
    let indexing = thread_time("indexer");
    store.close();
    indexing
}

fn options(path: &Path) -> Options {
    Options {
        cache_bytes: crate::model::CACHE_BYTES,
        posts_max: WAITING,
        ..Options::at(Location::File(path.to_owned()))
    }
}

/// A database with so many leads and no webhooks. It is made once and kept between runs.
pub(crate) fn kept(leads: usize) -> PathBuf {
    let kept = ground().join(format!("leads-{leads}.redb"));
    if !kept.exists() {
        let directory = Directory::new();
        let began = Instant::now();
        fill(directory.path(), &[], leads);
        eprintln!("  stored {leads} leads in {:.1?}", began.elapsed());
        fs::rename(directory.path().join("leadhook.redb"), &kept).expect("the same disk");
    }
    kept
}
