//! Intake: what was posted finds its field, nothing of it is lost, and a later post changes only
//! what it says differently.

mod amounts;
mod bodies;
mod house;
mod limits;
mod names;
mod texts;
mod updates;
