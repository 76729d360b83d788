//! The values that reading hands out: sentences, passages, readings.
//!
//! Types only; how they are found stands in the files beside this one.

use crate::capture::Sha256;
use crate::document::{StatedDate, Symptom};
use crate::promise::Commitment;
use serde::Deserialize;
use serde::Serialize;

/// One sentence of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// The words, as they stand there.
    pub text: String,
    /// Their normal form, by which two sentences are the same.
    pub normal: String,
    /// It speaks of demands for data, or of those who make them.
    pub demand: bool,
}

/// Classes of passages (docs/RULES.md 1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Users told about demands for their data: what the program exists for.
    UserNotice,
    /// Users told about demands to remove or withhold content: shown as related, never judged.
    ContentDemand,
    /// Businesses telling each other about demands: confidentiality clauses, processor to controller.
    B2b,
}

/// A block, or part of one, that speaks of telling users about demands for their data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// The sentences that speak and those that depend on them, verbatim; list items on lines of their own.
    pub quote: String,
    /// The headings above it, outermost first.
    pub heading: Vec<String>,
    /// Its class.
    pub class: Class,
    /// What it promises.
    pub commitment: Commitment,
    /// Guards that spoke (docs/RULES.md 2) without deciding; shown, never hidden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The normal form of the quote (docs/RULES.md 4.1 without aliases and spelling): the passage's identity in time.
    pub normal: String,
}

/// All that one capture says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Digest of the set of normal forms of the passages: equal keys, nothing moved.
    pub key: Sha256,
    /// Digest of the normalised visible text.
    pub text: Sha256,
    /// BCP 47 primary tag of the language found.
    pub language: Option<String>,
    /// What speaks against its being the page.
    pub signs: Vec<Symptom>,
    /// Whether the source ended as it should.
    pub closed: bool,
    /// The page's title.
    pub title: Option<String>,
    /// Normal forms of the headings, in order.
    pub headings: Vec<String>,
    /// Number of words of visible text.
    pub words: usize,
    /// A fixed sample of the text's shingles.
    pub shingles: crate::text::Shingles,
    /// All of them: whether words stand on the page.
    #[serde(default)]
    pub runs: crate::text::EveryRun,
    /// For each block, in order, the digest of its first words and the number of its words: where a page breaks off.
    pub outline: Vec<(u32, u32)>,
    /// Dates that the page states about itself.
    pub dates: Vec<StatedDate>,
    /// The passages, in reading order.
    pub passages: Vec<Passage>,
    /// How the text begins, for a person who asks what was served in place of the page.
    #[serde(default)]
    pub opening: String,
    /// Whether the target's selector matched; None: it has none.
    #[serde(default)]
    pub selected: Option<bool>,
    /// The media type under which it was read.
    #[serde(default)]
    pub media_type: String,
    /// The normal form of the parts that were left out and have words of telling in them, a line a part: what moved there is
    /// not gone.
    #[serde(default)]
    pub left_out: String,
}
