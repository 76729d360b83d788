//! What changed: from the readings of one target in time to findings, and across the siblings of a service.
//!
//! This room never sees HTML, a file or a clock: time comes with the looks.

mod across;
pub mod align;
mod compare;
pub mod diff;
mod follow;
pub mod health;
mod quarantine;
mod recorded;
mod settle;
mod sight;
mod told;
mod turns;
mod types;
mod wording;

pub use across::*;
pub use compare::*;
pub use follow::{Terms, follow};
pub use told::*;
pub use types::*;
