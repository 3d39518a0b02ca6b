//! Contacts against a model that knows everything, through many runs and openings.

use redb::backends::InMemoryBackend;
use redb::{Database, ReadableDatabase};

use super::*;
use crate::store::changes::Changes;

const RECENT: usize = 16;

fn card(contacts: &[u64]) -> Card {
    Card {
        profile: 1,
        created: 0,
        content: 0,
        contacts: std::array::from_fn(|n| contacts.get(n).copied().unwrap_or_default()),
    }
}

/// As random as digests are.
fn digest(n: u64) -> u64 {
    n.wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(29)
}

fn write(database: &Database, work: impl FnOnce(&mut Tables<'_>)) {
    let transaction = database.begin_write().expect("a transaction");
    let changes = Changes::new(false);
    work(&mut Tables::open(&transaction, &changes).expect("tables"));
    transaction.commit().expect("a commit");
}

fn read(database: &Database) -> Contacts {
    let view = View::open(&database.begin_read().expect("a transaction")).expect("a view");
    Contacts {
        recent_max: RECENT,
        ..Contacts::read(&view).expect("contacts")
    }
}

#[test]
fn a_contact_leads_to_all_its_leads_through_any_number_of_runs() {
    let database = Database::builder().create_with_backend(InMemoryBackend::new());
    let database = database.expect("a database");
    write(&database, |tables| {
        drop(tables.meta.insert(meta::SALT, 1).expect("a salt"))
    });
    let mut contacts = read(&database);
    let mut model: HashMap<u64, Vec<u64>> = HashMap::new();
    for commit in 0..600_u64 {
        write(&database, |tables| {
            for lead in commit * 3..commit * 3 + 3 {
                // One of everybody, one of his own, one of a few.
                let of_lead = [digest(0), digest(lead + 1000), digest(1 + lead % 97)];
                for contact in of_lead {
                    let found = contacts.leads_of(&*tables.contacts, contact, lead, 4);
                    let known = model.entry(contact).or_default();
                    let newest = found.expect("leads").into_iter().max();
                    assert_eq!(newest, known.last().copied(), "lead {lead}");
                    known.push(lead);
                }
                contacts.note(lead, card(&of_lead));
            }
            contacts.write(tables, commit).expect("a write");
        });
        if commit % 50 == 7 {
            contacts = read(&database);
        }
    }
    assert!(contacts.runs.iter().any(|run| run.is_joined_twice()));
    assert!(contacts.runs.len() < 20, "{}", contacts.runs.len());
    let view = View::open(&database.begin_read().expect("a transaction")).expect("a view");
    let problems = run::problems(&view, &contacts.runs, 1800).expect("a view");
    assert!(problems.is_empty(), "{problems:?}");
    is_as(&model, &contacts, &view);
    erase_some(&database, &mut contacts, &mut model);
}

fn is_as(model: &HashMap<u64, Vec<u64>>, contacts: &Contacts, view: &View) {
    for (contact, leads) in model {
        let found = contacts.leads_of(&view.contacts, *contact, u64::MAX, usize::MAX);
        let mut found = found.expect("leads");
        found.sort_unstable();
        assert_eq!(found, *leads);
    }
}

/// One lead in seven goes, from memory, from rows and from runs.
fn erase_some(database: &Database, contacts: &mut Contacts, model: &mut HashMap<u64, Vec<u64>>) {
    let gone: Vec<u64> = (0..1800).step_by(7).collect();
    let mut had = Vec::new();
    for (contact, leads) in model.iter_mut() {
        let of_contact = leads.extract_if(.., |lead| lead.is_multiple_of(7));
        had.extend(of_contact.map(|lead| (*contact, lead)));
    }
    write(database, |tables| {
        contacts.erase(tables, &gone, had).expect("an erasure");
    });
    let view = View::open(&database.begin_read().expect("a transaction")).expect("a view");
    for contacts in [&*contacts, &read(database)] {
        is_as(model, contacts, &view);
        let problems = run::problems(&view, &contacts.runs, 1800).expect("a view");
        assert!(problems.is_empty(), "{problems:?}");
    }
}
