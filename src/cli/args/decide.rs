//! Arguments of `accept and reject`.

use crate::io::store::DecisionKind;
use jiff::Timestamp;

/// What was decided.
#[derive(Clone, Debug)]
pub struct DecideArgs {
    /// The target's id.
    pub target: String,
    /// What.
    pub decision: DecisionKind,
    /// Why, in the operator's words.
    pub reason: String,
    /// The moment, by the program's own clock.
    pub now: Option<Timestamp>,
    /// What looks like no page is accepted without asking back.
    pub yes: bool,
}
