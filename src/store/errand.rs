//! An errand: a rare change that needs no request of its own.

use super::inbox::{Reply, Request};
use super::leads::Context;
use super::tables::Tables;
use super::writer::{Settled, settle};
use super::{Store, StoreError};

/// What is to be done in the next transaction, and who hears of it.
pub(crate) trait Errand: Send {
    /// Does it, and puts the answer aside until the commit.
    fn run(
        self: Box<Self>,
        tables: &mut Tables<'_>,
        context: &mut Context<'_>,
        settled: &mut Vec<Settled>,
    ) -> Result<(), StoreError>;

    /// Tells that it will not be done.
    fn refuse(self: Box<Self>, error: StoreError);
}

struct Answered<T, W> {
    work: W,
    reply: Reply<T>,
}

impl<T, W> Errand for Answered<T, W>
where
    T: Send + 'static,
    W: FnOnce(&mut Tables<'_>, &mut Context<'_>) -> Result<T, StoreError> + Send,
{
    fn run(
        self: Box<Self>,
        tables: &mut Tables<'_>,
        context: &mut Context<'_>,
        settled: &mut Vec<Settled>,
    ) -> Result<(), StoreError> {
        let Answered { work, reply } = *self;
        settle(settled, reply, || work(tables, context))
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        (self.reply)(Err(error));
    }
}

impl Store {
    /// Asks the writer for a sign of life: `reply` hears of it after all that was asked before, also
    /// where nothing can be written.
    pub fn knock(&self, reply: Reply<()>) {
        let work = |_: &mut Tables<'_>, _: &mut Context<'_>| Ok(());
        self.put(Request::Errand(Box::new(Answered { work, reply })));
    }

    /// Has `work` done in the next transaction, and waits for the commit.
    pub(super) fn have_done<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tables<'_>, &mut Context<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.wait(|reply| Request::Errand(Box::new(Answered { work, reply })))
    }
}
