//! What a killed program has left on the disk. It is looked at in a copy, so that the next start
//! meets what the kill has left.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::sync::mpsc;

use leadhook::domain::field::Field;
use leadhook::domain::time::Timestamp;
use leadhook::store::{Location, Options, Store};

use crate::clients::Told;
use crate::daemon::LIMIT;
use crate::program::FILE;

/// A store on a copy of the database; none where the program was killed before it made one.
fn copy(directory: &Path) -> Option<Store> {
    let (file, copy) = (directory.join(FILE), directory.join("copy.redb"));
    if !file.exists() {
        return None;
    }
    fs::copy(file, &copy).expect("a copy");
    let options = Options::at(Location::File(copy));
    let (sender, opened) = mpsc::channel();
    let store = Store::start(options, Vec::new(), move |result| {
        let _ = sender.send(result);
    });
    let opened = opened.recv_timeout(LIMIT).expect("the opening ends");
    opened.expect("a database that opens");
    Some(store.expect("a thread for the writer"))
}

/// The `webhook-id` of each delivery that may be sent next, for each webhook.
pub(crate) fn heads(directory: &Path) -> [HashSet<String>; 2] {
    let Some(store) = copy(directory) else {
        return Default::default();
    };
    let end_of_time = Timestamp(u64::MAX);
    let heads = [0, 1].map(|webhook| {
        let due = store.due(webhook, end_of_time, &HashSet::new(), usize::MAX, 0);
        let jobs = due.expect("a store that can be read").jobs.into_iter();
        jobs.map(|job| job.event.expect("an event").event.id.clone())
            .collect()
    });
    store.close();
    heads
}

/// Everything that was told is there, once, and the invariants hold. Gives the number of leads.
pub(crate) fn check(directory: &Path, told: &[Told]) -> u64 {
    let Some(store) = copy(directory) else {
        assert!(told.is_empty());
        return 0;
    };
    let problems = store.verify().expect("a store that can be read");
    assert!(problems.is_empty(), "{problems:#?}");
    let events = store.events_after((0, 0), usize::MAX);
    let mut leads: HashMap<String, u64> = HashMap::new();
    for event in events.expect("a store that can be read") {
        let text = event.lead.values.text(Field::Notes).expect("a text");
        let before = leads.insert(text.to_owned(), event.lead.id);
        assert_eq!(before, None, "{text} is stored twice");
    }
    for told in told {
        let lead = leads.get(&told.text);
        assert_eq!(lead, Some(&told.lead), "{} is not stored", told.text);
    }
    let leads = store.counts().expect("counts").leads;
    store.close();
    leads
}
