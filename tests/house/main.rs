//! The house rules that a machine can check.

mod files;
mod layers;
mod readme;
mod text;
mod trials;
