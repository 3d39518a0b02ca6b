//! The writer's inbox: everything that is to be written. Posts keep their order, and so do the
//! others.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::StoreError;
use super::errand::Errand;
use super::leads::{Post, Receipt, Rejection};
use super::queue::{Recorded, Report};
use super::search::Segment;
use super::status::lock;
use super::tallies::Rows;
use super::webhooks::Enrolled;
use crate::domain::intake::Refusal;
use crate::domain::raw::Raw;
use crate::domain::webhook::Filter;

/// Hears what became of a request, after the commit. Called on the writer's thread: be brief.
pub type Reply<T> = Box<dyn FnOnce(Result<T, StoreError>) + Send>;

/// One request to the writer.
pub(crate) enum Request {
    /// A lead, or a change of one.
    Submit(Box<Post>, Reply<Result<Receipt, Rejection>>),
    /// A person's edit of a lead.
    Edit(u64, Raw, Reply<Option<Result<Receipt, Refusal>>>),
    /// The result of an attempt.
    Record(Box<Report>, Reply<Option<Recorded>>),
    /// The webhooks that events go to from now on, and which of their leads they want.
    Subscribe(Vec<(String, Filter)>, Reply<Vec<Enrolled>>),
    /// The words of segments of leads.
    Index(Vec<Segment>, Reply<()>),
    /// What came by the sources, for the disk.
    KeepTallies(Rows, Reply<()>),
    /// A rare change.
    Errand(Box<dyn Errand>),
    /// The journal goes on in a new file; behind which commit.
    BeginJournalFile(Reply<Option<u64>>),
    /// A reader met this error after so many openings: the database is opened again, with every
    /// page checked.
    Recheck(u64, StoreError),
}

/// What the writer finds when it looks.
pub(crate) enum Found {
    /// Requests to write in one transaction.
    Group(Vec<Request>),
    /// Nothing for as long as it was told to wait.
    Nothing,
    /// Nothing more will come.
    Closed,
}

/// Requests on their way to the writer. Posts are limited, so that memory is; the results of
/// attempts are limited by the crews that make them.
pub(crate) struct Inbox {
    waiting: Mutex<Waiting>,
    came: Condvar,
    posts_max: usize,
}

#[derive(Default)]
struct Waiting {
    posts: VecDeque<Request>,
    others: VecDeque<Request>,
    closed: bool,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.posts.is_empty() && self.others.is_empty()
    }
}

/// So many posts share one commit at most; it bounds the wait of those that come next.
pub(crate) const POSTS_PER_GROUP_MAX: usize = 1024;

impl Inbox {
    pub(crate) fn new(posts_max: usize) -> Inbox {
        Inbox {
            waiting: Mutex::default(),
            came: Condvar::new(),
            posts_max,
        }
    }

    /// Puts a request in; gives it back when there is no room for another post, or it is closed.
    pub(crate) fn put(&self, request: Request) -> Result<(), Request> {
        let mut waiting = lock(&self.waiting);
        let is_post = matches!(request, Request::Submit(..));
        if waiting.closed || (is_post && waiting.posts.len() >= self.posts_max) {
            return Err(request);
        }
        let was_empty = waiting.is_empty();
        match is_post {
            true => waiting.posts.push_back(request),
            false => waiting.others.push_back(request),
        }
        drop(waiting);
        if was_empty {
            self.came.notify_one();
        }
        Ok(())
    }

    /// Waits for requests, no longer than `limit` if there is one. Takes all that are there, but of
    /// the posts no more than `posts_at_most`.
    pub(crate) fn take(&self, limit: Option<Duration>, posts_at_most: usize) -> Found {
        let idle = |waiting: &mut Waiting| waiting.is_empty() && !waiting.closed;
        let waiting = lock(&self.waiting);
        let mut waiting = match limit {
            None => self
                .came
                .wait_while(waiting, idle)
                .unwrap_or_else(PoisonError::into_inner),
            Some(limit) => {
                let woken = self.came.wait_timeout_while(waiting, limit, idle);
                woken.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        if waiting.is_empty() {
            return if waiting.closed {
                Found::Closed
            } else {
                Found::Nothing
            };
        }
        let mut group: Vec<Request> = waiting.others.drain(..).collect();
        let posts = waiting.posts.len().min(posts_at_most);
        group.extend(waiting.posts.drain(..posts));
        Found::Group(group)
    }

    /// Takes nothing more; what is in it is still written.
    pub(crate) fn close(&self) {
        lock(&self.waiting).closed = true;
        self.came.notify_one();
    }
}
