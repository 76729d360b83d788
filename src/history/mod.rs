//! What changed: from the readings of one target in time to findings, and across the siblings of a service.
//!
//! This room never sees HTML, a file or a clock: time comes with the looks.

pub mod align;
mod clauses;
mod compare;
pub mod diff;
mod reasons;
mod roles;
mod slots;
mod types;
mod verdict;
pub use compare::{Copies, changes, compare, pair_health, still_there};
pub use types::*;
pub use verdict::{alert, change, for_a_person, rank, unjudged};
