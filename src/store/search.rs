//! Lists of leads, and the search for words in them: what is written for them, and how they are read.
//!
//! Every lead has a summary, which lists filter by, and stands in two orders, by creation and by
//! update; these change with the lead, in the same transaction. Words are indexed behind the posts,
//! a segment of leads at a time, when the writer has nothing better to do; what is not indexed yet,
//! or was changed since, is looked through lead by lead. A list is always as true as the last commit.

mod best;
mod check;
mod find;
mod hits;
mod indexer;
mod segment;
mod stats;
mod summary;
mod together;

pub(super) use check::check_lists;
pub(super) use find::newest_events;
pub use find::{Cursor, Found, Page};
pub(crate) use indexer::{Indexer, rebuilt};
pub(crate) use segment::{Segment, put, segment_of};
pub use stats::{Day, Fate};
pub(crate) use summary::{is_spam, list, unlist};
