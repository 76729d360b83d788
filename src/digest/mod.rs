//! What is told: from findings, troubles and standings to one letter for one subscription.
//!
//! This room never sees a passage that did not change (beyond each target's standing), a mail address, a server or a clock.

mod types;
pub use types::*;
