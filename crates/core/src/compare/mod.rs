//! What changed between two readings of one page: passages paired, slots moved, a verdict.
//!
//! This room never sees a third reading, HTML, a file or a clock.

pub mod align;
pub(crate) mod condition_words;
pub(crate) mod dependent_slots;
pub mod diff;
pub(crate) mod edits;
pub(crate) mod existence;
pub(crate) mod movements;
pub(crate) mod other_edits;
pub(crate) mod out_of_view;
pub(crate) mod passages;
pub(crate) mod reasons;
pub(crate) mod scales;
pub(crate) mod sentence_pairs;
pub(crate) mod topic;
pub(crate) mod types;
pub(crate) mod unexplained;
pub(crate) mod verdict;

pub use other_edits::beside;
pub use passages::{Copies, changes, still_there};
pub use types::*;
pub use verdict::{alert, change, for_a_person, rank, unjudged};
