//! Letting go of what is old, in small bites beside the load: first it is found by reading, then it
//! is removed in a transaction of its own, where everything is looked at once more.
//!
//! Never what waits: a lead with a pending delivery stays whole, and so does an event of which there
//! is any delivery. What is removed leaves no row behind: names, lists, contacts and words follow.

mod deliveries;
mod kept;
mod leads;
mod revisions;

use redb::ReadableTable;

use super::StoreError;
use super::removal::{newest, remove, remove_attempts, webhooks};
use super::tables::{Tables, lane};
use crate::domain::time::Timestamp;

pub use deliveries::{Ages, Ended};
pub use kept::KeptFile;
pub(super) use kept::{files_of, keep_files};
pub use leads::{OldLeads, Which};
pub use revisions::Superseded;

/// So many rows are looked at in one reading.
const LOOKED_AT: usize = 2000;
/// So many leads, deliveries or events go in one transaction.
const BITE: usize = 128;

/// Whether a delivery of the lead waits.
fn waits(tables: &Tables<'_>, webhooks: &[u32], lead: u64) -> Result<bool, StoreError> {
    for webhook in webhooks {
        if tables.pending.range(lane(*webhook, lead))?.next().is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether something of this time is older than a limit; without one it never is.
fn is_old(at: Timestamp, before: Option<Timestamp>) -> bool {
    before.is_some_and(|before| at < before)
}
