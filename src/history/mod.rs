//! What changed: from the readings of one target in time to findings, and across the siblings of a service.
//!
//! This room never sees HTML, a file or a clock: time comes with the looks.

mod types;
pub use types::*;
