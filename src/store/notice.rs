//! What the owner of a business may want to hear of, told after the commit that made it true.

use super::queue::DeliveryId;
use super::webhooks::HealthChange;

/// Something that may be worth an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A webhook has come into another condition.
    Health(HealthChange),
    /// A delivery has failed for good.
    GivenUp(DeliveryId),
    /// Something else about the database, in a sentence.
    Store(String),
}
