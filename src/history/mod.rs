//! What changed: from the readings of one target in time to findings, and across the siblings of a service.
//!
//! This room never sees HTML, a file or a clock: time comes with the looks.

mod accepted;
mod across;
pub mod align;
mod because;
mod beside;
mod clauses;
mod compare;
pub mod diff;
mod edits;
mod existence;
mod follow;
pub mod health;
mod lately;
mod matter;
mod out_of_view;
mod outage;
mod provisos;
mod quarantine;
mod reasons;
mod recorded;
mod roles;
mod scales;
mod settle;
mod sight;
mod slots;
mod told;
mod trouble;
mod turns;
mod types;
mod unread;
mod verdict;
mod wording;

pub use accepted::Accepted;
pub use across::{Across, Sibling, across};
pub use beside::beside;
pub use compare::{Copies, changes, compare, pair_health, still_there};
pub use follow::{Course, Terms, follow};
pub use outage::{Outage, failing_since, outages, reached};
pub use recorded::judged_by;
pub use told::{Told, Unsaid, counts, unsaid};
pub use trouble::{Trouble, TroubleKind};
pub use types::*;
pub use verdict::{alert, change, for_a_person, rank, unjudged};
