//! What a passage promises, slot by slot.
//!
//! Types only; which words carry them stands in `extract`.

use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;

/// The slots of a commitment (docs/RULES.md 3), in the order in which they dominate; existence stands above all of
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// How firmly it is promised, on the ordinal scale of docs/RULES.md 3.2.
    Strength,
    /// Before, on receipt, unstated, at or after disclosure.
    Timing,
    /// Days between notice and disclosure.
    LeadTime,
    /// Who decides whether an exception holds.
    Decider,
    /// When users are not told.
    Exceptions,
    /// Whether the list of exceptions is closed.
    ClosedList,
    /// Which demands are covered.
    Trigger,
    /// What an official must show to prevent notice.
    Burden,
    /// Notice after the obstacle has gone.
    Delayed,
    /// The chance to object before data is handed over.
    Object,
    /// What the notice contains.
    Contents,
    /// How non-disclosure orders are met.
    Gag,
    /// Which users are reached.
    Reach,
    /// By which way users are told.
    Channel,
    /// Who promises.
    Actor,
}

/// What a passage says in one slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The meaning, in the canonical words of the lexicon: `policy`, `before`, `emergency, prohibited-by-law`.
    pub value: String,
    /// The words of the page that carry it.
    pub quote: String,
}

/// What a passage promises, slot by slot. A slot that is not there was not spoken of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Commitment {
    /// The slots.
    pub slots: BTreeMap<Slot, Said>,
}

impl Commitment {
    /// The canonical value of a slot.
    #[must_use]
    pub fn value(&self, slot: Slot) -> Option<&str> {
        self.slots.get(&slot).map(|said| said.value.as_str())
    }
}
