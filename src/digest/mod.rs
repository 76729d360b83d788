//! What is told: from findings, troubles and standings to one letter for one subscription.
//!
//! This room never sees a passage that did not change (beyond each target's standing), a mail address, a server or a clock.

mod clean;
mod compose;
mod counted;
mod dates;
mod item;
mod lines;
mod meanings;
pub mod outbox;
mod paper;
mod phrases;
mod points;
mod proof;
mod quote;
mod subject;
mod text;
mod types;
mod view;
mod withdrawn;

pub use compose::compose;
pub use subject::{change_in_short, trouble_in_short};
pub use types::*;
