//! Who hears what of a group of writes: each caller his own, once the commit has ended.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::store::StoreError;
use crate::store::inbox::{Found, Inbox, Reply, Request};

/// Tells one caller what became of his request, once the commit has ended.
pub(crate) type Settled = Box<dyn FnOnce(Result<(), StoreError>)>;

/// Puts the result of a request aside until the commit. A request that met an unreadable record has
/// changed nothing and is answered at once; any other error fails the whole group.
pub(crate) fn settle<T: 'static>(
    settled: &mut Vec<Settled>,
    reply: Reply<T>,
    work: impl FnOnce() -> Result<T, StoreError>,
) -> Result<(), StoreError> {
    let done = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(broke_off()));
    match done {
        Ok(result) => {
            settled.push(Box::new(move |committed| reply(committed.map(|()| result))));
            Ok(())
        }
        Err(error) if error.is_one_record() => {
            reply(Err(error));
            Ok(())
        }
        Err(error) => {
            settled.push(Box::new(|committed| {
                if let Err(error) = committed {
                    reply(Err(error));
                }
            }));
            Err(error)
        }
    }
}

pub(super) fn broke_off() -> StoreError {
    StoreError::Damaged("the database broke off while writing".to_owned())
}

/// Takes nothing more, and tells all who wait that nothing more will be written.
pub(crate) fn refuse_all(inbox: &Inbox, error: &StoreError) {
    inbox.close();
    while let Found::Group(rest) = inbox.take(None, usize::MAX) {
        rest.into_iter()
            .for_each(|request| refuse(request, error.clone()));
    }
}

/// Tells a caller that his request was not written.
pub(crate) fn refuse(request: Request, error: StoreError) {
    match request {
        Request::Submit(_, reply) => reply(Err(error)),
        Request::Edit(_, _, reply) => reply(Err(error)),
        Request::Record(_, reply) => reply(Err(error)),
        Request::Subscribe(_, reply) => reply(Err(error)),
        Request::Index(_, reply) => reply(Err(error)),
        Request::KeepTallies(_, reply) => reply(Err(error)),
        Request::Errand(errand) => errand.refuse(error),
        Request::BeginJournalFile(reply) => reply(Err(error)),
        Request::Recheck(..) => {}
    }
}
