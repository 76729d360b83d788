//! What a recipient has been told, and what is still unsaid (docs/RULES.md 8.2).
//!
//! Compares findings with records of letters; how a letter is written or sent is none of its business.

use super::types::Finding;
use crate::compare::{Rank, Verdict};
use crate::text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Two wordings with this share of their words in common are the same for telling: a better lexicon, which quotes a
/// sentence more, does not tell twice (docs/RULES.md 8.2: four fifths).
const SAME_WORDS: f64 = 0.8;

/// The record that one finding stood in one letter to one recipient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The finding's id when it was told.
    pub finding: String,
    /// The target's id.
    pub target: String,
    /// Whom it was told.
    pub recipient: String,
    /// When the letter was written.
    pub at: Timestamp,
    /// The letter's Message-ID.
    pub message_id: String,
    /// How it was told.
    pub rank: Rank,
    /// What it was told as.
    pub verdict: Verdict,
    /// Its interval.
    pub between: [Timestamp; 2],
    /// The wording before, as quoted.
    pub before: String,
    /// The wording after, as quoted.
    pub after: String,
}

/// How a finding that is still unsaid will stand in the letter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unsaid<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// How soon: a late one never at once.
    pub rank: Rank,
    /// It settled before the recipient's watermark.
    pub late: bool,
    /// It was told at a lower rank before.
    pub anew: bool,
}

/// The findings that a recipient has not been told. `watermark` is the latest of: the start of the subscription, of
/// the rules in force, and of the target's import; `told` are the records of letters to this recipient that were not
/// given up.
#[must_use]
pub fn unsaid<'a>(findings: &'a [Finding], told: &[Told], watermark: Timestamp) -> Vec<Unsaid<'a>> {
    findings
        .iter()
        .filter(|finding| finding.rank != Rank::Silent)
        .filter_map(|finding| {
            let best = told.iter().filter(|record| counts(record, finding)).map(|record| record.rank).max();
            if best.is_some_and(|rank| rank >= finding.rank) {
                return None;
            }
            let anew = best.is_some();
            let late = anew || finding.settled < watermark;
            let rank = if late { finding.rank.min(Rank::Digest) } else { finding.rank };
            (!anew || best < Some(rank)).then_some(Unsaid { finding, rank, late, anew })
        })
        .collect()
}

/// Whether a record tells of this finding.
#[must_use]
pub fn counts(record: &Told, finding: &Finding) -> bool {
    if record.target != finding.target {
        return false;
    }
    if record.finding == finding.id {
        return true;
    }
    if finding.ends_turn.as_ref() == Some(&record.finding) {
        return false;
    }
    let quote = |passage: &Option<crate::extract::Passage>| {
        passage.as_ref().map_or("", |passage| passage.quote.as_str()).to_owned()
    };
    let overlap = record.between[0] < finding.between[1] && finding.between[0] < record.between[1];
    overlap
        && same_words(&record.before, &quote(&finding.change.before))
        && same_words(&record.after, &quote(&finding.change.after))
}

/// Whether four fifths of the words of each side stand in the other.
fn same_words(one: &str, other: &str) -> bool {
    let (one, other) = (text::normal(one), text::normal(other));
    let (one, other) = (bag(&one), bag(&other));
    let most: usize = one.values().sum::<usize>().max(other.values().sum());
    let common: usize = one.iter().map(|(word, count)| other.get(word).copied().unwrap_or(0).min(*count)).sum();
    super::health::share(common, most) >= SAME_WORDS
}

fn bag(text: &str) -> HashMap<&str, usize> {
    let mut bag = HashMap::new();
    for word in text::tokens(text) {
        *bag.entry(word).or_default() += 1;
    }
    bag
}
