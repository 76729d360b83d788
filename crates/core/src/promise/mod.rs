//! Promises as values: the slots of a commitment, what may stand in them, and how they rank.

pub(crate) mod types;
pub mod values;

pub use types::*;
