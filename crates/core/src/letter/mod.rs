//! What is told: from findings, troubles and standings to one letter for one subscription.
//!
//! This room never sees a passage that did not change (beyond each target's standing), a mail address, a server or a clock.

pub(crate) mod changes;
pub(crate) mod compose;
pub(crate) mod counted;
pub(crate) mod dates;
pub(crate) mod evidence;
pub(crate) mod glossary;
pub(crate) mod item;
pub(crate) mod lines;
pub(crate) mod model;
pub(crate) mod phrases;
pub(crate) mod quote;
pub mod retry_schedule;
pub(crate) mod sanitize;
pub(crate) mod subject;
pub(crate) mod text;
pub(crate) mod text_layout;
pub(crate) mod types;
pub(crate) mod withdrawn;

pub use compose::compose;
pub use subject::change_in_short;
pub use subject::trouble_in_short;
pub use types::*;
