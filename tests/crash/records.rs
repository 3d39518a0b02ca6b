//! One record is damaged, or at the wrong place: it is told, and keeps nothing from what is well.

use std::time::Duration;

use leadhook::domain::listing::Query;
use leadhook::domain::words::words_sought;
use leadhook::store::{Page, Plan, Rights, Selection, StoreError, TaskKind};
use redb::{Builder, ReadableTable, TableDefinition, WriteTransaction};

use crate::daemon::{Directory, wait_until};
use crate::disk::{Disk, Handle};
use crate::machine::Machine;
use crate::scenario::{deliver_all, due_events, post, stored};

const EVENTS: TableDefinition<(u64, u32), &[u8]> = TableDefinition::new("events_1");
const EXTERNAL: TableDefinition<&str, u64> = TableDefinition::new("external_1");
const FINISHED: TableDefinition<(u32, u64, u32), &[u8]> = TableDefinition::new("finished_1");
const TOKENS: TableDefinition<&str, &[u8]> = TableDefinition::new("tokens_1");
const TASKS: TableDefinition<u64, &[u8]> = TableDefinition::new("tasks_1");
const WORDS: TableDefinition<(u64, u32), &[u8]> = TableDefinition::new("words_1");

/// A disk with the leads 1 and 2, called `one` and `two`; after `damage`, a machine on it.
fn two_leads(damage: impl FnOnce(&WriteTransaction)) -> Machine {
    two_leads_that(|_| {}, damage)
}

/// The same, where something more `came` before that.
fn two_leads_that(came: impl FnOnce(&Machine), damage: impl FnOnce(&WriteTransaction)) -> Machine {
    let disk = Disk::new(Vec::new());
    let machine = Machine::start(&disk, 6);
    let posts = ["one", "two"].map(|name| post(name, false, name));
    let receipts = posts.map(|post| machine.submit([&post], |_| {}).remove(0));
    assert!(receipts.iter().all(|receipt| matches!(receipt, Ok(Ok(_)))));
    came(&machine);
    drop(machine);
    let database = Builder::new().create_with_backend(Handle(disk.clone()));
    let writing = database.expect("a database").begin_write();
    let writing = writing.expect("a transaction");
    damage(&writing);
    writing.commit().expect("a commit");
    Machine::start(&Disk::new(disk.image()), 7)
}

fn is_unreadable<T>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unreadable(_)))
}

#[test]
fn a_lead_under_the_number_of_another_is_not_given_out() {
    let machine = two_leads(|writing| {
        let mut events = writing.open_table(EVENTS).expect("a table");
        let one = events.get((1, 1)).expect("a row");
        let one = one.map(|record| record.value().to_owned());
        let one = one.expect("a lead");
        events.insert((2, 1), one.as_slice()).expect("a row");
    });
    assert!(is_unreadable(machine.store.lead(2)));
    let due = due_events(&machine);
    let wrong = due.iter().filter(|(id, _)| id.lead == 2);
    assert!(wrong.clone().count() > 0 && wrong.cloned().all(|(_, event)| is_unreadable(event)));
    assert!(!machine.store.verify().expect("a list").is_empty());
}

#[test]
fn an_external_id_that_leads_to_another_lead_changes_nothing() {
    let machine = two_leads(|writing| {
        let mut external = writing.open_table(EXTERNAL).expect("a table");
        external.insert("website\0two", 1).expect("a row");
    });
    let update = post("two", false, "an update of two");
    assert!(is_unreadable(machine.submit([&update], |_| {}).remove(0)));
    let one = machine.store.lead(1).expect("a store").expect("a lead");
    assert_eq!(one.lead.revision, 1);
    let found = machine.store.verify().expect("a list");
    assert_eq!(
        found,
        ["an external id names lead 1, which is missing or has another"]
    );
    // All others go on.
    stored(&machine, "three");
}

#[test]
fn a_list_goes_on_behind_a_lead_that_cannot_be_read() {
    // A page of nothing else had no place to go on from, and the list ended with it.
    let machine = two_leads(|writing| {
        let mut events = writing.open_table(EVENTS).expect("a table");
        events.insert((2, 1), b"nothing".as_slice()).expect("a row");
    });
    let page = |after| Page {
        after,
        limit: 1,
        ..Page::default()
    };
    let find = |page| machine.store.find(&Query::default(), &page);
    let first = find(page(None)).expect("a list");
    assert_eq!((first.leads.len(), first.unreadable), (0, vec![2]));
    let second = find(page(first.next)).expect("a list");
    assert_eq!(second.leads[0].lead.id, 1);
}

#[test]
fn a_damaged_index_of_words_hides_no_lead() {
    let came = |machine: &Machine| {
        let mut posts = (3..=1030).map(|n| post("", false, &format!("lead {n}")));
        while let Some(first) = posts.next() {
            let some: Vec<_> = std::iter::once(first)
                .chain(posts.by_ref().take(200))
                .collect();
            assert!(machine.submit(&some, |_| {}).iter().all(Result::is_ok));
        }
        wait_until("an index of words", || machine.store.indexed() == Ok(1));
    };
    let machine = two_leads_that(came, |writing| {
        let mut words = writing.open_table(WORDS).expect("a table");
        let places = words.iter().expect("rows");
        let places: Vec<_> = places.map(|row| row.expect("a row").0.value()).collect();
        for place in places {
            words.insert(place, b"nothing".as_slice()).expect("a row");
        }
    });
    let two = Query {
        words: words_sought("two"),
        ..Query::default()
    };
    let page = Page {
        limit: 9,
        ..Page::default()
    };
    let found = machine.store.find(&two, &page).expect("a list").leads;
    assert_eq!(
        found.iter().map(|event| event.lead.id).collect::<Vec<_>>(),
        [2]
    );
    assert!(!machine.store.verify().expect("a list").is_empty());
}

#[test]
fn neither_a_damaged_task_nor_a_damaged_delivery_keeps_others_from_being_sent_again() {
    let came = |machine: &Machine| {
        let update = post("one", false, "an update of one");
        assert!(machine.submit([&update], |_| {})[0].is_ok());
        deliver_all(machine).expect("all delivered");
    };
    let machine = two_leads_that(came, |writing| {
        let mut tasks = writing.open_table(TASKS).expect("a table");
        tasks.insert(1, b"nothing".as_slice()).expect("a row");
        let mut finished = writing.open_table(FINISHED).expect("a table");
        finished
            .insert((0, 1, 2), b"nothing".as_slice())
            .expect("a row");
    });
    let later = machine.now().after(Duration::from_secs(2 * 86_400));
    let plan = Plan::new(TaskKind::Replay, Selection::default(), later);
    let meant = machine
        .store
        .count_meant(&plan)
        .expect("a count")
        .deliveries;
    assert_eq!(meant, 5);
    let mut task = machine.store.begin_task(plan, meant).expect("a task");
    while task.ended.is_none() {
        task = machine.store.go_on_with(task).expect("a bite");
    }
    assert_eq!((task.number, task.done), (2, 5));
    let known: Vec<u64> = machine
        .store
        .tasks()
        .expect("tasks")
        .iter()
        .map(|task| task.number)
        .collect();
    assert_eq!(known, [2]);
    assert_eq!(machine.store.verify().expect("a list").len(), 3);
}

#[test]
fn a_damaged_token_shuts_out_no_other() {
    let machine = two_leads(|writing| {
        let mut tokens = writing.open_table(TOKENS).expect("a table");
        tokens
            .insert("theirs", b"nothing".as_slice())
            .expect("a row");
    });
    let made = machine.store.make_token("mine", Rights::Read);
    let token = made.expect("a store").expect("a token");
    let known = machine
        .store
        .known_token(token.as_bytes())
        .expect("a store");
    assert_eq!(known.expect("a known token").name, "mine");
    let told = machine.store.verify().expect("a list");
    assert!(
        told.iter()
            .any(|problem| problem.starts_with("token theirs")),
        "{told:?}"
    );
}

#[test]
fn a_backup_that_breaks_off_is_an_error_and_leaves_nothing() {
    // A database that panics over a damaged page ended the thread that makes backups, for good and unseen.
    let machine = Machine::start(&Disk::new(Vec::new()), 1);
    let directory = Directory::new();
    let place = directory.0.join("backup.redb");
    let broken = machine
        .store
        .back_up(&place, None, 0, &mut |_, _| panic!("over a page"));
    assert!(matches!(broken, Err(StoreError::Damaged(_))), "{broken:?}");
    assert_eq!(
        std::fs::read_dir(&directory.0)
            .expect("a directory")
            .count(),
        0
    );
}
