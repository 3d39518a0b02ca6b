//! How long what is stored is kept. None is for ever.

use std::time::Duration;

/// What is old enough to go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Leads that nothing changed for so long.
    pub leads: Option<Duration>,
    /// The same of leads marked as spam.
    pub spam: Option<Duration>,
    /// Revisions of a lead that a newer one has replaced for so long.
    pub revisions: Option<Duration>,
    /// Deliveries that ended so long ago, with their attempts; failed ones stay.
    pub deliveries: Option<Duration>,
    /// Attempts of deliveries that ended so long ago.
    pub attempts: Option<Duration>,
    /// Files that came with leads so long ago.
    pub files: Option<Duration>,
    /// With more stored bytes than this, the oldest goes that nothing waits for.
    pub size_max: Option<u64>,
}
