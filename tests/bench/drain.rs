//! A backlog goes out, and what is left of it on the disk.

use std::sync::Arc;

use crate::bare::{Jobs, Senders};
use crate::fill::fill;
use crate::model::Model;
use crate::place::{Directory, file_bytes};
use crate::real::{Real, webhook};
use crate::receiver::Receiver;
use crate::table::{Pass, Rounds, Row, mb, per_second, thousands};

const BACKLOG: usize = 100_000;
const ROUNDS: usize = 3;

/// 100,000 waiting deliveries, held against ureq alone with the same bodies and threads.
pub(crate) fn backlog(model: &Model) -> Vec<Row> {
    let receiver = Receiver::fast();
    let webhooks = [webhook("crm", &receiver.url())];
    let mut rounds = Rounds::default();
    let mut bytes = (0, 0);
    for _ in 0..ROUNDS {
        let directory = Arc::new(Directory::new());
        fill(directory.path(), &webhooks, BACKLOG);
        let mut real = None;
        let drained = Pass::of(|| {
            let started = real.insert(Real::start(directory, &webhooks));
            started.wait_until_drained();
            BACKLOG
        });
        let bare = Pass::of(|| {
            let jobs = Arc::new(Jobs::of(BACKLOG as u64));
            Senders::start(jobs, receiver.address(), model, drop).finish();
            BACKLOG
        });
        rounds.add(drained, bare);
        if let Some(mut real) = real {
            real.stop();
            bytes = file_bytes(real.file());
        }
    }
    vec![
        Row {
            what: "drain of 100,000 waiting deliveries".to_owned(),
            figure: per_second(rounds.real()),
            reference: format!("ureq alone {}", per_second(rounds.reference())),
            ratio: Some(rounds.ratio()),
            aim: ">= 0.50".to_owned(),
            holds: Some(rounds.ratio() >= 0.50),
        },
        on_disk(bytes, model),
    ]
}

fn on_disk((length, given): (u64, u64), model: &Model) -> Row {
    let each = |bytes: u64| thousands(bytes as f64 / BACKLOG as f64);
    let records = model.event.len() + model.finished.len() + model.attempt.len();
    Row {
        what: "file, for each of 100,000 delivered leads".to_owned(),
        figure: format!(
            "{} bytes on disk, {} of length ({} in all)",
            each(given),
            each(length),
            mb(length)
        ),
        reference: format!("records {records} bytes"),
        ratio: Some(given as f64 / BACKLOG as f64 / records as f64),
        aim: "reported".to_owned(),
        holds: None,
    }
}
