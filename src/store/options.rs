//! What the store is told when it is opened.

use std::sync::Arc;

use super::file::Location;
use super::journal::Medium;
use super::notice::Notice;
use super::status::State;
use crate::system::{Clock, Dice};

/// What the store is told when it is opened.
pub struct Options {
    /// Where the database is.
    pub location: Location,
    /// Where every change is kept once more, if anywhere.
    pub journal: Option<Arc<dyn Medium>>,
    /// Bytes of pages kept in memory.
    pub cache_bytes: usize,
    /// With fewer free bytes on the disk, no leads are taken.
    pub low_space_bytes: u64,
    /// With fewer, nothing is written at all.
    pub very_low_space_bytes: u64,
    /// So many posts may wait for the writer; more are refused.
    pub posts_max: usize,
    /// The time of day.
    pub clock: Clock,
    /// Names events and spreads retries.
    pub dice: Dice,
    /// Free bytes on the disk, where the system is not to be asked.
    pub free_space: Option<FreeSpace>,
    /// Hears of every change of state, in the writer's thread.
    pub on_state: OnState,
    /// Hears what a person should know and no state tells, after the commit that made it true, in the
    /// writer's thread: be brief.
    pub on_notice: OnNotice,
    /// Called when the storage fails again and again: the process had better end.
    pub give_up: Arc<dyn Fn() + Send + Sync>,
}

/// Tells how many bytes are free on the disk.
pub type FreeSpace = Arc<dyn Fn() -> u64 + Send + Sync>;
/// Hears what a person should know.
pub type OnNotice = Arc<dyn Fn(&Notice) + Send + Sync>;
/// Hears of a change of state.
pub type OnState = Arc<dyn Fn(&State) + Send + Sync>;

impl Options {
    /// The database at `location` as it is, whatever space is left: for who only looks into it or
    /// moves it.
    pub fn at(location: Location) -> Options {
        Options {
            location,
            journal: None,
            cache_bytes: 16 << 20,
            low_space_bytes: 0,
            very_low_space_bytes: 0,
            posts_max: 1,
            clock: Clock::of_system(),
            dice: Dice::of_system(),
            free_space: None,
            on_state: Arc::new(|_| {}),
            on_notice: Arc::new(|_| {}),
            give_up: Arc::new(|| {}),
        }
    }
}
