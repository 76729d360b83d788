//! Why a target cannot be vouched for, since when, and until when.
//!
//! Knows kinds and times; what leads to them, sight and quarantine know.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TroubleKind {
    /// No good look for max(2 intervals, 24 h) (docs/FACTS.md 3.7).
    OutOfSight,
    /// Captures that are not the page are put aside.
    Quarantined,
    /// The page answers 404, 410 or 451.
    Gone,
    /// An expected promise was never there.
    PromiseNotThere,
    /// Another language than the target's own for a while.
    OtherLanguage,
    /// One and the same text, which is not the page, for a day: the page was replaced, or stands behind a wall.
    Replaced,
    /// The page is too long, or nested too deeply, to be read to its end.
    ReadInPart,
    /// Nothing could be reached at all: not a target's trouble, but our own.
    NoNetwork,
}

/// A target that cannot be vouched for. One trouble a cause: its end belongs to the same value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The target's id.
    pub target: String,
    /// What kind.
    pub kind: TroubleKind,
    /// Since when.
    pub since: Timestamp,
    /// Since when it is of this kind, where it began as another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turned: Option<Timestamp>,
    /// When it ended; None: it lasts.
    pub until: Option<Timestamp>,
    /// A sentence for the reader: `login form instead of the page; last good look 2026-03-01 06:00 UTC`.
    pub detail: String,
    /// How the text begins that is served in place of the page; empty where nothing is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub shown: String,
}

impl TroubleKind {
    /// Whether a page that is seen and judged can have it: good looks do not end it by themselves.
    #[must_use]
    pub fn is_of_the_text(self) -> bool {
        matches!(self, Self::PromiseNotThere | Self::ReadInPart)
    }
}

impl Trouble {
    /// Since when it is what it is now.
    #[must_use]
    pub fn began(&self) -> Timestamp {
        self.turned.unwrap_or(self.since)
    }
}
