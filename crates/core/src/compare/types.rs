//! The values that comparing hands out: what moved between two wordings, and which way.
//!
//! Types only; how they are reached stands in the files beside this one.

use crate::extract::Passage;
use crate::promise::Slot;
use serde::Deserialize;
use serde::Serialize;

/// What a comparison comes to (docs/RULES.md 4.9, 4.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing that a reader would see differs.
    None,
    /// Other words, the same meaning: a rename, another spelling.
    Reworded,
    /// Users may expect less.
    Weakened,
    /// Users may expect more.
    Strengthened,
    /// Both.
    Mixed,
    /// A promise where there was none.
    Added,
    /// A promise gone from a healthy page.
    Removed,
    /// It stands on another page of the service now.
    Moved,
    /// A wording that had been reported as gone is back.
    Restored,
    /// Words that matter changed and no rule explains them.
    NeedsHuman,
    /// One side is not the page.
    SuspectCapture,
}

/// The direction of a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// Less for the user.
    #[serde(rename = "-")]
    Minus,
    /// Neither.
    #[serde(rename = "0")]
    Zero,
    /// More for the user.
    #[serde(rename = "+")]
    Plus,
}

/// How grave a finding is (docs/RULES.md 4.12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing to tell.
    #[default]
    None,
    /// Told for completeness.
    Low,
    /// A minus that is not of the first rank, a new refusal, a new firm promise.
    Medium,
    /// A promise gone, or its strength or timing lowered from a promise of strength 4 or more.
    High,
}

/// A slot that differs between before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The slot.
    pub slot: Slot,
    /// Its canonical value before; None where it was not spoken of.
    pub from: Option<String>,
    /// Its canonical value after.
    pub to: Option<String>,
    /// The direction, by docs/RULES.md 4.3.
    pub sign: Direction,
    /// The words that carried the old value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_quote: Option<String>,
    /// The words that carry the new value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_quote: Option<String>,
}

/// A run of words in a word diff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", content = "text", rename_all = "kebab-case")]
pub enum Span {
    /// On both sides.
    Same(String),
    /// Only before.
    Removed(String),
    /// Only after.
    Added(String),
}

/// A passage before and after, judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The passage before; None: there was none.
    pub before: Option<Passage>,
    /// The passage after; None: it is gone.
    pub after: Option<Passage>,
    /// What it comes to.
    pub verdict: Verdict,
    /// The sign of the highest slot that moved (docs/RULES.md 4.9); None where nothing moved.
    pub dominant: Option<Direction>,
    /// How grave.
    pub severity: Severity,
    /// The slots that moved.
    pub slots: Vec<Moved>,
    /// Sentences that say why, for a person; each names the words.
    pub reasons: Vec<String>,
    /// A modal, negation or condition of the main clause is touched (docs/RULES.md 4.13: such a `needs-human` is mailed
    /// at once).
    #[serde(default)]
    pub touches_clause: bool,
    /// The word diff from the whole quote before to the whole quote after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<Span>,
}

/// A sentence that the same edit changed, took or brought, beside the passages that are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    /// The word diff; of a sentence on one side only, one span.
    pub diff: Vec<Span>,
}

/// How soon a finding is told (docs/RULES.md 4.13).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rank {
    /// Not at all.
    #[default]
    Silent,
    /// One line in the digest's tail.
    Tail,
    /// In the next digest.
    Digest,
    /// In a letter of its own, now.
    AtOnce,
}
